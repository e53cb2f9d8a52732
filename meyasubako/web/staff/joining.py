"""Cases divided and put together: the pages on which a text is divided, the bundle, and letters that say the same.

What is one form of the case page (統合, 種類を改める, taking back) stands with the other actions.
"""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, joining
from meyasubako.casework.joining import Divisible
from meyasubako.core import dividing, matters
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.numbers import things
from meyasubako.core.policy import Need
from meyasubako.web import forms, page
from meyasubako.web.staff import shown
from meyasubako.web.staff.entry_pages import Sentence


@dataclass(frozen=True, slots=True)
class Part:
    """One matter as its page shows it. The first stays with the case, and keeps what was decided about it."""

    ordinal: int
    text: str
    fields: dict[str, str]
    title: str
    purpose: str
    topics: list[str]
    stays: bool


async def split(request: Request) -> Response:
    """Where the matters of a case begin, what each is about, and dividing it."""
    case_id, actor = request.path_params["case_id"], page.actor(request)
    found = await page.read(request, lambda session: joining.divisible(session, case_id, by=actor))
    applied = page.desk_by_id(request, found.desk_id)
    form = await forms.read(request) if request.method == "POST" else forms.Form(())
    if len(matters.sentences(found.body)) < 2:
        raise WrongState("文が1つだけなので、ことがらを分けられません。")
    then = form.text("then")
    if request.method != "POST" or then == "marks":
        return _marks(request, applied, case_id, found, form)
    try:
        divided = joining.divide(applied.desk, found, form.mapping())
    except InvalidInput as error:
        return _again(request, applied, case_id, found, form, error)
    if then == "matters":
        return _matters(request, applied, case_id, found, form)
    version = form.number("version")
    order = {"by": actor, "at": page.at(request), "expected_version": 0 if version is None else version}
    try:
        made = await page.write(
            request, lambda session: joining.split(session, applied, case_id, divided, **order)
        )
    except InvalidInput as error:
        return _again(request, applied, case_id, found, form, error)
    except WrongState as error:
        # What was typed stays; who presses again has seen the case as it is now.
        now, refused = form.replaced("version", str(found.version)), FieldError("", error.message)
        return _matters(request, applied, case_id, found, now, refused, status_code=409)
    notice = f"{things(len(made) + 1)}のことがらに分けました。分けたものは、振り分けてください。"
    return page.redirect(request, "staff_case", case_id=case_id, notice=notice)


async def bundle(request: Request) -> Response:
    """A bundle: its members, and what can be done with all of them."""
    actor = page.actor(request)
    bundle_id = request.path_params["bundle_id"]
    desk_id, found = await page.read(request, lambda session: casefiles.bundle(session, actor, bundle_id))
    applied = page.desk_by_id(request, desk_id)
    return page.render(
        request,
        "staff/bundle.html",
        title=f"同じ内容のまとめ {len(found.members)}件",
        desk=applied,
        found=found,
        may_act=actor.may(Need.JOIN, applied.id),
        words=shown.words(request),
    )


async def alike(request: Request) -> Response:
    """Letters that came several times in the same words."""
    applied, actor = page.desk(request), page.actor(request)
    found: Any = await page.read(request, lambda session: casefiles.alike(session, actor, applied))
    return page.render(
        request,
        "staff/alike.html",
        title="同じ文面の案件",
        desk=applied,
        found=found,
        may_act=actor.may(Need.JOIN, applied.id),
        words=shown.words(request),
    )


def _again(
    request: Request,
    applied: AppliedDesk,
    case_id: int,
    found: Divisible,
    form: forms.Form,
    error: InvalidInput,
) -> Response:
    is_of_marks = any(each.field == dividing.BEGINS for each in error.errors)
    show = _marks if is_of_marks else _matters
    return show(request, applied, case_id, found, form, *error.errors)


def _marks(
    request: Request,
    applied: AppliedDesk,
    case_id: int,
    found: Divisible,
    form: forms.Form,
    *errors: FieldError,
) -> Response:
    is_guess = not (form.has(dividing.BEGINS) or errors)
    ticked = matters.likely_begins(found.body) if is_guess else dividing.begins_of(form.mapping())
    sentences = [
        Sentence(number, span.of(found.body).strip(), matters.opens_line(found.body, span), number in ticked)
        for number, span in enumerate(matters.sentences(found.body), start=1)
    ]
    return page.render(
        request,
        "staff/split-marks.html",
        title="ことがらを分ける",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        case_id=case_id,
        found=found,
        kept=form.items(without=frozenset({"then", "version", dividing.BEGINS})),
        version=form.text("version") or str(found.version),
        sentences=sentences,
        is_guess=is_guess and bool(ticked),
    )


def _matters(
    request: Request,
    applied: AppliedDesk,
    case_id: int,
    found: Divisible,
    form: forms.Form,
    *errors: FieldError,
    status_code: int = 422,
) -> Response:
    further = dividing.begins_of(form.mapping())
    spans = matters.divided(found.body, further)
    parts = [
        _part(form, found, number, ordinal, span.of(found.body))
        for ordinal, (number, span) in enumerate(zip((1, *further), spans, strict=True), start=1)
    ]
    shown_here = frozenset(name for each in parts for name in each.fields.values())
    desk: Desk = applied.desk
    return page.render(
        request,
        "staff/split-matters.html",
        title="ことがらごとに確かめる",
        status_code=status_code if errors else 200,
        errors=errors,
        desk=applied,
        case_id=case_id,
        found=found,
        kept=form.items(without=shown_here | {"then"}),
        parts=parts,
        definition=desk,
        purposes=[(each.code, each.label) for each in desk.open_purposes()],
        topics=forms.topic_groups(desk, found.topics),
    )


def _part(form: forms.Form, found: Divisible, number: int, ordinal: int, text: str) -> Part:
    names = {name: dividing.field_of(number, name) for name in ("title", "purpose", "topics")}
    was_shown = form.has(names["title"])
    title = found.title if number == 1 else matters.title_of(text)
    return Part(
        ordinal=ordinal,
        text=text.strip(),
        fields=names,
        title=form.text(names["title"]) or title,
        purpose=form.text(names["purpose"]) if was_shown else found.purpose or "",
        topics=list(form.values(names["topics"]) if was_shown else found.topics),
        stays=number == 1,
    )
