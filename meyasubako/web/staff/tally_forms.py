"""The forms (様式) of a desk: a list, and a page on which one is made, tried and changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import tallies
from meyasubako.casework.tallies import KnownForm
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Need
from meyasubako.core.tabulation import Reach, Tabulation, TallyForm
from meyasubako.web import forms, page
from meyasubako.web.forms import Form
from meyasubako.web.staff import shown, tally_asked, tally_form_fields, tally_tables

BLANK: Final = "blank"
"""Instead of a form to copy: begin with an empty one."""
_SAVE: Final = "save"
_TRY: Final = "try"


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is shown on the page: the form as typed, which version it began from, and what is said of it."""

    form: TallyForm
    version: int = 0
    month: Month = 0
    at_table: int = -1
    errors: tuple[FieldError, ...] = ()
    refused: str = ""
    tried: Tabulation | None = None


async def every(request: Request) -> Response:
    """All forms of the desk: its own, and those every desk has."""
    applied = page.desk(request)
    found = await page.read(request, lambda session: tallies.forms_of(session, applied, with_ended=True))
    return page.render(
        request,
        "staff/tally-forms.html",
        title="様式",
        desk=applied,
        own=[each for each in found if not each.is_ready_made and not each.ended_at],
        ended=[each for each in found if each.ended_at],
        ready_made=[each for each in found if each.is_ready_made],
        may_edit=_may_edit(request, applied),
        words=shown.words(request),
    )


async def new(request: Request) -> Response:
    """Make a form, from a copy or an empty one."""
    applied = page.desk(request)
    if request.method != "POST":
        chosen = request.query_params.get("from", "")
        begun = tally_form_fields.blank()
        if chosen and chosen != BLANK:
            known = await page.read(request, lambda session: tallies.find_form(session, applied, chosen))
            begun = replace(known.form, code="", title=f"{known.form.title}の写し")
        return await _show(request, applied, "様式を作る", _Draft(begun, at_table=0))
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)

    def save(session: Any, made: TallyForm) -> str:
        return tallies.save_form(session, applied, made, by=actor, at=at)

    return await _act(request, applied, form, "様式を作る", "", save, "様式を保存しました。")


async def change(request: Request) -> Response:
    """Change a form of the desk."""
    applied, code = page.desk(request), request.path_params["form"]
    known = await page.read(request, lambda session: tallies.find_form(session, applied, code))
    if known.is_ready_made:
        raise NotFound
    title = f"「{known.form.title}」をなおす"
    if request.method != "POST":
        return await _show(request, applied, title, _Draft(known.form, known.version), known)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    version = form.number("version") or 0

    def save(session: Any, made: TallyForm) -> str:
        tallies.change_form(session, applied, code, made, expected_version=version, by=actor, at=at)
        return code

    return await _act(request, applied, form, title, code, save, "様式をなおしました。", known)


async def end(request: Request) -> Response:
    """Use a form no longer."""
    applied, code = page.desk(request), request.path_params["form"]
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    version = form.number("version") or 0
    await page.write(
        request,
        lambda session: tallies.end_form(session, applied, code, expected_version=version, by=actor, at=at),
    )
    return page.redirect(
        request, "staff_tally_forms", desk=applied.code, notice="様式を使わないことにしました。"
    )


async def _act(
    request: Request,
    applied: AppliedDesk,
    form: Form,
    title: str,
    code: str,
    save: Callable[[Any, TallyForm], str],
    notice: str,
    known: KnownForm | None = None,
) -> Response:
    """Do what the pressed button says: rearrange, try or save."""
    wanted = form.text("do") or _TRY
    month = tally_asked.read_month(form.text("try_month")) or _last_month(request)
    draft = _Draft(tally_form_fields.typed_form(form, code), form.number("version") or 0, month)
    if wanted not in {_SAVE, _TRY}:
        made, place = tally_form_fields.rearranged(draft.form, wanted, form)
        return await _show(request, applied, title, replace(draft, form=made, at_table=place), known)
    draft = replace(draft, form=tally_form_fields.without_idle_filters(draft.form))
    try:
        tallies.validate(draft.form)
        if wanted == _TRY:
            return await _show(
                request, applied, title, replace(draft, tried=await _tried(request, draft)), known
            )
        saved = await page.write(request, lambda session: save(session, draft.form))
    except InvalidInput as error:
        return await _show(request, applied, title, replace(draft, errors=error.errors), known)
    except WrongState as error:
        standing = await page.read(request, lambda session: tallies.find_form(session, applied, code))
        refused = replace(draft, version=standing.version, refused=error.message)
        return await _show(request, applied, title, refused, standing)
    path = page.url(request, "staff_tallies", desk=applied.code)
    return page.redirect_to(request, f"{path}?form={saved}&month={dates.month_text(month)}", notice=notice)


async def _tried(request: Request, draft: _Draft) -> Tabulation:
    applied, counted_on = page.desk(request), dates.japan_day(page.at(request))
    return await page.read(
        request,
        lambda session: tallies.set_out(session, applied, draft.form, draft.month, counted_on=counted_on),
    )


async def _show(
    request: Request, applied: AppliedDesk, title: str, draft: _Draft, known: KnownForm | None = None
) -> Response:
    present = dates.month_of(page.at(request))
    earliest = dates.month_of_day(applied.desk.opened_on)
    offered = tally_asked.choices(Reach.MONTH, earliest, present)
    status_code = 409 if draft.refused else 422 if draft.errors else 200
    faulty = {each.field.split(".")[1] for each in draft.errors if each.field.startswith("tables.")}
    tried = draft.tried
    return page.render(
        request,
        "staff/tally-form.html",
        title=title,
        status_code=status_code,
        errors=draft.errors,
        desk=applied,
        action=request.url.path,
        form=draft.form,
        version=draft.version,
        refused=draft.refused,
        known=known,
        options=tally_form_fields.options_of(applied.desk),
        is_open=[
            place == draft.at_table or str(place) in faulty or len(draft.form.tables) == 1
            for place in range(len(draft.form.tables))
        ],
        months=[(year, [(month, name) for name, month in names.items()]) for year, names in offered.items()],
        try_month=dates.month_text(draft.month or _last_month(request)),
        tried=tried,
        tables=[tally_tables.shown(table, "") for table in tried.tables] if tried else [],
        words=shown.words(request),
    )


def _last_month(request: Request) -> Month:
    """The month people try a form on first: the last that is over."""
    applied = page.desk(request)
    last = dates.next_month(dates.month_of(page.at(request)), -1)
    return max(last, dates.month_of_day(applied.desk.opened_on))


def _may_edit(request: Request, applied: AppliedDesk) -> bool:
    return page.actor(request).may(Need.EDIT_TALLY_FORMS, applied.id)
