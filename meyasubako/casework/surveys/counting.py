"""What was answered: how many were asked by mail and answered, and what they said, of one fiscal year."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from meyasubako.core import dates
from meyasubako.core.errors import NotFound
from meyasubako.core.numbers import share
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import Helpfulness, Practice, SurveyQuestion
from meyasubako.store.models import Case, Survey

GOOD = {
    SurveyQuestion.HELPED: (Helpfulness.HELPED, Helpfulness.HELPED_SOMEWHAT),
    SurveyQuestion.PRACTISED: (Practice.DONE, Practice.PARTLY),
}
"""The answers a desk hopes for."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One question in one fiscal year. `asked` and `answered` are those asked by mail, `on_paper` the answers beside them."""

    question: SurveyQuestion
    asked: int
    answered: int
    on_paper: int
    said: Mapping[Helpfulness | Practice, int]

    @property
    def rate(self) -> Decimal | None:
        """What part of those asked by mail answered."""
        return share(self.answered, self.asked)

    @property
    def total(self) -> int:
        """All answers there are."""
        return sum(self.said.values())

    @property
    def good(self) -> int:
        """How many gave one of the two upper answers."""
        return sum(self.said[each] for each in GOOD[self.question])

    @property
    def good_share(self) -> Decimal | None:
        """What part of all answers is one of the two upper ones."""
        return share(self.good, self.total)

    def share(self, answer: Helpfulness | Practice) -> Decimal | None:
        """What part of all answers this one is."""
        return share(self.said[answer], self.total)


def figures(session: Session, desk_id: int, year: int, *, by: Actor) -> tuple[Figures, ...]:
    """What was asked in a fiscal year, and what came of it by now. Raises NotFound for those who may not see it."""
    if not by.may(Need.VIEW_TALLIES, desk_id):
        raise NotFound
    first, last = dates.fiscal_year_months(year)
    begins, ends = dates.start_of_month(first), dates.start_of_month(dates.next_month(last))
    is_answered = Survey.answered_at.is_not(None)
    # Without a parameter, so that it is the same where it is selected and grouped by.
    was_entered = Survey.entered_by != literal_column("''")
    rows = session.execute(
        select(
            Survey.question,
            Survey.grade,
            Survey.practice,
            Survey.by_mail,
            was_entered,
            is_answered,
            func.count(),
        )
        .join(Case, Case.id == Survey.case_id)
        .where(Case.desk_id == desk_id, Survey.asked_at >= begins, Survey.asked_at < ends)
        .group_by(
            Survey.question,
            Survey.grade,
            Survey.practice,
            Survey.by_mail,
            was_entered,
            is_answered,
        )
    ).all()
    return tuple(_of(question, [row for row in rows if row[0] is question]) for question in SurveyQuestion)


def _of(question: SurveyQuestion, rows: list[Any]) -> Figures:
    words = Helpfulness if question is SurveyQuestion.HELPED else Practice
    said: Counter[Helpfulness | Practice] = Counter(dict.fromkeys(words, 0))
    asked = answered = on_paper = 0
    for _, grade, practice, by_mail, was_entered, is_answered, count in rows:
        asked += count if by_mail else 0
        answered += count if by_mail and is_answered else 0
        on_paper += count if was_entered and not by_mail else 0
        if chosen := grade or practice:
            said[chosen] += count
    return Figures(question, asked, answered, on_paper, dict(said))
