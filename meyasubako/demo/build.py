"""Fills an empty database with the demonstration: three fiscal years of receipts at both desks."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from meyasubako.casework import (
    accounts,
    desks,
    directory,
    matching,
    outbox,
    reply_templates,
    saved_views,
    tallies,
)
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import ALPHABET, Keys, grouped
from meyasubako.core.conditions import Answered, Conditions, Sorting
from meyasubako.core.desk import Desk
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import ActorKind, Channel, Role
from meyasubako.demo import material
from meyasubako.demo.answers import put_under_way
from meyasubako.demo.aside import put_aside
from meyasubako.demo.due import set_deadlines
from meyasubako.demo.forms import keep_form
from meyasubako.demo.handed_over import hand_over
from meyasubako.demo.indicators import set_out
from meyasubako.demo.mails import receive_mails
from meyasubako.demo.meeting import arrange
from meyasubako.demo.settings import add_topic, settle
from meyasubako.demo.shortlisted import shortlist
from meyasubako.demo.story import Scene, play
from meyasubako.demo.talking import talk
from meyasubako.demo.together import put_together
from meyasubako.store.database import Database

SEED = 20211130
YEARS = 3
RECENT = 0.13
MONTHS_LEFT_OPEN = 2
PASSWORD_LENGTH = 12


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who may sign in to the demonstration."""

    login: str
    name: str
    role: Role
    desk: str


@dataclass(frozen=True, slots=True)
class Built:
    """What the demonstration holds."""

    receipts: int
    quarantined: int
    password: str
    people: tuple[SignIn, ...]

    def text(self) -> str:
        """What the command prints."""
        held = f"受付{self.receipts}件と、確かめ待ちの受付{self.quarantined}件"
        lines = [f"{held}を入れました。職員の画面は /staff/ です。次の人で入れます。", ""]
        for desk in dict.fromkeys(person.desk for person in self.people):
            lines.append(f"  {desk}")
            lines += [
                f"    {person.role.label:　<4}  {person.login:<18}  {person.name}"
                for person in self.people
                if person.desk == desk
            ]
        return "\n".join([*lines, "", f"  パスワードは、全員 {self.password} です。", ""])


VIEWS = (
    ("手紙と電話で届いたもの", Conditions(channels=(Channel.LETTER, Channel.PHONE)), Sorting.NEWEST),
    ("回答がまだの古いもの", Conditions(answered=Answered.NO), Sorting.OLDEST),
)
"""Lists that each desk has under a name."""
OF_PAST_TOPIC = 2
"""So many of the oldest cases are of the topic that is not offered any more."""


async def build(
    database: Database, settings: Settings, keys: Keys, *, password: str | None, at: datetime
) -> Built:
    """Fill an empty, migrated database; draws a password for the staff unless one is given."""
    if password is None:
        password = grouped("".join(secrets.choice(ALPHABET.lower()) for _ in range(PASSWORD_LENGTH)))
    else:
        accounts.check_new_password(password, login="")
    password_hash = accounts.hash_password(password)

    def fill(session: Session) -> Built:
        people: list[SignIn] = []
        receipts = quarantined = 0
        for desk in material.desk_definitions():
            scene, signing_in = _open_desk(session, desk, keys, password_hash, at)
            people += signing_in
            # The same every time, so that two people looking at a demonstration see the same cases.
            chance = Random(f"{SEED} {desk.code}")  # noqa: S311 - nothing secret is drawn from it
            stories = _when(material.stories(desk.code), scene.applied, at, chance)
            for number, (received_at, story) in enumerate(stories):
                told = {**story, "topics": [scene.past_topic]} if number < OF_PAST_TOPIC else story
                play(session, scene, told, received_at, chance)
                receipts += 1
            receipts += put_together(session, scene)
            quarantined += put_aside(session, scene)
            settle(session, scene.applied, scene.past_topic, by=scene.admin, at=at)
            put_under_way(session, scene)
            hand_over(session, scene)
            shortlist(session, scene)
            arrange(session, scene)
            set_deadlines(session, scene)
            talk(session, scene)
            set_out(session, scene)
            _finish(session, scene, at)
        return Built(receipts, quarantined, password, tuple(people))

    # One unit, so that an interrupted demonstration leaves the database empty.
    built = await database.write(fill)
    # What comes by mail lies on the disk before a unit names it.
    mailed = await receive_mails(database, settings, keys, at=at)
    return replace(built, quarantined=built.quarantined + mailed)


def _open_desk(
    session: Session, desk: Desk, keys: Keys, password_hash: str, at: datetime
) -> tuple[Scene, list[SignIn]]:
    desks.apply(session, desk, at=dates.start_of_day(desk.opened_on))
    applied = desks.find(session, desk.code)
    reply_templates.adopt(session, applied, at=at)
    working: list[Actor] = []
    signing_in: list[SignIn] = []
    for member in material.staff(desk.code):
        staff_id = accounts.add_staff(
            session, login=member.login, name=member.name, password_hash=password_hash, by=SYSTEM, at=at
        )
        accounts.grant(session, staff_id, applied.id, member.role, by=SYSTEM, at=at)
        signing_in.append(SignIn(member.login, member.name, member.role, desk.name))
        if member.role is not Role.VIEWER:
            working.append(Actor(ActorKind.STAFF, staff_id, member.name, {applied.id: member.role}))
    admin = next(actor for actor in working if actor.roles[applied.id] is Role.ADMIN)
    past_topic = add_topic(session, applied, by=admin, at=at)
    applied = desks.find(session, desk.code)
    coordinator = next(actor for actor in working if actor.roles[applied.id] is Role.COORDINATOR)
    for entry in material.fictional_providers(desk, dates.japan_day(at)):
        directory.add(session, applied.id, entry, by=coordinator, at=at)
    if desk.code == "mie-dx-center":
        for entry in material.published_roster():
            directory.add(session, applied.id, entry, by=coordinator, at=at)
    askable = tuple(each for each in directory.entries(session, applied.id) if each.can_be_offered)
    clerks = tuple(actor for actor in working if actor.roles[applied.id] is not Role.ADMIN)
    return Scene(applied, clerks, askable, keys, at, admin, past_topic), signing_in


def _when(
    stories: list[dict[str, Any]], applied: AppliedDesk, at: datetime, chance: Random
) -> list[tuple[datetime, dict[str, Any]]]:
    """Spread the stories over three fiscal years up to today, some of them in the last weeks."""
    year = dates.fiscal_year(dates.month_of(at))
    first_month, _ = dates.fiscal_year_months(year - YEARS + 1)
    first = dates.start_of_day(applied.desk.opened_on)
    first = max(first, dates.start_of_month(first_month))
    span = (at - first) - timedelta(hours=1)
    instants = []
    for number in range(len(stories)):
        is_recent = number < len(stories) * RECENT
        back = span * chance.random() if not is_recent else timedelta(days=20) * chance.random()
        instants.append(at - timedelta(hours=1) - back)
    chance.shuffle(stories)
    return sorted(zip(instants, stories, strict=True), key=lambda pair: pair[0])


def _finish(session: Session, scene: Scene, at: datetime) -> None:
    """Close the months an office would have closed by now; the mails of the past are not sent again."""
    last = dates.next_month(dates.month_of(at), -MONTHS_LEFT_OPEN)
    lead = next(each for each in scene.staff if each.roles[scene.applied.id] is Role.COORDINATOR)
    reasons = tallies.Reasons(scene.applied.desk.untriaged_reasons[0])
    tallies.close_month(session, scene.applied, last, by=lead, at=at, reasons=reasons)
    matching.owe_reports(session, at=at)
    outbox.skip_all(session)
    if scene.applied.code == "mie-dx-center":
        keep_form(session, scene.applied, by=lead, at=at)
    for name, wanted, sorting in VIEWS:
        saved_views.save(session, scene.applied.id, name, wanted, sorting, is_shared=True, by=lead, at=at)
