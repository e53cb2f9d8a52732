"""What asking and answering share: the token of a row, and whether somebody wishes for no more questions."""

from typing import Final

from sqlalchemy.orm import Session

from meyasubako.core.codes import Keys, address_hash, token_hash
from meyasubako.core.vocabulary import Measure, SurveyQuestion
from meyasubako.store.models import SurveyStop

ASKED: Final = {
    SurveyQuestion.HELPED: Measure.SURVEYS_ASKED,
    SurveyQuestion.PRACTISED: Measure.FOLLOW_UPS_ASKED,
}
"""What asking by mail is counted as."""


def own_hash(keys: Keys, survey_id: int) -> str:
    """What the database holds of the link of a survey."""
    return token_hash(keys.survey_token(survey_id))


def is_refused(session: Session, address: str) -> bool:
    """Whether who has this address wishes for no more questions."""
    return session.get(SurveyStop, address_hash(address)) is not None
