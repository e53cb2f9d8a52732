"""What would be suggested for a case: read in a unit, thought beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework.suggesting.learning import learned_of
from meyasubako.casework.suggesting.questions import Question, hints, label_of, labels
from meyasubako.core.desk import Desk
from meyasubako.core.vocabulary import CaseKind, Priority
from meyasubako.insight import classify
from meyasubako.store.models import CaseTerms, Guess

REMEMBERED: Final = 200
"""So many decided cases tell how sure the suggestions of a desk may be."""

MOST_SHOWN: Final[Mapping[Question, int]] = {Question.TOPICS: 3}
USUAL: Final[Mapping[Question, str]] = {Question.PRIORITY: Priority.NORMAL.value}
"""What most cases are, so that it is what a text is of which no word speaks for anything else."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer, how likely it is, and the words that spoke for it."""

    code: str
    label: str
    probability: float
    words: tuple[str, ...]

    @property
    def percent(self) -> int:
        """How likely, as it is shown: never quite certain."""
        return min(max(int(100 * self.probability + 0.5), 1), 99)


Suggestions = Mapping[Question, tuple[Suggestion, ...]]
"""What is suggested for each question, the likeliest first; questions of which too little is known are missing."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that is thought over: the terms of a text, what was learned of them, and how right that was before."""

    terms: Mapping[str, int]
    learned: Mapping[Question, classify.Rows]
    sharper: Mapping[Question, float]


def material(session: Session, desk_id: int, case_id: int) -> Material | None:
    """What there is to think over of a case; None until its text was taken apart."""
    held = session.get(CaseTerms, case_id)
    if held is None:
        return None
    return Material(held.terms, learned_of(session, desk_id, held.terms), sharpness(session, desk_id))


def sharpness(session: Session, desk_id: int) -> dict[Question, float]:
    """How much surer than the model a desk's suggestions may be, for each question."""
    found: dict[Question, float] = {}
    for question in Question:
        rows = session.execute(
            select(Guess.likely, Guess.decided)
            .where(Guess.desk_id == desk_id, Guess.question == question.value)
            .order_by(Guess.decided_at.desc(), Guess.case_id.desc())
            .limit(REMEMBERED)
        )
        decided = [(likely, answers[0]) for likely, answers in rows if answers and answers[0] in likely]
        found[question] = classify.sharpness(decided)
    return found


def likely(
    desk: Desk, question: Question, kind: CaseKind, thought: Material, *, sharper: float | None = None
) -> tuple[classify.Opinion, ...]:
    """What to think of every answer to a question. Not for inside a unit."""
    offered = labels(desk, question, kind)
    if len(offered) < 2 or not thought.terms:
        return ()
    return classify.opinions(
        thought.terms,
        offered,
        thought.learned.get(question, {}),
        hints(desk, question),
        usual=USUAL.get(question),
        sharper=thought.sharper.get(question, 1.0) if sharper is None else sharper,
    )


def suggestions(desk: Desk, kind: CaseKind, thought: Material) -> Suggestions:
    """What is suggested; nothing where the likeliest answer is less likely than the desk wants. Not for inside a unit."""
    found: dict[Question, tuple[Suggestion, ...]] = {}
    for question in Question:
        opinions = likely(desk, question, kind, thought)
        if opinions and 100 * opinions[0].probability >= desk.suggestions.silent_below:
            found[question] = tuple(
                Suggestion(each.label, label_of(desk, question, each.label), each.probability, each.words)
                for each in opinions[: MOST_SHOWN.get(question, 1)]
            )
    return found
