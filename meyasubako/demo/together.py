"""What belongs together at the desks of the demonstration: one letter sent by several people, and one that came twice."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from meyasubako.casework import intake, joining, triage
from meyasubako.core.policy import REQUESTER
from meyasubako.core.vocabulary import Channel
from meyasubako.demo import material
from meyasubako.demo.story import Scene

DAYS_AGO = 4


def put_together(session: Session, scene: Scene) -> int:
    """Receive what belongs together, triage it and put it together; returns how many receipts that are."""
    told = material.together(scene.applied.code)
    texts = [told["body"], *told["again"]]
    case_ids = [_receive(session, scene, told, text, hours) for hours, text in enumerate(texts)]
    at, by = scene.today - timedelta(days=DAYS_AGO - 1), scene.staff[0]
    if told["how"] == "bundle":
        joining.bundle(session, scene.applied.id, case_ids, by=by, at=at)
    else:
        for case_id in case_ids[1:]:
            joining.merge(session, case_id, case_ids[0], by=by, at=at)
    return len(texts)


def _receive(session: Session, scene: Scene, told: dict[str, Any], text: str, hours: int) -> int:
    desk, at = scene.applied.desk, scene.today - timedelta(days=DAYS_AGO, hours=-hours)
    purpose, topic = desk.open_purposes()[0].code, desk.topic_leaves()[0].code
    values = {
        "requester_type": [told["requester_type"]],
        "purpose": [purpose],
        "title": [told["title"]],
        "body": [text],
        "reply_wanted": ["yes"],
        "email": [f"sample-{hours if told['how'] == 'bundle' else 0}@example.jp"],
    }
    received = intake.receive(
        session,
        scene.applied,
        intake.check(desk, values, by_staff=True),
        channel=Channel.WEB,
        received_at=at,
        keys=scene.keys,
        idempotency_key=None,
        by=REQUESTER,
        at=at,
    )
    (case_id,) = received.case_ids
    decision = triage.check(
        desk, {"requester_type": [told["requester_type"]], "purpose": [purpose], "topics": [topic]}
    )
    decided_at = at + timedelta(minutes=30)
    triage.triage(session, desk, case_id, decision, by=scene.staff[0], at=decided_at)
    return case_id
