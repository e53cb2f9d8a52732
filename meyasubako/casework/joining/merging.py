"""Merging (統合): what was sent twice becomes one case, the main one, which alone is answered and counted as 項目.

What is merged points at its main case directly, so that there are no chains: merging into a merged case goes to its
main one, and merging a main case takes along what was merged into it. The receipts stay counted as 件数.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.core import codes, text
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import EventKind, Message, OfferState, Status
from meyasubako.store.models import Case, Event, Offer, Receipt, Reply, SharedReply

NO_MAIN = frozenset({Status.QUARANTINED, Status.DECLINED, Status.WITHDRAWN})
"""Statuses of a case into which nothing can be merged: nobody answers it."""


def merge(
    session: Session,
    case_id: int,
    into_id: int,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> int:
    """Merge a case into another of the same desk; returns the main case, which may be the other's own.

    Raises WrongState when either has ended or an adviser works on the one to be merged.
    """
    main_id = _main_of(session, into_id)
    along = _merged_into(session, case_id)
    opened = cases.open_together(session, {case_id, main_id, *along}, Need.JOIN, by=by)
    case, main = opened[case_id], opened[main_id]
    cases.check_version(session, case, expected_version)
    if main.merged_into_id is not None or set(_merged_into(session, case_id)) != set(along):
        raise WrongState("案件は、開いたあとに変わりました。内容を確かめて、もう一度お試しください。")
    if why := obstacle(session, case, main):
        raise WrongState(why)
    number = cases.number_of(session, case)
    merge_into(session, case, main, by=by, at=at)
    lifecycle.record(session, main, EventKind.TOOK_IN, by=by, at=at, data={"numbers": [number]})
    return main.id


def unmerge(
    session: Session,
    case_id: int,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Take a merge back: the case is again where it came from, with what it had taken along."""
    written = text.needed(reason, field="reason", message="元に戻す理由を書いてください。")
    main_id = session.scalar(
        cases.visible_cases(by).where(Case.id == case_id).with_only_columns(Case.merged_into_id)
    )
    along = _came_along(session, case_id)
    opened = cases.open_together(
        session, {case_id, *along, *([main_id] if main_id else [])}, Need.REOPEN, by=by
    )
    case = opened[case_id]
    cases.check_version(session, case, expected_version)
    if main_id is None or case.status is not Status.MERGED or case.merged_into_id != main_id:
        raise WrongState("この案件は、統合されていません。")
    main = opened[main_id]
    lifecycle.step_back(
        session, case, EventKind.UNDONE, by=by, at=at, data={"reason": written}, merged_into_id=None
    )
    own = {"numbers": [cases.number_of(session, case)]}
    for each in (opened[other] for other in along):
        if each.merged_into_id == main.id:
            lifecycle.record(
                session, each, EventKind.MERGED_ON, by=by, at=at, data=own, merged_into_id=case.id
            )
    lifecycle.record(session, main, EventKind.LET_GO, by=by, at=at, data=own)


def merge_into(session: Session, case: Case, main: Case, *, by: Actor, at: datetime) -> None:
    """The merging itself, of cases that are locked with everything merged into the first."""
    along = _merged_into(session, case.id)
    onto = {"numbers": [cases.number_of(session, main)]}
    lifecycle.move(
        session,
        case,
        Status.MERGED,
        EventKind.MERGED,
        by=by,
        at=at,
        data={**onto, "along": along},
        merged_into_id=main.id,
    )
    for other in session.scalars(select(Case).where(Case.id.in_(along)).order_by(Case.id)):
        lifecycle.record(session, other, EventKind.MERGED_ON, by=by, at=at, data=onto, merged_into_id=main.id)


def main_obstacle(session: Session, case_id: int) -> str:
    """Why others cannot be merged into this very case; "" when they can."""
    case = session.get(Case, case_id)
    if case is None or case.status in NO_MAIN or case.status is Status.MERGED:
        return "ほかの案件に統合したもの、対象外、取下げの案件には統合できません。"
    return ""


def obstacle(session: Session, case: Case, main: Case) -> str:
    """Why a case cannot be merged into a main one; "" when it can."""
    if main.id == case.id:
        return "同じ案件どうしは統合できません。"
    if main.desk_id != case.desk_id:
        return "ほかの窓口の案件とは統合できません。"
    if main.status in NO_MAIN:
        return f"「{main.status.label}」の案件には統合できません。"
    return obstacle_of(session, case)


def obstacle_of(session: Session, case: Case) -> str:
    """Why a case cannot be merged into any other; "" when it can."""
    if case.status is Status.MERGED:
        return "すでに統合しています。"
    if not lifecycle.can_move(case, Status.MERGED):
        if case.status is Status.WAITING:
            return "返事を待っています。「対応に戻す」と統合できます。"
        return f"「{case.status.label}」の案件は統合できません。"
    if case.bundle_id is not None:
        return "同じ内容のまとめに入っています。外すと統合できます。"
    if has_living_offer(session, case):
        return "引き受けた人や打診中の人がいます。逆に、こちらへ統合してください。"
    return ""


def has_living_offer(session: Session, case: Case) -> bool:
    """Whether somebody is asked about a case or works on it, and would lose it."""
    living = Offer.case_id == case.id, Offer.state.in_((OfferState.OPEN, OfferState.ACCEPTED))
    return session.scalar(select(Offer.id).where(*living).limit(1)) is not None


def find(session: Session, typed: str, *, by: Actor, desk_id: int) -> int:
    """The case a person means by its number: M7K-4TX-9PA, or M7K-4TX-9PA（2） for the second matter.

    Raises InvalidInput for what names none of the desk.
    """
    cleaned = codes.clean_code(typed)
    number, rest = cleaned[: codes.NUMBER_LENGTH], cleaned[codes.NUMBER_LENGTH :]
    ordinal = whole(rest, digits=3) if rest else 1
    found = session.scalar(
        cases.visible_cases(by, Need.JOIN)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(Receipt.number == number, Case.ordinal == ordinal, Case.desk_id == desk_id)
        .with_only_columns(Case.id)
    )
    if found is None:
        raise InvalidInput(FieldError("into", "この番号の案件は、この窓口にありません。"))
    return found


def merged_count(session: Session, case_id: int) -> int:
    """How many other cases were merged into this one."""
    return len(_merged_into(session, case_id))


def share_as_said(
    session: Session, case_id: int, reply_id: int, said: str, *, by: Actor, at: datetime
) -> int:
    """Give an answer to whom it was said: "own", its own sender, or "all", also those whose cases were merged.

    Returns how many others got it. Raises InvalidInput where nothing was said although there are others: the answer
    may name who wrote this one.
    """
    if not merged_count(session, case_id) or said == "own":
        return 0
    if said != "all":
        raise InvalidInput(FieldError("share", "だれに送るかを選んでください。"))
    return share_reply(session, case_id, reply_id, by=by, at=at)


def share_reply(session: Session, case_id: int, reply_id: int, *, by: Actor, at: datetime) -> int:
    """Give the answer to a main case also to those whose cases were merged into it; returns how many those are."""
    merged = _merged_into(session, case_id)
    opened = cases.open_together(session, {case_id, *merged}, Need.REPLY, by=by)
    if session.get_one(Reply, reply_id).case_id != case_id:
        raise NotFound
    main = opened.pop(case_id)
    data = {"numbers": [cases.number_of(session, main)], "reply_id": reply_id}
    for case in opened.values():
        session.add(SharedReply(reply_id=reply_id, case_id=case.id, shared_at=at))
        lifecycle.record(session, case, EventKind.REPLY_SHARED, by=by, at=at, data=data)
        outbox.enqueue(
            session,
            Message.REPLIED,
            receipt_id=case.receipt_id,
            case_id=case.id,
            subject_id=reply_id,
            at=at,
        )
    session.flush()
    return len(opened)


def _main_of(session: Session, case_id: int) -> int:
    main_id = session.scalar(select(Case.merged_into_id).where(Case.id == case_id))
    return main_id or case_id


def _merged_into(session: Session, case_id: int) -> list[int]:
    return list(session.scalars(select(Case.id).where(Case.merged_into_id == case_id).order_by(Case.id)))


def _came_along(session: Session, case_id: int) -> list[int]:
    """What was merged into a case when it was merged itself, as far as nothing else became of it since."""
    turned = (EventKind.MERGED, EventKind.MERGED_ON, EventKind.UNDONE, EventKind.RELEASED)

    def last_turn(of: int) -> Event | None:
        return session.scalar(
            select(Event)
            .where(Event.case_id == of, Event.kind.in_(turned))
            .order_by(Event.id.desc())
            .limit(1)
        )

    merged = last_turn(case_id)
    if merged is None or merged.kind not in {EventKind.MERGED, EventKind.MERGED_ON}:
        return []
    own = session.scalar(
        select(Event)
        .where(Event.case_id == case_id, Event.kind == EventKind.MERGED)
        .order_by(Event.id.desc())
        .limit(1)
    )
    assert own is not None
    return sorted(
        each
        for each in own.data["along"]
        if (turn := last_turn(each))
        and turn.kind is EventKind.MERGED_ON
        and turn.recorded_at == own.recorded_at
    )
