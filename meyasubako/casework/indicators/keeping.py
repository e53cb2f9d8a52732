"""Keeping indicators: every change is a new version beside the ones before, with who made it and when."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.core import dates
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.indicators import Definition, Value, Yearly
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction
from meyasubako.store.models import DeskRow, Indicator, IndicatorDefinition, IndicatorYear

MOST: Final = 200
T = TypeVar("T", Definition, Yearly)


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote a version, and when."""

    version: int
    at: datetime
    by: str


def add(
    session: Session,
    desk_id: int,
    definition: Definition,
    *,
    by: Actor,
    at: datetime,
    code: str = "",
    is_noted: bool = True,
) -> int:
    """Add an indicator at the end; returns its number. Raises InvalidInput for a name that stands under its heading.

    Whoever makes many changes at once notes them together, and says `is_noted=False` here and below.
    """
    _may_edit(by, desk_id)
    # One at a time, so that two people adding at once get different places.
    session.execute(select(DeskRow.id).where(DeskRow.id == desk_id).with_for_update())
    _check_name(session, desk_id, None, definition)
    number, last = session.execute(
        select(func.count(), func.coalesce(func.max(Indicator.position), 0)).where(
            Indicator.desk_id == desk_id
        )
    ).one()
    if number >= MOST:
        raise InvalidInput(FieldError("label", f"指標は{MOST}個までです。"))
    row = Indicator(desk_id=desk_id, code=code or f"new-{last + 1}", position=last + 1, retired_at=None)
    session.add(row)
    session.flush()
    if not code:
        row.code = f"indicator-{row.id}"
    _write_definition(session, row.id, 1, definition, by=by, at=at)
    if is_noted:
        _note(session, desk_id, definition.label, "加えた", by=by, at=at)
    return row.id


def change(
    session: Session,
    desk_id: int,
    indicator_id: int,
    definition: Definition,
    *,
    by: Actor,
    at: datetime,
    expected_version: int,
    is_noted: bool = True,
) -> bool:
    """Say anew what an indicator is; whether anything changed. Raises WrongState when somebody else did meanwhile."""
    _may_edit(by, desk_id)
    _locked(session, desk_id, indicator_id)
    standing = _newest_definition(session, indicator_id)
    if standing.version != expected_version:
        when = dates.instant_text(standing.made_at)
        raise WrongState(f"この指標は、開いたあとに{standing.made_by}さんが改めました（{when}）。")
    before = read_row(standing, Definition)
    if before == definition:
        return False
    _check_name(session, desk_id, indicator_id, definition)
    _write_definition(session, indicator_id, standing.version + 1, definition, by=by, at=at)
    changes = (
        *audit.from_to("名前", before.label, definition.label),
        *audit.from_to("単位", before.unit, definition.unit),
        *audit.from_to("基準値", before.baseline_text, definition.baseline_text),
    )
    if is_noted:
        _note(session, desk_id, definition.label, "直した", changes, by=by, at=at)
    return True


def put_year(
    session: Session,
    desk_id: int,
    indicator_id: int,
    year: int,
    yearly: Yearly,
    *,
    by: Actor,
    at: datetime,
    expected_version: int,
    is_noted: bool = True,
) -> bool:
    """Say target, actual and comment of a fiscal year; whether anything changed.

    `expected_version` is the one that was shown, 0 for a year of which nothing was said. Raises WrongState when
    somebody else changed it meanwhile.
    """
    _may_edit(by, desk_id)
    _locked(session, desk_id, indicator_id)
    standing = _newest_year(session, indicator_id, year)
    if (standing.version if standing else 0) != expected_version:
        said = (
            f"{standing.made_by}さんが改めました（{dates.instant_text(standing.made_at)}）"
            if standing
            else ""
        )
        raise WrongState(f"{dates.fiscal_year_text(year)}の目標と実績は、開いたあとに{said}。")
    before = read_row(standing, Yearly) if standing else Yearly()
    if before == yearly:
        return False
    session.add(
        IndicatorYear(
            indicator_id=indicator_id,
            fiscal_year=year,
            version=expected_version + 1,
            made_at=at,
            made_by=by.name,
            **{each.name: getattr(yearly, each.name) for each in fields(Yearly)},
        )
    )
    session.flush()
    if is_noted:
        unit = _newest_definition(session, indicator_id)
        changes = (
            *audit.from_to("目標", _shown(before.target_value, unit), _shown(yearly.target_value, unit)),
            *audit.from_to("実績", _shown(before.actual_value, unit), _shown(yearly.actual_value, unit)),
        )
        _note(session, desk_id, unit.label, f"{dates.fiscal_year_text(year)}を改めた", changes, by=by, at=at)
    return True


def retire(session: Session, desk_id: int, indicator_id: int, *, by: Actor, at: datetime) -> None:
    """Go on without an indicator; what was said of past years stays. Retired twice, it stays as it is."""
    _may_edit(by, desk_id)
    row = _locked(session, desk_id, indicator_id)
    if row.retired_at is None:
        row.retired_at = at
        session.flush()
        label = _newest_definition(session, indicator_id).label
        _note(session, desk_id, label, "使わないことにした", by=by, at=at)


def bring_back(session: Session, desk_id: int, indicator_id: int, *, by: Actor, at: datetime) -> None:
    """Use a retired indicator again. Raises InvalidInput when another has its name meanwhile."""
    _may_edit(by, desk_id)
    row = _locked(session, desk_id, indicator_id)
    if row.retired_at is not None:
        definition = read_row(_newest_definition(session, indicator_id), Definition)
        _check_name(session, desk_id, indicator_id, definition)
        row.retired_at = None
        session.flush()
        _note(session, desk_id, definition.label, "また使うことにした", by=by, at=at)


def read_row(row: Any, kind: type[T]) -> T:
    """What a row says, without who wrote it."""
    return kind(**{each.name: getattr(row, each.name) for each in fields(kind)})


def written(row: IndicatorDefinition | IndicatorYear) -> Written:
    """Who wrote a row."""
    return Written(row.version, row.made_at, row.made_by)


def _may_edit(by: Actor, desk_id: int) -> None:
    if not by.may(Need.EDIT_INDICATORS, desk_id):
        raise NotAllowed


def _locked(session: Session, desk_id: int, indicator_id: int) -> Indicator:
    row = session.get(Indicator, indicator_id, with_for_update=True)
    if row is None or row.desk_id != desk_id:
        raise NotFound
    return row


def _newest_definition(session: Session, indicator_id: int) -> IndicatorDefinition:
    return session.scalars(
        select(IndicatorDefinition)
        .where(IndicatorDefinition.indicator_id == indicator_id)
        .order_by(IndicatorDefinition.version.desc())
        .limit(1)
    ).one()


def _newest_year(session: Session, indicator_id: int, year: int) -> IndicatorYear | None:
    return session.scalars(
        select(IndicatorYear)
        .where(IndicatorYear.indicator_id == indicator_id, IndicatorYear.fiscal_year == year)
        .order_by(IndicatorYear.version.desc())
        .limit(1)
    ).one_or_none()


def _write_definition(
    session: Session, indicator_id: int, version: int, definition: Definition, *, by: Actor, at: datetime
) -> None:
    session.add(
        IndicatorDefinition(
            indicator_id=indicator_id,
            version=version,
            made_at=at,
            made_by=by.name,
            **{each.name: getattr(definition, each.name) for each in fields(Definition)},
        )
    )
    session.flush()


def _check_name(session: Session, desk_id: int, indicator_id: int | None, definition: Definition) -> None:
    """Two indicators of one heading that people could not tell apart are refused."""
    newest = (
        select(IndicatorDefinition.indicator_id, func.max(IndicatorDefinition.version).label("version"))
        .group_by(IndicatorDefinition.indicator_id)
        .subquery()
    )
    same = (
        select(Indicator.id)
        .join(newest, newest.c.indicator_id == Indicator.id)
        .join(
            IndicatorDefinition,
            (IndicatorDefinition.indicator_id == Indicator.id)
            & (IndicatorDefinition.version == newest.c.version),
        )
        .where(
            Indicator.desk_id == desk_id,
            Indicator.retired_at.is_(None),
            Indicator.id != (indicator_id or 0),
            IndicatorDefinition.label == definition.label,
            IndicatorDefinition.heading == definition.heading,
        )
    )
    if session.scalar(same.limit(1)) is not None:
        raise InvalidInput(
            FieldError("label", f"「{definition.label}」という指標は、このまとまりにもうあります。")
        )


def _shown(value: Value | None, of: IndicatorDefinition) -> str:
    return value.shown(of.unit) if value else ""


def _note(
    session: Session,
    desk_id: int,
    label: str,
    what: str,
    changes: tuple[str, ...] = (),
    *,
    by: Actor,
    at: datetime,
) -> None:
    audit.record(
        session,
        AuditAction.INDICATORS_KEPT,
        by=by,
        at=at,
        desk_id=desk_id,
        subject=f"{label}：{what}",
        changes=changes,
    )
