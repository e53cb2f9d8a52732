"""The morning's mail about what is due: once for each person and office day, at the desk's hour, numbers and links only."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako import worker
from meyasubako.casework import accounts, deadlines, desks, replies, triage
from meyasubako.core.codes import grouped
from meyasubako.core.dates import JAPAN
from meyasubako.core.policy import SYSTEM
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Message, Role
from meyasubako.store.database import Database
from meyasubako.store.models import OutboxMessage, Reminder
from tests.harness.letters import wordings
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story

FRIDAY, SATURDAY, MONDAY = date(2026, 7, 10), date(2026, 7, 11), date(2026, 7, 13)


@pytest.fixture
async def story(database: Database) -> Story:
    story = await open_story(database)
    await promise(story, answer_within_office_days=6)
    await mail_to(story, story.clerk.id, "yamada@example.jp")
    return story


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


async def promise(story: Story, **changes: Any) -> None:
    await story.do(desks.apply, replace(story.applied.desk, **changes))
    story.applied = await story.see(lambda session: desks.find(session, story.applied.code))


async def mail_to(story: Story, staff_id: int | None, address: str, **options: bool) -> None:
    assert staff_id is not None
    await story.database.write(
        lambda session: accounts.set_mail(session, staff_id, address, by=SYSTEM, at=story.at, **options)
    )


async def join(story: Story, login: str, role: Role) -> int:
    def unit(session: Any) -> int:
        staff_id = accounts.add_staff(
            session,
            login=login,
            name=login,
            password_hash="-",
            by=SYSTEM,
            at=story.at,
            email=f"{login}@example.jp",
        )
        accounts.grant(session, staff_id, story.applied.id, role, by=SYSTEM, at=story.at)
        return staff_id

    return await story.database.write(unit)


async def assign(story: Story, case_id: int, staff_id: int) -> None:
    await story.do(triage.assign, case_id, staff_id, by=story.clerk)


def go_to(story: Story, day: date, hour: int = 8, minute: int = 30) -> None:
    story.at = datetime.combine(day, time(hour, minute), JAPAN).astimezone(UTC)


async def remind(story: Story) -> int:
    return await story.do(deadlines.remind)


async def mailed(story: Story, settings: Settings) -> list[str | None]:
    return await wordings(story, Message.REMINDER, settings)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_each_learns_what_is_theirs_by_number_and_link(story: Story, settings: Settings) -> None:
    tanaka = await join(story, "tanaka", Role.CLERK)
    await join(story, "suzuki", Role.VIEWER)
    late, mine, waiting = [await story.triaged() for _ in range(3)]
    for case_id in (late, mine, waiting):
        await assign(story, case_id, tanaka)
    await story.do(replies.ask, waiting, "何人ですか。", by=story.clerk)
    nobodys = await story.triaged()
    await story.do(deadlines.move_due, story.applied.desk, late, "2026-07-06", "急ぎです。", by=story.clerk)
    await story.do(deadlines.move_due, story.applied.desk, mine, "2026-07-07", "急ぎです。", by=story.clerk)
    go_to(story, date(2026, 7, 7))
    assert await remind(story) == 2
    found = await story.see(
        lambda session: session.scalars(select(Reminder.staff_id).order_by(Reminder.id)).all()
    )
    texts = dict(zip(found, await mailed(story, settings), strict=True))
    coordinator = texts[story.clerk.id or 0]
    number = {case_id: grouped(story.numbers[case_id]) for case_id in (late, mine, waiting, nobodys)}
    assert texts[tanaka] == (
        "【みえDXセンター】期限のお知らせ（期限切れ1件、きょう1件）\n"
        "----- みえDXセンター -----\n\n"
        "【あなたの担当】\n"
        f"　期限切れ　1件\n　　{number[late]}\n　　https://testserver/staff/cases/{late}\n\n"
        f"　きょうまで　1件\n　　{number[mine]}\n　　https://testserver/staff/cases/{mine}\n\n"
        "受付箱\nhttps://testserver/staff/desks/mie-dx-center/inbox\n\n"
        "----------------------------------------\n"
        "開庁日の朝に1通だけお送りしています。\n"
        "知らせが要らないときは、次のページで止められます。\n"
        "https://testserver/staff/account\n"
    )
    assert coordinator is not None
    assert (
        f"【担当者が決まっていないもの】\n　今週（7月12日（日））まで　1件\n　　{number[nobodys]}\n"
        in coordinator
    )
    assert [each for each in (late, mine, waiting) if number[each] in coordinator] == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_only_on_office_day_mornings_at_the_desks_hour(story: Story) -> None:
    await story.triaged()
    told = []
    for day, hour, minute in (
        (FRIDAY, 8, 29),
        (FRIDAY, 12, 30),
        (SATURDAY, 8, 30),
        (FRIDAY, 8, 30),
        (FRIDAY, 8, 31),
        (MONDAY, 9, 0),
    ):
        go_to(story, day, hour, minute)
        told.append(await remind(story))
    assert told == [0, 0, 0, 1, 0, 1]
    await promise(story, reminder_at="7:00")
    go_to(story, date(2026, 7, 14), 7)
    assert await remind(story) == 1


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_nobody_is_told_who_does_not_wish_it_or_of_nothing(story: Story, settings: Settings) -> None:
    go_to(story, FRIDAY)
    assert await remind(story) == 0
    story.at = datetime(2026, 7, 10, 0, tzinfo=UTC)
    await story.triaged()
    go_to(story, date(2026, 7, 17))
    await mail_to(story, story.clerk.id, "yamada@example.jp", wants_reminders=False)
    assert await remind(story) == 0
    await mail_to(story, story.clerk.id, "", wants_reminders=True)
    assert await remind(story) == 0
    await mail_to(story, story.clerk.id, "yamada@example.jp")
    assert await remind(story) == 1
    # A mail that was held up until the next day is overtaken by that day's.
    go_to(story, date(2026, 7, 21))
    assert await mailed(story, settings) == [None]
    await story.do(deadlines.forget_reminders)
    go_to(story, date(2026, 9, 1))
    await story.do(deadlines.forget_reminders)
    assert await story.see(lambda session: session.scalar(select(func.count(Reminder.id)))) == 0


async def test_several_workers_write_once(story: Story, database_url: str) -> None:
    await join(story, "tanaka", Role.COORDINATOR)
    await story.triaged()
    go_to(story, FRIDAY)
    others = [Database(database_url) for _ in range(3)]
    try:
        await asyncio.gather(
            *(worker.sweep(each, story.keys, at=story.at) for each in (story.database, *others))
        )
    finally:
        for each in others:
            await each.close()
    count = select(func.count(OutboxMessage.id)).where(OutboxMessage.kind == Message.REMINDER)
    assert await story.see(lambda session: session.scalar(count)) == 2
