"""開庁日: the days a desk is open in a fiscal year, and the days its office closes beside holidays."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import desks
from meyasubako.core import dates
from meyasubako.core.calendar import why_closed
from meyasubako.core.desk import CLOSED_DAY, Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.numbers import whole
from meyasubako.web import forms, page
from meyasubako.web.staff import amending, shown

WEEKEND = 5


@dataclass(frozen=True, slots=True)
class MonthDays:
    """A month: how many days the office is open, and why it is closed on those that are no weekend."""

    label: str
    open_days: int
    closed: tuple[tuple[date, str], ...]


async def calendar(request: Request) -> Response:
    """The office days of a fiscal year; closes the office on further days, or opens it again."""
    if request.method != "POST":
        return await _show(request, forms.Form(()))
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    applied = (await amending.standing(request, CLOSED_DAY)).applied
    if form.has("open"):
        day = date.fromisoformat(form.text("open")) if dates.is_day(form.text("open")) else None
        if day is not None:
            await amending.write(
                request, lambda session: desks.open_day(session, applied.id, day, by=actor, at=at)
            )
        return page.redirect(request, "staff_calendar", desk=applied.code, notice="開庁日にしました。")
    try:
        days, reason = desks.read_days(applied.desk, *_days(form, dates.japan_day(at)), form.text("reason"))
    except InvalidInput as error:
        return await _show(request, form, error.errors)
    await amending.write(
        request, lambda session: desks.close_days(session, applied.id, days, reason, by=actor, at=at)
    )
    which = dates.day_text(days[0]) if len(days) == 1 else f"{len(days)}日"
    return page.redirect(
        request, "staff_calendar", desk=applied.code, notice=f"{which}を休みにしました（{reason}）。"
    )


def _days(form: forms.Form, today: date) -> tuple[date | None, date | None]:
    """The first and the last day as typed. Raises InvalidInput for what is no day."""
    found: list[date | None] = []
    errors: list[FieldError] = []
    for name in ("first", "last"):
        typed, day = form.text(name), None
        with suppress(ValueError):
            day = dates.read_day(typed, today=today) if typed.strip() else None
        if typed.strip() and day is None:
            errors.append(FieldError(name, "日付は 2026-08-14 のような形で書いてください。"))
        found.append(day)
    if errors:
        raise InvalidInput(*errors)
    return found[0], found[1]


def _months(desk: Desk, year: int) -> Iterator[MonthDays]:
    for month in dates.months_between(*dates.fiscal_year_months(year)):
        after = dates.next_month(month)
        day, end = (date(each // 100, each % 100, 1) for each in (month, after))
        every = [day + timedelta(days=number) for number in range((end - day).days)]
        why = {each: why_closed(each, desk.closed_on) for each in every}
        yield MonthDays(
            dates.wareki_month(month),
            sum(not reason for reason in why.values()),
            tuple((each, reason) for each, reason in why.items() if reason and each.weekday() < WEEKEND),
        )


async def _show(request: Request, form: forms.Form, errors: Sequence[FieldError] = ()) -> Response:
    found = await amending.standing(request, CLOSED_DAY)
    desk, today = found.applied.desk, dates.japan_day(page.at(request))
    this_year = dates.fiscal_year(dates.month_of_day(today))
    year = whole(request.query_params.get("year", "")) or this_year
    year = min(max(year, dates.fiscal_year(dates.month_of_day(desk.opened_on))), this_year + 5)
    here = page.url(request, "staff_calendar", desk=found.applied.code)
    months = list(_months(desk, year))
    return page.render(
        request,
        "staff/calendar.html",
        title="開庁日と休みの日",
        status_code=422 if errors else 200,
        errors=errors,
        desk=found.applied,
        found=found,
        form=form,
        own=[each for each in desk.closed_days if each.on >= today - timedelta(days=366)],
        months=months,
        open_days=sum(each.open_days for each in months),
        year_text=dates.fiscal_year_text(year),
        years=[
            (dates.fiscal_year_text(each), f"{here}?year={each}", each == year)
            for each in range(year - 1, year + 2)
            if dates.fiscal_year(dates.month_of_day(desk.opened_on)) <= each <= this_year + 5
        ],
        here=here,
        words=shown.words(request),
    )
