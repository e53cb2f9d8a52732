"""Whether a target was met. Numbers are compared exactly; what cannot be compared is a person's to judge."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from meyasubako.core.indicators.values import Value
from meyasubako.core.vocabulary import Aim, Verdict

RULES: Final = (
    (
        "数の目標",
        "大きいほどよい指標は実績が目標以上、小さいほどよい指標は実績が目標以下なら達成です。目標に「以上」「以下」とあれば、それによります。",
        "三重県 みえ元気プラン（90.0％以上）、石川県 デジタル化推進計画（仮称）第5章（30人以下）",
    ),
    (
        "「増加」「減少」の目標",
        "実績が基準値より大きければ増加、小さければ減少です。同じなら、どちらでもありません。",
        "石川県 デジタル化推進計画（仮称）第5章",
    ),
    (
        "そのほかの言葉の目標",
        "実績が目標と同じ言葉か、それに「済」「済み」が付いたものなら達成です。ほかの言葉は、職員が達成かどうかを決めます。",
        "徳島県 デジタルとくしま推進プラン（構築 → 構築済）",
    ),
    (
        "目標達成状況の数",
        "大きいほどよい指標で、実績÷目標。小数第3位を四捨五入し、1.00を上限とします。届いていないのに1.00となるときは0.99とします。",
        "三重県 令和4年版県政レポート（31.8％÷40.0％＝0.80、265所属÷167所属は1.00）",
    ),
)
"""Each rule of this module in words, with the document it was read from."""

_MORE: Final = "増加"
_FEWER: Final = "減少"
_DONE: Final = ("済み", "済")
_HUNDREDTH: Final = Decimal("0.01")
_WHOLE: Final = Decimal("1.00")


def judge(
    aim: Aim,
    *,
    baseline: Value | None,
    target: Value | None,
    actual: Value | None,
    said: bool | None,
    is_over: bool,
) -> Verdict:
    """How far an indicator has come. `is_over`: the year of the target has ended; `said`: what a person judged."""
    if target is None:
        return Verdict.NO_TARGET
    if actual is None:
        return Verdict.WAITING
    is_met = _meets(aim, baseline, target, actual)
    if is_met is None:
        is_met = said
    if is_met is None:
        return Verdict.UNCLEAR if is_over else Verdict.UNDER_WAY
    if is_over:
        return Verdict.MET if is_met else Verdict.MISSED
    # What is to stay small has not stayed small before the year is over.
    return Verdict.REACHED if is_met and not _is_downward(aim, target) else Verdict.UNDER_WAY


def ratio(aim: Aim, target: Value | None, actual: Value | None) -> Decimal | None:
    """目標達成状況 as Mie prints it, from 0.00 to 1.00; None where it says nothing."""
    if target is None or actual is None or target.number is None or actual.number is None:
        return None
    if _is_downward(aim, target) or aim is Aim.WORD or target.number <= 0 or actual.number < 0:
        return None
    if actual.number >= target.number:
        return _WHOLE
    return min((actual.number / target.number).quantize(_HUNDREDTH, ROUND_HALF_UP), _WHOLE - _HUNDREDTH)


def _meets(aim: Aim, baseline: Value | None, target: Value, actual: Value) -> bool | None:
    if target.number is not None:
        if actual.number is None:
            return None
        if _is_downward(aim, target):
            return actual.number <= target.number
        return actual.number >= target.number
    if target.written in {_MORE, _FEWER}:
        if actual.number is None:
            return True if actual.written == target.written else None
        if baseline is None or baseline.number is None:
            return None
        return actual.number > baseline.number if target.written == _MORE else actual.number < baseline.number
    done = {target.written, *(f"{target.written}{ending}" for ending in _DONE)}
    return True if actual.written in done else None


def _is_downward(aim: Aim, target: Value) -> bool:
    if target.bound:
        return target.bound == "以下"
    return aim is Aim.LOWER or target.written == _FEWER
