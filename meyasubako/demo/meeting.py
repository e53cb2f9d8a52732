"""Meetings to come at the desks of the demonstration: one whose time waits to be chosen, one that is arranged."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, matching
from meyasubako.core import dates
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, MeetingWay, OfferState, Status
from meyasubako.demo.story import Scene
from meyasubako.store.models import Case, Offer, Provider

AHEAD: Final = (5, 7, 8)
HOURS: Final = ("10:00", "14:00", "15:30")


def arrange(session: Session, scene: Scene) -> None:
    """Plan meetings on the newest cases somebody works on and that have room for them."""
    quota = scene.applied.desk.meeting_quota
    working = session.execute(
        select(Offer, Provider)
        .join(Case, Case.id == Offer.case_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(
            Case.desk_id == scene.applied.id,
            Case.status == Status.IN_PROGRESS,
            Offer.state == OfferState.ACCEPTED,
        )
        .order_by(Case.received_at.desc(), Offer.id.desc())
    ).all()
    free = [
        (offer, provider)
        for offer, provider in working
        if quota is None or appointments.counted(session, offer.case_id) < quota
    ]
    for (offer, provider), verb in zip(free, (matching.propose, matching.plan), strict=False):
        by = Actor(ActorKind.PROVIDER, provider.id, provider.name)
        days = [dates.japan_day(scene.today) + timedelta(days=each) for each in AHEAD]
        times = tuple(f"{day} {hour}" for day, hour in zip(days, HOURS, strict=True))
        wish = matching.Wish(
            times if verb is matching.propose else times[:1],
            MeetingWay.ONLINE,
            60,
            "https://meeting.example.jp/sample",
        )
        verb(session, scene.applied.desk, offer.id, wish, by=by, at=scene.today - timedelta(minutes=10))
