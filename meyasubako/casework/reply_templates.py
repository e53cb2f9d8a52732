"""Reply templates (定型文): the texts a desk begins its answers with, and filling them in from a case.

The desk file brings some to start with; from then on they belong to the desk, which adds, words, orders and retires them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import audit, cases
from meyasubako.core import dates, reply_fields, text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction
from meyasubako.store.models import Case, Receipt, ReplyTemplate, Requester

LONGEST_LABEL: Final = 60
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Template:
    """One template as it stands, with who worded it last."""

    id: int
    label: str
    body: str
    is_retired: bool
    changed_at: datetime
    changed_by: str
    version: int


def every(session: Session, desk_id: int) -> tuple[Template, ...]:
    """All templates of a desk in their order, retired ones last."""
    rows = session.scalars(
        select(ReplyTemplate)
        .where(ReplyTemplate.desk_id == desk_id)
        .order_by(ReplyTemplate.retired_at.is_not(None), ReplyTemplate.position, ReplyTemplate.id)
    )
    return tuple(_template(row) for row in rows)


_OFFERED: Final = (
    select(ReplyTemplate.id, ReplyTemplate.label)
    .where(ReplyTemplate.desk_id == bindparam("desk"), ReplyTemplate.retired_at.is_(None))
    .order_by(ReplyTemplate.position, ReplyTemplate.id)
)


def offered(session: Session, desk_id: int) -> list[tuple[int, str]]:
    """The templates an answer can begin with, in their order: number and name."""
    return [(row.id, row.label) for row in session.execute(_OFFERED, {"desk": desk_id})]


def get(session: Session, desk_id: int, template_id: int) -> Template:
    """One template of a desk. Raises NotFound."""
    return _template(_open(session, desk_id, template_id))


def adopt(session: Session, applied: AppliedDesk, *, at: datetime) -> int:
    """Take over the templates of a desk file that the desk never had; returns how many.

    What the desk worded anew or retired since is left as it is.
    """
    held = set(
        session.scalars(
            select(ReplyTemplate.code).where(
                ReplyTemplate.desk_id == applied.id, ReplyTemplate.code.is_not(None)
            )
        )
    )
    fresh = [each for each in applied.desk.reply_templates if each.code not in held]
    first = _next_position(session, applied.id)
    for position, each in enumerate(fresh, start=first):
        session.add(
            ReplyTemplate(
                desk_id=applied.id,
                code=each.code,
                label=each.label,
                body=each.text,
                position=position,
                changed_at=at,
                changed_by="窓口の定義ファイル",
                version=1,
            )
        )
    session.flush()
    return len(fresh)


def add(session: Session, desk_id: int, label: str, body: str, *, by: Actor, at: datetime) -> int:
    """Add a template at the end; returns its number. Raises InvalidInput, also for a name that is taken."""
    _may_edit(by, desk_id)
    written = _check(session, desk_id, None, label, body)
    if len(every(session, desk_id)) >= MOST:
        raise InvalidInput(FieldError("label", f"定型文は{MOST}個までです。"))
    row = ReplyTemplate(
        desk_id=desk_id,
        label=written[0],
        body=written[1],
        position=_next_position(session, desk_id),
        changed_at=at,
        changed_by=by.name,
        version=1,
    )
    session.add(row)
    session.flush()
    _note(session, row, "加えた", by=by, at=at)
    return row.id


def change(
    session: Session,
    desk_id: int,
    template_id: int,
    label: str,
    body: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int,
) -> None:
    """Word a template anew. Raises WrongState when somebody else did meanwhile."""
    _may_edit(by, desk_id)
    row = _open(session, desk_id, template_id, is_locked=True)
    if row.version != expected_version:
        when = dates.instant_text(row.changed_at)
        raise WrongState(f"この定型文は、開いたあとに{row.changed_by}さんが改めました（{when}）。")
    was_label, was_body = row.label, row.body
    row.label, row.body = _check(session, desk_id, template_id, label, body)
    _touch(row, by=by, at=at)
    session.flush()
    changes = (*audit.from_to("名前", was_label, row.label), *audit.from_to("文", was_body, row.body))
    _note(session, row, "直した", changes, by=by, at=at)


def retire(session: Session, desk_id: int, template_id: int, *, by: Actor, at: datetime) -> None:
    """Offer a template no longer; retired twice, it stays as it is."""
    _may_edit(by, desk_id)
    row = _open(session, desk_id, template_id, is_locked=True)
    if row.retired_at is None:
        row.retired_at = at
        _touch(row, by=by, at=at)
        session.flush()
        _note(session, row, "使わないことにした", by=by, at=at)


def bring_back(session: Session, desk_id: int, template_id: int, *, by: Actor, at: datetime) -> None:
    """Offer a retired template again, at the end. Raises WrongState when its name is taken meanwhile."""
    _may_edit(by, desk_id)
    row = _open(session, desk_id, template_id, is_locked=True)
    if row.retired_at is not None:
        if row.label in {label for _, label in offered(session, desk_id)}:
            raise WrongState(f"「{row.label}」という定型文が、いまあります。どちらかの名前を変えてください。")
        row.retired_at = None
        row.position = _next_position(session, desk_id)
        _touch(row, by=by, at=at)
        session.flush()
        _note(session, row, "また使うことにした", by=by, at=at)


def move(session: Session, desk_id: int, template_id: int, step: int, *, by: Actor, at: datetime) -> None:
    """Let a template change places with the one before (step -1) or after it (1); at either end nothing happens."""
    _may_edit(by, desk_id)
    rows = list(
        session.scalars(
            select(ReplyTemplate)
            .where(ReplyTemplate.desk_id == desk_id, ReplyTemplate.retired_at.is_(None))
            .order_by(ReplyTemplate.position, ReplyTemplate.id)
            .with_for_update()
        )
    )
    place = next((place for place, row in enumerate(rows) if row.id == template_id), None)
    if place is None:
        raise NotFound
    if 0 <= place + step < len(rows):
        rows.insert(place + step, rows.pop(place))
        for position, row in enumerate(rows, start=1):
            row.position = position
        session.flush()
        _note(session, rows[place + step], "並べ替えた", by=by, at=at)


def fill(
    session: Session, actor: Actor, applied: AppliedDesk, case_id: int, template_id: int, *, at: datetime
) -> str:
    """A template filled in for a case; what is not known stays in its braces. Raises NotFound, NotAllowed."""
    found = session.execute(
        cases.visible_cases(actor)
        .add_columns(Receipt, Requester)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Case.id == case_id, Case.desk_id == applied.id)
    ).one_or_none()
    if found is None:
        raise NotFound
    if not actor.may(Need.REPLY, applied.id):
        raise NotAllowed
    case, receipt, requester = found
    row = session.get(ReplyTemplate, template_id)
    if row is None or row.desk_id != applied.id or row.retired_at is not None:
        raise InvalidInput(FieldError("template", "定型文を、一覧の中から選んでください。"))
    desk = applied.desk
    values = {
        **_of_desk(desk),
        "相手の名前": requester.name or requester.organisation or str(desk.tally_labels.requesters),
        "受付番号": cases.case_number(receipt.number, case.ordinal),
        "件名": case.title,
        "受付日": dates.wareki(dates.japan_day(receipt.received_at)),
        "担当課": case.division_label,
        "担当者": actor.name,
        "期限": dates.wareki(case.due_on) if case.due_on else "",
        "今日": dates.wareki(dates.japan_day(at)),
    }
    return reply_fields.filled(row.body, values)


def _of_desk(desk: Desk) -> dict[str, str]:
    return {
        "窓口名": str(desk.name),
        "担当部署": str(desk.office),
        "電話": desk.phone or "",
        "メール": desk.email or "",
    }


def _check(session: Session, desk_id: int, template_id: int | None, label: str, body: str) -> tuple[str, str]:
    """Name and text as they are kept. Raises InvalidInput with everything there is to mend."""
    errors: list[FieldError] = []
    name, written = text.clean_line(label), ""
    if not name:
        errors.append(FieldError("label", "名前を書いてください。"))
    elif text.length(name) > LONGEST_LABEL:
        errors.append(FieldError("label", f"名前は{LONGEST_LABEL}字までです。"))
    else:
        same = select(ReplyTemplate.id).where(
            ReplyTemplate.desk_id == desk_id, ReplyTemplate.label == name, ReplyTemplate.retired_at.is_(None)
        )
        if session.scalar(same.where(ReplyTemplate.id != (template_id or 0)).limit(1)) is not None:
            errors.append(FieldError("label", f"「{name}」という定型文は、もうあります。"))
    try:
        written = text.needed(body, field="body", message="文を書いてください。")
    except InvalidInput as refused:
        errors += refused.errors
    errors += [FieldError("body", mistake) for mistake in reply_fields.mistakes_in(written)]
    if errors:
        raise InvalidInput(*errors)
    return name, written


def _may_edit(by: Actor, desk_id: int) -> None:
    if not by.may(Need.EDIT_TEMPLATES, desk_id):
        raise NotAllowed


def _open(session: Session, desk_id: int, template_id: int, *, is_locked: bool = False) -> ReplyTemplate:
    row = session.get(ReplyTemplate, template_id, with_for_update=is_locked or None)
    if row is None or row.desk_id != desk_id:
        raise NotFound
    return row


def _touch(row: ReplyTemplate, *, by: Actor, at: datetime) -> None:
    row.changed_at, row.changed_by = at, by.name
    row.version += 1


def _note(
    session: Session, row: ReplyTemplate, what: str, changes: tuple[str, ...] = (), *, by: Actor, at: datetime
) -> None:
    audit.record(
        session,
        AuditAction.TEMPLATES_KEPT,
        by=by,
        at=at,
        desk_id=row.desk_id,
        subject=f"{row.label}：{what}",
        changes=changes,
    )


def _next_position(session: Session, desk_id: int) -> int:
    last = session.scalar(select(func.max(ReplyTemplate.position)).where(ReplyTemplate.desk_id == desk_id))
    return (last or 0) + 1


def _template(row: ReplyTemplate) -> Template:
    return Template(
        id=row.id,
        label=row.label,
        body=row.body,
        is_retired=row.retired_at is not None,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
    )
