"""The ledger of referrals (引継ぎの台帳): one of them, and the list of a desk with its filter and its table file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import audit, cases
from meyasubako.core import sheets
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction, ConsentWay, ReferralState
from meyasubako.store.models import Case, Receipt, Referral

PAGE_SIZE = 50
OPEN = (ReferralState.ASKED, ReferralState.ACCEPTED)
"""States in which something is still to come from the other office."""

COLUMNS = (
    "受付番号",
    "引継ぎ先",
    "状態",
    "依頼した日",
    "依頼した人",
    "本人の同意",
    "同意を得た日",
    "同意を得た方法",
    "連絡先を渡したか",
    "返事の日",
    "返事の内容",
    "結果の日",
    "結果",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: `state` None is what is still open, `every` leaves nothing out."""

    state: ReferralState | None = None
    every: bool = False
    office: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One referral of the ledger. `consented_on` is None where there is no consent."""

    id: int
    case_id: int
    number: str
    office: str
    state: ReferralState
    consented_on: date | None
    consent_way: ConsentWay | None
    passes_contact: bool
    asked_at: datetime
    asked_by: str
    answered_at: datetime | None
    note: str
    ended_at: datetime | None
    result: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the ledger, the latest asked first, with the offices there are to choose from."""

    rows: tuple[Listed, ...]
    total: int
    pages: int
    offices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One referral. `passed` is None for those who may not see contact data."""

    listed: Listed
    desk_id: int
    title: str
    passed: str | None
    may_note: bool


def listing(session: Session, actor: Actor, desk_id: int, wanted: Wanted) -> Listing:
    """The referrals of a desk."""
    found = _matching(actor, desk_id, wanted)
    total = session.scalar(found.with_only_columns(func.count(Referral.id)).order_by(None)) or 0
    rows = session.execute(found.limit(PAGE_SIZE).offset((wanted.page - 1) * PAGE_SIZE))
    offices = session.scalars(
        select(Referral.office_label)
        .where(Referral.desk_id == desk_id)
        .distinct()
        .order_by(Referral.office_label)
    )
    return Listing(
        rows=tuple(map(_listed, rows)),
        total=total,
        pages=max(1, -(-total // PAGE_SIZE)),
        offices=tuple(offices),
    )


def case_of(session: Session, actor: Actor, referral_id: int) -> tuple[int, int]:
    """The case and the desk of a referral one may see. Raises NotFound."""
    found = session.execute(
        cases.visible_cases(actor)
        .join(Referral, Referral.case_id == Case.id)
        .where(Referral.id == referral_id)
        .with_only_columns(Case.id, Case.desk_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    case_id, desk_id = found
    return case_id, desk_id


def view(session: Session, actor: Actor, referral_id: int) -> ReferralView:
    """One referral. Raises NotFound."""
    _, desk_id = case_of(session, actor, referral_id)
    row = session.execute(_referrals(actor, desk_id).where(Referral.id == referral_id)).one()
    return ReferralView(
        listed=_listed(row),
        desk_id=desk_id,
        title=row.title,
        passed=row.Referral.passed if actor.may(Need.VIEW_CONTACT, desk_id) else None,
        may_note=actor.may(Need.REFER, desk_id),
    )


def take_along(session: Session, desk_id: int, wanted: Wanted, *, by: Actor, at: datetime) -> str:
    """The whole list for a spreadsheet, as CSV; that it was taken along is recorded. Raises NotAllowed."""
    if not by.may(Need.EXPORT, desk_id):
        raise NotAllowed
    rows = [tuple(_line(_listed(row))) for row in session.execute(_matching(by, desk_id, wanted))]
    subject = f"引継ぎの台帳 {len(rows):,}件"
    audit.record(session, AuditAction.EXPORTED, by=by, at=at, desk_id=desk_id, subject=subject)
    return sheets.BOM + sheets.csv_lines([COLUMNS, *rows])


def _matching(actor: Actor, desk_id: int, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    found = _referrals(actor, desk_id)
    if wanted.state is not None:
        found = found.where(Referral.state == wanted.state)
    elif not wanted.every:
        found = found.where(Referral.state.in_(OPEN))
    if wanted.office:
        found = found.where(Referral.office_label == wanted.office)
    return found.order_by(Referral.id.desc())


def _referrals(actor: Actor, desk_id: int) -> Select[*tuple[Any, ...]]:
    return (
        cases.visible_cases(actor)
        .join(Referral, Referral.case_id == Case.id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(Case.desk_id == desk_id)
        .with_only_columns(Referral, Case.ordinal, Case.title, Receipt.number)
    )


def _listed(row: Any) -> Listed:
    referral: Referral = row.Referral
    return Listed(
        id=referral.id,
        case_id=referral.case_id,
        number=cases.case_number(row.number, row.ordinal),
        office=referral.office_label,
        state=referral.state,
        consented_on=referral.consented_on,
        consent_way=referral.consent_way,
        passes_contact=referral.passes_contact,
        asked_at=referral.asked_at,
        asked_by=referral.author_name,
        answered_at=referral.answered_at,
        note=referral.note,
        ended_at=referral.ended_at,
        result=referral.result,
    )


def _line(row: Listed) -> Iterator[str]:
    def day(instant: datetime | None) -> str:
        return japan_day(instant).isoformat() if instant else ""

    yield from (row.number, row.office, row.state.label, day(row.asked_at), row.asked_by)
    yield "あり" if row.consented_on else "なし"
    yield row.consented_on.isoformat() if row.consented_on else ""
    yield row.consent_way.label if row.consent_way else ""
    yield "渡した" if row.passes_contact else "渡していない"
    yield from (day(row.answered_at), row.note, day(row.ended_at), row.result)
