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
