"""Words for how statistical tables are set out."""

from meyasubako.core.vocabulary.words import Word


class Reach(Word):
    """What span a form is printed for."""

    MONTH = "month", "月", "1か月ごとに出す"
    QUARTER = "quarter", "四半期", "4月から3か月ごとに出す"
    FISCAL_YEAR = "fiscal_year", "年度", "4月から翌年3月までを出す。年度の途中なら、いまある月まで"
    FROM_OPENING = "from_opening", "開設から", "窓口を開いた月から、選んだ月までを出す"


class Shown(Word):
    """What is printed of a figure in a table without a dimension across: the span itself, and what it is compared with."""

    SPAN = "span", "当期", "選んだ月、四半期、年度の数字"
    CORRECTION = "correction", "うち訂正", "締めた月についての訂正で、この期間に入れた数"
    SHARE = "share", "構成比", "合計に対する割合"
    PREVIOUS = "previous", "前期", "ひとつ前の月、四半期、年度の数字"
    PREVIOUS_CHANGE = "previous_change", "前期差", "ひとつ前の期間からの増減"
    YEAR_BEFORE = "year_before", "前年同期", "1年前の同じ月、四半期の数字"
    YEAR_BEFORE_CHANGE = "year_before_change", "前年同期差", "1年前の同じ期間からの増減"
    YEAR_BEFORE_RATE = "year_before_rate", "前年同期比", "1年前の同じ期間を100としたときの割合"
    TO_DATE = "to_date", "年度累計", "4月からこの期間の終わりまで"
    TO_DATE_SHARE = "to_date_share", "構成比（累計）", "年度累計の合計に対する割合"
    TO_DATE_BEFORE = "to_date_before", "前年度同期累計", "1年前の4月から同じ月の終わりまで"
    TO_DATE_CHANGE = "to_date_change", "前年度同期累計差", "前年度の同じ時期までの累計からの増減"
    TO_DATE_RATE = "to_date_rate", "前年度同期累計比", "前年度の同じ時期までの累計を100としたときの割合"


class Picture(Word):
    """The picture drawn beside a table, of the same numbers."""

    LINE = "line", "折れ線", "月ごとの移り変わり"
    BAR = "bar", "棒", "行ごとの大きさ"
    STACKED = "stacked", "積み上げ棒", "月ごとの内訳"
    MULTIPLES = "multiples", "小さな図を並べたもの", "行ごとの月の移り変わりを、同じ目盛りで並べる"
    HEAT = "heat", "色の濃さの表", "行と列の組み合わせの多い少ない"
