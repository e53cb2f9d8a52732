"""How right the suggestions have been: what was suggested before each decision, beside what was decided."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework.suggesting.questions import Question, label_of
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.store.models import Case, Guess, LearningDue

MOST: Final = 2_000
"""So many decisions are looked back on, the last ones."""
BEGINNING: Final = 50
"""So many of the first decisions, and of the last, are set beside each other."""


@dataclass(frozen=True, slots=True)
class Month:
    """Some decisions, of a Japanese month or else: how many, how often the suggestion was silent, right, or had it in three."""

    month: str
    decided: int
    silent: int
    right: int
    in_three: int

    @property
    def said(self) -> int:
        """How often something was suggested."""
        return self.decided - self.silent


@dataclass(frozen=True, slots=True)
class Rightness:
    """One question over time, and its confusion table: suggested by row, decided by column.

    `first` and `last`: how it went at the beginning and lately; None while there are too few to set beside each other.
    """

    question: Question
    months: tuple[Month, ...]
    labels: tuple[tuple[str, str], ...]
    confusion: dict[tuple[str, str], int]
    said_percent: tuple[tuple[str, int, int], ...]
    total: Month
    first: Month | None = None
    last: Month | None = None


def rightness(session: Session, actor: Actor, applied: AppliedDesk, question: Question) -> Rightness:
    """How right the suggestions for a question were at a desk. Raises NotFound for those who see nothing of it."""
    if not actor.may(Need.VIEW_CASES, applied.id):
        raise NotFound
    rows = session.scalars(
        select(Guess)
        .where(Guess.desk_id == applied.id, Guess.question == question.value)
        .order_by(Guess.decided_at.desc(), Guess.case_id.desc())
        .limit(MOST)
    ).all()
    silent_below = applied.desk.suggestions.silent_below
    months: dict[str, list[_Found]] = {}
    found: list[_Found] = []
    confusion: Counter[tuple[str, str]] = Counter()
    by_sureness: dict[int, list[bool]] = {}
    for each in rows:
        best = sorted(each.likely, key=lambda code, likely=each.likely: (-likely[code], code))
        is_right = each.suggested in each.decided
        is_silent = 100 * each.probability < silent_below
        month = f"{dates.japan_day(each.decided_at):%Y-%m}"
        found.append((is_silent, is_right, bool({*best[:3]} & {*each.decided})))
        months.setdefault(month, []).append(found[-1])
        by_sureness.setdefault(min(int(each.probability * 5), 4), []).append(is_right)
        if each.decided:
            confusion[each.suggested, each.suggested if is_right else each.decided[0]] += 1
    codes = sorted({code for pair in confusion for code in pair})
    return Rightness(
        question,
        tuple(_together(of_month, month) for month, of_month in sorted(months.items(), reverse=True)),
        tuple((code, label_of(applied.desk, question, code)) for code in codes),
        dict(confusion),
        tuple(
            (f"{20 * step}〜{20 * step + 20}%", len(those), sum(those))
            for step, those in sorted(by_sureness.items(), reverse=True)
        ),
        _together(found),
        *(
            (_together(found[-BEGINNING:]), _together(found[:BEGINNING]))
            if len(found) >= 2 * BEGINNING
            else ()
        ),
    )


def is_learning(session: Session, applied: AppliedDesk) -> bool:
    """Whether cases of a desk wait to be looked at."""
    waiting = select(LearningDue.case_id).join(Case, Case.id == LearningDue.case_id)
    return session.scalar(waiting.where(Case.desk_id == applied.id).limit(1)) is not None


_Found = tuple[bool, bool, bool]
"""Of one decision: the suggestion was silent, was right, had it among the first three."""


def _together(found: Sequence[_Found], month: str = "") -> Month:
    return Month(
        month,
        len(found),
        sum(silent for silent, _, _ in found),
        sum(right and not silent for silent, right, _ in found),
        sum(three and not silent for silent, _, three in found),
    )
