"""A desk written as a desk file again, so that an office can keep in its file what it changed on its pages.

What is retired is left out, as in a file whose office took it out: applying the file keeps it retired while it is in use.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final

from meyasubako.core.desk.definition import Desk, Topic, still_open
from meyasubako.core.desk.fields import Field
from meyasubako.core.desk.offering import OfferRules
from meyasubako.core.desk.reading import LANGUAGES
from meyasubako.core.desk.statistics import NOT_PUBLISHED, StatisticsRules
from meyasubako.core.desk.stored import as_plain
from meyasubako.core.fitting import Weights
from meyasubako.core.sentences import Text

Key = tuple[str, Any]

_NAMES: Final = {language.value: name for name, language in LANGUAGES.items()}


def as_file(desk: Desk) -> str:
    """The text of a desk file that describes the desk as it is offered now."""
    return "\n".join(_file(desk)) + "\n"


def _file(desk: Desk) -> Iterator[str]:
    yield from _keys(
        (
            ("code", desk.code),
            ("name", desk.name),
            ("prefecture", desk.prefecture),
            ("office", desk.office),
            ("phone", desk.phone),
            ("fax", desk.fax),
            ("email", desk.email),
            ("mail_in", desk.mail_in),
            ("website", desk.website),
            ("postal_address", desk.postal_address),
            ("hours", desk.hours),
            ("opened_on", desk.opened_on),
            ("about", desk.about),
            ("steps", desk.steps),
            ("privacy_purpose", desk.privacy_purpose),
            ("privacy_audience", desk.privacy_audience),
            ("answer_within_office_days", desk.answer_within_office_days),
            ("reminder_at", desk.reminder_at),
            ("offers", desk.offers),
            ("offer_valid_days", desk.offer_valid_days),
            ("meeting_quota", desk.meeting_quota),
            ("report_within_days", desk.report_within_days),
            ("untriaged_reasons", desk.untriaged_reasons),
        )
    )
    for part, names in (
        ("tally_labels", ("receipts", "cases", "requesters", "purposes", "topics")),
        ("publication", ("asks_consent", "note")),
        ("survey", ("enabled", "question", "follow_up_months")),
        ("answering", ("contributions", "review", "approval", "own_approval")),
        ("suggestions", ("silent_below",)),
        ("priorities", ("enabled", "high_keywords", "low_keywords")),
        ("matching", tuple(each.name for each in fields(Weights))),
        ("offering", tuple(each.name for each in fields(OfferRules))),
    ):
        yield from _table(f"[{part}]", ((name, getattr(getattr(desk, part), name)) for name in names))
    yield from _statistics(desk.public_statistics)
    for day in desk.closed_days:
        yield from _table("[[closed_days]]", (("on", day.on), ("reason", day.reason)))
    for kind in desk.open_kinds:
        yield from _table("[[kinds]]", _with_short_label(kind, "description"))
    yield from _listed("requester_groups", still_open(desk.requester_groups), "code", "label")
    yield from _listed("requester_types", desk.open_requester_types, "code", "label", "group")
    for purpose in desk.open_purposes():
        yield from _table("[[purposes]]", _with_short_label(purpose, "description", "keywords", "kind"))
    yield from _topics(desk.open_topics, "topics")
    for field in still_open(desk.fields):
        yield from _field(desk, field)
    yield from _areas(desk)
    topics = desk.open_topic_codes
    for division in desk.open_divisions:
        keys = (
            ("code", division.code),
            ("label", division.label),
            ("topics", tuple(code for code in division.topics if code in topics)),
        )
        yield from _table("[[divisions]]", keys)
    yield from _listed("outcomes", desk.open_outcomes, "code", "label")
    offices = {office.code for office in desk.open_offices}
    for reason in desk.open_decline_reasons:
        keys = (
            ("code", reason.code),
            ("label", reason.label),
            ("text", reason.text),
            ("offices", tuple(code for code in reason.offices if code in offices)),
        )
        yield from _table("[[decline_reasons]]", keys)
    yield from _listed("offices", desk.open_offices, "code", "label", "about", "phone", "page")
    yield from _listed("turn_down_reasons", desk.open_turn_down_reasons, "code", "label")
    yield from _listed("reply_templates", desk.reply_templates, "code", "label", "text")


def _statistics(rules: StatisticsRules) -> Iterator[str]:
    if rules == NOT_PUBLISHED:
        return
    keys = (
        ("enabled", rules.enabled),
        ("smallest", rules.smallest),
        ("publisher", rules.publisher or None),
        ("note", rules.note or None),
    )
    yield from _table("[public_statistics]", keys)
    yield from _listed("public_statistics.tables", rules.tables, "quantity", "rows", "every")


def _areas(desk: Desk) -> Iterator[str]:
    offered = {
        option.label for field in desk.fields if field.name == "municipality" for option in field.open_options
    }
    for area in still_open(desk.areas):
        keys = (
            ("code", area.code),
            ("label", area.label),
            ("municipalities", tuple(name for name in area.municipalities if name in offered)),
        )
        yield from _table("[[areas]]", keys)


def _listed(name: str, entries: Iterable[Any], *keys: str) -> Iterator[str]:
    for entry in entries:
        yield from _table(f"[[{name}]]", ((key, getattr(entry, key)) for key in keys))


def _with_short_label(entry: Any, *keys: str) -> Iterator[Key]:
    yield "code", entry.code
    yield "label", entry.label
    if as_plain(entry.short_label) != as_plain(entry.label):
        yield "short_label", entry.short_label
    yield from ((key, getattr(entry, key)) for key in keys)


def _topics(topics: Sequence[Topic], path: str) -> Iterator[str]:
    for topic in topics:
        # A file asks for words to go by where nothing lies below; what lay below may have been moved or retired.
        keywords = topic.keywords or (() if topic.children else (str(topic.label),))
        keys = (
            ("code", topic.code),
            ("label", topic.label),
            ("description", topic.description),
            ("keywords", keywords),
        )
        yield from _table(f"[[{path}]]", keys)
        yield from _topics(topic.children, f"{path}.children")


def _field(desk: Desk, field: Field) -> Iterator[str]:
    types = {option.code for option in desk.open_requester_types}
    kinds = {kind.code for kind in desk.open_kinds}
    options = field.open_options
    keys: list[Key] = [
        ("name", field.name),
        ("label", field.label),
        ("hint", field.hint or None),
        ("section", field.section or None),
        ("required", field.required),
        ("max_length", field.max_length),
        ("requester_types", tuple(code for code in field.requester_types if code in types)),
        ("kinds", tuple(code for code in field.kinds if code in kinds)),
    ]
    if field.shape.options_are_names:
        keys.append(("options", tuple(option.label for option in options)))
    yield from _table("[[fields]]", keys)
    if not field.shape.options_are_names and as_plain(options) != as_plain(field.shape.default_options):
        yield from _listed("fields.options", options, "code", "label")


def _table(heading: str, keys: Iterable[Key]) -> Iterator[str]:
    yield ""
    yield heading
    yield from _keys(keys)


def _keys(keys: Iterable[Key]) -> Iterator[str]:
    for key, value in keys:
        if value is None or value == ():
            continue
        if isinstance(value, Text) and value.versions:
            yield f"{key}.ja = {_string(value)}"
            yield from (f"{key}.{_NAMES[code]} = {_string(said)}" for code, said in value.versions.items())
        else:
            yield f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Text) and value.versions:
        said = [("ja", str(value)), *((_NAMES[code], text) for code, text in value.versions.items())]
        return "{ " + ", ".join(f"{name} = {_quoted(text)}" for name, text in said) + " }"
    return _string(value)


def _string(text: str) -> str:
    """A text in quotation marks, several lines as several lines."""
    if "\n" not in text:
        return _quoted(text)
    lines = "\n".join(_quoted(line)[1:-1] for line in text.split("\n"))
    return f'"""\n{lines}"""'


def _quoted(text: str) -> str:
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")
