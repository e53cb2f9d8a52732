"""A form set out for a month, a quarter or a year: its tables as they are printed, every figure from `answers()`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from meyasubako.casework.tallies.answering import answers
from meyasubako.casework.tallies.cells import PAGE_LENGTH, Behind
from meyasubako.casework.tallies.counting import closed_months
from meyasubako.casework.tallies.footnotes import Laid, notes_of
from meyasubako.casework.tallies.layouts import CHANGES, RATES, SHARES, Filled, Layout, Place
from meyasubako.casework.tallies.opening import behind
from meyasubako.casework.tallies.plans import table_keys, validate
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN, Head, label_of
from meyasubako.casework.tallies.shape import Part
from meyasubako.casework.tallies.spans import BASES, Span, When, span_of
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.tabulation import Heading, Line, PrintedTable, Shown, Tabulation, TallyForm
from meyasubako.core.vocabulary import TIMES, Dimension


@dataclass(frozen=True, slots=True)
class CellBehind:
    """What stands behind a cell. `says` tells which cases are listed, and what of when the cell compares or divides."""

    table_title: str
    line_label: str
    heading_label: str
    says: str
    behind: Behind


def set_out(
    session: Session,
    applied: AppliedDesk,
    form: TallyForm,
    when: When,
    *,
    as_of: date | None = None,
    counted_on: date,
) -> Tabulation:
    """The form for a month (or the quarter or year it lies in) or a range, now or as known at the end of a day.

    Raises InvalidInput for a form that can't be printed and for months that have not begun.
    """
    span, layouts = _layouts(applied, form, when, as_of, counted_on)
    filled = _filled(session, applied, layouts)
    cutoff = None if as_of is None else dates.end_of_day(as_of)
    closed = closed_months(session, applied.id, span.first, span.last, cutoff)
    return Tabulation(
        desk=applied.code,
        desk_name=str(applied.desk.name),
        form=form.code,
        title=form.title,
        reach=form.reach,
        first=span.first,
        last=span.last,
        span=span.text,
        is_final=closed.issuperset(dates.months_between(span.first, span.last)),
        as_of=as_of,
        counted_on=counted_on,
        tables=tuple(_table(each) for each in filled),
    )


def cells_behind(
    session: Session,
    applied: AppliedDesk,
    form: TallyForm,
    when: When,
    *,
    table: str,
    line: str,
    heading: str,
    as_of: date | None = None,
    counted_on: date,
    by: Actor,
    skip: int = 0,
    limit: int = PAGE_LENGTH,
) -> CellBehind:
    """The cases behind a cell, by the keys of its table and heading and the code of its line.

    A difference opens the later of what it compares, a share what it is a share for. Raises NotFound for a cell that is not there.
    """
    _, layouts = _layouts(applied, form, when, as_of, counted_on)
    layout = next((each for each in layouts if each.key == table), None)
    place = layout.place(line, heading) if layout else None
    if layout is None or place is None:
        raise NotFound
    rows = layout.plan.rows
    if layout.times and place.row not in {*layout.times, TOTAL}:
        raise NotFound
    if place.shown is None:
        question, row = layout.across, place.row
    else:
        span, base = layout.span_of(place.row), BASES[place.shown][0]
        row = TOTAL if layout.times else place.row
        question = layout.question(layout.counted, span.months(base), None if rows in TIMES else rows)
    found = behind(
        session,
        applied,
        question,
        place.quantity,
        row=row,
        column=place.column,
        part=Part.CORRECTION if place.shown is Shown.CORRECTION else None,
        by=by,
        skip=skip,
        limit=limit,
    )
    (filled,) = _filled(session, applied, [layout])
    head = next((each for each in filled.heads() if each.code == line), None)
    label = next((each for each in filled.headings() if each.key == heading), None)
    if head is None or label is None:
        raise NotFound
    return CellBehind(layout.plan.title, head.label, _path(label), _says(layout, place), found)


def _layouts(
    applied: AppliedDesk, form: TallyForm, when: When, as_of: date | None, counted_on: date
) -> tuple[Span, list[Layout]]:
    validate(form)
    span = span_of(applied.desk, form.reach, when, min(as_of or counted_on, counted_on))
    keys = zip(form.tables, table_keys(form), strict=True)
    return span, [
        Layout(applied, plan, key, span.from_april if plan.to_date else span, as_of) for plan, key in keys
    ]


def _filled(session: Session, applied: AppliedDesk, layouts: list[Layout]) -> list[Filled]:
    asked = list(dict.fromkeys(question for each in layouts for question in each.questions()))
    answered = dict(zip(asked, answers(session, applied, asked), strict=True))
    return [Filled(each, answered) for each in layouts]


def _table(filled: Filled) -> PrintedTable:
    plan = filled.layout.plan
    heads, headings = filled.heads(), filled.headings()
    lines = {head.code: _line(filled, head, headings) for head in heads}
    body = tuple(_kept(filled, heads, lines))
    return PrintedTable(
        key=filled.layout.key,
        title=plan.title,
        stub=_stub(filled.layout),
        headings=headings,
        lines=body,
        total=lines.get(TOTAL) if plan.total and plan.rows else None,
        decimals=plan.decimals,
        notes=notes_of(Laid(filled, heads, headings, lines)),
        picture=plan.picture,
    )


def _stub(layout: Layout) -> str:
    desk, rows = layout.applied.desk, layout.plan.rows
    # On paper it is the only level there is.
    shown = Dimension.TOPIC if rows is Dimension.TOPIC_TOP else rows
    return label_of(desk, shown) if shown else ""


def _line(filled: Filled, head: Head, headings: tuple[Heading, ...]) -> Line:
    cells = tuple(filled.cell(head.code, heading.key) for heading in headings)
    return Line(head.code, head.label, cells, head.depth)


def _kept(filled: Filled, heads: tuple[Head, ...], lines: dict[str, Line]) -> Iterator[Line]:
    """The rows that are printed: those with numbers, and of those without what the plan wishes."""
    plan = filled.layout.plan
    for head in heads:
        line = lines[head.code]
        if plan.rows and head.code == TOTAL:
            continue
        is_empty = not any(cell.number or cell.correction for cell in line.cells)
        wished = plan.unknown_row if head.code == UNKNOWN else plan.empty_rows and not head.only_if_used
        if wished or not is_empty or filled.layout.laid_down or not plan.rows:
            yield line


def _path(heading: Heading) -> str:
    return f"{heading.group}　{heading.label}" if heading.group else heading.label


def _says(layout: Layout, place: Place) -> str:
    if place.shown is None:
        return ""
    label = layout.label(place.shown)
    months = _months(layout, place)
    if place.shown in CHANGES or place.shown in RATES:
        return f"「{label}」は2つの数字を比べたものです。ここには、{months}の分を出しています。"
    if place.shown in SHARES:
        return f"「{label}」は合計に対する割合です。ここには、{months}の、この行の分を出しています。"
    if place.shown is Shown.CORRECTION:
        return f"締めた月についての訂正のうち、{months}に入れたものです。取り消したものも出しています。"
    return f"{months}の分です。"


def _months(layout: Layout, place: Place) -> str:
    assert place.shown is not None, "a column of comparisons"
    first, last = layout.span_of(place.row).months(BASES[place.shown][0])
    text = dates.wareki_month(first)
    return text if first == last else f"{text}～{dates.wareki_month(last)}"
