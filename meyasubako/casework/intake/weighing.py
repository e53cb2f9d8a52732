"""Whether a sending looks like a machine's. Nothing is refused for it: what looks so is put aside for staff to look at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import limits
from meyasubako.casework.intake.checking import Submission
from meyasubako.core.codes import token_hash
from meyasubako.core.errors import TooMany
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


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sending to be weighed."""

    desk_id: int
    submission: Submission
    signs: Signs
    pace: Pace
    at: datetime


def weigh_each(session: Session, sent: Sequence[Weighed]) -> list[QuarantineReason | TooMany | None]:
    """Count sendings that came at once, and say of each why it is to be put aside; None for one that looks like a person's.

    TooMany for each of which there were too many from one network.
    """
    uses = [limits.Use(_from(each.signs.network), HOUR, each.at) for each in sent]
    uses += [limits.Use(_same_text(each), DAY, each.at) for each in sent]
    counted = limits.count_each(session, uses)
    lately = _Lately(session)
    found = []
    for each, of_network, of_text in zip(sent, counted[: len(sent)], counted[len(sent) :], strict=True):
        judged = _judge(each, of_network, of_text, lately)
        if not isinstance(judged, TooMany):
            lately.add(each)
        found.append(judged)
    return found


def _judge(
    each: Weighed, sent: limits.Counted, same: limits.Counted, lately: "_Lately"
) -> QuarantineReason | TooMany | None:
    try:
        sent.check(each.pace.most, at=each.at)
    except TooMany as error:
        return error
    if each.signs.is_trapped:
        return QuarantineReason.TRAP
    if each.signs.is_too_fast:
        return QuarantineReason.TOO_FAST
    if same.tries > SAME_TEXT_PER_DAY:
        return QuarantineReason.REPEATED
    if each.signs.is_proved:
        return None
    is_flood = sent.tries > each.pace.network or lately.received(each) >= each.pace.desk
    return QuarantineReason.FLOOD if is_flood else None


class _Lately:
    """What came to each desk by itself within the hour: read once where it is asked for, and what comes now added to it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[int, int] = {}
        self._now: Counter[int] = Counter()

    def add(self, each: Weighed) -> None:
        """This one will be received."""
        self._now[each.desk_id] += 1

    def received(self, each: Weighed) -> int:
        """How many there are without it."""
        if each.desk_id not in self._kept:
            kept = _received_lately(self._session, each.desk_id, each.pace.desk, each.at)
            self._kept[each.desk_id] = kept
        return self._kept[each.desk_id] + self._now[each.desk_id]


def _same_text(each: Weighed) -> str:
    text = token_hash(f"{alike(each.submission.title)}\x1f{alike(each.submission.body)}")
    return limits.key("same text", f"{each.desk_id} {each.signs.network} {text}")


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
