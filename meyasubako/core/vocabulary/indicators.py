"""Words for indicators (指標): which way is better, where the actual figure comes from, whether a target was met."""

from meyasubako.core.vocabulary.words import Word


class Aim(Word):
    """指標のよい方向."""

    HIGHER = "higher", "大きいほどよい", "実績が目標の数以上なら達成"
    LOWER = "lower", "小さいほどよい", "実績が目標の数以下なら達成"
    WORD = "word", "言葉のとおりになればよい", "運用、構築、設置など、実績が目標の言葉のとおりになれば達成"


class Gauge(Word):
    """指標の実績のとり方."""

    ENTERED = "entered", "手で入れる", "窓口の外の数や言葉。職員が年度ごとに入れる"
    RECEIPTS = "receipts", "件数（集計）", "届いた手紙や送信の数"
    CASES = "cases", "項目数（集計）", "届いたことがらの数。統合したものは除く"
    CLOSED = "closed", "完了の数（集計）", "完了した項目の数"
    REPLIES = "replies", "回答の数（集計）", "送った回答の数"
    OFFERS = "offers", "打診の数（集計）", "アドバイザーなどに打診した数"
    ACCEPTANCES = "acceptances", "受諾の数（集計）", "打診が受諾された数"
    MEETINGS = "meetings", "面談の数（集計）", "面談・助言を実施した数"
    HELPFUL_SHARE = (
        "helpful_share",
        "役に立った割合（集計）",
        "アンケートに「役に立った」「やや役に立った」と答えた割合。小数第2位を四捨五入",
    )


class Verdict(Word):
    """指標の達成状況."""

    MET = "met", "達成", "年度が終わり、実績が目標に届いた"
    MISSED = "missed", "未達成", "年度が終わり、実績が目標に届かなかった"
    REACHED = "reached", "届いている", "目標の年度の途中か前で、いまの実績はもう目標に届いている"
    UNDER_WAY = "under_way", "途中", "目標の年度の途中か前で、まだ目標に届いていない"
    WAITING = "waiting", "実績待ち", "実績がまだない"
    UNCLEAR = "unclear", "要判断", "言葉の実績で、達成かどうかを職員が決めていない"
    NO_TARGET = "no_target", "目標なし", "この年度の目標がない"
