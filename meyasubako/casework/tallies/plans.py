"""What a form may plan, and what its tables and columns are called in files and addresses."""

from collections.abc import Iterator, Sequence
from typing import Final

from meyasubako.casework.tallies.questions import DEFINITIONS, Question
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.tabulation import Picture, Reach, Shown, TablePlan, TallyForm, ValueKind
from meyasubako.core.vocabulary import TIMES, Quantity

MOST_TABLES: Final = 20
MOST_QUANTITIES: Final = 8
LONGEST_TITLE: Final = 60
LONGEST_NOTE: Final = 500

_OF_COUNTS_ONLY: Final = frozenset(
    {
        Shown.CORRECTION,
        Shown.SHARE,
        Shown.TO_DATE_SHARE,
        Shown.YEAR_BEFORE_RATE,
        Shown.TO_DATE_RATE,
    }
)
_TO_DATE: Final = frozenset(each for each in Shown if each.value.startswith(Shown.TO_DATE.value))
_ALIKE_IN_YEARS: Final = (
    (Shown.PREVIOUS, Shown.YEAR_BEFORE),
    (Shown.PREVIOUS_CHANGE, Shown.YEAR_BEFORE_CHANGE),
)
_SINCE_OPENING: Final = frozenset({Shown.SPAN, Shown.CORRECTION, Shown.SHARE})
_BY_MONTH: Final = frozenset({Picture.LINE, Picture.STACKED, Picture.MULTIPLES})


def validate(form: TallyForm) -> None:
    """Raises InvalidInput for a form that can't be printed; the fields are `title` and `tables.0.rows`, with the table's number."""
    errors = list(_of_form(form))
    if errors:
        raise InvalidInput(*errors)


def table_keys(form: TallyForm) -> tuple[str, ...]:
    """The stable name of each table: what is counted, in which rows and columns; a second one alike has a number."""
    keys: list[str] = []
    for plan in form.tables:
        parts = [
            *(each.value for each in plan.quantities),
            *(each.value for each in (plan.rows, plan.columns) if each),
        ]
        key = "-".join(parts)
        alike = sum(1 for each in keys if each == key or each.startswith(f"{key}~"))
        keys.append(f"{key}~{alike + 1}" if alike else key)
    return tuple(keys)


def shown_of(plan: TablePlan, quantity: Quantity) -> tuple[Shown, ...]:
    """The columns a quantity has. What is divided already has no shares, rates and corrections of its own."""
    is_count = kind_of(quantity) is ValueKind.COUNT
    return tuple(each for each in plan.shown if is_count or each not in _OF_COUNTS_ONLY)


def kind_of(quantity: Quantity) -> ValueKind:
    """How the figures of a quantity are written."""
    return DEFINITIONS[quantity].kind


def is_laid_down(plan: TablePlan) -> bool:
    """Whether each quantity is a row: where there are no other rows, and all are written alike."""
    return plan.rows is None and len({kind_of(each) for each in plan.quantities}) == 1


def _of_form(form: TallyForm) -> Iterator[FieldError]:
    yield from _title("title", form.title)
    if not form.tables:
        yield FieldError("tables", "表を1つは入れてください。")
    if len(form.tables) > MOST_TABLES:
        yield FieldError("tables", f"1つの様式に入れられる表は{MOST_TABLES}までです。")
    for place, plan in enumerate(form.tables[:MOST_TABLES]):
        for error in _of_table(form.reach, plan):
            yield FieldError(f"tables.{place}.{error.field}", f"表{place + 1}：{error.message}")


def _of_table(reach: Reach, plan: TablePlan) -> Iterator[FieldError]:
    yield from _title("title", plan.title)
    if len(plan.note) > LONGEST_NOTE:
        yield FieldError("note", f"注は{LONGEST_NOTE}字までで書いてください。")
    if plan.decimals not in (0, 1):
        yield FieldError("decimals", "割合の小数は、0けたか1けたです。")
    if _repeats(plan.quantities):
        yield FieldError("quantities", "同じものを2回選んでいます。")
    elif len(plan.quantities) > MOST_QUANTITIES:
        yield FieldError("quantities", f"1つの表で数えるものは{MOST_QUANTITIES}までです。")
    yield from _question(plan)
    if plan.to_date and reach not in {Reach.MONTH, Reach.QUARTER}:
        yield FieldError("to_date", "4月からの表は、月と四半期の様式に入れられます。")
    if plan.columns is None:
        yield from _shown(reach, plan)
    if plan.picture and (message := _picture(plan, plan.picture)):
        yield FieldError("picture", message)


def _question(plan: TablePlan) -> Iterator[FieldError]:
    """What the figures refuse, whatever the months are."""
    if any(not codes for _, codes in plan.filters) or _repeats([each for each, _ in plan.filters]):
        yield FieldError("filters", "しぼり込みは、1つのことについて1つ以上を選んでください。")
    try:
        Question(plan.quantities, 200004, 200004, plan.rows, plan.columns, plan.filters).check()
    except InvalidInput as refused:
        yield from refused.errors


def _shown(reach: Reach, plan: TablePlan) -> Iterator[FieldError]:
    shown = set(plan.shown)
    if not shown:
        yield FieldError("shown", "並べるものを1つは選んでください。")
        return
    if _repeats(plan.shown):
        yield FieldError("shown", "同じものを2回選んでいます。")
    for quantity in plan.quantities:
        if not shown_of(plan, quantity):
            message = (
                f"「{quantity.label}」には、構成比、訂正、前年比がありません。ほかの列も選んでください。"
            )
            yield FieldError("shown", message)
    if reach is Reach.FISCAL_YEAR and plan.rows not in TIMES:
        if shown & _TO_DATE:
            yield FieldError("shown", "年度の様式では、年度累計は当期と同じです。どちらかにしてください。")
        if any(shown.issuperset(both) for both in _ALIKE_IN_YEARS):
            yield FieldError("shown", "年度の様式では、前期と前年同期は同じです。どちらかにしてください。")
    if reach is Reach.FROM_OPENING and shown - _SINCE_OPENING:
        yield FieldError("shown", "開設からの様式では、ほかの期間と比べられません。")


def _picture(plan: TablePlan, picture: Picture) -> str:
    across = {plan.rows, plan.columns} & TIMES
    if picture in _BY_MONTH and not across:
        return f"「{picture.label}」の図には、行か列に月などの時期がいります。"
    if picture is Picture.HEAT and (plan.rows is None or plan.columns is None):
        return "「色の濃さの表」の図には、行と列の両方がいります。"
    return ""


def _title(field: str, title: str) -> Iterator[FieldError]:
    if not title.strip():
        yield FieldError(field, "表題を書いてください。")
    elif len(title) > LONGEST_TITLE:
        yield FieldError(field, f"表題は{LONGEST_TITLE}字までで書いてください。")


def _repeats(chosen: Sequence[object]) -> bool:
    return len(set(chosen)) < len(chosen)
