"""The forms (様式) every desk has from the start, in its own words; a desk copies what it wants otherwise."""

from collections.abc import Iterator
from typing import Final

from meyasubako.casework.tallies.dictionary import quantity_label
from meyasubako.casework.tallies.rows import label_of
from meyasubako.core.desk import Desk
from meyasubako.core.tabulation import Picture, Reach, Shown, TablePlan, TallyForm
from meyasubako.core.vocabulary import CaseKind, Dimension, Quantity

PUBLISHED: Final = "published"
MONTHLY: Final = "monthly"
QUARTERLY: Final = "quarterly"
YEARLY: Final = "yearly"
OUTCOMES: Final = "outcomes"
PROVIDERS: Final = "providers"
BREAKDOWN: Final = "breakdown"

_COMPARED: Final = (
    Shown.SPAN,
    Shown.PREVIOUS_CHANGE,
    Shown.YEAR_BEFORE_CHANGE,
    Shown.TO_DATE,
    Shown.TO_DATE_SHARE,
)
_ANSWERS: Final = (
    Quantity.ANSWERED,
    Quantity.ANSWERED_DUE,
    Quantity.IN_TIME,
    Quantity.IN_TIME_SHARE,
    Quantity.MEDIAN_DAYS,
    Quantity.NINETY_DAYS,
)
_SURVEYS: Final = (
    Quantity.SURVEYS_ASKED,
    Quantity.SURVEYS_RETURNED,
    Quantity.RESPONSE_RATE,
    Quantity.SURVEYED,
    Quantity.HELPFUL,
    Quantity.HELPFUL_SHARE,
)
_FOLLOW_UPS: Final = (
    Quantity.FOLLOW_UPS_ASKED,
    Quantity.FOLLOW_UPS_RETURNED,
    Quantity.FOLLOW_UP_RATE,
    Quantity.FOLLOWED_UP,
    Quantity.PRACTISED,
    Quantity.PRACTISED_SHARE,
)
_YEARS: Final = (Shown.SPAN, Shown.SHARE, Shown.YEAR_BEFORE, Shown.YEAR_BEFORE_CHANGE, Shown.YEAR_BEFORE_RATE)


def ready_made(desk: Desk) -> tuple[TallyForm, ...]:
    """The ready-made forms that fit a desk; the monthly report comes first."""
    return tuple(_forms(desk))


def _forms(desk: Desk) -> Iterator[TallyForm]:
    yield TallyForm(MONTHLY, "月次報告", Reach.MONTH, tuple(_month(desk)))
    yield TallyForm(QUARTERLY, "四半期報告", Reach.QUARTER, tuple(_quarter(desk)))
    yield TallyForm(YEARLY, "年次報告", Reach.FISCAL_YEAR, tuple(_year(desk)))
    receipts = quantity_label(desk, Quantity.RECEIPTS)
    yield TallyForm(PUBLISHED, f"{receipts}（開設から）", Reach.FROM_OPENING, tuple(_published(desk)))
    title = "反映状況" if CaseKind.SUGGESTION in {kind.code for kind in desk.kinds} else "対応結果"
    yield TallyForm(OUTCOMES, title, Reach.FISCAL_YEAR, tuple(_outcomes(desk, title)))
    if desk.offers:
        yield TallyForm(PROVIDERS, "引き受け手の活動", Reach.FISCAL_YEAR, tuple(_providers(desk)))
    yield TallyForm(BREAKDOWN, "区分ごとの内訳", Reach.MONTH, tuple(_breakdown(desk)))


def _by(desk: Desk, dimension: Dimension) -> str:
    """相談者別."""
    return f"{label_of(desk, Dimension.TOPIC if dimension is Dimension.TOPIC_TOP else dimension)}別"


def _published(desk: Desk) -> Iterator[TablePlan]:
    receipts = (Quantity.RECEIPTS,)
    yield TablePlan(quantity_label(desk, Quantity.RECEIPTS), receipts, None, Dimension.FISCAL_YEAR)
    for number, rows in zip("①②", (Dimension.REQUESTER_GROUP, Dimension.PURPOSE), strict=True):
        title = f"{number}{label_of(desk, rows)}"
        yield TablePlan(title, receipts, rows, empty_rows=False, unknown_row=False, picture=Picture.BAR)


def _month(desk: Desk) -> Iterator[TablePlan]:
    numbers = (Quantity.RECEIPTS, Quantity.CASES, Quantity.CLOSED)
    shown = (Shown.SPAN, Shown.PREVIOUS_CHANGE, Shown.YEAR_BEFORE_CHANGE, Shown.TO_DATE, Shown.TO_DATE_CHANGE)
    yield TablePlan("主な数字", numbers, shown=shown)
    yield TablePlan(
        "月別の推移",
        (Quantity.RECEIPTS,),
        Dimension.MONTH,
        shown=(Shown.SPAN, Shown.YEAR_BEFORE),
        picture=Picture.LINE,
        to_date=True,
    )
    yield from _compared(desk)


def _quarter(desk: Desk) -> Iterator[TablePlan]:
    yield TablePlan(
        "月別の件数",
        (Quantity.RECEIPTS, Quantity.CASES, Quantity.CLOSED),
        Dimension.MONTH,
        picture=Picture.LINE,
    )
    yield from _compared(desk)


def _compared(desk: Desk) -> Iterator[TablePlan]:
    for quantity, rows in (
        (Quantity.RECEIPTS, Dimension.REQUESTER_GROUP),
        (Quantity.CASES, Dimension.PURPOSE),
        (Quantity.CASES, Dimension.TOPIC_TOP),
        (Quantity.RECEIPTS, Dimension.CHANNEL),
        (Quantity.CLOSED, Dimension.OUTCOME),
    ):
        title = f"{_by(desk, rows)}（{quantity_label(desk, quantity)}）"
        yield TablePlan(title, (quantity,), rows, shown=_COMPARED, picture=Picture.BAR)


def _year(desk: Desk) -> Iterator[TablePlan]:
    numbers = (Quantity.RECEIPTS, Quantity.CASES, Quantity.REPLIES, Quantity.CLOSED)
    before = (Shown.SPAN, Shown.YEAR_BEFORE, Shown.YEAR_BEFORE_CHANGE, Shown.YEAR_BEFORE_RATE)
    yield TablePlan("主な数字", numbers, shown=before)
    for quantity, rows, picture in (
        (Quantity.RECEIPTS, Dimension.REQUESTER_GROUP, Picture.STACKED),
        (Quantity.CASES, Dimension.PURPOSE, Picture.STACKED),
        (Quantity.CASES, Dimension.TOPIC_TOP, Picture.HEAT),
        (Quantity.RECEIPTS, Dimension.CHANNEL, Picture.MULTIPLES),
    ):
        title = f"月別・{_by(desk, rows)}（{quantity_label(desk, quantity)}）"
        yield TablePlan(title, (quantity,), rows, Dimension.MONTH, picture=picture)
    yield TablePlan("対応結果別", (Quantity.CLOSED,), Dimension.OUTCOME, shown=_YEARS, picture=Picture.BAR)
    places = [Dimension.AREA] if desk.areas else []
    if any(field.code == "municipality" for field in desk.fields):
        places.append(Dimension.MUNICIPALITY)
    for rows in places:
        yield TablePlan(
            _by(desk, rows),
            (Quantity.RECEIPTS,),
            rows,
            shown=(Shown.SPAN, Shown.SHARE, Shown.YEAR_BEFORE_CHANGE),
            picture=Picture.BAR,
        )
    yield TablePlan("回答の早さ", _ANSWERS, Dimension.MONTH)
    if desk.survey.enabled:
        yield TablePlan("アンケートの答えと回答率", _SURVEYS, Dimension.MONTH)
        yield TablePlan(
            "役に立ったか",
            (Quantity.SURVEYED,),
            Dimension.GRADE,
            shown=(Shown.SPAN, Shown.SHARE, Shown.YEAR_BEFORE, Shown.YEAR_BEFORE_CHANGE),
            picture=Picture.BAR,
        )
    if desk.survey.follow_up_months:
        yield TablePlan("その後どうしたか", _FOLLOW_UPS, Dimension.MONTH)


def _breakdown(desk: Desk) -> Iterator[TablePlan]:
    shown = (Shown.SPAN, Shown.CORRECTION, Shown.TO_DATE, Shown.TO_DATE_SHARE)
    handed_in = [
        Dimension.REQUESTER_GROUP,
        Dimension.REQUESTER_TYPE,
        Dimension.PURPOSE,
        Dimension.TOPIC,
        Dimension.CHANNEL,
    ]
    if len(desk.requester_groups) >= len(desk.requester_types):
        handed_in.remove(Dimension.REQUESTER_TYPE)
    both = (Quantity.RECEIPTS, Quantity.CASES)
    tables = [(quantity, rows) for rows in handed_in for quantity in both]
    tables += [(Quantity.CASES, Dimension.STATUS), (Quantity.CLOSED, Dimension.OUTCOME)]
    for quantity, rows in tables:
        title = f"{_by(desk, rows)}（{quantity_label(desk, quantity)}）"
        yield TablePlan(title, (quantity,), rows, shown=shown)


def _outcomes(desk: Desk, title: str) -> Iterator[TablePlan]:
    closed = (Quantity.CLOSED,)
    yield TablePlan(f"{title}別の項目数", closed, Dimension.OUTCOME, shown=_YEARS, picture=Picture.BAR)
    yield TablePlan(
        f"{_by(desk, Dimension.PURPOSE)}の{title}",
        closed,
        Dimension.PURPOSE,
        Dimension.OUTCOME,
        picture=Picture.HEAT,
    )
    yield TablePlan(
        "受け付けた項目の対応状況",
        (Quantity.CASES,),
        Dimension.STATUS,
        shown=(Shown.SPAN, Shown.SHARE),
        picture=Picture.BAR,
    )


def _providers(desk: Desk) -> Iterator[TablePlan]:
    done = (Quantity.OFFERED, Quantity.ACCEPTED, Quantity.MEETINGS)
    yield TablePlan("種類別", done, Dimension.PROVIDER_KIND, picture=Picture.BAR)
    yield TablePlan("月別", done, Dimension.MONTH, picture=Picture.LINE)
    if desk.survey.enabled:
        yield TablePlan(
            "役に立ったか",
            (Quantity.SURVEYED, Quantity.HELPFUL, Quantity.HELPFUL_SHARE),
            Dimension.REQUESTER_GROUP,
        )
