"""The directory of a desk: whom cases can be offered to, and keeping it up to date."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import directory
from meyasubako.casework.directory import Entry, Listed
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import MeetingWay, ProviderKind
from meyasubako.web import forms, page
from meyasubako.web.staff import shown


async def entries(request: Request) -> Response:
    """Everybody in the directory, by kind."""
    applied = page.desk(request)
    found = await page.read(request, lambda session: directory.entries(session, applied.id))
    return page.render(
        request,
        "staff/directory.html",
        title="名簿",
        desk=applied,
        groups=[
            (kind, kind in applied.desk.offers, [each for each in found if each.entry.kind is kind])
            for kind in ProviderKind
            if kind in applied.desk.offers or any(each.entry.kind is kind for each in found)
        ],
        total=len(found),
        topic_labels=_topic_labels(applied.desk, found),
        may_edit=page.actor(request).may(Need.EDIT_DIRECTORY, applied.id),
    )


async def new(request: Request) -> Response:
    """Add somebody."""
    applied = page.desk(request)
    if request.method != "POST":
        start = (("kind", request.query_params.get("kind", "")), ("is_active", "yes"))
        return _show(request, applied, forms.Form(start), "名簿に加える")
    form, actor = await forms.read(request), page.actor(request)
    try:
        entry = directory.check(applied.desk, form.mapping())
        await page.write(request, lambda session: directory.add(session, applied.id, entry, by=actor))
    except InvalidInput as error:
        return _show(request, applied, form, "名簿に加える", 422, error.errors)
    return page.redirect(
        request, "staff_directory", desk=applied.code, notice=f"{entry.name}さんを名簿に加えました。"
    )


async def change(request: Request) -> Response:
    """Change what the directory says about somebody."""
    applied, provider_id = page.desk(request), request.path_params["provider_id"]
    listed = await page.read(request, lambda session: directory.get(session, applied.id, provider_id))
    title = "名簿をなおす"
    if request.method != "POST":
        return _show(request, applied, _standing(listed.entry), title, provider_id=provider_id)
    form, actor = await forms.read(request), page.actor(request)
    try:
        entry = directory.check(applied.desk, form.mapping())
        await page.write(
            request, lambda session: directory.change(session, applied.id, provider_id, entry, by=actor)
        )
    except InvalidInput as error:
        return _show(request, applied, form, title, 422, error.errors, provider_id=provider_id)
    return page.redirect(
        request, "staff_directory", desk=applied.code, notice=f"{entry.name}さんの内容をなおしました。"
    )


def _standing(entry: Entry) -> forms.Form:
    """An entry as its form shows it."""
    return forms.Form(
        (
            ("kind", entry.kind.value),
            ("name", entry.name),
            ("position", entry.position),
            ("profile", entry.profile),
            *(("topics", topic) for topic in entry.topics),
            *(("ways", way.value) for way in entry.ways),
            ("email", entry.email),
            ("is_active", "yes" if entry.is_active else ""),
        )
    )


def _topic_labels(desk: Desk, found: Sequence[Listed]) -> dict[str, str]:
    known = {topic.code: topic.label for topic in desk.all_topics()}
    return {topic: known.get(topic, topic) for each in found for topic in each.entry.topics}


def _show(
    request: Request,
    applied: AppliedDesk,
    form: forms.Form,
    title: str,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    provider_id: int | None = None,
) -> Response:
    return page.render(
        request,
        "staff/directory-entry.html",
        title=title,
        status_code=status_code,
        errors=errors,
        desk=applied,
        form=form,
        kinds=[(each.value, each.label, each.meaning) for each in ProviderKind],
        topics=shown.topic_groups(applied.desk, form.values("topics")),
        ways=[(each.value, each.label) for each in MeetingWay],
        action=page.url(request, "staff_directory_new", desk=applied.code)
        if provider_id is None
        else page.url(request, "staff_directory_entry", desk=applied.code, provider_id=provider_id),
    )
