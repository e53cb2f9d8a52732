"""What is said under a table, so that nobody wonders at its numbers: roundings, corrections, what stands in several rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from meyasubako.casework.tallies.layouts import SHARES, Filled
from meyasubako.casework.tallies.rows import TOTAL, Head
from meyasubako.casework.tallies.spans import BASES, Base
from meyasubako.core import dates
from meyasubako.core.tabulation import Heading, Line, Reach, Shown, ValueKind
from meyasubako.core.vocabulary import Dimension

_ONE: Final = {"件": "1件", "項目": "1つの項目", "回": "1回の面談"}
_COMPARED: Final = {
    Base.PREVIOUS: Shown.PREVIOUS,
    Base.YEAR_BEFORE: Shown.YEAR_BEFORE,
    Base.TO_DATE_BEFORE: Shown.TO_DATE_BEFORE,
}


@dataclass(frozen=True)
class Laid:
    """A table with its cells: all rows, the total among them, by code."""

    filled: Filled
    heads: Sequence[Head]
    headings: Sequence[Heading]
    lines: Mapping[str, Line]

    def number(self, row: str, place: int) -> int:
        """A count as printed; 0 for what is none."""
        number = self.lines[row].cells[place].number
        return number if isinstance(number, int) else 0

    def below(self, parent: str | None) -> list[str]:
        """The rows right under a row; under None those that stand under no other."""
        return [
            head.code
            for head in self.heads
            if head.code != TOTAL and (head.parent == parent if parent else head.depth == 0)
        ]


def notes_of(laid: Laid) -> tuple[str, ...]:
    """Whole sentences, what the desk itself wrote first."""
    note = laid.filled.layout.plan.note.strip()
    return (
        *([note] if note else ()),
        *_corrections(laid),
        *(_rows_and_totals(laid) if laid.filled.layout.plan.rows and not laid.filled.layout.times else ()),
        *_earlier_months(laid),
        *_statuses(laid),
    )


def _corrections(laid: Laid) -> Iterator[str]:
    """That figures of closed months came later, wherever one shows."""
    plan, span = laid.filled.layout.plan, laid.filled.layout.span
    if plan.columns is None and Shown.CORRECTION in plan.shown:
        yield f"「うち訂正」は、締めた月についての訂正のうち、{span.word}に入れた数です。"
    elif any(cell.correction for line in laid.lines.values() for cell in line.cells):
        yield f"{span.word}の数字には、前に締めた月についての訂正も入っています。"


def _rows_and_totals(laid: Laid) -> Iterator[str]:
    several: set[str] = set()
    none: set[str] = set()
    uneven: list[str] = []
    for place, heading in enumerate(laid.headings):
        if heading.kind is ValueKind.PERCENT and (note := _uneven(laid, place, heading)):
            uneven.append(note)
        if heading.kind is not ValueKind.COUNT:
            continue
        for parent in (None, *laid.lines):
            rows = laid.below(parent)
            whole, parts = laid.number(parent or TOTAL, place), sum(laid.number(row, place) for row in rows)
            if rows and parts > whole:
                several.add(heading.unit)
            elif rows and parent is None and parts < whole:
                none.add(heading.unit)
    for unit in sorted(several):
        one = _ONE.get(unit, "1件")
        yield f"{one}が2つ以上の行に入ることがあります。合計は、{one}を1回だけ数えています。"
    if none:
        yield "統合した案件だけの受付など、どの行にも入らないものも、合計には数えています。"
    yield from dict.fromkeys(uneven)


def _uneven(laid: Laid, place: int, heading: Heading) -> str:
    """What rounding does to the sum of a column of shares whose counts do add up."""
    filled = laid.filled
    at = filled.layout.place(TOTAL, heading.key)
    if at is None or at.shown is None or at.shown not in SHARES:
        return ""
    rows, base = laid.below(None), BASES[at.shown][0]
    values = [filled.value(at.quantity, row, base) for row in (*rows, TOTAL)]
    *counts, whole = (value.number if value and isinstance(value.number, int) else 0 for value in values)
    shares = [laid.lines[row].cells[place].number or 0 for row in rows]
    if whole <= 0 or sum(counts) != whole or sum(shares) == 100:
        return ""
    return f"{heading.label}は四捨五入しているので、各行を足すと{sum(shares)}％になります。"


def _earlier_months(laid: Laid) -> Iterator[str]:
    """That the desk was not there yet, or only for part of the months compared with."""
    layout = laid.filled.layout
    if layout.plan.columns is not None:
        return
    opened = dates.wareki_month(layout.opened)
    for base, shown in _COMPARED.items():
        if base not in layout.bases:
            continue
        first, last = layout.whole.months(base)
        label = layout.label(shown)
        if last < layout.opened:
            yield f"窓口は{opened}に開いたので、{label}の数字はありません。"
        elif first < layout.opened:
            yield f"窓口は{opened}に開いたので、{label}は{opened}からの数です。"
    before = layout.span.reach is Reach.QUARTER and not layout.span.is_over
    was_open = layout.whole.months(Base.PREVIOUS)[1] >= layout.opened
    if before and not layout.times and was_open and Base.PREVIOUS in layout.bases:
        label = layout.label(Shown.PREVIOUS)
        yield f"{layout.span.word}はまだ終わっていないので、{label}も同じ月数までの数です。"


def _statuses(laid: Laid) -> Iterator[str]:
    plan = laid.filled.layout.plan
    if Dimension.STATUS in {plan.rows, plan.columns}:
        yield "対応状況は、集計した日の状況です。締めた月の分も、対応が進むと変わります。"
