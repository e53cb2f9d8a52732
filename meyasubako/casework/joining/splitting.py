"""Splitting (ことがらを分ける): one case becomes two or more, each with its part of the text; and putting them together again.

The receipt stays one (件数); each further matter is counted (項目数) from the month in which it was received.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, pausing
from meyasubako.casework.joining.merging import has_living_offer, merge_into
from meyasubako.core import dividing, text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.dividing import Matter, Values
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.matters import MOST, Span
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import CaseKind, EventKind, Status
from meyasubako.store.models import Case, CaseSplit, CaseSplitPart, Receipt

SPLITTABLE = frozenset(
    {
        Status.RECEIVED,
        Status.TRIAGED,
        Status.OFFERED,
        Status.IN_PROGRESS,
        Status.WAITING,
        Status.ANSWERED,
    }
)
"""Statuses in which a further matter can still be found in a text."""


@dataclass(frozen=True, slots=True)
class Divisible:
    """A case as the pages that divide it show it."""

    desk_id: int
    version: int
    number: str
    title: str
    body: str
    kind: CaseKind
    purpose: str | None
    topics: tuple[str, ...]


def divisible(session: Session, case_id: int, *, by: Actor) -> Divisible:
    """The text to be divided. Raises NotFound, or WrongState when the case has ended."""
    case = session.scalar(cases.visible_cases(by).where(Case.id == case_id))
    if case is None:
        raise NotFound
    if not by.may(Need.JOIN, case.desk_id):
        raise NotAllowed
    _check(case)
    receipt = session.get_one(Receipt, case.receipt_id)
    return Divisible(
        desk_id=case.desk_id,
        version=case.version,
        number=cases.case_number(receipt.number, case.ordinal),
        title=case.title,
        body=_span(case, receipt).of(receipt.body),
        kind=case.kind,
        purpose=case.purpose,
        topics=cases.topics_of(session, case.id),
    )


def divide(desk: Desk, found: Divisible, values: Values) -> tuple[Matter, ...]:
    """The matters a case is divided into by a form. Raises InvalidInput."""
    return dividing.divide(desk, found.body, found.kind, values)


def split(
    session: Session,
    applied: AppliedDesk,
    case_id: int,
    matters: Sequence[Matter],
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> tuple[int, ...]:
    """Divide a case: the first matter stays with it, each further one becomes a case that is to be triaged.

    Spans count from the beginning of the case's own part of the text. Returns the new cases. Raises InvalidInput when
    they do not fit the text, WrongState.
    """
    case = cases.open_case(session, case_id, Need.JOIN, by=by, expected_version=expected_version)
    if case.desk_id != applied.id:
        raise NotFound
    _check(case)
    receipt = session.get_one(Receipt, case.receipt_id)
    whole = _span(case, receipt)
    if len(matters) < 2 or not _covers(whole.of(receipt.body), matters):
        raise InvalidInput(
            FieldError(dividing.BEGINS, "ことがらの分け方が、本文と合いません。分け直してください。")
        )
    ordinal = cases.next_ordinal(session, case.receipt_id)
    if ordinal + len(matters) - 2 > MOST:
        raise InvalidInput(FieldError(dividing.BEGINS, f"1通のことがらは{MOST}までです。"))
    before = CaseSplit(
        case_id=case.id,
        title=case.title,
        body=case.body,
        span_start=case.span_start,
        span_end=case.span_end,
        split_at=at,
    )
    session.add(before)
    session.flush()
    own, *further = [_moved(each, whole.start) for each in matters]
    names = [cases.case_number(receipt.number, ordinal + n) for n in range(len(further))]
    _set_text(session, case, own.title, _body(receipt, own.span), own.span, EventKind.SPLIT, names, by, at)
    new_ids = [
        _raise(session, case, receipt, matter, ordinal + n, by=by, at=at) for n, matter in enumerate(further)
    ]
    session.add_all(CaseSplitPart(split_id=before.id, case_id=new_id) for new_id in new_ids)
    session.flush()
    return tuple(new_ids)


def unsplit(
    session: Session, case_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """Put a case together again as it was before it was divided last; what came of it is merged back into it.

    Nothing that happened to the parts is lost: they keep their events, notes and files. Raises WrongState when a part
    was answered, ended or divided meanwhile.
    """
    part_ids = _parts(session, case_id)
    along = session.scalars(select(Case.id).where(Case.merged_into_id.in_(part_ids))).all()
    opened = cases.open_together(session, {case_id, *part_ids, *along}, Need.JOIN, by=by)
    case, parts = opened[case_id], [opened[each] for each in part_ids]
    cases.check_version(session, case, expected_version)
    row = _last_split(session, case.id)
    if row is None or _parts(session, case_id) != part_ids:
        raise WrongState("この案件は分けられていないか、もう元に戻されています。")
    _check(case)
    numbers = [cases.number_of(session, part) for part in parts]
    for part, number in zip(parts, numbers, strict=True):
        if _last_split(session, part.id) is not None:
            raise WrongState(f"{number}がさらに分けられています。先にそちらを元に戻してください。")
        if not lifecycle.can_move(part, Status.MERGED) or part.bundle_id is not None:
            raise WrongState(f"{number}が「{part.status.label}」か、まとめに入っているため、元に戻せません。")
        if has_living_offer(session, part):
            raise WrongState(f"{number}に、引き受けた人や打診中の人がいるため、元に戻せません。")
        merge_into(session, part, case, by=by, at=at)
    row.undone_at = at
    span = None
    if row.span_start is not None and row.span_end is not None:
        span = Span(row.span_start, row.span_end)
    _set_text(session, case, row.title, row.body, span, EventKind.UNSPLIT, numbers, by, at)


def can_unsplit(session: Session, case: Case) -> bool:
    """Whether the case was divided and the parts could be put together again."""
    if case.status not in SPLITTABLE or _last_split(session, case.id) is None:
        return False
    rows = session.scalars(select(Case).where(Case.id.in_(_parts(session, case.id)))).all()
    return all(
        lifecycle.can_move(part, Status.MERGED)
        and part.bundle_id is None
        and not has_living_offer(session, part)
        for part in rows
    )


def _check(case: Case) -> None:
    if case.status not in SPLITTABLE:
        raise WrongState(f"「{case.status.label}」の案件は、ことがらを分けられません。")


def _span(case: Case, receipt: Receipt) -> Span:
    if case.span_start is None or case.span_end is None:
        return Span(0, len(receipt.body))
    return Span(case.span_start, case.span_end)


def _moved(matter: Matter, by: int) -> Matter:
    span = Span(matter.span.start + by, matter.span.end + by)
    return Matter(span, matter.title, matter.kind, matter.purpose, matter.topics)


def _covers(body: str, matters: Sequence[Matter]) -> bool:
    ends = [0, *(each.span.end for each in matters)]
    return (
        [each.span.start for each in matters] == ends[:-1]
        and ends[-1] == len(body)
        and all(text.clean_text(each.span.of(body)) for each in matters)
    )


def _body(receipt: Receipt, span: Span) -> str:
    return text.clean_text(span.of(receipt.body))


def _set_text(
    session: Session,
    case: Case,
    title: str,
    body: str,
    span: Span | None,
    event: EventKind,
    numbers: list[str],
    by: Actor,
    at: datetime,
) -> None:
    lifecycle.record(
        session,
        case,
        event,
        by=by,
        at=at,
        data={"numbers": numbers},
        title=title,
        body=body,
        likeness=text.likeness(body),
        span_start=span.start if span else None,
        span_end=span.end if span else None,
    )


def _raise(
    session: Session, case: Case, receipt: Receipt, matter: Matter, ordinal: int, *, by: Actor, at: datetime
) -> int:
    """A further matter of the receipt. What was decided about the whole is where its triage starts."""
    names = cases.ReceiptDetails.__dataclass_fields__
    as_received = {name: getattr(receipt, name) for name in names}
    own: dict[str, Any] = {
        "kind": matter.kind,
        "purpose": matter.purpose,
        "topics": matter.topics or cases.topics_of(session, case.id),
        "title": matter.title,
        "body": _body(receipt, matter.span),
        "recorded_at": at,
    }
    new_id = cases.add_case(
        session,
        receipt.id,
        cases.ReceiptDetails(**{**as_received, **own}),
        ordinal=ordinal,
        status=Status.RECEIVED,
        due_on=pausing.due_by_now(session, case, at=at),
        span=matter.span,
    )
    new = session.get_one(Case, new_id)
    names = ("division_code", "division_label", "assignee_id", "priority")
    decided = {name: getattr(case, name) for name in names}
    cases.change(new, at=at, **decided)
    session.flush()
    lifecycle.begin(
        session,
        new_id,
        Status.RECEIVED,
        counted=lifecycle.facts(session, new),
        with_receipt=False,
        received_at=receipt.received_at,
        by=by,
        at=at,
    )
    data = {"numbers": [cases.case_number(receipt.number, case.ordinal)]}
    lifecycle.record(session, new, EventKind.SPLIT_OFF, by=by, at=at, data=data)
    return new_id


def _last_split(session: Session, case_id: int) -> CaseSplit | None:
    return session.scalar(
        select(CaseSplit)
        .where(CaseSplit.case_id == case_id, CaseSplit.undone_at.is_(None))
        .order_by(CaseSplit.id.desc())
        .limit(1)
    )


def _parts(session: Session, case_id: int) -> list[int]:
    """The cases that came of dividing this one last."""
    last = _last_split(session, case_id)
    if last is None:
        return []
    of_last = select(CaseSplitPart.case_id).where(CaseSplitPart.split_id == last.id)
    return list(session.scalars(of_last.order_by(CaseSplitPart.case_id)))
