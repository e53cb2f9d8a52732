"""Words for answers on their way, and for the mails that go out and come in."""

from meyasubako.core.vocabulary.words import Word


class DraftState(Word):
    """回答案のようす."""

    DRAFTING = "drafting", "下書き", "担当者が書いているもの"
    IN_REVIEW = "in_review", "確認待ち", "ほかの職員の確認を待っているもの"
    IN_APPROVAL = "in_approval", "決裁待ち", "決裁を待っているもの"
    READY = "ready", "送付待ち", "決まって、送るのを待っているもの"
    SENT = "sent", "送付済", "回答として送ったもの"


class Timeliness(Word):
    """はじめての回答が、期限内にあったか."""

    IN_TIME = "in_time", "期限内", "期限の日までに回答したもの"
    LATE = "late", "期限後", "期限の日より後に回答したもの"
    NO_DEADLINE = "no_deadline", "期限なし", "回答の期限がなかったもの"


class ContributionState(Word):
    """担当課の考え方のようす."""

    ASKED = "asked", "依頼中", "たずねて、待っているもの"
    GIVEN = "given", "提出済", "考え方が出されたもの"
    DROPPED = "dropped", "取下げ", "待つのをやめたもの"


class Message(Word):
    """The mails the service sends."""

    CONFIRM = "confirm", "受付のお知らせと確認のお願い", "受付番号と、メールアドレスの確認のリンク"
    ADDRESS_CHANGED = (
        "address_changed",
        "アドレスの変更のお知らせ",
        "確認済みだったアドレスに送る、変更のお知らせ",
    )
    PASSCODE = "passcode", "新しい合言葉", "確認済みのアドレスに送る新しい合言葉"
    ASKED = "asked", "おたずね", "職員からの問い合わせ"
    INTERIM = "interim", "中間のお知らせ", "回答の前の、ようすと新しい期限のお知らせ"
    REPLIED = "replied", "回答", "回答"
    DECLINED = "declined", "対象外のお知らせ", "対象外とした理由"
    SURVEY = "survey", "アンケートのお願い", "役に立ったかのアンケート"
    FOLLOW_UP = (
        "follow_up",
        "その後のようすのおたずね",
        "完了してしばらくたってから送る、助言や案内をその後どうしたかのアンケート",
    )
    RANKING = "ranking", "順番のおたずね", "相談をお願いする候補の、希望の順番のおたずね"
    OFFER = "offer", "打診", "アドバイザーなどへの打診"
    OFFER_REMINDER = "offer_reminder", "打診の返事のお願い", "打診の返事の期限が近いことのお知らせ"
    OFFER_ACCEPTED = "offer_accepted", "引受けのお礼", "引き受けた人への連絡先と手順"
    OFFER_ENDED = (
        "offer_ended",
        "打診の終わり",
        "打診が終わったことのお知らせ（取消し、期限切れ、ほかの人に決定）",
    )
    REPORT_DUE = "report_due", "報告のお願い", "面談のあとの報告の期限を、引き受けた人に知らせる"
    DATES = "dates", "面談の日時の候補", "面談の日時を選んでもらうお願い"
    MEETING = "meeting", "面談の日時", "決まった、または改めた面談の日時"
    MEETING_OFF = "meeting_off", "面談の取りやめ", "予定した面談を取りやめたお知らせ"
    DATES_ANSWERED = (
        "dates_answered",
        "日時の候補への返事",
        "どの日時も合わなかったことを、引き受けた人に知らせる",
    )
    PROVIDER_MEETING = "provider_meeting", "面談の日時（引き受けた人へ）", "引き受けた人への、面談の日時"
    PROVIDER_MEETING_OFF = (
        "provider_meeting_off",
        "面談の取りやめ（引き受けた人へ）",
        "引き受けた人への、取りやめのお知らせ",
    )
    SIGN_IN = "sign_in", "登録の内容を開くリンク", "アドバイザーなどが自分の登録の内容を開くリンク"
    REMINDER = "reminder", "期限のお知らせ", "職員に、開庁日の朝に送る、期限の近い案件の番号"
    NOTICE = "notice", "職員へのお知らせ", "案件に動きがあったことを、番号とリンクで職員に知らせる"
    CHAT = "chat", "チャットへのお知らせ", "同じことを、窓口のチャットに書く"


class MailState(Word):
    """届いたメールがどうなったか."""

    ADDED = "added", "追記にしました", "本人の返信なので、案件の追記にした"
    RECEIVED = "received", "確かめ待ちの受付", "はじめてのメールなので、確かめ待ちで受け付けた"
    OTHER_SENDER = (
        "other_sender",
        "別のアドレスから",
        "返信先は正しいが、確認済みの本人のアドレスからではない",
    )
    FINISHED = "finished", "終わった案件へ", "対応の終わった案件への返信"
    UNREADABLE = "unreadable", "読み取れないメール", "こわれているか、中身がない"
    AUTOMATIC = "automatic", "自動のメール", "不在の知らせなど、機械が送ったもの。返事はしない"
    BOUNCED = "bounced", "届かなかった知らせ", "送ったメールが届かなかったという知らせ"
    DELAYED = "delayed", "遅れている知らせ", "送ったメールがまだ届いていないという知らせ"


class Bounce(Word):
    """送ったメールが届かなかったわけ."""

    HARD = "hard", "あて先がありません", "アドレスが違うか、なくなっている"
    SOFT = (
        "soft",
        "受け取ってもらえませんでした",
        "いっぱいになっている、受信を断る設定など。あとで届くこともある",
    )
