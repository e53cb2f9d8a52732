"""A letter that raises several matters is divided into them: each has its part of the text and codes of its own."""

from dataclasses import dataclass
from datetime import date

from meyasubako.casework.intake.checking import Submission, Values
from meyasubako.core import matters, text
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.matters import Span
from meyasubako.core.vocabulary import CaseKind

BEGINS = "begins"
"""The field that holds the numbers of the sentences at which a further matter begins."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter of a letter: its part of the cleaned text, and what is known of it."""

    span: Span
    title: str
    kind: CaseKind
    purpose: str | None
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What a letter or a card says beside its text. With no matter named it raises one, which is the whole text."""

    postmarked_on: date | None = None
    event_name: str = ""
    matters: tuple[Matter, ...] = ()


def field_of(sentence: int, name: str) -> str:
    """The field of the matter that begins with this sentence."""
    return f"m{sentence}_{name}"


def begins_of(values: Values) -> tuple[int, ...]:
    """The sentences ticked in a form, without those that are no number."""
    typed = values.get(BEGINS, ())
    return tuple(sorted({int(each) for each in typed if each.isascii() and each.isdigit() and len(each) < 8}))


def divide(desk: Desk, submission: Submission, values: Values) -> tuple[Matter, ...]:
    """The matters of a letter, by the sentences ticked and what was typed about each.

    A matter without a title gets one from its text; its kind follows from its purpose, or is that of the letter.
    Raises InvalidInput with every mistake at once.
    """
    further = begins_of(values)
    if not further:
        raise InvalidInput(FieldError(BEGINS, "次のことがらが始まる文に、印を付けてください。"))
    if len(further) >= matters.MOST:
        raise InvalidInput(FieldError(BEGINS, f"ことがらは{matters.MOST}までに分けてください。"))
    try:
        spans = matters.divided(submission.body, further)
    except ValueError:
        raise InvalidInput(
            FieldError(BEGINS, "文に付けた印が、本文と合いません。付け直してください。")
        ) from None
    errors: list[FieldError] = []
    found = [
        _matter(desk, submission, values, number, span, errors)
        for number, span in zip((1, *further), spans, strict=True)
    ]
    if errors:
        raise InvalidInput(*errors)
    return tuple(found)


def _matter(
    desk: Desk, submission: Submission, values: Values, number: int, span: Span, errors: list[FieldError]
) -> Matter:
    def typed(name: str) -> list[str]:
        return [value for value in values.get(field_of(number, name), ()) if value]

    def refuse(name: str, message: str) -> None:
        errors.append(FieldError(field_of(number, name), message))

    title = text.clean_line(next(iter(typed("title")), "")) or matters.title_of(span.of(submission.body))
    limit = desk.field("title").shape.ceiling or text.LONGEST
    if (over := text.length(title) - limit) > 0:
        refuse("title", f"ことがらの件名は{limit:,}字までです。あと{over:,}字短くしてください。")
    purpose = next(iter(typed("purpose")), None)
    if purpose is not None and purpose not in {each.code for each in desk.open_purposes()}:
        refuse("purpose", f"「{desk.field('purpose').label}」を、一覧の中から選んでください。")
        purpose = None
    topics = tuple(dict.fromkeys(typed("topics")))
    if not set(topics) <= {topic.code for topic in desk.all_topics() if not topic.retired}:
        refuse("topics", f"「{desk.field('topics').label}」を、一覧の中から選んでください。")
    kind = (desk.kind_of(purpose) if purpose else None) or submission.kind
    return Matter(span, title, kind, purpose, topics)
