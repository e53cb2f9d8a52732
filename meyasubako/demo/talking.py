"""What colleagues at the desks of the demonstration have to tell each other: a note that calls somebody, and a watcher."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import notices, triage
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Role, Status
from meyasubako.demo.story import Scene
from meyasubako.store.models import Case

SEEN_UNTIL = timedelta(days=2)
ASKED = "@{name}さん\n先月の似た案件では、どこまでお答えしましたか。分かる範囲で教えてください。"
ANSWERED = "@{name}さん\n前回は、県のページの案内までをお答えしました。今回も同じでよいと思います。"


def talk(session: Session, scene: Scene) -> None:
    """Let two colleagues talk about a case; what they were told long ago, they have seen."""
    at = scene.today
    notices.read_before(session, at - SEEN_UNTIL, desk_id=scene.applied.id, at=at)
    lead, clerk = _one(scene, Role.COORDINATOR), _one(scene, Role.CLERK)
    case_id = session.scalar(
        select(Case.id)
        .where(Case.desk_id == scene.applied.id, Case.status.in_((Status.TRIAGED, Status.IN_PROGRESS)))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(1)
    )
    if case_id is None:
        return
    notices.watch(session, case_id, on=True, by=lead, at=at - timedelta(minutes=50))
    for by, other, said, minutes in ((lead, clerk, ASKED, 25), (clerk, lead, ANSWERED, 12)):
        triage.note(session, case_id, said.format(name=other.name), by=by, at=at - timedelta(minutes=minutes))


def _one(scene: Scene, role: Role) -> Actor:
    return next(actor for actor in scene.staff if actor.roles[scene.applied.id] is role)
