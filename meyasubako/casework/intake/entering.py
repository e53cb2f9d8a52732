"""代行入力: what came by post, fax, telephone or visit, entered by staff."""

from datetime import datetime

from sqlalchemy.orm import Session

from meyasubako.casework.intake.checking import Submission
from meyasubako.casework.intake.receiving import Received, receive
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import Channel


def enter(
    session: Session,
    applied: AppliedDesk,
    submission: Submission,
    *,
    channel: Channel,
    received_at: datetime,
    keys: Keys,
    idempotency_key: str | None,
    by: Actor,
    at: datetime,
) -> Received:
    """代行入力: staff enter what came by post, fax, telephone or visit, with the date it was received."""
    if not by.may(Need.ENTER_RECEIPTS, applied.id):
        raise NotAllowed
    if channel in {Channel.WEB, Channel.API}:
        raise InvalidInput(FieldError("channel", "どのように届いたかを選んでください。"))
    if received_at > at:
        raise InvalidInput(FieldError("received_on", "受け付けた日は、きょうまでの日を書いてください。"))
    if japan_day(received_at) < applied.desk.opened_on:
        raise InvalidInput(FieldError("received_on", "受け付けた日が、窓口を開いた日より前になっています。"))
    return receive(
        session,
        applied,
        submission,
        channel=channel,
        received_at=received_at,
        keys=keys,
        idempotency_key=idempotency_key,
        by=by,
        at=at,
    )
