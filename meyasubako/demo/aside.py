"""What was put aside for checking at the desks of the demonstration: machines, people who look like some, new mails."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from meyasubako.casework import intake
from meyasubako.core.policy import REQUESTER
from meyasubako.core.vocabulary import Channel, QuarantineReason
from meyasubako.demo import material
from meyasubako.demo.story import Scene


def put_aside(session: Session, scene: Scene) -> int:
    """Receive into quarantine what waits there today; returns how many there are."""
    told = material.quarantined(scene.applied.code)
    for each in told:
        _receive(session, scene, each)
    return len(told)


def _receive(session: Session, scene: Scene, told: dict[str, Any]) -> None:
    names = ("requester_type", "purpose", "title", "body", "organisation", "email")
    values = {name: [told[name]] for name in names}
    # By the rules for letters, which ask for no more than there is.
    submission = intake.check(scene.applied.desk, values, by_staff=True)
    at = scene.today - timedelta(minutes=told["minutes_ago"])
    intake.receive(
        session,
        scene.applied,
        submission,
        channel=Channel(told.get("channel", Channel.WEB)),
        received_at=at,
        keys=scene.keys,
        idempotency_key=None,
        by=REQUESTER,
        at=at,
        quarantine=QuarantineReason(told["reason"]),
    )
