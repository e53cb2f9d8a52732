"""Candidates chosen together at the desks of the demonstration: one order asked for, one case on its way to the second."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import matching
from meyasubako.core.dates import japan_day
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, CaseKind, OfferState, ShortlistManner, Status
from meyasubako.demo.story import Scene
from meyasubako.store.models import Case, Offer

CHOSEN: Final = 3
WAITS: Final = timedelta(days=7)
WHY: Final = "ほかに詳しい人がいないため。自分の商品を勧めないことを、本人と約束した。"


def shortlist(session: Session, scene: Scene) -> None:
    """Choose candidates for the newest consultations that wait for somebody to be asked."""
    waiting = session.scalars(
        select(Case)
        .where(
            Case.desk_id == scene.applied.id,
            Case.status == Status.TRIAGED,
            Case.kind == CaseKind.CONSULTATION,
        )
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(2)
    ).all()
    for case, asks in zip(waiting, (True, False), strict=False):
        _choose(session, scene, case, asks=asks)


def _choose(session: Session, scene: Scene, case: Case, *, asks: bool) -> None:
    chosen = scene.providers[:CHOSEN]
    asked_at = scene.today - timedelta(minutes=40)
    abouts = {each.id: each.entry.position for each in chosen}
    matching.shortlist(
        session,
        scene.applied.desk,
        case.id,
        [each.id for each in chosen],
        matching.Brief(case.body, shows_title=True, shows_requester_type=True),
        ShortlistManner.IN_TURN,
        keys=scene.keys,
        by=scene.staff[0],
        at=asked_at,
        override=WHY,
        to_rank=matching.ToRank(japan_day(scene.today + WAITS), abouts) if asks else None,
    )
    first = session.scalar(select(Offer).where(Offer.case_id == case.id, Offer.state == OfferState.OPEN))
    if not asks and first is not None:
        by = Actor(ActorKind.PROVIDER, first.provider_id, chosen[0].entry.name)
        at = scene.today - timedelta(minutes=15)
        words = "来月からなら、お受けできます。"
        matching.turn_down(session, first.id, words, code="busy", keys=scene.keys, by=by, at=at)
