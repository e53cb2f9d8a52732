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
    FIRST_ANSWERS = "first_answers", "回答した項目", "はじめて回答した月ごとに、項目を数えたもの"
    SURVEYS_ASKED = "surveys_asked", "送ったアンケート", "役に立ったかを、メールでたずねた数"
    SURVEYS_RETURNED = (
        "surveys_returned",
        "答えのあったアンケート",
        "送った月ごとに、メールでたずねたうち答えのあった数",
    )
    FOLLOW_UPS_ASKED = "follow_ups_asked", "その後をたずねた数", "その後どうしたかを、メールでたずねた数"
    FOLLOW_UPS_RETURNED = (
        "follow_ups_returned",
        "その後の答えのあった数",
        "たずねた月ごとに、メールでたずねたうち答えのあった数",
    )


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
    MUNICIPALITY = (
        "municipality",
        "市町村",
        "相談者・投稿者の市町村ごと。県外事業者は、市町村をたずねなくても県外",
    )
    AREA = "area", "地域", "市町村を窓口の定義ファイルの地域にまとめたもの。県外、国外、不明も行になる"
    PROVIDER_KIND = "provider_kind", "引き受け手の種類", "アドバイザー、パートナー、支援機関ごと"
    GRADE = "grade", "アンケートの答え", "役に立ったかの4段階ごと"
    PRACTICE = "practice", "その後の答え", "助言や案内を実施したかの4段階ごと"
    TIMELINESS = "timeliness", "期限内か", "はじめての回答が、期限の日までにあったかどうか"
    DAYS = "days", "回答までの日数", "受付からはじめての回答までの開庁日の数ごと。実際にあった日数だけ"
    PRIORITY = "priority", "優先度", "集計した時点の優先度で。振分けで決めるまでは「決めていない」"
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
    ANSWERED = (
        "answered",
        "回答した項目",
        "その月にはじめて回答した項目の数。2回目からの回答は数えない。統合したものは数えない",
    )
    ANSWERED_DUE = "answered_due", "期限のあった回答", "そのうち、回答の期限があった項目の数"
    IN_TIME = (
        "in_time",
        "期限内に回答",
        "そのうち、期限の日までに回答した項目の数。中間のお知らせなどで改めた期限は、改めたあとの日による",
    )
    IN_TIME_SHARE = "in_time_share", "期限内の割合", "期限内に回答した項目を、期限のあった回答で割ったもの"
    MEDIAN_DAYS = (
        "median_days",
        "回答までの日数（中央値）",
        (
            "回答した項目を、受付からはじめての回答までの開庁日の少ない順に並べた、真ん中の日数。"
            "偶数なら、真ん中の2つの平均。受け付けた日と回答した日も1日と数え、"
            "返事を待っていた日と取り下げていた日は数えない"
        ),
    )
    NINETY_DAYS = (
        "ninety_days",
        "回答までの日数（90％）",
        (
            "回答した項目の9割以上が、この開庁日の数までに回答を受けたという、いちばん少ない日数"
            "（最近順位法。平均や補間はしない）。日数の数え方は、中央値と同じ"
        ),
    )
    SURVEYS_ASKED = "surveys_asked", "送ったアンケート", "その月に、役に立ったかをメールでたずねた数"
    SURVEYS_RETURNED = (
        "surveys_returned",
        "送ったうちの答え",
        "その月にメールでたずねたうち、これまでに答えのあった数。届いた月ではなく、送った月に数える",
    )
    RESPONSE_RATE = (
        "response_rate",
        "アンケートの回答率",
        "送ったうちの答えを、送ったアンケートで割ったもの。たずねていない件の紙の答えは入らない",
    )
    FOLLOW_UPS_ASKED = (
        "follow_ups_asked",
        "その後をたずねた数",
        "その月に、その後どうしたかをメールでたずねた数",
    )
    FOLLOW_UPS_RETURNED = (
        "follow_ups_returned",
        "たずねたうちの、その後の答え",
        "その月にその後をたずねたうち、これまでに答えのあった数。届いた月ではなく、たずねた月に数える",
    )
    FOLLOW_UP_RATE = (
        "follow_up_rate",
        "その後の回答率",
        "たずねたうちの、その後の答えを、その後をたずねた数で割ったもの。たずねていない件の紙の答えは入らない",
    )
