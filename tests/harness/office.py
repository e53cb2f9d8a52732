"""A desk at which an answer takes several steps, with the people who take them."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from meyasubako.casework import accounts, desks
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Answering
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.vocabulary import ActorKind, Role
from tests.harness.story import BEGUN_AT, MIE, Story

DIVISIONS = ("digital-strategy", "smart-reform")
"""The two divisions of the desk."""


def take_steps(session: Session, answering: Answering, code: str = MIE) -> AppliedDesk:
    """Let the answers of a desk take these steps from now on."""
    desk = desks.find(session, code).desk
    desks.apply(session, replace(desk, answering=answering), at=BEGUN_AT)
    return desks.find(session, code)


@dataclass
class Office:
    """The story of a desk, and who works there: two clerks, two who decide, and one person in each division."""

    story: Story
    clerk: Actor
    colleague: Actor
    chief: Actor
    director: Actor
    divisions: tuple[Actor, ...]


async def open_office(story: Story, **rules: bool) -> Office:
    """The people of a desk whose answers take these steps."""
    database = story.database
    story.applied = await database.write(lambda session: take_steps(session, Answering(**rules)))
    applied = story.applied

    async def member(login: str, role: Role, division: str | None = None) -> Actor:
        def unit(session: Session) -> int:
            staff_id = accounts.add_staff(
                session, login=login, name=f"見本{login}", password_hash="-", by=SYSTEM, at=BEGUN_AT
            )
            accounts.grant(session, staff_id, applied.id, role, by=SYSTEM, at=BEGUN_AT)
            if division:
                accounts.set_division(session, staff_id, applied, division, by=SYSTEM, at=BEGUN_AT)
            return staff_id

        staff_id = await database.write(unit)
        divisions = {applied.id: division} if division else {}
        return Actor(ActorKind.STAFF, staff_id, f"見本{login}", {applied.id: role}, divisions)

    return Office(
        story,
        await member("clerk", Role.CLERK),
        await member("colleague", Role.CLERK),
        await member("chief", Role.COORDINATOR),
        await member("director", Role.ADMIN),
        (
            await member("strategy", Role.VIEWER, DIVISIONS[0]),
            await member("reform", Role.VIEWER, DIVISIONS[1]),
        ),
    )
