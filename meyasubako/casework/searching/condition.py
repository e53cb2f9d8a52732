"""What was asked for as a condition on cases, for any query that selects from them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select, true

from meyasubako.casework.searching.asked import Asked, Every, Fact, Node, Not, Term
from meyasubako.casework.searching.parts import CONTACT_PARTS, NUMBERING, Part
from meyasubako.core import dates
from meyasubako.core.policy import Actor, Need
from meyasubako.insight import tokens
from meyasubako.store import search
from meyasubako.store.models import Case, CaseTopic, Staff
from meyasubako.store.search import Wanted

EVERY_PART = frozenset(Part)


def condition(
    asked: Asked, *, actor: Actor, desk_id: int, among: tuple[int, int] | None = None
) -> ColumnElement[bool]:
    """The cases of a desk that were asked for, as far as this person may look: `select(Case).where(condition(…))`.

    Says nothing of the desk or of what was put aside: whoever lists cases limits them as their list does. With `among` it
    is only asked of the cases between two ids (included) and says nothing of others.
    """
    if asked.node is None:
        return true()
    return _of(asked.node, _Reach(parts_for(actor, desk_id), actor, among))


def parts_for(actor: Actor, desk_id: int) -> frozenset[Part]:
    """The parts of a desk's cases by which this person may find them."""
    return EVERY_PART if actor.may(Need.VIEW_CONTACT, desk_id) else EVERY_PART - CONTACT_PARTS


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where somebody looks: in these parts, among these cases."""

    parts: frozenset[Part]
    actor: Actor
    among: tuple[int, int] | None


def _of(node: Node, reach: _Reach) -> ColumnElement[bool]:
    if isinstance(node, Term):
        return _has(node, reach)
    if isinstance(node, Fact):
        return and_(true(), *_facts(node, reach.actor))
    if isinstance(node, Not):
        return not_(_of(node.of, reach))
    found = [_of(each, reach) for each in node.of]
    return and_(*found) if isinstance(node, Every) else or_(*found)


def _has(term: Term, reach: _Reach) -> ColumnElement[bool]:
    kinds = {part for part in reach.parts if term.reaches(part)}
    if not kinds:
        return false()
    telling = tokens.telling(term.words)[: tokens.MOST_NEEDED]
    wanted = Wanted(
        literal=term.literal,
        bigrams=tokens.needed_pairs(term.literal),
        sequence=tokens.sequence(term.words) if telling else "",
        words=telling,
        is_settled=len(term.literal) <= 2 and (not telling or len(term.words) == 1),
    )
    found = search.cases_with(
        wanted, numbering=NUMBERING, kinds=None if kinds == EVERY_PART else kinds, among=reach.among
    )
    return Case.id.in_(found) if reach.among is None else search.looked_up(Case.id.in_(found))


def _facts(fact: Fact, actor: Actor) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    chosen: list[tuple[Any, frozenset[Any] | None]] = [
        (Case.status, fact.statuses),
        (Case.kind, fact.kinds),
        # What is unknown is not so, and its opposite is: a NULL would be neither.
        (func.coalesce(Case.purpose, ""), fact.purposes),
        (Case.channel, fact.channels),
        (Case.requester_type, fact.requester_types),
    ]
    found += [column.in_(sorted(values)) for column, values in chosen if values is not None]
    if fact.topics is not None:
        found.append(Case.id.in_(select(CaseTopic.case_id).where(CaseTopic.topic.in_(sorted(fact.topics)))))
    if fact.is_mine:
        found.append(func.coalesce(Case.assignee_id, 0) == actor.id)
    if fact.has_assignee is not None:
        found.append(Case.assignee_id.is_not(None) if fact.has_assignee else Case.assignee_id.is_(None))
    if fact.assignee is not None:
        found.append(_looked_after_by(fact.assignee))
    if fact.received is not None:
        found += _between(Case.received_at, fact.received, of_instants=True)
    if fact.due is not None:
        found += [Case.due_on.is_not(None), *_between(Case.due_on, fact.due, of_instants=False)]
    return found


def _looked_after_by(name: str) -> ColumnElement[bool]:
    """A member of staff by a part of the name, or a division."""
    closed_up = func.replace(func.replace(Staff.name, " ", ""), "\u3000", "")
    people = select(Staff.id).where(closed_up.icontains(name, autoescape=True))
    return or_(
        func.coalesce(Case.assignee_id, 0).in_(people), Case.division_label.icontains(name, autoescape=True)
    )


def _between(
    column: Any, limits: tuple[date | None, date | None], *, of_instants: bool
) -> list[ColumnElement[bool]]:
    first, last = limits
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(column >= (dates.start_of_day(first) if of_instants else first))
    if last is not None:
        found.append(column <= (dates.end_of_day(last) if of_instants else last))
    return found
