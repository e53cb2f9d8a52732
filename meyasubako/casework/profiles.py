"""What those in the directory are known for: the words of their entries and of what they advised, kept ready for a ranking.

A unit that changes either leaves a mark; beside the work the texts are taken apart and kept in a unit of its own.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from meyasubako.insight import terms
from meyasubako.insight.rank import Directory
from meyasubako.store.inserting import insert_or_renew
from meyasubako.store.models import Advice, Offer, Profile, ProfileDue, ProfileEdition, Provider

MOST_ADVICE: Final = 50
MOST_OF_ADVICE: Final = 600
"""So many of the latest pieces of somebody's advice tell what they know about, and so many characters of each."""
MOST_TERMS: Final = 800


@dataclass(frozen=True, slots=True)
class Due:
    """An entry as it stood when it was read, with the texts its words are taken from."""

    provider_id: int
    mark: int
    desk_id: int
    texts: tuple[str, ...]


def mark_due(session: Session, provider_ids: Collection[int]) -> None:
    """The words of these entries changed in this unit: what they are known for is made anew soon."""
    if provider_ids:
        rows = [{"provider_id": each, "mark": _draw()} for each in sorted(set(provider_ids))]
        insert_or_renew(session, ProfileDue, rows, key="provider_id", renewed="mark")


def mark_all(session: Session) -> None:
    """Every entry is to be looked at again."""
    mark_due(session, session.scalars(select(Provider.id)).all())


def due(session: Session, limit: int) -> list[Due]:
    """Some of the entries that are marked."""
    rows = session.execute(
        select(ProfileDue.mark, Provider)
        .join(Provider, Provider.id == ProfileDue.provider_id)
        .order_by(ProfileDue.provider_id)
        .limit(limit)
    ).all()
    return [
        Due(
            row.Provider.id,
            row.mark,
            row.Provider.desk_id,
            (
                row.Provider.position,
                row.Provider.profile,
                row.Provider.sells,
                *_advice(session, row.Provider),
            ),
        )
        for row in rows
    ]


def terms_of(due: Due) -> dict[str, int]:
    """The terms of an entry. Not for inside a unit: words are told apart."""
    counted = terms.terms("", "\n".join(due.texts))
    kept = sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:MOST_TERMS]
    return dict(sorted(kept))


def keep(session: Session, made: Sequence[tuple[Due, Mapping[str, int]]]) -> None:
    """Keep what entries are known for, as they were read. One that has changed since is left alone: it is still due."""
    wanted = [each.provider_id for each, _ in made]
    marks = select(ProfileDue.provider_id, ProfileDue.mark).where(ProfileDue.provider_id.in_(wanted))
    standing = {  # noqa: C416
        number: mark
        for number, mark in session.execute(marks.order_by(ProfileDue.provider_id).with_for_update())
    }
    rows = [
        {"provider_id": each.provider_id, "desk_id": each.desk_id, "terms": dict(counted)}
        for each, counted in made
        if standing.get(each.provider_id) == each.mark
    ]
    if not rows:
        return
    ids = [row["provider_id"] for row in rows]
    session.execute(delete(Profile).where(Profile.provider_id.in_(ids)))
    session.execute(insert(Profile), rows)
    session.execute(delete(ProfileDue).where(ProfileDue.provider_id.in_(ids)))
    editions = [{"desk_id": desk_id, "mark": _draw()} for desk_id in sorted({row["desk_id"] for row in rows})]
    insert_or_renew(session, ProfileEdition, editions, key="desk_id", renewed="mark")


def directory(session: Session, desk_id: int) -> Directory:
    """Everybody in the directory of a desk, ready to be ranked; made anew only when somebody's words changed."""
    mark = session.scalar(select(ProfileEdition.mark).where(ProfileEdition.desk_id == desk_id))
    if mark is None:
        return Directory({})
    held = _READY.get(desk_id)
    if held is None or held[0] != mark:
        rows = session.execute(select(Profile.provider_id, Profile.terms).where(Profile.desk_id == desk_id))
        held = _READY[desk_id] = (mark, Directory({number: counted for number, counted in rows}))  # noqa: C416
    return held[1]


_READY: Final[dict[int, tuple[int, Directory]]] = {}
"""What this process made last for each desk, with the edition it was made of."""


def _advice(session: Session, provider: Provider) -> Sequence[str]:
    return session.scalars(
        select(func.substr(Advice.body, 1, MOST_OF_ADVICE))
        .join(Offer, Offer.id == Advice.offer_id)
        .where(Offer.provider_id == provider.id)
        .order_by(Advice.id.desc())
        .limit(MOST_ADVICE)
    ).all()


def _draw() -> int:
    # At random, so that a mark set again meanwhile is never taken for the one that was read.
    return secrets.randbits(62)
