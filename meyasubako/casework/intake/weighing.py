"""Whether a sending looks like a machine's. Nothing is refused for it: what looks so is put aside for staff to look at."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import limits
from meyasubako.casework.intake.checking import Submission
from meyasubako.core.codes import token_hash
from meyasubako.core.text import alike
from meyasubako.core.vocabulary import Channel, QuarantineReason
from meyasubako.store.models import Case

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SAME_TEXT_PER_DAY: Final = 5
"""People who agree with each other send the same text too, even from one office; nobody sends it this often."""

_SENT_IN = (Channel.WEB, Channel.API)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many sendings an hour are usual. Above `network` and `desk` a proof of work is wanted, above `most` nothing is taken."""

    network: int
    desk: int
    most: int


@dataclass(frozen=True, slots=True)
class Signs:
    """What the way a sending came says of its sender. `network`: where it came from."""

    network: str
    is_trapped: bool = False
    is_too_fast: bool = False
    is_proved: bool = False


def weigh(
    session: Session, desk_id: int, submission: Submission, signs: Signs, pace: Pace, *, at: datetime
) -> QuarantineReason | None:
    """Count a sending and say why it is to be put aside; None for one that looks like a person's.

    Raises TooMany when there were too many from one network.
    """
    sent = limits.hit(session, _from(signs.network), limit=pace.most, window=HOUR, at=at)
    text = token_hash(f"{alike(submission.title)}\x1f{alike(submission.body)}")
    same = limits.key("same text", f"{desk_id} {signs.network} {text}")
    repeats = limits.count(session, same, window=DAY, at=at)
    if signs.is_trapped:
        return QuarantineReason.TRAP
    if signs.is_too_fast:
        return QuarantineReason.TOO_FAST
    if repeats > SAME_TEXT_PER_DAY:
        return QuarantineReason.REPEATED
    if signs.is_proved:
        return None
    is_flood = sent > pace.network or _received_lately(session, desk_id, pace.desk, at) >= pace.desk
    return QuarantineReason.FLOOD if is_flood else None


def wants_proof(session: Session, desk_id: int, network: str, pace: Pace, *, at: datetime) -> bool:
    """Whether whoever is about to send should bring a proof of work.

    Half the pace is enough: who is asked before it is needed has it when it is.
    """
    sent = limits.seen(session, _from(network), at=at)
    return 2 * sent >= pace.network or 2 * _received_lately(session, desk_id, pace.desk, at) >= pace.desk


def _from(network: str) -> str:
    return limits.key("send from", network)


def _received_lately(session: Session, desk_id: int, most: int, at: datetime) -> int:
    """What came to a desk by itself within the hour, counted no further than needed."""
    lately = (
        select(Case.id)
        .where(Case.desk_id == desk_id, Case.received_at > at - HOUR, Case.channel.in_(_SENT_IN))
        .limit(most)
    )
    return session.scalar(select(func.count()).select_from(lately.subquery())) or 0
