"""Indicators from a file, and as one: what the file says is put over what stands, as new versions beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.casework.indicators import keeping, viewing
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotAllowed, WrongState
from meyasubako.core.indicators import Filed
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction
from meyasubako.store.models import Indicator


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file did: how many indicators it added, how many it worded anew, and of how many years it said something new."""

    added: int
    changed: int
    years: int

    @property
    def did_anything(self) -> bool:
        return bool(self.added or self.changed or self.years)


def load(
    session: Session, applied: AppliedDesk, indicators: Sequence[Filed], *, by: Actor, at: datetime
) -> Loaded:
    """Take a file into use. What it does not name stays; an indicator it names that was retired is refused."""
    if not by.may(Need.EDIT_INDICATORS, applied.id):
        raise NotAllowed
    held = {
        row.code: row for row in session.scalars(select(Indicator).where(Indicator.desk_id == applied.id))
    }
    added = changed = years = 0
    for each in indicators:
        row = held.get(each.code)
        if row is not None and row.retired_at is not None:
            raise WrongState(
                f"「{each.definition.label}」（{each.code}）は、使わないことにしてあります。"
                "先に、職員の画面で「また使う」を押してください。"
            )
        if row is None:
            indicator_id = keeping.add(
                session, applied.id, each.definition, by=by, at=at, code=each.code, is_noted=False
            )
            versions: dict[int, int] = {}
            added += 1
        else:
            indicator_id = row.id
            version, versions = viewing.versions_of(session, applied.id, indicator_id)
            changed += keeping.change(
                session,
                applied.id,
                indicator_id,
                each.definition,
                by=by,
                at=at,
                expected_version=version,
                is_noted=False,
            )
        for year, yearly in each.years:
            years += keeping.put_year(
                session,
                applied.id,
                indicator_id,
                year,
                yearly,
                by=by,
                at=at,
                expected_version=versions.get(year, 0),
                is_noted=False,
            )
    done = Loaded(added, changed, years)
    if done.did_anything:
        audit.record(
            session,
            AuditAction.INDICATORS_KEPT,
            by=by,
            at=at,
            desk_id=applied.id,
            subject=f"ファイルから、指標を{added}個加え、{changed}個を改め、{years}年度分の値を入れた",
        )
    return done
