"""Closing a month, after being asked once more: what becomes final, and why cases are left untriaged."""

from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import tallies
from meyasubako.casework.tallies import Question, Reasons
from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.numbers import whole, whole_ones
from meyasubako.core.vocabulary import Quantity
from meyasubako.web import forms, page
from meyasubako.web.forms import Form
from meyasubako.web.staff import shown, tally_tables

IN_WORDS: Final = "words"
"""The choice of a reason in one's own words."""
_OF_CASE: Final = "of-"
_TOTALS: Final = (Quantity.RECEIPTS, Quantity.CASES)


async def close(request: Request) -> Response:
    """Make a month final."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    form = await forms.read(request) if request.method == "POST" else Form(())
    month = _month(form.text("month") or request.query_params.get("month", ""))
    if month is None:
        raise NotFound
    errors: tuple[FieldError, ...] = ()
    status_code = 200
    if form.pairs:
        try:
            await page.write(
                request,
                lambda session: tallies.close_month(
                    session, applied, month, by=actor, at=at, reasons=_reasons(form)
                ),
            )
        except InvalidInput as error:
            errors, status_code = tuple(map(_beside, error.errors)), 422
        except WrongState as error:
            errors, status_code = (FieldError("", error.message),), 409
        else:
            path = page.url(request, "staff_tallies", desk=applied.code)
            return page.redirect_to(
                request,
                f"{path}?month={dates.month_text(month)}",
                notice=f"{dates.wareki_month(month)}を締めました。これからの訂正は、開いている月に入ります。",
            )
    open_months, untriaged, closing, found = await page.read(
        request,
        lambda session: (
            tallies.months_to_close(session, applied, month),
            tallies.untriaged(session, applied, month),
            tallies.closing_of(session, applied, month),
            tallies.answer(session, applied, Question(_TOTALS, month, month)),
        ),
    )
    return page.render(
        request,
        "staff/tally-close.html",
        title=f"{dates.wareki_month(month)}を締める",
        status_code=status_code,
        errors=errors,
        desk=applied,
        month=month,
        can_close=month in open_months and month < dates.month_of(at),
        closing=closing,
        along=[each for each in open_months if each != month],
        untriaged=untriaged,
        shown_before=set(whole_ones(form.text("shown").split())) if form.pairs else None,
        reasons=[*((each, each) for each in applied.desk.untriaged_reasons), (IN_WORDS, "そのほか")],
        chosen=form.text("reason"),
        words_typed=form.text("reason_words"),
        own={line.case_id: form.text(f"{_OF_CASE}{line.case_id}") for line in untriaged.oldest},
        totals=[(tallies.quantity_label(applied.desk, each), found.number(each).booked) for each in _TOTALS],
        statuses_go_on=tally_tables.STATUSES_GO_ON,
        is_public=applied.desk.public_statistics.enabled,
        words=shown.words(request),
    )


def _reasons(form: Form) -> Reasons:
    chosen = form.text("reason")
    of_each = {
        case_id: text
        for name, text in form.items()
        if name.startswith(_OF_CASE) and (case_id := whole(name.removeprefix(_OF_CASE)))
    }
    return Reasons(
        form.text("reason_words") if chosen == IN_WORDS else chosen,
        of_each,
        frozenset(whole_ones(form.text("shown").split())),
    )


def _beside(error: FieldError) -> FieldError:
    return error if error.field == "reason" else replace(error, field="")


def _month(typed: str) -> Month | None:
    try:
        return dates.read_month(typed)
    except ValueError:
        return None
