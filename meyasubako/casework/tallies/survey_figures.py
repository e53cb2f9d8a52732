"""The surveys of one fiscal year: how many were asked by mail and answered, and what was said in that year."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework.tallies.answering import answers
from meyasubako.casework.tallies.questions import Question
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotFound
from meyasubako.core.numbers import share
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import Dimension, Helpfulness, Practice, Quantity, SurveyQuestion


@dataclass(frozen=True, slots=True)
class SurveyFigures:
    """One question in one fiscal year. `asked` were asked by mail, `returned` of these answered by now, in whatever year.

    `said` is what came in that year, answers on paper too.
    """

    question: SurveyQuestion
    asked: int
    returned: int
    rate: Decimal | None
    said: Mapping[Helpfulness | Practice, int]
    total: int
    good: int
    good_share: Decimal | None

    def share(self, answer: Helpfulness | Practice) -> Decimal | None:
        """What part of all answers this one is."""
        return share(self.said[answer], self.total)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is counted of a question."""

    asked: Quantity
    returned: Quantity
    rate: Quantity
    total: Quantity
    good: Quantity
    good_share: Quantity
    by: Dimension
    words: type[Helpfulness] | type[Practice]


_COUNTED: Final = {
    SurveyQuestion.HELPED: _Counted(
        Quantity.SURVEYS_ASKED,
        Quantity.SURVEYS_RETURNED,
        Quantity.RESPONSE_RATE,
        Quantity.SURVEYED,
        Quantity.HELPFUL,
        Quantity.HELPFUL_SHARE,
        Dimension.GRADE,
        Helpfulness,
    ),
    SurveyQuestion.PRACTISED: _Counted(
        Quantity.FOLLOW_UPS_ASKED,
        Quantity.FOLLOW_UPS_RETURNED,
        Quantity.FOLLOW_UP_RATE,
        Quantity.FOLLOWED_UP,
        Quantity.PRACTISED,
        Quantity.PRACTISED_SHARE,
        Dimension.PRACTICE,
        Practice,
    ),
}


def survey_figures(
    session: Session, applied: AppliedDesk, year: int, *, by: Actor
) -> tuple[SurveyFigures, ...]:
    """Both questions of a fiscal year. Raises NotFound for those who may not see it."""
    if not by.may(Need.VIEW_TALLIES, applied.id):
        raise NotFound
    first, last = dates.fiscal_year_months(year)
    whole = Question(
        tuple(
            quantity
            for each in _COUNTED.values()
            for quantity in (each.asked, each.returned, each.rate, each.total, each.good, each.good_share)
        ),
        first,
        last,
    )
    divided = [Question((each.total,), first, last, each.by) for each in _COUNTED.values()]
    of_all, *by_answer = answers(session, applied, [whole, *divided])
    return tuple(
        SurveyFigures(
            question,
            asked=of_all.number(each.asked).booked,
            returned=of_all.number(each.returned).booked,
            rate=of_all.number(each.rate).percent,
            said={word: said.number(each.total, word.value).booked for word in each.words},
            total=of_all.number(each.total).booked,
            good=of_all.number(each.good).booked,
            good_share=of_all.number(each.good_share).percent,
        )
        for (question, each), said in zip(_COUNTED.items(), by_answer, strict=True)
    )
