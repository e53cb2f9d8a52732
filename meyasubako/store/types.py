"""Column types: aware UTC instants and the fixed words of the desk."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from meyasubako.core.vocabulary import Word


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant. SQLite keeps it without zone in UTC, PostgreSQL as timestamptz. Refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class WordColumn(TypeDecorator[Word]):
    """A fixed code of one vocabulary, kept as its text. Refuses a code of another vocabulary."""

    impl = String(40)
    cache_ok = True

    def __init__(self, words: type[Word]) -> None:
        super().__init__()
        self.words = words
        self._texts = {each: each.value for each in words}

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self._texts.get(value) or self.words(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Word | None:
        return None if value is None else self.words(value)


class EnumColumn(TypeDecorator[StrEnum]):
    """A code of a plain enumeration, kept as its text."""

    impl = String(40)
    cache_ok = True

    def __init__(self, codes: type[StrEnum]) -> None:
        super().__init__()
        self.codes = codes
        self._texts = {each: each.value for each in codes}

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self._texts.get(value) or self.codes(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.codes(value)
