"""分野: the tree of topics of a desk, and what each was called when."""

from collections.abc import Iterator, Sequence

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import desks
from meyasubako.casework.desks import Use
from meyasubako.core.desk import TOPIC, Desk, Topic, label_of, parents_of
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.sentences import Text
from meyasubako.core.vocabulary import Language
from meyasubako.web import forms, page
from meyasubako.web.staff import amending, shown
from meyasubako.web.staff.amending import Standing


async def every(request: Request) -> Response:
    """The whole tree, with how often each topic is used."""
    found = await amending.standing(request, TOPIC)
    desk = found.applied.desk
    offered, above = desk.open_topic_codes, parents_of(desk.topics)
    return page.render(
        request,
        "staff/topics.html",
        title="分野",
        desk=found.applied,
        rows=[
            (
                each,
                label_of(desk.topic, above[each.code]),
                each.code in offered,
                found.uses.get(each.code, Use()),
            )
            for each in desk.all_topics()
        ],
        found=found,
        words=shown.words(request),
    )


async def new(request: Request) -> Response:
    """Add a topic."""
    found = await amending.standing(request, TOPIC)
    if request.method != "POST":
        start = forms.Form((("parent", request.query_params.get("below", "")),))
        return _show(request, found, start, None)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    try:
        words = desks.read_topic(found.applied.desk, None, form.mapping())
        await amending.write(
            request, lambda session: desks.add_topic(session, found.applied.id, words, by=actor, at=at)
        )
    except InvalidInput as error:
        return _show(request, found, form, None, 422, error.errors)
    return page.redirect(
        request, "staff_topics", desk=found.applied.code, notice=f"分野「{words.label}」を加えました。"
    )


async def change(request: Request) -> Response:
    """Word a topic anew, move it, retire it or use it again."""
    code = request.path_params["code"]
    found = await amending.standing(request, TOPIC, code)
    topic = next((each for each in found.applied.desk.all_topics() if each.code == code), None)
    if topic is None:
        raise NotFound
    parent = parents_of(found.applied.desk.topics)[code]
    if request.method != "POST":
        return _show(request, found, _form_of(topic, parent), topic)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    try:
        if form.has("then"):
            return await amending.turn(request, TOPIC, code, form)
        words = desks.read_topic(found.applied.desk, code, form.mapping())
        seen = form.number("version") or 0
        await amending.write(
            request,
            lambda session: desks.change_topic(
                session, found.applied.id, code, words, seen=seen, by=actor, at=at
            ),
        )
    except InvalidInput as error:
        return _show(request, found, form, topic, 422, error.errors)
    except WrongState as error:
        typed = _form_of(topic, parent) if form.has("then") else form
        now = await amending.standing(request, TOPIC, code)
        return _show(request, now, typed, topic, 409, refused=error.message)
    return page.redirect(
        request, "staff_topics", desk=found.applied.code, notice=f"分野「{words.label}」をなおしました。"
    )


def _form_of(topic: Topic, parent: str) -> forms.Form:
    return forms.Form(
        (
            *_in_languages("label", topic.label),
            *_in_languages("description", topic.description),
            ("keywords", "、".join(topic.keywords)),
            ("parent", parent),
        )
    )


def _in_languages(name: str, said: str) -> Iterator[tuple[str, str]]:
    versions = said.versions if isinstance(said, Text) else {}
    yield name, str(said)
    yield f"{name}_easy", versions.get(Language.EASY_JAPANESE.value, "")
    yield f"{name}_en", versions.get(Language.ENGLISH.value, "")


def _places(desk: Desk, topic: Topic | None, parent: str) -> list[tuple[str, str]]:
    """What a topic can lie below: whatever is offered but itself and what lies below it; where it is now, too."""
    below = {each.code for each in desk.topic_and_below(topic.code)} if topic is not None else set[str]()
    return [
        (each.code, "／".join(desk.topic_path(each.code)))
        for each in desk.all_topics()
        if each.code not in below and (each.code in desk.open_topic_codes or each.code == parent)
    ]


def _show(
    request: Request,
    found: Standing,
    form: forms.Form,
    topic: Topic | None,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    refused: str = "",
) -> Response:
    return amending.show(
        request,
        "staff/topic.html",
        "staff_topic",
        found,
        form,
        topic,
        status_code,
        errors,
        refused=refused,
        title="分野を加える" if topic is None else f"分野：{topic.label}",
        places=_places(found.applied.desk, topic, form.text("parent")),
    )
