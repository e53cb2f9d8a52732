"""The directory of a desk: whom cases can be offered to, and keeping it up to date."""

from collections.abc import Mapping, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import directory
from meyasubako.casework.directory import Entry, Kept, Listed
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import MeetingWay, ProviderKind, Spoken
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

SEEN = "seen"


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
        topic_labels=_topic_labels(applied.desk, *(each.entry for each in found)),
        may_edit=page.actor(request).may(Need.EDIT_DIRECTORY, applied.id),
        where=partial(_where, dict(directory.areas_of(applied.desk))),
        today=dates.japan_day(page.at(request)),
    )


async def new(request: Request) -> Response:
    """Add somebody."""
    applied = page.desk(request)
    if request.method != "POST":
        start = (("kind", request.query_params.get("kind", "")), ("is_active", "yes"))
        return _show(request, applied, forms.Form(start), "名簿に加える")
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    try:
        entry = directory.check(applied.desk, form.mapping(), today=dates.japan_day(at))
        await page.write(request, lambda session: directory.add(session, applied.id, entry, by=actor, at=at))
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
        told = await _history(request, applied, provider_id)
        return _show(request, applied, _standing(listed.entry), title, standing=listed, history=told)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    try:
        entry = directory.check(
            applied.desk, form.mapping(), today=dates.japan_day(at), standing=listed.entry
        )
    except InvalidInput as error:
        return _show(request, applied, form, title, 422, error.errors, standing=listed, seen=form.text(SEEN))
    try:
        await page.write(
            request,
            lambda session: directory.change(
                session, applied, provider_id, entry, by=actor, at=at, seen=form.text(SEEN)
            ),
        )
    except WrongState as error:
        now = await page.read(request, lambda session: directory.get(session, applied.id, provider_id))
        moved = _moved_on(applied.desk, error.message, now.entry, entry)
        return _show(request, applied, form, title, 409, moved, standing=now)
    return page.redirect(
        request, "staff_directory", desk=applied.code, notice=f"{entry.name}さんの内容をなおしました。"
    )


async def _history(request: Request, applied: AppliedDesk, provider_id: int) -> tuple[Kept, ...]:
    return await page.read(request, lambda session: directory.history(session, applied.id, provider_id))


def _standing(entry: Entry) -> forms.Form:
    """An entry as its form shows it."""
    return forms.Form(
        tuple((name, value) for name, values in directory.form_of(entry).items() for value in values)
    )


def _moved_on(desk: Desk, message: str, now: Entry, typed: Entry) -> list[FieldError]:
    """Why the form was not taken, and beside each field what the directory says where it says something else."""
    moved = [FieldError("", f"{message}よければ、もう一度「名簿に載せる」を押してください。")]
    for said in directory.tell(desk, now):
        if getattr(now, said.name) != getattr(typed, said.name):
            is_now = f"「{said.words}」になっています。" if said.words else "空になっています。"
            moved.append(FieldError(said.name, f"いまの名簿では、{is_now}"))
    return moved


def _where(areas: Mapping[str, str], entry: Entry) -> str:
    """How, where and how often somebody helps: 訪問・オンライン　津市　月2件まで."""
    often = "" if entry.capacity is None else f"月{entry.capacity}件まで"
    ways = "・".join(each.label for each in entry.ways)
    return "　".join(filter(None, (ways, "・".join(areas.get(each, each) for each in entry.areas), often)))


def _topic_labels(desk: Desk, *entries: Entry) -> dict[str, str]:
    known = {topic.code: topic.label for topic in desk.all_topics()}
    return {topic: known.get(topic, topic) for each in entries for topic in each.topics}


def _show(
    request: Request,
    applied: AppliedDesk,
    form: forms.Form,
    title: str,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    standing: Listed | None = None,
    seen: str = "",
    history: Sequence[Kept] = (),
) -> Response:
    """The form; of an entry that is there already with what it said when the form was opened (`seen`), or says now."""
    return page.render(
        request,
        "staff/directory-entry.html",
        title=title,
        status_code=status_code,
        errors=errors,
        desk=applied,
        form=form,
        kinds=[(each.value, each.label, each.meaning) for each in ProviderKind],
        topics=forms.topic_groups(applied.desk, form.values("topics")),
        sold_topics=forms.topic_groups(applied.desk, form.values("sold_topics")),
        purposes=[(each.code, each.short_label) for each in applied.desk.open_purposes()],
        areas=directory.areas_of(applied.desk),
        ways=[(each.value, each.label) for each in MeetingWay],
        languages=[(each.value, each.label) for each in Spoken],
        action=page.url(request, "staff_directory_new", desk=applied.code)
        if standing is None
        else page.url(request, "staff_directory_entry", desk=applied.code, provider_id=standing.id),
        history=history,
        words=shown.words(request),
        hidden=[] if standing is None else [(SEEN, seen or standing.seen)],
    )
