"""The three pages of paper entry: the letter, where its matters begin, and what each is about."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import intake
from meyasubako.casework.intake import Entered
from meyasubako.core import matters as dividing
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk, Field
from meyasubako.core.errors import FieldError
from meyasubako.core.vocabulary import Channel, RequesterType
from meyasubako.web import forms, page
from meyasubako.web.guard import uploads
from meyasubako.web.staff import shown

CHANNELS: Final = tuple(each for each in Channel if each not in {Channel.WEB, Channel.API})

_OF_MATTER: Final = re.compile(r"m[0-9]{1,7}_(?:title|purpose|topics)")


@dataclass(frozen=True, slots=True)
class Last:
    """What was entered last, with its passcode."""

    case_id: int
    matters: int
    number: str
    passcode: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was entered before, shown beside the form."""

    today: tuple[Entered, ...]
    event_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a letter, and whether a matter may be said to begin with it."""

    number: int
    text: str
    opens_line: bool
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter as its page shows it: its text, and the names and values of its fields."""

    ordinal: int
    text: str
    fields: dict[str, str]
    title: str
    purpose: str
    topics: list[str]


def undivided(form: forms.Form) -> forms.Form:
    """The form without anything said about its matters."""
    return forms.Form(tuple(_others(form, is_of_matters=False)))


def entry(
    request: Request,
    applied: AppliedDesk,
    form: forms.Form,
    *errors: FieldError,
    earlier: Earlier,
    last: Last | None = None,
) -> Response:
    """The letter itself."""
    desk = applied.desk
    types = [(each.code.value, each.label) for each in desk.open_requester_types]
    return page.render(
        request,
        "staff/entry.html",
        title="手紙や電話を入力する",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        form=form,
        kept=[*uploads.pairs(request), *_others(form, is_of_matters=True)],
        files=uploads.box(request),
        is_divided=form.has(intake.BEGINS),
        fields=desk.fields_for(None, None),
        limits={field.name: field.shape.ceiling or 0 for field in desk.fields},
        channels=[(each.value, each.label) for each in CHANNELS],
        requester_types=[*types, (RequesterType.UNKNOWN.value, RequesterType.UNKNOWN.label)],
        kinds=[(each.code.value, each.label) for each in desk.open_kinds],
        purposes=_purposes(desk),
        topics=forms.topic_groups(desk),
        earlier=earlier,
        last=last,
        words=shown.words(request),
    )


def marks(
    request: Request, applied: AppliedDesk, form: forms.Form, body: str, *errors: FieldError
) -> Response:
    """Where each matter begins. At first it is guessed."""
    is_guess = not (form.has(intake.BEGINS) or errors)
    ticked = dividing.likely_begins(body) if is_guess else intake.begins_of(form.mapping())
    sentences = [
        Sentence(number, span.of(body).strip(), dividing.opens_line(body, span), number in ticked)
        for number, span in enumerate(dividing.sentences(body), start=1)
    ]
    return page.render(
        request,
        "staff/entry-marks.html",
        title="ことがらを分ける",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        kept=form.items(without=frozenset({"then", intake.BEGINS})),
        sentences=sentences,
        is_guess=is_guess and bool(ticked),
        begins=intake.BEGINS,
    )


def matters(
    request: Request, applied: AppliedDesk, form: forms.Form, body: str, *errors: FieldError
) -> Response:
    """What each matter is about. What was said of the whole letter stands there until it is changed."""
    further = intake.begins_of(form.mapping())
    found = [
        _matter(form, number, ordinal, span.of(body))
        for ordinal, (number, span) in enumerate(
            zip((1, *further), dividing.divided(body, further), strict=True), start=1
        )
    ]
    desk = applied.desk
    shown_here = frozenset(name for each in found for name in each.fields.values())
    return page.render(
        request,
        "staff/entry-matters.html",
        title="ことがらごとに確かめる",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        kept=form.items(without=shown_here | {"then"}),
        matters=found,
        purpose=_asked(desk, "purpose"),
        purposes=_purposes(desk),
        topic=_asked(desk, "topics"),
        topics=forms.topic_groups(desk),
    )


def _matter(form: forms.Form, number: int, ordinal: int, part: str) -> Matter:
    names = {name: intake.field_of(number, name) for name in ("title", "purpose", "topics")}
    was_shown = form.has(names["title"])
    return Matter(
        ordinal=ordinal,
        text=part.strip(),
        fields=names,
        title=form.text(names["title"]) or dividing.title_of(part),
        purpose=form.text(names["purpose"] if was_shown else "purpose"),
        topics=form.values(names["topics"] if was_shown else "topics"),
    )


def _others(form: forms.Form, *, is_of_matters: bool) -> Iterable[tuple[str, str]]:
    for name, value in form.items(without=frozenset({"then"})):
        if (name == intake.BEGINS or _OF_MATTER.fullmatch(name) is not None) is is_of_matters:
            yield name, value


def _purposes(desk: Desk) -> shown.Options:
    return [(each.code, each.label) for each in desk.open_purposes()]


def _asked(desk: Desk, name: str) -> Field | None:
    return desk.field(name) if desk.has_field(name) else None
