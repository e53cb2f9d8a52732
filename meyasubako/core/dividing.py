"""The form by which a text that raises several matters is divided into them: each part with codes of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meyasubako.core import matters, text
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.matters import Span
from meyasubako.core.numbers import whole_ones
from meyasubako.core.vocabulary import CaseKind

BEGINS = "begins"
"""The field that holds the numbers of the sentences at which a further matter begins."""

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter of a text: its part of it, and what is known of it."""

    span: Span
    title: str
    kind: CaseKind
    purpose: str | None
    topics: tuple[str, ...]


def field_of(sentence: int, name: str) -> str:
    """The field of the matter that begins with this sentence."""
    return f"m{sentence}_{name}"


def begins_of(values: Values) -> tuple[int, ...]:
    """The sentences ticked in a form, without those that are no number."""
    return tuple(sorted(whole_ones(values.get(BEGINS, ()), digits=7)))


def divide(desk: Desk, body: str, kind: CaseKind, values: Values) -> tuple[Matter, ...]:
    """The matters of a cleaned text, by the sentences ticked and what was typed about each.

    A matter without a title gets one from its text; its kind follows from its purpose, or is `kind`.
    Raises InvalidInput with every mistake at once.
    """
    further = begins_of(values)
    if not further:
        raise InvalidInput(FieldError(BEGINS, "次のことがらが始まる文に、印を付けてください。"))
    if len(further) >= matters.MOST:
        raise InvalidInput(FieldError(BEGINS, f"ことがらは{matters.MOST}までに分けてください。"))
    try:
        spans = matters.divided(body, further)
    except ValueError:
        raise InvalidInput(
            FieldError(BEGINS, "文に付けた印が、本文と合いません。付け直してください。")
        ) from None
    errors: list[FieldError] = []
    found = [
        _matter(desk, body, kind, values, number, span, errors)
        for number, span in zip((1, *further), spans, strict=True)
    ]
    if errors:
        raise InvalidInput(*errors)
    return tuple(found)


def _matter(
    desk: Desk,
    body: str,
    otherwise: CaseKind,
    values: Values,
    number: int,
    span: Span,
    errors: list[FieldError],
) -> Matter:
    def typed(name: str) -> list[str]:
        return [value for value in values.get(field_of(number, name), ()) if value]

    def refuse(name: str, message: str) -> None:
        errors.append(FieldError(field_of(number, name), message))

    title = text.clean_line(next(iter(typed("title")), "")) or matters.title_of(span.of(body))
    limit = desk.field("title").shape.ceiling or text.LONGEST
    if (over := text.length(title) - limit) > 0:
        refuse("title", f"ことがらの件名は{limit:,}字までです。あと{over:,}字短くしてください。")
    purpose = next(iter(typed("purpose")), None)
    if purpose is not None and purpose not in {each.code for each in desk.open_purposes()}:
        refuse("purpose", f"「{desk.field('purpose').label}」を、一覧の中から選んでください。")
        purpose = None
    topics = tuple(dict.fromkeys(typed("topics")))
    if not set(topics) <= desk.open_topic_codes:
        refuse("topics", f"「{desk.field('topics').label}」を、一覧の中から選んでください。")
    kind = (desk.kind_of(purpose) if purpose else None) or otherwise
    return Matter(span, title, kind, purpose, topics)
