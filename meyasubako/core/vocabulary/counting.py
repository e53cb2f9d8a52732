"""Words for what is counted, and how it is divided."""

from meyasubako.core.vocabulary.words import Word


class Measure(Word):
    """What the tally ledger counts."""

    RECEIPTS = "receipts", "件数", "届いた手紙や送信の数"
    CASES = "cases", "項目数", "届いたことがらの数。統合したものは除く"
    TOPICS = "topics", "分野別の項目数", "項目を分野ごとに数えたもの。1つの項目が2つの分野に入ることがある"
    STATUSES = "statuses", "対応状況別の項目数", "受け付けた月ごとに、いまの対応状況で数えたもの"
    OUTCOMES = "outcomes", "対応結果別の項目数", "完了した月ごとに、対応結果で数えたもの"
    OFFERS = "offers", "打診の数", "アドバイザーなどに打診した数"
    ACCEPTANCES = "acceptances", "受諾の数", "打診が受諾された数"
    MEETINGS = "meetings", "面談の数", "面談・助言を実施した数"
    REPLIES = "replies", "回答の数", "送った回答の数"
    SURVEYS = "surveys", "アンケートの答え", "役に立ったかの答えの数"
    FOLLOW_UPS = "follow_ups", "その後の答え", "完了してしばらくたってからの、その後どうしたかの答えの数"


class Dimension(Word):
    """How the tallies divide what they count."""

    REQUESTER_GROUP = "requester_group", "相談者・投稿者のまとまり", "窓口の定義ファイルのまとまりごと"
    REQUESTER_TYPE = "requester_type", "相談者・投稿者の区分", "県民、県内事業者などの区分ごと"
    PURPOSE = "purpose", "内容の種類", "相談内容や提案の種類ごと"
    TOPIC = "topic", "分野", "分野ごと。上の段は、下の段のどれかに当たるものを1回だけ数える"
    CHANNEL = "channel", "受付経路", "ホームページ、郵便など、届き方ごと"
    STATUS = "status", "対応状況", "受け付けた月ごとに、集計した時点の状況で"
    OUTCOME = "outcome", "対応結果", "完了した月ごとに"
    TOPIC_TOP = (
        "topic_top",
        "分野（上の段）",
        "分野のいちばん上の段ごと。1つの項目を、同じ段では1回だけ数える",
    )
    KIND = "kind", "相談か提案か", "案件の種類ごと"
    DIVISION = "division", "担当課", "数えたときの担当課ごと"
    MUNICIPALITY = "municipality", "市町村", "相談者・投稿者の市町村ごと"
    PROVIDER_KIND = "provider_kind", "引き受け手の種類", "アドバイザー、パートナー、支援機関ごと"
    GRADE = "grade", "アンケートの答え", "役に立ったかの4段階ごと"
    PRACTICE = "practice", "その後の答え", "助言や案内を実施したかの4段階ごと"
    MONTH = "month", "月", "日本の暦の月ごと"
    QUARTER = "quarter", "四半期", "4月から3か月ごと"
    FISCAL_YEAR = "fiscal_year", "年度", "4月から翌年3月まで"


TIMES = frozenset({Dimension.MONTH, Dimension.QUARTER, Dimension.FISCAL_YEAR})
"""What divides by when something is printed, not by what it is."""


class Quantity(Word):
    """A figure that can be asked for, with the sentence that defines it."""

    RECEIPTS = "receipts", "件数", "その月に届いた手紙や送信の数。確かめ待ちのものは数えない"
    CASES = (
        "cases",
        "項目数",
        "その月に届いたことがらの数。1つの手紙にいくつもあることがある。統合したものは数えない",
    )
    CLOSED = "closed", "完了", "その月に、対応結果を付けて完了した項目の数。再開すると取り消す"
    OFFERED = "offered", "打診", "その月に、アドバイザーなどに打診した数"
    ACCEPTED = "accepted", "受諾", "その月に、打診が受諾された数"
    MEETINGS = "meetings", "面談", "その月に行った面談・助言の数。取り消した面談は引く"
    REPLIES = "replies", "回答", "その月に送った回答の数。1つの項目に2回送れば2と数える"
    SURVEYED = "surveyed", "アンケートの答え", "その月に届いた、役に立ったかの答えの数"
    HELPFUL = "helpful", "役に立ったという答え", "そのうち「役に立った」「やや役に立った」の数"
    HELPFUL_SHARE = "helpful_share", "役に立った割合", "役に立ったという答えを、アンケートの答えで割ったもの"
    FOLLOWED_UP = "followed_up", "その後の答え", "その月に届いた、その後どうしたかの答えの数"
    PRACTISED = "practised", "実施したという答え", "そのうち「実施した」「一部を実施した」の数"
    PRACTISED_SHARE = "practised_share", "実施した割合", "実施したという答えを、その後の答えで割ったもの"
