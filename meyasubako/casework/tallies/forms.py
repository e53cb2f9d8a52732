"""The forms (様式) a desk prints: those every desk has, and those it made for itself, saved, changed and ended by its coordinators."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.casework.tallies.plans import validate
from meyasubako.casework.tallies.ready_made import ready_made
from meyasubako.casework.tallies.rows import heads_of, label_of
from meyasubako.core import dates, text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.tabulation import Reach, TablePlan, TallyForm
from meyasubako.core.tabulation.reading import as_plain, from_plain
from meyasubako.core.vocabulary import TIMES, AuditAction
from meyasubako.store.models import DeskRow, TallyFormRow

MOST_FORMS: Final = 100
_CODE: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_LONGEST_CODE: Final = 40
_OWN: Final = "own"


@dataclass(frozen=True, slots=True)
class KnownForm:
    """A form that can be chosen. What the desk made itself has a version, and who changed it last, when.

    `problem` says why a form can't be printed any more; it then has no tables.
    """

    form: TallyForm
    is_ready_made: bool
    version: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""
    ended_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LoadedForms:
    """What a file of forms did: how many are new, and how many are otherwise than before."""

    added: int
    changed: int


def forms_of(session: Session, applied: AppliedDesk, *, with_ended: bool = False) -> tuple[KnownForm, ...]:
    """The ready-made forms, then the desk's own in the order in which they were made."""
    wanted = select(TallyFormRow).where(TallyFormRow.desk_id == applied.id).order_by(TallyFormRow.id)
    if not with_ended:
        wanted = wanted.where(TallyFormRow.ended_at.is_(None))
    own = (_known(row) for row in session.scalars(wanted))
    return (*(KnownForm(form, is_ready_made=True) for form in ready_made(applied.desk)), *own)


def find_form(session: Session, applied: AppliedDesk, code: str) -> KnownForm:
    """A form by its code, ended ones too. Raises NotFound."""
    found = next((form for form in ready_made(applied.desk) if form.code == code), None)
    return KnownForm(found, is_ready_made=True) if found else _known(_row(session, applied.id, code))


def save_form(session: Session, applied: AppliedDesk, form: TallyForm, *, by: Actor, at: datetime) -> str:
    """Save a new form of the desk; returns its code, which is made up where it has none. Raises InvalidInput."""
    _may_edit(by, applied.id)
    _wait(session, applied.id)
    rows = _rows(session, applied.id)
    if len([row for row in rows if row.ended_at is None]) >= MOST_FORMS:
        raise InvalidInput(
            FieldError("title", f"保存できる様式は{MOST_FORMS}までです。使わないものをやめてください。")
        )
    checked = _checked(applied, rows, form)
    code = form.code or _new_code(rows)
    _check_code(applied.desk, rows, code)
    row = TallyFormRow(
        desk_id=applied.id,
        code=code,
        title=checked.title,
        definition=as_plain(checked),
        version=1,
        changed_at=at,
        changed_by=by.name,
    )
    session.add(row)
    session.flush()
    _note(session, row, "加えた", by=by, at=at)
    return code


def change_form(
    session: Session,
    applied: AppliedDesk,
    code: str,
    form: TallyForm,
    *,
    by: Actor,
    at: datetime,
    expected_version: int,
) -> bool:
    """Put a form in place of one of the desk's own; False when nothing is otherwise.

    Raises InvalidInput, NotFound for a ready-made one, and WrongState when somebody else changed or ended it meanwhile.
    """
    _may_edit(by, applied.id)
    _wait(session, applied.id)
    row = _current(session, applied.id, code, expected_version)
    others = [each for each in _rows(session, applied.id) if each.id != row.id]
    checked = _checked(applied, others, replace(form, code=code))
    definition = as_plain(checked)
    if definition == row.definition:
        return False
    changes = (
        *audit.from_to("表題", row.title, checked.title),
        *audit.from_to("表", _tables(row.definition), _tables(definition)),
    )
    row.title, row.definition = checked.title, definition
    _touch(row, by=by, at=at)
    session.flush()
    _note(session, row, "改めた", changes, by=by, at=at)
    return True


def end_form(
    session: Session, applied: AppliedDesk, code: str, *, by: Actor, at: datetime, expected_version: int
) -> None:
    """Offer a form no more; what was printed of it can be printed again. Raises NotFound, WrongState."""
    _may_edit(by, applied.id)
    _wait(session, applied.id)
    row = _current(session, applied.id, code, expected_version)
    row.ended_at = at
    _touch(row, by=by, at=at)
    session.flush()
    _note(session, row, "やめた", by=by, at=at)


def load_forms(
    session: Session, applied: AppliedDesk, forms: Sequence[TallyForm], *, by: Actor, at: datetime
) -> LoadedForms:
    """Take a file of forms into use; those it does not name stay. Raises InvalidInput, and WrongState for an ended one."""
    added = changed = 0
    for form in forms:
        row = next((each for each in _rows(session, applied.id) if each.code == form.code), None)
        try:
            if row is None:
                save_form(session, applied, form, by=by, at=at)
                added += 1
            else:
                changed += change_form(
                    session, applied, form.code, form, by=by, at=at, expected_version=row.version
                )
        except InvalidInput as refused:
            raise InvalidInput(
                *(FieldError(f"{form.code}.{each.field}", each.message) for each in refused.errors)
            ) from None
    return LoadedForms(added, changed)


def _checked(applied: AppliedDesk, beside: Sequence[TallyFormRow], form: TallyForm) -> TallyForm:
    """The form in clean text. Raises InvalidInput for what can't be printed, and for a title that is taken."""
    cleaned = replace(
        form,
        title=text.clean_line(form.title),
        tables=tuple(
            replace(plan, title=text.clean_line(plan.title), note=text.clean_text(plan.note))
            for plan in form.tables
        ),
    )
    errors: list[FieldError] = []
    try:
        validate(cleaned)
    except InvalidInput as refused:
        errors += refused.errors
    taken = {row.title for row in beside if row.ended_at is None}
    taken |= {each.title for each in ready_made(applied.desk)}
    if cleaned.title in taken:
        errors.append(
            FieldError("title", f"「{cleaned.title}」という様式がもうあります。別の表題にしてください。")
        )
    for place, plan in enumerate(cleaned.tables):
        errors += _strange_filters(applied.desk, place, plan)
    if errors:
        raise InvalidInput(*errors)
    return cleaned


def _strange_filters(desk: Desk, place: int, plan: TablePlan) -> Iterator[FieldError]:
    for dimension, codes in plan.filters:
        if dimension in TIMES:
            continue
        known = {head.code for head in heads_of(desk, dimension)}
        for code in codes:
            if code not in known:
                message = f"この窓口の{label_of(desk, dimension)}に「{code}」はありません。"
                yield FieldError(f"tables.{place}.filters", message)


def _check_code(desk: Desk, rows: Sequence[TallyFormRow], code: str) -> None:
    if not _CODE.fullmatch(code) or len(code) > _LONGEST_CODE:
        message = (
            f"様式の記号は、半角の英小文字と数字を - か _ でつないで、{_LONGEST_CODE}字までで書いてください。"
        )
        raise InvalidInput(FieldError("code", message))
    if code in {form.code for form in ready_made(desk)}:
        message = f"「{code}」は、はじめからある様式の記号です。別の記号にしてください。"
        raise InvalidInput(FieldError("code", message))
    if code in {row.code for row in rows}:
        raise InvalidInput(
            FieldError("code", f"「{code}」は、ほかの様式の記号です。別の記号にしてください。")
        )


def _new_code(rows: Sequence[TallyFormRow]) -> str:
    taken = {row.code for row in rows}
    number = 1
    while f"{_OWN}-{number}" in taken:
        number += 1
    return f"{_OWN}-{number}"


def _known(row: TallyFormRow) -> KnownForm:
    problem = ""
    try:
        form = from_plain(row.code, row.definition)
        validate(form)
    except InvalidInput as refused:
        form = TallyForm(row.code, row.title, Reach.MONTH, ())
        problem = f"この様式は、いまのままでは出せません。{refused.message}"
    return KnownForm(form, False, row.version, row.changed_at, row.changed_by, row.ended_at, problem)


def _current(session: Session, desk_id: int, code: str, expected_version: int) -> TallyFormRow:
    row = _row(session, desk_id, code)
    done = "やめました" if row.ended_at is not None else "改めました"
    if row.version != expected_version or row.ended_at is not None:
        when = dates.instant_text(row.changed_at)
        raise WrongState(f"この様式は、開いたあとに{row.changed_by}さんが{done}（{when}）。")
    return row


def _row(session: Session, desk_id: int, code: str) -> TallyFormRow:
    row = session.scalar(
        select(TallyFormRow).where(TallyFormRow.desk_id == desk_id, TallyFormRow.code == code)
    )
    if row is None:
        raise NotFound
    return row


def _rows(session: Session, desk_id: int) -> list[TallyFormRow]:
    return list(session.scalars(select(TallyFormRow).where(TallyFormRow.desk_id == desk_id)))


def _wait(session: Session, desk_id: int) -> None:
    """Titles and codes are compared with all others, so one at a time."""
    session.execute(select(DeskRow.id).where(DeskRow.id == desk_id).with_for_update())


def _may_edit(by: Actor, desk_id: int) -> None:
    if not by.may(Need.EDIT_TALLY_FORMS, desk_id):
        raise NotAllowed


def _touch(row: TallyFormRow, *, by: Actor, at: datetime) -> None:
    row.version += 1
    row.changed_at, row.changed_by = at, by.name


def _tables(definition: dict[str, object]) -> str:
    tables = definition["tables"]
    assert isinstance(tables, list), "as it was saved"
    return "、".join(str(table["title"]) for table in tables)


def _note(
    session: Session,
    row: TallyFormRow,
    what: str,
    changes: tuple[str, ...] = (),
    *,
    by: Actor,
    at: datetime,
) -> None:
    audit.record(
        session,
        AuditAction.TALLY_FORMS_KEPT,
        by=by,
        at=at,
        desk_id=row.desk_id,
        subject=f"{row.title}：{what}",
        changes=changes,
    )
