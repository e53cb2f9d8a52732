"""What mails ask afterwards: providers for their report, requesters whether it helped and what became of the advice."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from meyasubako.casework.correspondence.links import Links
from meyasubako.core.codes import address_hash
from meyasubako.core.dates import day_text, japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.tongues import Tongue
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import Case, ReportDue, Survey, SurveyStop


def survey_facts(
    session: Session, survey: Survey, desk: Desk, address: str, speaker: Tongue, links: Links, *, at: datetime
) -> dict[str, Any] | None:
    """What the mail with the link says; None where it was answered, is too late, or nobody is to be asked any more."""
    case = session.get_one(Case, survey.case_id)
    is_over = survey.answered_at is not None or survey.expires_at < at or case.status is not Status.CLOSED
    if is_over or session.get(SurveyStop, address_hash(address)) is not None:
        return None
    return {
        "question": desk.survey.question,
        "survey_url": links.survey(survey.id),
        "stop_url": links.no_surveys(survey.id),
        "closed_on": speaker.full_day(japan_day(case.closed_at)) if case.closed_at else "",
        "answer_by": speaker.day(japan_day(survey.expires_at)),
    }


def report_facts(session: Session, offer_id: int, *, today: date) -> dict[str, Any] | None:
    """What the mail about a report says; None where none is owed any more."""
    owed = session.get(ReportDue, offer_id)
    return None if owed is None else {"due_on": day_text(owed.due_on), "is_late": owed.due_on < today}
