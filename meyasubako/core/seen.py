"""What a requester sees of what happens to a case: the one rule for their own page and for the history on ours."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from meyasubako.core.vocabulary import PUBLIC_STEP, EventKind, Status


class Sight(StrEnum):
    """How much of it a requester sees: its words, that they did it themselves, only where things stand, or nothing."""

    TOLD = "told"
    OWN = "own"
    STEP = "step"
    OURS = "ours"

    @property
    def is_theirs(self) -> bool:
        """Whether the requester sees anything of it."""
        return self is not Sight.OURS


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, as far as the rule asks; `by_staff`: it was not the requester who did it."""

    kind: EventKind
    from_status: Status | None
    to_status: Status | None
    data: Mapping[str, Any]
    by_staff: bool = False


E = EventKind

TOLD: Final = frozenset(
    {
        E.RECEIVED,
        E.ASKED,
        E.ADDED,
        E.RANKING_ASKED,
        E.RANKED,
        E.INTERIM_SENT,
        E.REPLIED,
        E.REPLY_SHARED,
        E.REFERRAL_ACCEPTED,
    }
    | {E.DATES_PROPOSED, E.DATES_REFUSED, E.DATES_WITHDRAWN}
    | {E.MEETING_PLANNED, E.MEETING_MOVED, E.MEETING_CALLED_OFF}
)
"""What stands on the requester's page in words; a referral only with their consent."""

TOLD_WHILE: Final[Mapping[EventKind, Status]] = {
    E.DECLINED: Status.DECLINED,
    E.WITHDRAWN: Status.WITHDRAWN,
}
"""What stands there only as long as the case is in this status, the last time it came to it."""

OWN: Final = frozenset({E.CONTACT_CORRECTED, E.CONSENT_WITHDRAWN, E.SURVEYED, E.FOLLOWED_UP})
"""What requesters did themselves on pages other than the one of their case."""

STEP: Final = frozenset({E.ACCEPTED, E.MERGED_ON, E.SPLIT, E.SPLIT_OFF, E.UNSPLIT, E.DUE_MOVED})
"""What changes where things stand for them, even when the status stays."""

OURS: Final = frozenset(
    {
        E.ADMITTED,
        E.TRIAGED,
        E.RETRIAGED,
        E.REQUESTER_TYPE_CHANGED,
        E.OFFERED,
        E.TURNED_DOWN,
        E.EXPIRED,
        E.REVOKED,
        E.OFFER_REMINDED,
        E.TAKEN_ELSEWHERE,
        E.SHORTLISTED,
        E.PASSED_OVER,
        E.NOBODY_LEFT,
        E.SHORTLIST_DROPPED,
        E.ACCEPTANCE_STOPPED,
        E.STARTED,
        E.HANDED_BACK,
        E.RESUMED,
        E.ADVISED,
        E.MET,
        E.MET_CORRECTED,
        E.MET_STRUCK,
        E.REPORTED,
        E.NOTED,
        E.DRAFTED,
        E.CONTRIBUTION_ASKED,
        E.CONTRIBUTION_GIVEN,
        E.CONTRIBUTION_DROPPED,
        E.SUBMITTED,
        E.REVIEWED,
        E.APPROVED,
        E.SENT_BACK,
        E.PULLED_BACK,
        E.REFERRED,
        E.REFERRAL_TURNED_DOWN,
        E.REFERRAL_ENDED,
        E.CLOSED,
        E.SURVEY_CORRECTED,
        E.REOPENED,
        E.MERGED,
        E.UNDONE,
        E.MAIL_KEPT,
        E.MAIL_SENT_AGAIN,
        E.AUTO_REPLIED,
        E.BOUNCED,
        E.MAIL_SENT_AGAIN,
        E.CONTACT_SEEN,
        E.ASSIGNED,
        E.TOOK_IN,
        E.LET_GO,
        E.RELEASED,
        E.BUNDLED,
        E.UNBUNDLED,
        E.LEFT_UNTRIAGED,
        E.CONVERTED,
    }
)
"""What stays in the house; where it moves the case, the requester still sees where things stand then."""


def sights(
    events: Sequence[Happened], status: Status, *, consented: Collection[int], sees_dates: bool
) -> list[Sight]:
    """What the requester sees of each event of a case, oldest first.

    `status` is that of the case now, `consented` are the referrals they agreed to; `sees_dates`: see `of_date`.
    """
    last = {event.kind: place for place, event in enumerate(events)}
    found: list[Sight] = []
    for place, event in enumerate(events):
        if _is_of_others(event) or _is_unagreed(event, consented) or _is_unrecorded(event):
            found.append(Sight.OURS)
        elif event.kind is E.DUE_MOVED:
            found.append(of_date(sees_dates=sees_dates))
        else:
            is_standing = last[event.kind] == place and TOLD_WHILE.get(event.kind) is status
            found.append(_sight(event, is_standing=is_standing))
    return found


def _is_of_others(event: Happened) -> bool:
    """What the sender of a case that was merged into this one adds is between them and the desk."""
    return event.kind is E.ADDED and "numbers" in event.data


def _is_unagreed(event: Happened, consented: Collection[int]) -> bool:
    return event.kind is E.REFERRAL_ACCEPTED and event.data.get("referral_id") not in consented


def _is_unrecorded(event: Happened) -> bool:
    """Whether a meeting whose time had passed was held is known to those who were there; nobody called it off."""
    return event.kind is E.MEETING_CALLED_OFF and bool(event.data.get("is_past"))


def of_date(*, sees_dates: bool) -> Sight:
    """What is seen of a new date: those who wished for no answer are told none."""
    return Sight.STEP if sees_dates else Sight.OURS


def changes_step(before: Status | None, after: Status | None) -> bool:
    """Whether a move changes what the requester reads about where things stand."""
    return before is not None and after is not None and PUBLIC_STEP[before] != PUBLIC_STEP[after]


def _sight(event: Happened, *, is_standing: bool) -> Sight:
    if event.kind in TOLD or is_standing:
        return Sight.TOLD
    if event.kind in OWN:
        return Sight.OURS if event.by_staff else Sight.OWN
    if event.kind in STEP or changes_step(event.from_status, event.to_status):
        return Sight.STEP
    return Sight.OURS
