"""The ledger of referrals: what was handed to other offices, what they said, and what came of it."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import audit, papers, referrals
from meyasubako.core import sheets
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import ReferralState
from meyasubako.edge.print import to_pdf
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

EVERY = "all"


async def ledger(request: Request) -> Response:
    """The referrals of a desk: those still open, or as the filter says."""
    applied, actor = page.desk(request), page.actor(request)
    wanted, asked = _wanted(request)
    found = await page.read(request, lambda session: referrals.listing(session, actor, applied.id, wanted))
    here = page.url(request, "staff_referrals", desk=applied.code)

    def at_page(number: int) -> str:
        return f"{here}?{urlencode({**asked, 'page': number})}" if 1 <= number <= found.pages else ""

    return page.render(
        request,
        "staff/referrals.html",
        title="引継ぎ",
        desk=applied,
        found=found,
        asked=asked,
        states=[(EVERY, "すべて"), *((each.value, each.label) for each in ReferralState)],
        offices=[(each, each) for each in found.offices],
        is_narrow=bool(asked["state"] or asked["office"]),
        here=here,
        may_take_along=actor.may(Need.EXPORT, applied.id),
        csv_href=f"{page.url(request, 'staff_referrals_csv', desk=applied.code)}?{urlencode(asked)}",
        newer_href=at_page(wanted.page - 1),
        older_href=at_page(wanted.page + 1),
        words=shown.words(request),
    )


async def table_file(request: Request) -> Response:
    """The same list as a table file, whole."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    wanted, _ = _wanted(request)
    content = await page.write(
        request, lambda session: referrals.take_along(session, applied.id, wanted, by=actor, at=at)
    )
    name = f"attachment; filename=referrals-{applied.code}.csv"
    return Response(content, media_type=sheets.MEDIA_TYPE, headers={"content-disposition": name})


async def referral(request: Request) -> Response:
    """One referral, with what to note next."""
    return await _show(request)


async def answer(request: Request) -> Response:
    """Note whether the other office takes it."""
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    accepted = {"yes": True, "no": False}.get(form.text("accepted"))
    note, referral_id = form.text("note"), request.path_params["referral_id"]

    def unit(session: Any) -> None:
        referrals.case_of(session, actor, referral_id)
        referrals.answer(session, referral_id, accepted=accepted, note=note, by=actor, at=at)

    return await _note(request, form, unit, "返事を記録しました。")


async def conclude(request: Request) -> Response:
    """Note what came of it."""
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    result, referral_id = form.text("result"), request.path_params["referral_id"]

    def unit(session: Any) -> None:
        referrals.case_of(session, actor, referral_id)
        referrals.conclude(session, referral_id, result=result, by=actor, at=at)

    return await _note(request, form, unit, "結果を記録しました。")


async def sheet(request: Request) -> Response:
    """The cover sheet for the other office, to print."""
    actor, referral_id = page.actor(request), request.path_params["referral_id"]

    def unit(session: Any) -> papers.Handover:
        _, desk_id = referrals.case_of(session, actor, referral_id)
        return papers.handover(session, actor, page.desk_by_id(request, desk_id).desk, referral_id)

    found = await page.read(request, unit)
    if found.contact:
        await _note_look(request)
    content = await page.slowly(request, to_pdf, "handover", asdict(found))
    return page.paper(content, f"引継書　{found.number}")


async def _note(request: Request, form: forms.Form, unit: Any, done: str) -> Response:
    try:
        await page.write(request, unit)
    except InvalidInput as error:
        return await _show(request, 422, errors=error.errors, typed=form)
    except WrongState as error:
        return await _show(request, 409, errors=(FieldError("", error.message),), typed=form)
    return page.redirect(
        request, "staff_referral", referral_id=request.path_params["referral_id"], notice=done
    )


async def _note_look(request: Request) -> None:
    """Contact data is shown: that is recorded, once for each time somebody works on the case."""
    actor, at, referral_id = page.actor(request), page.at(request), request.path_params["referral_id"]

    def unit(session: Any) -> None:
        case_id, _ = referrals.case_of(session, actor, referral_id)
        if not audit.is_looking(session, case_id, by=actor, at=at):
            audit.note_look(session, case_id, by=actor, at=at)

    await page.write(request, unit)


async def _show(
    request: Request,
    status_code: int = 200,
    *,
    errors: tuple[FieldError, ...] = (),
    typed: forms.Form | None = None,
) -> Response:
    actor, referral_id = page.actor(request), request.path_params["referral_id"]

    def unit(session: Any) -> tuple[referrals.ReferralView, str]:
        found = referrals.view(session, actor, referral_id)
        if found.passed is None or not found.may_note:
            return found, ""
        desk = page.desk_by_id(request, found.desk_id).desk
        return found, papers.handover(session, actor, desk, referral_id).as_mail

    found, mail = await page.read(request, unit)
    if mail and found.listed.passes_contact:
        await _note_look(request)
    fields = {error.field for error in errors}
    kept = "" if typed is None else "\n".join(filter(None, (typed.text("note"), typed.text("result"))))
    return page.render(
        request,
        "staff/referral.html",
        title=f"{found.listed.office}への引継ぎ",
        status_code=status_code,
        errors=errors,
        desk=page.desk_by_id(request, found.desk_id),
        found=found,
        listed=found.listed,
        mail=mail,
        typed={name: typed.text(name) if typed else "" for name in ("accepted", "note", "result")},
        kept=kept if "" in fields else "",
        words=shown.words(request),
    )


def _wanted(request: Request) -> tuple[referrals.Wanted, dict[str, str]]:
    state = request.query_params.get("state", "").strip()
    state = state if state in {EVERY, *ReferralState} else ""
    office = request.query_params.get("office", "").strip()[:200]
    number = request.query_params.get("page", "")
    return (
        referrals.Wanted(
            state=ReferralState(state) if state in set(ReferralState) else None,
            every=state == EVERY,
            office=office,
            page=max(1, whole(number, digits=5) or 1),
        ),
        {"state": state, "office": office},
    )
