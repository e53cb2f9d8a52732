"""A desk's form as people see it: its fields in order, under headings, and afterwards the answers in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meyasubako.casework.intake import Submission
from meyasubako.core import text
from meyasubako.core.desk import Control, Desk, Field, Topic
from meyasubako.web import forms

Options = list[tuple[str, str, str]]

HEADINGS: Final = {
    "kind": "内容",
    "purpose": "内容",
    "topics": "内容",
    "title": "内容",
    "body": "内容",
    "name": "お名前など",
    "organisation": "お名前など",
    "municipality": "お名前など",
    "email": "お返事と連絡先",
    "phone": "お返事と連絡先",
    "reply_wanted": "お返事と連絡先",
    "meeting_way": "相談の進め方",
    "wished_dates": "相談の進め方",
    "publish_consent": "公表や共有",
    "share_consent": "公表や共有",
}
"""What a run of fields is about. Who one is stands first and needs no heading."""

ROWS: Final = 10
FEW_ROWS: Final = 3
LONG_TEXT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Question:
    """One field with what was typed so far. `groups` is a tree of two levels where the field has one."""

    field: Field
    typed: str
    chosen: tuple[str, ...]
    options: Options
    groups: list[tuple[str, Options]]
    only_for: str
    only_kinds: str
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
    found: list[Section] = []
    for field in desk.fields_for(None, None):
        heading = HEADINGS.get(field.name, "")
        if not found or found[-1].heading != heading:
            found.append(Section(heading, []))
        found[-1].questions.append(_question(desk, field, form))
    return found


def answers(desk: Desk, submission: Submission) -> list[Answer]:
    """What will be sent, in the order of the form; what was not asked of this person is not there."""
    fields = desk.fields_for(submission.kind, submission.requester_type)
    return [
        Answer(
            field.name,
            field.label,
            tuple(word for word in _words(desk, field, submission) if word),
            field.control in {Control.TEXT, Control.TEXTAREA},
            field.control in {Control.RADIO, Control.CHECKBOXES, Control.SELECT},
        )
        for field in fields
    ]


def as_typed(form: forms.Form, *, without: frozenset[str]) -> list[tuple[str, str]]:
    """Everything that was typed, to be sent along unseen."""
    return [(name, text.shown_again(typed)) for name, typed in form.items(without=without)]


def _question(desk: Desk, field: Field, form: forms.Form) -> Question:
    is_long = (field.limit or 0) >= LONG_TEXT
    return Question(
        field=field,
        typed=text.shown_again(form.text(field.name)),
        chosen=tuple(form.values(field.name)),
        options=_options(desk, field),
        groups=_topic_groups(desk) if field.name == "topics" else [],
        only_for=_quoted([desk.requester_type(each).label for each in field.requester_types]),
        only_kinds=_quoted([desk.kind(each).label for each in field.kinds]),
        rows=ROWS if is_long else FEW_ROWS,
    )


def _quoted(labels: list[str]) -> str:
    return "".join(f"「{label}」" for label in labels)


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
        found.append(("", "とくに選ばない", ""))
    return found


def _topic_groups(desk: Desk) -> list[tuple[str, Options]]:
    return [(top.label, [(each.code, each.label, "") for each in _leaves(top)]) for top in desk.open_topics]


def _leaves(topic: Topic) -> Iterator[Topic]:
    if not topic.children:
        yield topic
    for child in topic.children:
        yield from _leaves(child)


def _words(desk: Desk, field: Field, submission: Submission) -> list[str]:
    match field.name:
        case "requester_type":
            return [desk.requester_type(submission.requester_type).label]
        case "kind":
            return [desk.kind(submission.kind).label]
        case "purpose":
            return [desk.purpose(submission.purpose).label] if submission.purpose else []
        case "topics":
            return ["　".join(desk.topic_path(each)) for each in submission.topics]
        case "reply_wanted" | "publish_consent" | "share_consent":
            is_yes: bool = getattr(submission, field.name)
            return [field.option("yes" if is_yes else "no").label]
        case "meeting_way":
            return [field.option(submission.meeting_way.value).label] if submission.meeting_way else []
        case "title" | "body" | "wished_dates":
            return [getattr(submission, field.name)]
        case _:
            return [getattr(submission.requester, field.name)]
