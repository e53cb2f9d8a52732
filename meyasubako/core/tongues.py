"""The languages of the public pages: how each says the sentences of the product, the texts of a desk, and dates."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import format_date
from babel.messages.pofile import read_po

from meyasubako.core import dates, marks
from meyasubako.core.sentences import Moment, Sentence, Text, say
from meyasubako.core.vocabulary import Language

CATALOGUES: Final = Path(__file__).parents[1] / "locales"

HTML_LANGUAGE: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "ja",
    Language.EASY_JAPANESE: "ja",
    Language.ENGLISH: "en",
}
"""What a page calls its language. Easy Japanese is Japanese to browsers and screen readers."""

_WEEKDAYS: Final = ("月げつ", "火か", "水すい", "木もく", "金きん", "土ど", "日にち")
_DAYS: Final = {
    1: "ついたち",
    2: "ふつか",
    3: "みっか",
    4: "よっか",
    5: "いつか",
    6: "むいか",
    7: "なのか",
    8: "ようか",
    9: "ここのか",
    10: "とおか",
    14: "じゅうよっか",
    20: "はつか",
    24: "にじゅうよっか",
}
"""The days whose name cannot be read off their number."""


class Tongue:
    """One language. What it has no words for stays Japanese."""

    def __init__(self, language: Language, sentences: Mapping[str, str]) -> None:
        self.language = language
        self.html_language = HTML_LANGUAGE[language]
        self._sentences = sentences

    def tell(self, value: str) -> str:
        """A text in this language, with marks; what is neither a sentence nor a text of a desk stays as it is."""
        if isinstance(value, Sentence):
            return self.fill(self.find(value.source), value.values)
        if isinstance(value, Text):
            return self._version(value)
        if isinstance(value, Moment):
            return self.moment(value.instant)
        return value

    def say(self, source: str, /, **values: object) -> str:
        """A sentence of the product in this language."""
        return self.tell(say(source, **values))

    def find(self, source: str) -> str:
        """What the catalogue has for a Japanese sentence."""
        return self._sentences.get(source, source)

    def fill(self, sentence: str, values: Mapping[str, object]) -> str:
        """A sentence of the catalogue with its values, these in the same language."""
        if not values:
            return sentence
        return sentence % {
            name: self.tell(value) if isinstance(value, str) else value for name, value in values.items()
        }

    def _version(self, text: Text) -> str:
        if self.language is Language.JAPANESE:
            return text
        if self.language in text.versions:
            return marks.read(text.versions[self.language])
        return text if self.html_language == "ja" else marks.left_in_japanese(text)

    def day(self, day: date) -> str:
        """A day people are to keep in mind: 7月10日（金）, Friday 10 July."""
        if self.language is Language.ENGLISH:
            return format_date(day, "EEEE d MMMM", locale="en_GB")
        if self.language is Language.EASY_JAPANESE:
            weekday = _WEEKDAYS[day.weekday()]
            return marks.read(f"{_easy_day(day)}（{{{weekday[0]}曜日|{weekday[1:]}ようび}}）")
        return dates.day_text(day)

    def full_day(self, day: date) -> str:
        """A day with its year: 令和8年7月3日, 3 July 2026. Easy Japanese counts years as the rest of the world does."""
        if self.language is Language.ENGLISH:
            return format_date(day, "d MMMM y", locale="en_GB")
        if self.language is Language.EASY_JAPANESE:
            return marks.read(f"{day.year}{{年|ねん}}{_easy_day(day)}")
        return dates.wareki(day)

    def instant(self, instant: datetime) -> str:
        """When something happened: 令和8年7月3日 10時12分, 10:12 on 3 July 2026."""
        local = instant.astimezone(dates.JAPAN)
        if self.language is Language.ENGLISH:
            return f"{local:%H:%M} on {self.full_day(local.date())}"
        if self.language is Language.EASY_JAPANESE:
            return f"{self.full_day(local.date())} {marks.read(_easy_hour(local))}"
        return dates.instant_text(instant)

    def moment(self, instant: datetime) -> str:
        """A time people are to keep in mind: 7月10日（金） 14時30分, 14:30 on Friday 10 July."""
        local = instant.astimezone(dates.JAPAN)
        if self.language is Language.ENGLISH:
            return f"{local:%H:%M} on {self.day(local.date())}"
        if self.language is Language.EASY_JAPANESE:
            return f"{self.day(local.date())} {marks.read(_easy_hour(local))}"
        return dates.moment_text(instant)


@cache
def tongue(language: Language) -> Tongue:
    """A language with its catalogue, read once."""
    return Tongue(language, {} if language is Language.JAPANESE else catalogue(language))


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """The sentences of a catalogue by their Japanese. Furigana stands in marks."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        found = read_po(file, abort_invalid=True)
    said = {str(message.id): str(message.string) for message in found if message.id and message.string}
    return {source: marks.read(sentence) for source, sentence in said.items()}


def _easy_hour(local: datetime) -> str:
    half = "{午前|ごぜん}" if local.hour < 12 else "{午後|ごご}"
    minutes = ""
    if local.minute:
        minutes = f"{local.minute}{{分|{'ふん' if local.minute % 10 in {2, 5, 7, 9} else 'ぷん'}}}"
    return f"{half}{local.hour % 12}{{時|じ}}{minutes}"


def _easy_day(day: date) -> str:
    number = f"{{{day.day}日|{_DAYS[day.day]}}}" if day.day in _DAYS else f"{day.day}{{日|にち}}"
    return f"{day.month}{{月|がつ}}{number}"
