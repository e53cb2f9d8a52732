"""The tallies: a form for a month, quarter or year, whose every number opens its cases; look, close, hand out."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import tallies
from meyasubako.casework.tallies import Closing, KnownForm
from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Need
from meyasubako.core.tabulation import Reach, Tabulation
from meyasubako.web import page
from meyasubako.web.staff import shown, tally_addresses, tally_asked, tally_files, tally_tables
from meyasubako.web.staff.tally_asked import Asked

PAGE_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class _Found:
    """All the page of a form shows. `can_close` is the last month that may be closed, `closed_to` the last that is."""

    forms: tuple[KnownForm, ...]
    form: KnownForm
    tabulation: Tabulation
    untriaged: int
    can_close: Month | None
    closed_to: Month | None
    closing: Closing | None


async def tally(request: Request) -> Response:
    """A form for a month, quarter or year, or for any range of months."""
    applied, at, actor = page.desk(request), page.at(request), page.actor(request)
    present, earliest = dates.month_of(at), dates.month_of_day(applied.desk.opened_on)
    errors: tuple[FieldError, ...] = ()
    # Before there were forms, an address said what was counted.
    usual = tallies.BREAKDOWN if "measure" in request.query_params else tallies.MONTHLY
    code = request.query_params.get("form", "") or usual
    try:
        asked = tally_asked.read(request.query_params, present, code)
        found = await page.look_back(request, lambda session: _look(session, request, asked))
    except InvalidInput as error:
        errors, asked = error.errors, Asked(code, present)
        found = await page.look_back(request, lambda session: _look(session, request, asked))
    tabulation, reach = found.tabulation, found.tabulation.reach
    here = page.url(request, "staff_tallies", desk=applied.code)
    cells = f"{page.url(request, 'staff_tally_cases', desk=applied.code)}{asked.query()}"
    before, after = tally_asked.neighbours(asked, tabulation, earliest, present)
    offered = tally_asked.choices(reach, earliest, present)
    return page.render(
        request,
        "staff/tallies.html",
        title=f"{tabulation.title}　{tabulation.span}",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        asked=asked,
        here=here,
        found=found,
        form_groups=_offered(found),
        tabulation=tabulation,
        tables=[
            tally_tables.shown(table, cells if actor.may(Need.VIEW_CASES, applied.id) else "")
            for table in tabulation.tables
        ],
        spans=[(year, [(month, name) for name, month in names.items()]) for year, names in offered.items()],
        span=tally_asked.chosen(asked, reach, offered),
        span_label={
            Reach.MONTH: "月",
            Reach.QUARTER: "四半期",
            Reach.FISCAL_YEAR: "年度",
            Reach.FROM_OPENING: "いつまで",
        }[reach],
        typed=_typed(request, asked),
        words=shown.words(request),
        may_close=actor.may(Need.CLOSE_MONTH, applied.id),
        before=before,
        year_before=tally_asked.year_before(asked, reach, earliest),
        after=after,
        files=[
            (
                label,
                page.url(request, "staff_tally_form_file", desk=applied.code, form=asked.form, format=name)
                + asked.query(with_form=False),
            )
            for name, label in tally_files.LABELS.items()
        ],
        statuses_go_on=tally_tables.STATUSES_GO_ON,
        is_public=applied.desk.public_statistics.enabled,
    )


async def cases(request: Request) -> Response:
    """The cases behind a number."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    query = request.query_params
    try:
        asked = tally_asked.read(query, dates.month_of(at), tallies.MONTHLY)
    except InvalidInput:
        raise NotFound from None
    number = max(1, whole(query.get("page", ""), digits=6) or 1)

    def look(session: Any) -> tuple[str, tallies.CellBehind]:
        skip = (number - 1) * PAGE_LENGTH
        if "measure" in query:
            return "", tally_addresses.before_forms(session, applied, query, by=actor, skip=skip)
        known = tallies.find_form(session, applied, asked.form)
        return known.form.title, tallies.cells_behind(
            session,
            applied,
            known.form,
            asked.when,
            table=query.get("table", ""),
            line=query.get("line", ""),
            heading=query.get("heading", ""),
            as_of=asked.as_of,
            counted_on=dates.japan_day(at),
            by=actor,
            skip=skip,
            limit=PAGE_LENGTH,
        )

    try:
        title, found = await page.look_back(request, look)
    except (InvalidInput, ValueError):
        raise NotFound from None
    here = page.url(request, "staff_tally_cases", desk=applied.code)

    def other(page_number: int) -> str:
        return f"{here}?{urlencode({**query, 'page': str(page_number)})}"

    return page.render(
        request,
        "staff/tally-cases.html",
        title="集計のもとになった案件",
        desk=applied,
        back=page.url(request, "staff_tallies", desk=applied.code) + asked.query(),
        form_title=title,
        cell=found,
        behind=found.behind,
        as_of=asked.as_of,
        words=shown.words(request),
        newer_href=other(number - 1) if number > 1 else "",
        older_href=other(number + 1) if number * PAGE_LENGTH < found.behind.length else "",
        is_mixed=any(each.sign < 0 for each in found.behind.counted),
    )


def _look(session: Any, request: Request, asked: Asked) -> _Found:
    applied, at = page.desk(request), page.at(request)
    forms = tallies.forms_of(session, applied)
    known = next((each for each in forms if each.form.code == asked.form), None)
    known = known or tallies.find_form(session, applied, asked.form)
    if known.problem:
        raise WrongState(known.problem)
    tabulation = tallies.set_out(
        session, applied, known.form, asked.when, as_of=asked.as_of, counted_on=dates.japan_day(at)
    )
    earliest = max(tabulation.first, dates.month_of_day(applied.desk.opened_on))
    latest = min(tabulation.last, dates.next_month(dates.month_of(at), -1))
    if latest < earliest:
        return _Found(forms, known, tabulation, 0, None, None, None)
    still_open = tallies.months_to_close(session, applied, latest)
    closed_to = dates.next_month(min(still_open), -1) if still_open else latest
    return _Found(
        forms,
        known,
        tabulation,
        tallies.number_untriaged(session, applied, latest) if still_open else 0,
        latest if still_open else None,
        closed_to if closed_to >= earliest else None,
        None if still_open else tallies.closing_of(session, applied, latest),
    )


def _offered(found: _Found) -> list[tuple[str, list[tuple[str, str]]]]:
    """The forms to choose from, the desk's own first."""
    forms = [each for each in found.forms if not each.problem]
    if found.form not in forms:
        forms.append(found.form)
    groups = (
        ("この窓口の様式", [each.form for each in forms if not each.is_ready_made]),
        ("はじめからある様式", [each.form for each in forms if each.is_ready_made]),
    )
    return [(name, [(form.code, form.title) for form in of_group]) for name, of_group in groups if of_group]


def _typed(request: Request, asked: Asked) -> dict[str, str]:
    """What stands in the form: what was typed, else what is shown."""
    first, last = asked.span or (None, None)
    standing = {
        "from": dates.month_text(first) if first else "",
        "to": dates.month_text(last) if last else "",
        "as_of": asked.as_of.isoformat() if asked.as_of else "",
    }
    return {name: request.query_params.get(name, value).strip()[:40] for name, value in standing.items()}
