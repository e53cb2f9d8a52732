"""A desk's form as people see it: its fields in order, under headings, and afterwards the answers in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from meyasubako.casework.attachments import Attached
from meyasubako.casework.intake import Submission
from meyasubako.casework.tracking import Held
from meyasubako.core import text
from meyasubako.core.desk import Control, Desk, Field, Topic, requester_type_label
from meyasubako.core.desk import sections as form_sections
from meyasubako.core.sentences import joined, say
from meyasubako.core.vocabulary import CaseKind
from meyasubako.web import forms, page

Options = list[tuple[str, str, str]]

ROWS: Final = 10
FEW_ROWS: Final = 3
LONG_TEXT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Question:
    """One field with what was typed so far. `groups` is a tree of two levels where the field has one.

    `only_for` and `only_kinds` say in words for whom it is, "" for everybody; `purposes` are those that lead to it
    where the purpose decides what kind of matter it is.
    """

    field: Field
    typed: str
    chosen: tuple[str, ...]
    options: Options
    groups: list[tuple[str, Options]]
    only_for: str
    only_kinds: str
    purposes: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that follow each other and are about one thing."""

    heading: str
    questions: list[Question]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it will be kept: in words, or several of them."""

    name: str
    label: str
    words: tuple[str, ...]
    is_free_text: bool
    is_choice: bool


def sections(desk: Desk, form: forms.Form) -> list[Section]:
    """The whole form; what is only for some says so, as one may not have said yet who one is."""
    return [
        Section(heading, [question(desk, field, form) for field in fields])
        for heading, fields in form_sections(desk.fields_for(None, None))
    ]


def answers(desk: Desk, submission: Submission, files: Sequence[Attached] = ()) -> list[Answer]:
    """What will be sent, in the order of the form; what was not asked of this person is not there."""
    fields = desk.fields_for(submission.kind, submission.requester_type)
    return [
        _answer(desk, field, submission) if field.control is not Control.FILES else _files(field, files)
        for field in fields
    ]


def answers_held(desk: Desk, held: Held) -> list[Answer]:
    """What is held, with what a letter said beyond the form and what was asked in former days."""
    asked = {field.name for field in desk.fields_for(held.kind, held.requester_type)}
    every = [
        (field, _answer(desk, field, held)) for field in desk.fields if field.control is not Control.FILES
    ]
    return [answer for field, answer in every if field.name in asked or _says(field, held)]


def question(desk: Desk, field: Field, form: forms.Form) -> Question:
    """A field of the form, as it is asked."""
    kinds = field.kinds if any(kind.code not in field.kinds for kind in desk.open_kinds) else ()
    is_long = (field.limit or 0) >= LONG_TEXT
    return Question(
        field=field,
        typed=text.shown_again(form.text(field.name)),
        chosen=tuple(form.values(field.name)),
        options=_options(desk, field),
        groups=_topic_groups(desk) if field.name == "topics" else [],
        only_for=_quoted([desk.requester_type(each).label for each in field.requester_types]),
        only_kinds=_quoted([desk.kind(each).label for each in kinds]),
        purposes=_purposes_of(desk, kinds) if not desk.has_field("kind") else (),
        rows=ROWS if is_long else FEW_ROWS,
    )


def as_typed(form: forms.Form, *, without: frozenset[str]) -> list[tuple[str, str]]:
    """Everything that was typed, to be sent along unseen."""
    return [(name, text.shown_again(typed)) for name, typed in form.items(without=without)]


def _quoted(labels: list[str]) -> str:
    return say("「%(words)s」", words=joined(labels, say("」「"))) if labels else ""


def _answer(desk: Desk, field: Field, given: Submission | Held) -> Answer:
    return Answer(
        field.name,
        field.label,
        tuple(word for word in _words(desk, field, given) if word),
        field.control in {Control.TEXT, Control.TEXTAREA},
        field.control in {Control.RADIO, Control.CHECKBOXES, Control.SELECT},
    )


def _files(field: Field, files: Sequence[Attached]) -> Answer:
    words = tuple(f"{each.name}（{page.file_size(each.size)}）" for each in files)
    return Answer(field.name, field.label, words, is_free_text=True, is_choice=True)


def _says(field: Field, held: Held) -> bool:
    """Whether something was said to a field; that nothing was agreed to is the same as nothing."""
    return bool(getattr(held, field.name, "") or getattr(held.requester, field.name, ""))


def _purposes_of(desk: Desk, kinds: tuple[CaseKind, ...]) -> tuple[str, ...]:
    return tuple(purpose.code for purpose in desk.open_purposes() if kinds and purpose.kind in kinds)


def _options(desk: Desk, field: Field) -> Options:
    if field.name == "requester_type":
        return [(each.code, each.label, "") for each in desk.open_requester_types]
    if field.name == "kind":
        return [(each.code, each.label, each.description) for each in desk.open_kinds]
    if field.name == "purpose":
        found = [(each.code, each.label, each.description) for each in desk.open_purposes()]
    else:
        found = [(each.code, each.label, "") for each in field.open_options]
    if field.control is Control.RADIO and not field.required:
        # A round button once pressed cannot be let go again.
        found.append(("", say("とくに選ばない"), ""))
    return found


def _topic_groups(desk: Desk) -> list[tuple[str, Options]]:
    return [(top.label, [(each.code, each.label, "") for each in _leaves(top)]) for top in desk.open_topics]


def _leaves(topic: Topic) -> Iterator[Topic]:
    if not topic.children:
        yield topic
    for child in topic.children:
        yield from _leaves(child)


def _words(desk: Desk, field: Field, submission: Submission | Held) -> list[str]:
    match field.name:
        case "requester_type":
            return [requester_type_label(desk, submission.requester_type)]
        case "kind":
            return [desk.kind(submission.kind).label]
        case "purpose":
            return [desk.purpose(submission.purpose).label] if submission.purpose else []
        case "topics":
            return [joined(desk.topic_path(each), "　") for each in submission.topics]
        case "reply_wanted" | "publish_consent" | "share_consent":
            is_yes: bool = getattr(submission, field.name)
            return [field.option("yes" if is_yes else "no").label]
        case "meeting_way":
            return [field.option(submission.meeting_way.value).label] if submission.meeting_way else []
        case "municipality":
            return [_name_of(field, submission.requester.municipality)]
        case "title" | "body" | "wished_dates":
            return [getattr(submission, field.name)]
        case _:
            return [getattr(submission.requester, field.name)]


def _name_of(field: Field, code: str) -> str:
    """A choice in the words of the form; one that is no longer there as it was stored."""
    return next((option.label for option in field.options if option.code == code), code)
