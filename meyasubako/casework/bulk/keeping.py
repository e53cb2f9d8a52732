"""What an act changed in a case, kept as plain data so that it can be put back exactly."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, inspect
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.core.vocabulary import Word
from meyasubako.store.models import Case
from meyasubako.store.types import UtcDateTime, WordColumn

_NOT_KEPT = frozenset(
    {"id", "receipt_id", "version", "changed_at", "changed_by_id", "is_unfinished", "owed_on", "pressing"}
)
"""What never changes, what says who changed the case last and when, and what follows from the other columns."""

_COLUMNS = {each.key: each.type for each in inspect(Case).columns if each.key not in _NOT_KEPT}
"""What an act may change."""

TOPICS = "topics"


def standing(session: Session, case: Case) -> dict[str, Any]:
    """A case as it stands."""
    found: dict[str, Any] = {name: _plain(getattr(case, name)) for name in _COLUMNS}
    return {**found, TOPICS: list(cases.topics_of(session, case.id))}


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is different now, as it was."""
    return {name: value for name, value in before.items() if value != after[name]}


def columns(kept: dict[str, Any]) -> dict[str, Any]:
    """The columns among what was kept, with their values."""
    return {name: _read(_COLUMNS[name], value) for name, value in kept.items() if name != TOPICS}


def _plain(value: Any) -> Any:
    if isinstance(value, Word):
        return value.value
    return value.isoformat() if isinstance(value, datetime | date) else value


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, WordColumn):
        return kind.words(value)
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
