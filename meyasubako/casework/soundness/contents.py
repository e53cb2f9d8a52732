"""Which files there should be: the contents the tables name, to be compared with what lies in the cabinet."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.core.vocabulary import ScanState
from meyasubako.store.models import StoredFile

_KEPT = (
    select(StoredFile.id, StoredFile.digest, StoredFile.size)
    .where(StoredFile.scan_state != ScanState.INFECTED)
    .order_by(StoredFile.id)
)


@dataclass(frozen=True, slots=True)
class Content:
    """A file the tables name."""

    id: int
    digest: str
    size: int


def contents(session: Session) -> list[Content]:
    """All of them. One with a virus is not kept."""
    return [Content(*row) for row in session.execute(_KEPT)]


def contents_after(session: Session, after: int, *, limit: int) -> list[Content]:
    """The next contents by their number."""
    some = _KEPT.where(StoredFile.id > after).limit(limit)
    return [Content(*row) for row in session.execute(some)]


def still_named(session: Session, content_ids: Sequence[int]) -> set[int]:
    """Which of these contents the tables still name: others may have been removed while one looked."""
    rows = select(StoredFile.id).where(
        StoredFile.id.in_(content_ids), StoredFile.scan_state != ScanState.INFECTED
    )
    return set(session.scalars(rows))
