"""What somebody listed keeps up to date themselves, with one hand: what they know, where, how and when they help."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import directory
from meyasubako.casework.directory import Listed
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.vocabulary import MeetingWay, Spoken
from meyasubako.web import forms, page

SEEN = "seen"


async def profile(request: Request) -> Response:
    """One's own entry: the form, and keeping what it says."""
    by, at = page.actor(request), page.at(request)
    listed = await page.read(request, lambda session: directory.own_entry(session, by=by))
    applied = page.desk_by_id(request, listed.desk_id)
    if request.method != "POST":
        return _show(request, applied, listed, _standing(listed))
    form = await forms.read(request)

    def unit(session: Any) -> None:
        directory.change_own(session, applied, form.mapping(), by=by, at=at, seen=form.text(SEEN))

    try:
        await page.write(request, unit)
    except InvalidInput as error:
        return _show(request, applied, listed, form, 422, error.errors, seen=form.text(SEEN))
    except WrongState:
        now = await page.read(request, lambda session: directory.own_entry(session, by=by))
        return _show(request, applied, now, form, 409, _moved_on(applied, now, form))
    return page.redirect(request, "provider_profile", notice="登録の内容を改めました。窓口にも伝わります。")


def _standing(listed: Listed) -> forms.Form:
    found = directory.form_of(listed.entry)
    return forms.Form(tuple((name, value) for name in directory.OWN for value in found[name]))


def _moved_on(applied: AppliedDesk, now: Listed, form: forms.Form) -> list[FieldError]:
    """That the desk changed it meanwhile, and beside each field what stands there now."""
    standing = _standing(now)
    said = {told.name: told.words for told in directory.tell(applied.desk, now.entry)}
    again = "開いたあとに、窓口が内容を変えました。よければ、もう一度「この内容にする」を押してください。"
    return [
        FieldError("", again),
        *(
            FieldError(name, f"いまは「{said[name]}」です。" if said[name] else "いまは空です。")
            for name in directory.OWN
            if [each for each in standing.values(name) if each]
            != [each for each in form.values(name) if each]
        ),
    ]


def _show(
    request: Request,
    applied: AppliedDesk,
    listed: Listed,
    form: forms.Form,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    seen: str = "",
) -> Response:
    desk = applied.desk
    return page.render(
        request,
        "provider/profile.html",
        title="登録の内容",
        status_code=status_code,
        errors=errors,
        desk=applied,
        form=form,
        fixed=listed.entry,
        topics=forms.topic_groups(desk, form.values("topics")),
        purposes=[(each.code, each.short_label) for each in desk.open_purposes()],
        areas=directory.areas_of(desk),
        ways=[(each.value, each.label) for each in MeetingWay],
        languages=[(each.value, each.label) for each in Spoken],
        hidden=[(SEEN, seen or listed.seen)],
    )
