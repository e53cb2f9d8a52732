"""Answers under way at a desk of the demonstration: one at every step from the draft to the approval.

The desk decides about its answers since lately; what it answered before was sent without.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import accounts, desks, drafts
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Answering
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.vocabulary import ActorKind, Role, Status
from meyasubako.demo import material
from meyasubako.demo.story import Scene
from meyasubako.store.models import Case

DESK = "toyama-meyasubako"
SPEAKER = "toyama-shima"
DIVISION = "related-divisions"
STEPS = Answering(contributions=True, approval=True)
BEGUN = "ご提案をお寄せいただき、ありがとうございます。\n担当課の考え方を確かめて、お答えします。"
WRITTEN = (
    "ご提案をお寄せいただき、ありがとうございます。\n"
    "ご提案の趣旨は、県が進めるＤＸ施策の方向と合うものと考えています。"
    "まずは、いまの手続きの件数と、窓口での困りごとを調べ、できるところから順に取り組みます。\n"
    "進みぐあいは、県のホームページでお知らせします。"
)
VIEW = (
    "同じような声は、窓口にも月に2、3件届いています。来年度の予算で、まず1か所で試すことを考えています。"
    "時期はまだ決まっていないので、「検討しています」と書いてください。"
)
QUESTION = "いまの取組と、これからの見通しを教えてください。"
RETURN = "始める時期が言い切りになっています。予算が決まる前なので、「検討しています」に改めてください。"


def put_under_way(session: Session, scene: Scene) -> int:
    """Let the desk decide about its answers from now on; returns how many are under way."""
    if scene.applied.code != DESK:
        return 0
    filed = next(each for each in material.desk_definitions() if each.code == DESK)
    desks.apply(session, replace(filed, answering=STEPS), at=scene.today)
    applied = desks.find(session, DESK)
    speaker_id = accounts.find_staff(session, SPEAKER).id
    accounts.set_division(session, speaker_id, applied, DIVISION, by=SYSTEM, at=scene.today)
    speaker = Actor(
        ActorKind.STAFF,
        speaker_id,
        accounts.find_staff(session, SPEAKER).name,
        {applied.id: Role.VIEWER},
        {applied.id: DIVISION},
    )
    work = _Work(session, replace(scene, applied=applied), speaker)
    steps = (work.ask, work.contribute, work.submit, work.send_back, work.approve)
    waiting = session.scalars(
        select(Case.id)
        .where(Case.desk_id == applied.id, Case.status.in_((Status.TRIAGED, Status.IN_PROGRESS)))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(len(steps))
    ).all()
    for case_id, step in zip(waiting, steps, strict=False):
        step(case_id)
    return len(waiting)


class _Work:
    def __init__(self, session: Session, scene: Scene, speaker: Actor) -> None:
        self.session, self.scene, self.speaker = session, scene, speaker
        self.desk = scene.applied.desk
        self.answers = {each["title"]: each.get("reply") for each in material.stories(DESK)}
        self.clerk, self.chief = self.one(Role.CLERK), self.one(Role.COORDINATOR)

    def one(self, role: Role) -> Actor:
        at_desk = self.scene.applied.id
        return next(actor for actor in self.scene.staff if actor.roles[at_desk] is role)

    def ask(self, case_id: int) -> None:
        day = japan_day(self.scene.today) + timedelta(days=5)
        self.save(case_id, BEGUN)
        drafts.ask_divisions(
            self.session,
            self.desk,
            case_id,
            (DIVISION,),
            QUESTION,
            day.isoformat(),
            **self.by(self.clerk, 90),
        )

    def contribute(self, case_id: int) -> None:
        self.ask(case_id)
        at = self.scene.today
        file = drafts.answer_file(self.session, self.clerk, self.scene.applied, case_id, at=at)
        for each in file.contributions:
            drafts.contribute(self.session, each.id, VIEW, **self.by(self.speaker, 70))

    def submit(self, case_id: int) -> None:
        title = self.session.get_one(Case, case_id).title
        self.save(case_id, self.answers.get(title) or WRITTEN)
        drafts.submit(self.session, self.desk, case_id, version=1, **self.by(self.clerk, 60))

    def send_back(self, case_id: int) -> None:
        self.submit(case_id)
        drafts.send_back(self.session, self.desk, case_id, RETURN, version=1, **self.by(self.chief, 40))

    def approve(self, case_id: int) -> None:
        self.submit(case_id)
        drafts.approve(self.session, self.desk, case_id, version=1, **self.by(self.chief, 30))

    def save(self, case_id: int, body: str) -> None:
        drafts.save(self.session, case_id, body, base=0, **self.by(self.clerk, 100))

    def by(self, actor: Actor, minutes_ago: int) -> dict[str, Any]:
        return {"by": actor, "at": self.scene.today - timedelta(minutes=minutes_ago)}
