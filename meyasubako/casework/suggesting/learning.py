"""Learning from what was decided: what a case adds to the sums of its desk, and what is taken back of them.

Sums are only ever added to, so that any number of processes can learn at once. Reading what is due, taking texts apart and
keeping the result are three steps, so that no unit waits for the second.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from meyasubako.casework.suggesting.questions import NOBODY, Question
from meyasubako.casework.teaching import mark_due
from meyasubako.core.vocabulary import CaseKind
from meyasubako.insight import classify, terms
from meyasubako.insight.similar import Near
from meyasubako.store.inserting import insert_or_add
from meyasubako.store.models import Case, CaseTerms, CaseTopic, Guess, Learned, LearningDue, Lesson

Answers = Mapping[str, Sequence[str]]
"""What was decided, by question: codes, the main one first."""

SumKey = tuple[int, str, str, str]
"""Desk, term, question, label."""

MOST_TERMS: Final = 800
"""So many different terms of a case are looked at; that is a text of several pages."""


@dataclass(frozen=True, slots=True)
class Due:
    """A case as it stood when it was read: its text, what people decided (None before), and what was learned of it."""

    case_id: int
    mark: int
    desk_id: int
    kind: CaseKind
    title: str
    body: str
    answers: Answers | None
    decided_at: datetime | None
    learned: Answers | None
    learned_terms: Mapping[str, int]
    guessed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Guessed:
    """What was thought of a question before it was decided: by the model, and how likely the first was said to be."""

    question: Question
    likely: Mapping[str, float]
    suggested: str
    probability: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What is to be kept of a case: the terms of its text, the cases near it, and what would have been suggested."""

    due: Due
    terms: Mapping[str, int]
    near: Sequence[Near] = ()
    guesses: Sequence[Guessed] = field(default=())


def due(session: Session, limit: int) -> list[Due]:
    """Some of the cases that are marked, in the order they came."""
    rows = session.execute(
        select(LearningDue.mark, Case, Lesson)
        .join(Case, Case.id == LearningDue.case_id)
        .outerjoin(Lesson, Lesson.case_id == Case.id)
        .order_by(LearningDue.case_id)
        .limit(limit)
    ).all()
    ids = [row.Case.id for row in rows]
    topics: dict[int, list[str]] = {}
    ordered = select(CaseTopic).where(CaseTopic.case_id.in_(ids)).order_by(CaseTopic.position)
    for each in session.scalars(ordered):
        topics.setdefault(each.case_id, []).append(each.topic)
    guessed: dict[int, set[str]] = {}
    for case_id, question in session.execute(
        select(Guess.case_id, Guess.question).where(Guess.case_id.in_(ids))
    ):
        guessed.setdefault(case_id, set()).add(question)
    return [
        Due(
            row.Case.id,
            row.mark,
            row.Case.desk_id,
            row.Case.kind,
            row.Case.title,
            row.Case.body,
            answers_of(row.Case, topics.get(row.Case.id, [])),
            row.Case.triaged_at,
            row.Lesson.answers if row.Lesson else None,
            row.Lesson.terms if row.Lesson else {},
            frozenset(guessed.get(row.Case.id, ())),
        )
        for row in rows
    ]


def answers_of(case: Case, topics: Sequence[str]) -> Answers | None:
    """What people decided about a case; None before they did."""
    if case.triaged_at is None:
        return None
    return {
        Question.REQUESTER_TYPE.value: [case.requester_type.value],
        Question.PURPOSE.value: [case.purpose] if case.purpose else [],
        Question.TOPICS.value: list(topics),
        Question.DIVISION.value: [case.division_code or NOBODY],
        # A desk without priorities decides nothing about them.
        **({Question.PRIORITY.value: [case.priority.value]} if case.priority else {}),
    }


def terms_of(due: Due) -> dict[str, int]:
    """The terms of a case's text. Not for inside a unit: words are told apart."""
    counted = terms.terms(due.title, due.body)
    kept = sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:MOST_TERMS]
    return dict(sorted(kept))


def keep(session: Session, looked: Sequence[Looked]) -> int:
    """Learn what was decided about cases as they were read; returns of how many.

    One that has changed since is left alone: it is still due.
    """
    ids = [each.due.case_id for each in looked]
    marks = select(LearningDue.case_id, LearningDue.mark).where(LearningDue.case_id.in_(ids))
    # Whoever marks one of them waits until this is kept; whoever learns of them too, in the same order.
    standing = {  # noqa: C416
        case_id: mark
        for case_id, mark in session.execute(marks.order_by(LearningDue.case_id).with_for_update())
    }
    kept = [each for each in looked if standing.get(each.due.case_id) == each.due.mark]
    ids = [each.due.case_id for each in kept]
    if not ids:
        return 0
    change: Counter[SumKey] = Counter()
    for table in (CaseTerms, Lesson):
        session.execute(delete(table).where(table.case_id.in_(ids)))
    held = [
        {
            "case_id": each.due.case_id,
            "terms": dict(each.terms),
            "near": {str(near.id): [round(near.closeness, 3), *near.words] for near in each.near},
        }
        for each in kept
    ]
    session.execute(insert(CaseTerms), held)
    lessons: list[dict[str, Any]] = []
    for each in kept:
        found = each.due
        if found.learned is not None:
            change.subtract(sums(found.desk_id, found.learned, found.learned_terms))
        if found.answers is not None:
            weighed = terms.weights(each.terms)
            change.update(sums(found.desk_id, found.answers, weighed))
            lessons.append(
                {
                    "case_id": found.case_id,
                    "desk_id": found.desk_id,
                    "answers": found.answers,
                    "terms": weighed,
                }
            )
        _keep_guesses(session, each)
    if lessons:
        session.execute(insert(Lesson), lessons)
    _add(session, change)
    session.execute(delete(LearningDue).where(LearningDue.case_id.in_(ids)))
    return len(kept)


def sums(desk_id: int, answers: Answers, weighed: Mapping[str, int]) -> Counter[SumKey]:
    """What one lesson adds to the sums of its desk."""
    found: Counter[SumKey] = Counter()
    for question, codes in answers.items():
        for (label, term), weight in classify.lesson(codes, weighed).items():
            # How many lessons hold a term is the same for every question that was answered.
            found[desk_id, term, question if label != classify.ALL or term == classify.ALL else "", label] = (
                weight
            )
    return found


def learned_of(session: Session, desk_id: int, asked: Collection[str]) -> dict[Question, classify.Rows]:
    """What was learned of these terms at a desk, for each question."""
    rows = select(Learned.term, Learned.question, Learned.label, Learned.weight).where(
        Learned.desk_id == desk_id, Learned.term.in_([*sorted(asked), classify.ALL])
    )
    found: dict[Question, dict[tuple[str, str], int]] = {question: {} for question in Question}
    for term, question, label, weight in session.execute(rows):
        for each in [Question(question)] if question else Question:
            found[each][label, term] = weight
    return dict(found)


def start_over(session: Session) -> None:
    """Forget all that was learned and mark every case, so that it is learned anew of what is confirmed now."""
    mark_due(session, session.scalars(select(Case.id)).all())
    session.execute(delete(Learned))
    session.execute(delete(Lesson))


def differences(session: Session) -> tuple[int, tuple[str, ...]]:
    """How many cases were learned of, and what differs from what is confirmed, in words. What is due is not compared."""
    waiting = set(session.scalars(select(LearningDue.case_id)))
    said: list[str] = []
    owed: Counter[SumKey] = Counter()
    topics: dict[int, list[str]] = {}
    for each in session.scalars(select(CaseTopic).order_by(CaseTopic.case_id, CaseTopic.position)):
        topics.setdefault(each.case_id, []).append(each.topic)
    total = 0
    rows = select(Case, Lesson).outerjoin(Lesson, Lesson.case_id == Case.id).order_by(Case.id)
    for case, lesson in session.execute(rows).yield_per(500):
        if lesson is not None:
            total += 1
            owed.update(sums(lesson.desk_id, lesson.answers, lesson.terms))
        if case.id not in waiting:
            answers = answers_of(case, topics.get(case.id, []))
            if answers != (lesson.answers if lesson is not None else None):
                said.append(f"案件{case.id}：確かめた内容と、学んだ内容が違います。")
    names = (Learned.desk_id, Learned.term, Learned.question, Learned.label, Learned.weight)
    held = {
        (desk, term, question, label): weight
        for desk, term, question, label, weight in session.execute(select(*names))
    }
    wrong = sum(held.get(key, 0) != owed.get(key, 0) for key in {*held, *owed})
    if wrong:
        said.append(f"言葉の重みが{wrong:,}か所で違います。")
    return total, tuple(said)


def _keep_guesses(session: Session, looked: Looked) -> None:
    found = looked.due
    mine = Guess.case_id == found.case_id
    if found.answers is None or found.decided_at is None:
        session.execute(delete(Guess).where(mine))
        return
    for each in looked.guesses:
        if each.question.value not in found.guessed:
            session.add(
                Guess(
                    case_id=found.case_id,
                    question=each.question.value,
                    desk_id=found.desk_id,
                    likely={label: round(likely, 4) for label, likely in each.likely.items()},
                    suggested=each.suggested,
                    probability=each.probability,
                    decided=list(found.answers.get(each.question.value, [])),
                    decided_at=found.decided_at,
                )
            )
    session.flush()
    if found.guessed:
        for guess in session.scalars(select(Guess).where(mine)):
            guess.decided = list(found.answers.get(guess.question, []))
        session.flush()


def _add(session: Session, change: Counter[SumKey]) -> None:
    names = ("desk_id", "term", "question", "label")
    # In one order, so that two who learn at once never wait for each other in a circle.
    rows: list[dict[str, Any]] = [
        {**dict(zip(names, key, strict=True)), "weight": change[key]} for key in sorted(change) if change[key]
    ]
    if not rows:
        return
    insert_or_add(session, Learned, rows, key=names, added="weight")
    if any(row["weight"] < 0 for row in rows):
        desks = {row["desk_id"] for row in rows}
        session.execute(delete(Learned).where(Learned.desk_id.in_(desks), Learned.weight == 0))
