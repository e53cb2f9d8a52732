"""代行入力: what came by post, fax, telephone or visit, entered by staff."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from meyasubako.casework.intake.checking import Submission
from meyasubako.casework.intake.dividing import Paper
from meyasubako.casework.intake.receiving import NOT_ON_PAPER, Received, receive
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.dividing import BEGINS
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed
from meyasubako.core.matters import covers
from meyasubako.core.policy import Actor, Need
from meyasubako.core.text import length
from meyasubako.core.vocabulary import Channel

EVENT_NAME_LENGTH = 200
LONGEST_WAY = timedelta(days=366)
"""A postmark older than this is a slip of the pen."""


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
    paper: Paper = NOT_ON_PAPER,
) -> Received:
    """代行入力: staff enter what came by post, fax, telephone or visit, with the date it was received."""
    if not by.may(Need.ENTER_RECEIPTS, applied.id):
        raise NotAllowed
    check_arrival(applied.desk, channel=channel, received_at=received_at, paper=paper, at=at)
    if paper.matters:
        if not covers(submission.body, [matter.span for matter in paper.matters]):
            raise InvalidInput(
                FieldError(BEGINS, "ことがらの分け方が、本文と合いません。分け直してください。")
            )
        # The receipt is counted once, with its first matter.
        submission = replace(submission, kind=paper.matters[0].kind)
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
        paper=paper,
    )


def check_arrival(desk: Desk, *, channel: Channel, received_at: datetime, paper: Paper, at: datetime) -> None:
    """How and when a letter came. Raises InvalidInput with every mistake at once."""
    errors: list[FieldError] = []
    received_on = japan_day(received_at)
    if channel in {Channel.WEB, Channel.API}:
        errors.append(FieldError("channel", "どのように届いたかを選んでください。"))
    if received_at > at:
        errors.append(FieldError("received_on", "受け付けた日は、きょうまでの日を書いてください。"))
    elif received_on < desk.opened_on:
        errors.append(FieldError("received_on", "受け付けた日が、窓口を開いた日より前になっています。"))
    if (postmark := paper.postmarked_on) is not None:
        if channel is not Channel.LETTER:
            errors.append(FieldError("postmarked_on", "消印の日は、郵便のときだけ書いてください。"))
        elif postmark > received_on:
            errors.append(FieldError("postmarked_on", "消印の日が、受け付けた日よりあとになっています。"))
        elif received_on - postmark > LONGEST_WAY:
            errors.append(FieldError("postmarked_on", "消印の日が、受け付けた日の1年より前になっています。"))
    if paper.event_name:
        if channel is not Channel.EVENT:
            errors.append(FieldError("event_name", "催しの名前は、催しのときだけ書いてください。"))
        elif (over := length(paper.event_name) - EVENT_NAME_LENGTH) > 0:
            errors.append(
                FieldError(
                    "event_name",
                    f"催しの名前は{EVENT_NAME_LENGTH}字までです。あと{over:,}字短くしてください。",
                )
            )
    if errors:
        raise InvalidInput(*errors)
