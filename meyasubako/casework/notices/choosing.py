"""Choosing: by which way somebody wishes to be told of each kind of happening."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.notices import USUAL
from meyasubako.core.vocabulary import NoticeKind, NoticeWay
from meyasubako.store.models import NoticeChoice


def way_of(chosen: Mapping[NoticeKind, NoticeWay], kind: NoticeKind) -> NoticeWay:
    """The way somebody wishes for a kind, or the usual one."""
    return chosen.get(kind, USUAL[kind])


def choices_of(session: Session, staff_id: int) -> dict[NoticeKind, NoticeWay]:
    """The way for every kind."""
    rows = session.execute(
        select(NoticeChoice.kind, NoticeChoice.way).where(NoticeChoice.staff_id == staff_id)
    )
    chosen: dict[NoticeKind, NoticeWay] = {row.kind: row.way for row in rows}
    return {kind: way_of(chosen, kind) for kind in NoticeKind}


def choose(session: Session, staff_id: int, typed: Mapping[str, str]) -> None:
    """Set the ways by the codes of the kinds; only what differs from the usual is kept. Raises InvalidInput."""
    wrong = [kind for kind in NoticeKind if typed.get(kind.value, "") not in set(NoticeWay)]
    if wrong:
        raise InvalidInput(
            *(FieldError(each.value, "知らせ方を、一覧の中から選んでください。") for each in wrong)
        )
    session.execute(delete(NoticeChoice).where(NoticeChoice.staff_id == staff_id))
    ways = {kind: NoticeWay(typed[kind.value]) for kind in NoticeKind}
    rows = [
        {"staff_id": staff_id, "kind": kind, "way": way}
        for kind, way in ways.items()
        if way is not USUAL[kind]
    ]
    if rows:
        session.execute(insert(NoticeChoice), rows)
