"""Bundling (同じ内容のまとめ): forty copies of one letter are answered once, while each is counted and each sender written to.

What is done with a bundle is done with each of its members; one of them can be taken out again.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle
from meyasubako.core.errors import WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import EventKind, Status
from meyasubako.store.models import Bundle, Case

BUNDLED_IN = frozenset(
    {
        Status.RECEIVED,
        Status.TRIAGED,
        Status.OFFERED,
        Status.IN_PROGRESS,
        Status.WAITING,
        Status.ANSWERED,
    }
)
"""Statuses in which a case can join a bundle: it is still to be answered or closed."""

MOST = 300


def bundle(session: Session, desk_id: int, case_ids: Iterable[int], *, by: Actor, at: datetime) -> int:
    """Put cases of a desk into one bundle; those that are in one already bring it along. Returns the bundle.

    Raises WrongState when one cannot join, or they belong to two bundles.
    """
    opened = cases.open_together(session, case_ids, Need.JOIN, by=by)
    if len(opened) < 2 and not any(case.bundle_id for case in opened.values()):
        raise WrongState("2件以上を選んでください。")
    for case in opened.values():
        if why := obstacle(case, desk_id):
            raise WrongState(f"{cases.number_of(session, case)}：{why}")
    standing = {case.bundle_id for case in opened.values() if case.bundle_id is not None}
    if len(standing) > 1:
        raise WrongState("別々のまとめに入っている案件があります。先に、片方のまとめから外してください。")
    bundle_id = standing.pop() if standing else _begin(session, desk_id, by=by, at=at)
    joining = [case for case in opened.values() if case.bundle_id is None]
    if len(_members(session, bundle_id)) + len(joining) > MOST:
        raise WrongState(f"1つのまとめに入れられるのは{MOST}件までです。")
    for case in joining:
        lifecycle.record(session, case, EventKind.BUNDLED, by=by, at=at, bundle_id=bundle_id)
    return bundle_id


def take_out(
    session: Session, case_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """Take a case out of its bundle; a bundle of one is none any more."""
    bundle_id = session.scalar(
        cases.visible_cases(by).where(Case.id == case_id).with_only_columns(Case.bundle_id)
    )
    members = _members(session, bundle_id) if bundle_id else []
    opened = cases.open_together(session, {case_id, *members}, Need.JOIN, by=by)
    case = opened[case_id]
    cases.check_version(session, case, expected_version)
    if bundle_id is None or case.bundle_id != bundle_id:
        raise WrongState("この案件は、同じ内容のまとめに入っていません。")
    lifecycle.record(session, case, EventKind.UNBUNDLED, by=by, at=at, bundle_id=None)
    end_if_alone(session, bundle_id, by=by, at=at)


def end_if_alone(session: Session, bundle_id: int, *, by: Actor, at: datetime) -> None:
    """Take the last one out of a bundle that has no other member."""
    left = session.scalars(select(Case).where(Case.bundle_id == bundle_id).with_for_update()).all()
    if len(left) == 1:
        lifecycle.record(session, left[0], EventKind.UNBUNDLED, by=by, at=at, bundle_id=None)


def obstacle(case: Case, desk_id: int) -> str:
    """Why a case cannot join a bundle of a desk; "" when it can."""
    if case.desk_id != desk_id:
        return "ほかの窓口の案件です。"
    return "" if case.status in BUNDLED_IN else f"「{case.status.label}」の案件は、まとめに入れられません。"


def _begin(session: Session, desk_id: int, *, by: Actor, at: datetime) -> int:
    row = Bundle(desk_id=desk_id, bundled_at=at, bundled_by_id=by.id)
    session.add(row)
    session.flush()
    return row.id


def _members(session: Session, bundle_id: int) -> list[int]:
    return list(session.scalars(select(Case.id).where(Case.bundle_id == bundle_id)))
