"""Words for advisers, partners and other offices, and for how they helped."""

from meyasubako.core.vocabulary.words import Word


class ProviderKind(Word):
    """名簿に載る引き受け手の種類."""

    ADVISER = "adviser", "アドバイザー", "登録された専門家"
    PARTNER = "partner", "パートナー", "登録された企業"
    SUPPORT_ORGANISATION = "support_organisation", "支援機関", "商工団体などの支援機関"


class OfferState(Word):
    """打診のようす."""

    OPEN = "open", "返事待ち", "打診して、返事を待っているもの"
    ACCEPTED = "accepted", "受諾", "引き受けたもの"
    TURNED_DOWN = "turned_down", "辞退", "引き受けられなかったもの"
    EXPIRED = "expired", "期限切れ", "期限までに返事がなかったもの"
    REVOKED = "revoked", "取消し", "窓口が打診を取り消したもの"
    ENDED = "ended", "終了", "案件が終わり、役目を終えたもの"
    TAKEN_ELSEWHERE = "taken_elsewhere", "ほかに決定", "いちどに打診して、ほかの人が先に引き受けたもの"


class ShortlistManner(Word):
    """何人かの候補への打診のしかた."""

    IN_TURN = "in_turn", "1人ずつ、順番に打診", "前の人が引き受けられないときに、次の人に打診する"
    AT_ONCE = "at_once", "いちどに打診", "みなに打診し、先に引き受けた人にお願いする"


class ShortlistState(Word):
    """何人かの候補への打診のようす."""

    RANKING = "ranking", "順番をたずねています", "頼みたい順番の、本人の答えを待っているもの"
    READY = "ready", "打診の前", "案件が打診できるようになるのを待っているもの"
    ASKING = "asking", "打診しています", "順番に、またはいちどに打診しているもの"
    TAKEN = "taken", "引き受け手が決まりました", "だれかが引き受けたもの"
    EXHAUSTED = "exhausted", "引き受けられる人がいませんでした", "候補の全員に打診し終えたもの"
    DROPPED = "dropped", "取りやめました", "窓口がやめたか、案件が先に進んだもの"


class ReferralState(Word):
    """引継ぎのようす."""

    ASKED = "asked", "依頼済", "ほかの機関に頼んで、返事を待っているもの"
    ACCEPTED = "accepted", "受けてもらえた", "ほかの機関が引き受けたもの"
    TURNED_DOWN = "turned_down", "断られた", "ほかの機関が引き受けられなかったもの"
    ENDED = "ended", "結果あり", "引き継いだ先での結果がわかったもの"


class ConsentWay(Word):
    """本人の同意を得た方法."""

    PHONE = "phone", "電話で", "電話で確かめた"
    EMAIL = "email", "メールで", "メールで返事をもらった"
    VISIT = "visit", "会って", "会って確かめた"
    LETTER = "letter", "書面で", "手紙や同意書をもらった"
    STATUS_PAGE = "status_page", "状況を確かめるページで", "状況を確かめるページに書いてもらった"


class MeetingWay(Word):
    """面談の方法."""

    VISIT = "visit", "訪問", "会って話す"
    ONLINE = "online", "オンライン", "ビデオ会議で話す"
    PHONE = "phone", "電話", "電話で話す"


class MeetingState(Word):
    """面談のようす."""

    PLANNED = "planned", "予定", "日時が決まり、まだ行っていないもの"
    HELD = "held", "実施", "行ったもの"
    CANCELLED = "cancelled", "取りやめ", "取りやめたか、記録を取り消したもの"


class DatesState(Word):
    """面談の日時の候補のようす."""

    OPEN = "open", "返事待ち", "相談者が選ぶのを待っているもの"
    CHOSEN = "chosen", "決定", "相談者が1つを選んだもの"
    NONE_FITS = "none_fits", "合わない", "どの日時も合わなかったもの"
    WITHDRAWN = "withdrawn", "取下げ", "返事の前に取り下げたもの"


class Spoken(Word):
    """アドバイザーなどが話せる言葉. The codes are those of BCP 47."""

    JAPANESE = "ja", "日本語", "日本語で話せる"
    ENGLISH = "en", "英語", "英語で話せる"
    CHINESE = "zh", "中国語", "中国語で話せる"
    KOREAN = "ko", "韓国・朝鮮語", "韓国・朝鮮語で話せる"
    PORTUGUESE = "pt", "ポルトガル語", "ポルトガル語で話せる"
    SPANISH = "es", "スペイン語", "スペイン語で話せる"
    VIETNAMESE = "vi", "ベトナム語", "ベトナム語で話せる"
    TAGALOG = "tl", "タガログ語", "タガログ語で話せる"
    SIGN = "sgn", "手話", "手話で話せる"


class Helpfulness(Word):
    """アンケートの答え（みえ元気プランのKPIの言葉）."""

    HELPED = "helped", "役に立った", "4段階のいちばん上"
    HELPED_SOMEWHAT = "helped_somewhat", "やや役に立った", "4段階の2番目"
    HELPED_LITTLE = "helped_little", "あまり役に立たなかった", "4段階の3番目"
    DID_NOT_HELP = "did_not_help", "役に立たなかった", "4段階のいちばん下"


class Practice(Word):
    """助言や案内のその後: was it put into practice?"""

    DONE = "done", "実施した", "助言や案内のとおりに行った"
    PARTLY = "partly", "一部を実施した", "助言や案内の一部を行った"
    PLANNED = "planned", "これから実施する予定", "まだ行っていないが、これから行う"
    NOT_DONE = "not_done", "実施していない", "行っておらず、予定もない"


class SurveyQuestion(Word):
    """アンケートでたずねること."""

    HELPED = "helped", "役に立ったか", "完了したときにたずねる"
    PRACTISED = "practised", "その後どうしたか", "完了してしばらくたってからたずねる"
