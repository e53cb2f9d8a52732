"""Calling somebody in a note (メンション): whom it means, and whom a note called."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from meyasubako.casework.notices.rows import MAY_OPEN
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.mentions import Person, calls
from meyasubako.store.models import Case, Note, NoteMention, Staff, StaffGrant

__all__ = ["Person", "called", "keep_calls", "mentions_of", "people"]

_PEOPLE: Final = (
    select(Staff.id, Staff.login, Staff.name)
    .join(StaffGrant, StaffGrant.staff_id == Staff.id)
    .join(Case, Case.desk_id == StaffGrant.desk_id)
    .where(Case.id == bindparam("of_case"), MAY_OPEN)
    .order_by(Staff.name, Staff.id)
)


def people(session: Session, case_id: int) -> tuple[Person, ...]:
    """Everybody who may open a case, by name."""
    return tuple(Person(*row) for row in session.execute(_PEOPLE, {"of_case": case_id}))


def called(
    session: Session, case_id: int, body: str, ticked: Sequence[int]
) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Whom a note calls by its text or beside it, and the words after an @ that fit nobody.

    Raises InvalidInput for somebody who may not open the case, or words that fit several people.
    """
    known = people(session, case_id)
    by_id = {each.id: each for each in known}
    if not set(ticked) <= by_id.keys():
        raise InvalidInput(FieldError("tell", "知らせる人を、一覧の中から選んでください。"))
    found = calls(body, known)
    open_doubts = [(words, names) for words, names in found.doubtful if not _is_settled(names, ticked, by_id)]
    if open_doubts:
        words, names = open_doubts[0]
        fitting = "、".join(f"{name}さん" for name in names)
        message = (
            f"「@{words}」は、{fitting}のだれのことか分かりません。"
            "「知らせる人」から選ぶか、名前をもっと長く書いてください。"
        )
        raise InvalidInput(FieldError("body", message))
    wanted = dict.fromkeys([*found.ids, *ticked])
    return tuple(by_id[each] for each in wanted), found.unknown


def keep_calls(session: Session, note_id: int, staff_ids: Iterable[int]) -> None:
    """Remember whom a note called."""
    rows = [{"note_id": note_id, "staff_id": each} for each in staff_ids]
    if rows:
        session.execute(insert(NoteMention), rows)


def mentions_of(session: Session, case_id: int) -> dict[int, tuple[str, ...]]:
    """The names of those whom the notes of a case called, by note."""
    rows = session.execute(
        select(NoteMention.note_id, Staff.name)
        .join(Note, Note.id == NoteMention.note_id)
        .join(Staff, Staff.id == NoteMention.staff_id)
        .where(Note.case_id == case_id)
        .order_by(NoteMention.note_id, Staff.name, Staff.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for note_id, name in rows:
        found[note_id] = (*found.get(note_id, ()), name)
    return found


def _is_settled(names: Sequence[str], ticked: Sequence[int], by_id: dict[int, Person]) -> bool:
    """Whether somebody the words could mean was ticked as well."""
    return any(by_id[each].name in names for each in ticked)
