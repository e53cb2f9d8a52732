"""What somebody typed on the pages of a desk: a division, a topic, days that are closed. Checked against the desk as it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from meyasubako.core import marks, text
from meyasubako.core.calendar import why_closed
from meyasubako.core.dates import day_text
from meyasubako.core.desk import TOPIC, Desk, parents_of
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.sentences import Text
from meyasubako.core.vocabulary import Language

LONGEST_LABEL: Final = 60
LONGEST_DESCRIPTION: Final = 400
MOST_KEYWORDS: Final = 60
MOST_DAYS: Final = 31
OTHER_LANGUAGES: Final = (("easy", Language.EASY_JAPANESE), ("en", Language.ENGLISH))
"""The endings of the names under which a form has the other languages of a text."""

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class DivisionWords:
    """A division as typed: its name, and the topics it usually answers for."""

    label: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicWords:
    """A topic as typed. `parent` is the code of the one above, "" at the top."""

    label: str
    description: str
    keywords: tuple[str, ...]
    parent: str


def read_division(desk: Desk, code: str | None, values: Values) -> DivisionWords:
    """Read a division from a form with label and topics; `code` is None for a new one. Raises InvalidInput."""
    errors: list[FieldError] = []
    label = _line(values, "label", "担当課の名前", LONGEST_LABEL, errors)
    _refuse_twice(label, ((each.code, each.label) for each in desk.open_divisions), code, errors)
    topics = tuple(dict.fromkeys(each for each in values.get("topics", ()) if each))
    held = desk.division(code).topics if code else ()
    if not set(topics) <= desk.open_topic_codes | set(held):
        errors.append(FieldError("topics", "分野を、一覧の中から選んでください。"))
    if errors:
        raise InvalidInput(*errors)
    return DivisionWords(label, topics)


def read_topic(desk: Desk, code: str | None, values: Values) -> TopicWords:
    """Read a topic from a form with label, description (each also …_easy, …_en), keywords and parent. Raises InvalidInput."""
    errors: list[FieldError] = []
    label = _in_languages(values, "label", "分野の名前", LONGEST_LABEL, errors)
    description = _in_languages(values, "description", "分野の説明", LONGEST_DESCRIPTION, errors)
    parents = parents_of(desk.topics)
    parent = _first(values, "parent")
    below = {each.code for each in desk.topic_and_below(code)} if code else set[str]()
    if parent in below:
        errors.append(FieldError("parent", "自分の下にある分野の下へは移せません。"))
    elif parent and parent not in desk.open_topic_codes and parent != parents.get(code or ""):
        errors.append(FieldError("parent", "上の分野を、一覧の中から選んでください。"))
    else:
        beside = ((each.code, each.label) for each in desk.open_topics_below(parent))
        _refuse_twice(label, beside, code, errors)
    keywords = _keywords(values, errors)
    if not keywords and not (code and desk.topic(code).children):
        errors.append(FieldError("keywords", "手がかりになる言葉を、1つ以上書いてください。"))
    if errors:
        raise InvalidInput(*errors)
    return TopicWords(label, description, keywords, parent)


def read_days(desk: Desk, first: date | None, last: date | None, reason: str) -> tuple[list[date], str]:
    """The days to close, both ends with them, without those closed anyway. Raises InvalidInput."""
    errors: list[FieldError] = []
    said = _line({"reason": [reason]}, "reason", "休みの理由", LONGEST_LABEL, errors)
    days: list[date] = []
    if first is None:
        errors.append(FieldError("first", "休みにする日を書いてください。"))
    elif last is not None and not first <= last < first + timedelta(days=MOST_DAYS):
        errors.append(FieldError("last", f"終わりの日は、初めの日から{MOST_DAYS}日までの日にしてください。"))
    elif abs(first.year - desk.opened_on.year) > 100:
        errors.append(FieldError("first", "日付の年を確かめてください。"))
    else:
        every = [first + timedelta(days=number) for number in range(((last or first) - first).days + 1)]
        closed = [why_closed(day, desk.closed_on) for day in every]
        days = [day for day, why in zip(every, closed, strict=True) if not why]
        if not days:
            which = f"{day_text(first)}は" if len(every) == 1 else "この間は、どの日も"
            errors.append(FieldError("first", f"{which}、もう休みです（{closed[0]}）。"))
    if errors:
        raise InvalidInput(*errors)
    return days, said


def _first(values: Values, name: str) -> str:
    return next(iter(values.get(name, ())), "")


def _line(values: Values, name: str, what: str, limit: int, errors: list[FieldError]) -> str:
    """One line that must be there."""
    said = text.clean_line(_first(values, name))
    if not said:
        errors.append(FieldError(name, f"{what}を書いてください。"))
    elif (over := text.length(said) - limit) > 0:
        errors.append(FieldError(name, f"{what}は{limit}字までです。あと{over:,}字短くしてください。"))
    return said


def _in_languages(values: Values, name: str, what: str, limit: int, errors: list[FieldError]) -> str:
    """A line with what was typed for other languages; residents read the Japanese where nothing was."""
    said = _line(values, name, what, limit, errors)
    versions: dict[str, str] = {}
    for ending, language in OTHER_LANGUAGES:
        other = f"{name}_{ending}"
        version = text.clean_line(_first(values, other))
        whose = f"{what}（{language.label}）"
        if text.length(version) > 3 * limit:
            errors.append(FieldError(other, f"{whose}は{3 * limit}字までです。"))
        elif language is Language.EASY_JAPANESE and not marks.is_readable(version):
            errors.append(
                FieldError(other, f"{whose}のふりがなは {{受付|うけつけ}} のように書いてください。")
            )
        elif version:
            versions[language.value] = version
    return Text(said, versions) if versions else said


def _keywords(values: Values, errors: list[FieldError]) -> tuple[str, ...]:
    typed = _first(values, "keywords").replace("、", "\n").replace(",", "\n").splitlines()
    found = tuple(dict.fromkeys(word for word in map(text.clean_line, typed) if word))
    if len(found) > MOST_KEYWORDS or any(text.length(word) > LONGEST_LABEL for word in found):
        errors.append(
            FieldError(
                "keywords", f"手がかりの言葉は、{LONGEST_LABEL}字までのものを{MOST_KEYWORDS}個まで書けます。"
            )
        )
    return found


def _refuse_twice(
    label: str, beside: Iterable[tuple[str, str]], code: str | None, errors: list[FieldError]
) -> None:
    if label and any(code != its and text.alike(name) == text.alike(label) for its, name in beside):
        errors.append(FieldError("label", f"「{label}」は、もうあります。別の名前にしてください。"))


def twins(desk: Desk, category: str) -> str:
    """A name that two entries offered side by side share, "" if none do."""
    groups = (
        [desk.open_topics_below(parent) for parent in ("", *sorted(desk.open_topic_codes))]
        if category == TOPIC
        else [desk.open_divisions]
    )
    for group in groups:
        seen: set[str] = set()
        for each in group:
            if (name := text.alike(each.label)) in seen:
                return str(each.label)
            seen.add(name)
    return ""
