"""What a person may do with a case as it stands, the most sensible first."""

from collections.abc import Mapping
from enum import StrEnum

from meyasubako.casework import lifecycle
from meyasubako.core import matters
from meyasubako.core.conditions import UNFINISHED
from meyasubako.core.desk import Desk
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import CaseKind, Status
from meyasubako.store.models import Case


class Action(StrEnum):
    """Something staff can do with a case; the value is the last part of its address."""

    ADMIT = "admit"
    TRIAGE = "triage"
    OFFER = "offer"
    START = "start"
    REPLY = "reply"
    CLOSE = "close"
    RESUME = "resume"
    ASK = "ask"
    INTERIM = "interim"
    MOVE_DUE = "move-due"
    REFER = "refer"
    HAND_BACK = "hand-back"
    DECLINE = "decline"
    REOPEN = "reopen"
    UNDO = "undo"
    ASSIGN = "assign"
    NOTE = "note"
    REVOKE = "revoke"
    SPLIT = "split"
    UNSPLIT = "unsplit"
    MERGE = "merge"
    UNMERGE = "unmerge"
    TAKE_OUT = "take-out"
    CONVERT = "convert"
    SURVEY = "survey"
    FOLLOW_UP = "follow-up"


NEEDS: Mapping[Action, Need] = {
    Action.ADMIT: Need.TRIAGE,
    Action.TRIAGE: Need.TRIAGE,
    Action.OFFER: Need.OFFER,
    Action.START: Need.TRIAGE,
    Action.REPLY: Need.REPLY,
    Action.CLOSE: Need.CLOSE,
    Action.RESUME: Need.ASK,
    Action.ASK: Need.ASK,
    Action.INTERIM: Need.REPLY,
    Action.MOVE_DUE: Need.MOVE_DEADLINE,
    Action.REFER: Need.REFER,
    Action.HAND_BACK: Need.TRIAGE,
    Action.DECLINE: Need.DECLINE,
    Action.REOPEN: Need.REOPEN,
    Action.UNDO: Need.REOPEN,
    Action.ASSIGN: Need.TRIAGE,
    Action.NOTE: Need.WRITE_NOTES,
    Action.REVOKE: Need.OFFER,
    Action.SPLIT: Need.JOIN,
    Action.UNSPLIT: Need.JOIN,
    Action.MERGE: Need.JOIN,
    Action.UNMERGE: Need.REOPEN,
    Action.TAKE_OUT: Need.JOIN,
    Action.CONVERT: Need.JOIN,
    Action.SURVEY: Need.ENTER_RECEIPTS,
    Action.FOLLOW_UP: Need.ENTER_RECEIPTS,
}
"""What each action asks of the person."""

_A = Action

IN_ORDER: Mapping[Status, tuple[Action, ...]] = {
    Status.QUARANTINED: (_A.ADMIT, _A.DECLINE),
    Status.RECEIVED: (_A.TRIAGE, _A.ASK, _A.DECLINE, _A.INTERIM, _A.MOVE_DUE, _A.REFER),
    Status.TRIAGED: (
        _A.OFFER,
        _A.REPLY,
        _A.START,
        _A.ASK,
        _A.TRIAGE,
        _A.DECLINE,
        _A.INTERIM,
        _A.MOVE_DUE,
        _A.REFER,
    ),
    Status.OFFERED: (_A.OFFER, _A.REPLY, _A.ASK, _A.TRIAGE, _A.INTERIM, _A.MOVE_DUE, _A.REFER),
    Status.IN_PROGRESS: (
        _A.REPLY,
        _A.OFFER,
        _A.ASK,
        _A.TRIAGE,
        _A.HAND_BACK,
        _A.INTERIM,
        _A.MOVE_DUE,
        _A.REFER,
    ),
    Status.WAITING: (_A.RESUME, _A.REPLY, _A.TRIAGE, _A.CLOSE, _A.REFER),
    Status.ANSWERED: (_A.CLOSE, _A.REPLY, _A.TRIAGE, _A.REOPEN, _A.REFER),
    Status.CLOSED: (_A.REOPEN, _A.TRIAGE, _A.SURVEY, _A.FOLLOW_UP),
    Status.DECLINED: (_A.UNDO, _A.REFER),
    Status.MERGED: (_A.UNMERGE,),
    Status.WITHDRAWN: (_A.UNDO,),
}
"""The actions that make sense in each status, the next one first. Assigning and noting are always possible."""

JOINING: tuple[Action, ...] = (_A.SPLIT, _A.UNSPLIT, _A.MERGE, _A.TAKE_OUT, _A.CONVERT)
"""What is done seldom, with a case that is still worked on; it stands at the end of the page."""

_REACHES: Mapping[Action, Status] = {
    Action.ADMIT: Status.RECEIVED,
    Action.START: Status.IN_PROGRESS,
    Action.CLOSE: Status.CLOSED,
    Action.ASK: Status.WAITING,
    Action.HAND_BACK: Status.TRIAGED,
    Action.DECLINE: Status.DECLINED,
    Action.REOPEN: Status.IN_PROGRESS,
    Action.MERGE: Status.MERGED,
}


def allowed(case: Case, desk: Desk, actor: Actor, *, is_divided: bool = False) -> tuple[Action, ...]:
    """The actions this person can take now, the next sensible one first; empty for those who only look.

    `is_divided`: the case was divided and can be put together again.
    """
    order = list(IN_ORDER[case.status])
    if case.status is Status.TRIAGED and case.kind is CaseKind.SUGGESTION:
        # The desk itself answers a suggestion; experts are asked only now and then.
        order.remove(Action.OFFER)
        order.insert(2, Action.OFFER)
    if case.status in UNFINISHED:
        order += [action for action in JOINING if action is not Action.UNSPLIT or is_divided]
    possible = [action for action in order if _fits(action, case, desk)]
    return tuple(
        action for action in (*possible, Action.ASSIGN, Action.NOTE) if actor.may(NEEDS[action], case.desk_id)
    )


def _fits(action: Action, case: Case, desk: Desk) -> bool:
    if action is Action.OFFER:
        is_open = case.status is Status.OFFERED or lifecycle.can_move(case, Status.OFFERED)
        return bool(desk.offers) and is_open
    if action is Action.REPLY and case.status is Status.WAITING:
        # A case that was asked back before triage has nobody yet who answers for it.
        return case.came_from[-1:] != [Status.RECEIVED.value]
    if action is Action.SPLIT:
        return len(matters.sentences(case.body)) > 1
    if action in {Action.TAKE_OUT, Action.MERGE} and (case.bundle_id is None) is (action is Action.TAKE_OUT):
        return False
    if action is Action.CONVERT:
        return any(each.code is not case.kind for each in desk.open_kinds)
    if action is Action.SURVEY:
        return desk.survey.enabled
    if action is Action.FOLLOW_UP:
        return desk.survey.follow_up_months is not None and case.kind is CaseKind.CONSULTATION
    if action in {Action.INTERIM, Action.MOVE_DUE}:
        return case.due_on is not None or desk.answer_within_office_days is not None
    return action not in _REACHES or lifecycle.can_move(case, _REACHES[action])
