"""The migrations make exactly what the models describe, and can be taken back with data in them, on both engines.

Taking the first one back drops every table with what it holds: there is nothing before it to keep it in.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, make_url, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

from meyasubako import indexing, learning, mailroom, summing
from meyasubako.casework import desks, drafts, ledger, matching, notices, replies, reply_templates, triage
from meyasubako.core import dates
from meyasubako.core.mail_address import Way
from meyasubako.core.vocabulary import Message, Role
from meyasubako.store.database import Database
from meyasubako.store.models import Base, LedgerEntry
from tests.casework.offers import meet
from tests.harness import letters, mails, migrations, recount
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story

NEWEST = ("case_watch", "note_mention", "notice")
"""What came last of all."""
LOST = (
    "answer_draft",
    "answer_version",
    "audit_entry",
    "case_watch",
    "desk_amendment",
    "incoming_mail",
    "note_mention",
    "notice",
    "reply_template",
    "stored_file",
    "tally_progress",
    "tally_sum",
)
"""What came later than the first tables is lost on the way down to them."""
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


async def _tables(url: str, engine_name: str) -> set[str]:
    def names(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    engine = create_async_engine(make_url(url).set(drivername=DRIVERS[engine_name]))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(names)
    finally:
        await engine.dispose()


async def _rows(url: str) -> dict[str, int]:
    """How many rows each table holds, of those that are there."""

    def count(session: Session) -> dict[str, int]:
        there = set(inspect(session.connection()).get_table_names())
        tables = [table for table in Base.metadata.sorted_tables if table.name in there]
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}

    database = Database(url)
    try:
        return await database.read(count)
    finally:
        await database.close()


async def _counted(url: str) -> dict[tuple[Any, ...], int]:
    """What the ledger says, and of the first answers also when it was said."""
    database = Database(url)
    try:
        return await database.read(
            lambda session: {
                **recount.standing(session, 1),
                **{
                    (entry.measure, entry.recorded_at, entry.booked_month, entry.priority): 1
                    for entry in session.scalars(select(LedgerEntry))
                    if entry.sign > 0
                },
            }
        )
    finally:
        await database.close()


async def _mails(story: Story, data: Path) -> None:
    """A question to the requester comes back, another one is answered by mail, and a stranger writes."""
    settings = settings_for(data, mail_in="voice@example.lg.jp")
    box = settings.mail_in
    assert box
    question = (await letters.rows(story, Message.ASKED))[-1].id
    addresses = {way: box.address(way, question, keys=story.keys) for way in Way}
    for raw in (
        mails.report(to=addresses[Way.BOUNCE]),
        mails.mail("来週です。", to=addresses[Way.REPLY]),
        mails.mail("はじめまして。", message_id="<new@example.jp>"),
    ):
        await mailroom.take(story.database, settings, story.keys, raw, at=story.at)


async def _work(url: str, data: Path) -> dict[str, int]:
    """A case goes all the way from the form to a closed month; how many rows each table then holds."""
    database = Database(url)
    try:
        story = await open_story(database)
        case_id, adviser = await story.triaged(), await story.list_provider()
        await story.do(notices.watch, case_id, on=True, by=story.clerk)
        await story.do(triage.note, case_id, "覚え", tell=(story.clerk.id,), by=story.clerk)
        await story.do(replies.ask, case_id, "いつごろですか。", by=story.clerk)
        await _mails(story, data)
        offer_id = await story.offer(case_id, adviser)
        await story.accept(offer_id, adviser)
        await meet(story, offer_id, adviser)
        await meet(story, offer_id, adviser)
        await story.do(matching.strike, 2, "行っていない", by=story.clerk)
        await story.do(reply_templates.adopt, story.applied)
        await story.do(drafts.save, case_id, "回答案です。", base=0, by=story.clerk)
        await story.do(replies.reply, case_id, "回答です。", by=story.clerk)
        await story.close(case_id)
        admin = replace(story.clerk, roles={story.applied.id: Role.ADMIN})
        await story.do(desks.close_days, story.applied.id, [date(2027, 8, 13)], "夏の休み", by=admin)
        month = dates.month_of(story.at)
        await indexing.index_all(database)
        await learning.learn_all(database)
        await database.write(
            lambda session: ledger.close_month(session, story.applied.id, month, by_id=None, at=story.at)
        )
        await summing.sum_all(database)
    finally:
        await database.close()
    return await _rows(url)


async def _index(url: str) -> None:
    database = Database(url)
    try:
        await indexing.index_all(database)
        assert (await indexing.verify(database)).differences == ()
        await learning.learn_all(database)
        assert await learning.verify(database) == (1, ())
        await summing.sum_all(database)
        assert await summing.verify(database) == (1, ())
    finally:
        await database.close()


async def test_migrations_go_up_down_and_up_again_with_data(
    empty_database_url: str, engine_name: str, tmp_path: Path
) -> None:
    url = empty_database_url
    migrations.upgrade(url)
    first = await _work(url, tmp_path)
    # What is counted of answers and surveys is booked again from what happened, as it was booked at the time.
    counted = await _counted(url)
    migrations.downgrade(url, "0033")
    assert await _rows(url) != first
    migrations.upgrade(url)
    assert await _counted(url) == counted
    # What can be found only since then is taken out of the index, and found again.
    migrations.downgrade(url, "0014")
    fewer = await _rows(url)
    migrations.upgrade(url)
    assert fewer["search_part"] < first["search_part"]
    assert (await _rows(url))["search_due"] == 1
    await _index(url)
    # Of the meetings, the one that was held.
    as_standing = {"desk_amendment": 0, "desk_revision": 1, "meeting": 1}
    assert await _rows(url) == {**first, **dict.fromkeys(NEWEST, 0), **as_standing}
    migrations.downgrade(url, "0001")
    migrations.upgrade(url)
    made_again = {"search_part": 0, "search_due": first["case"], "learning_due": first["case"]}
    made_again |= dict.fromkeys(("case_terms", "guess", "learned", "lesson", "profile", "profile_edition"), 0)
    made_again |= {"profile_due": first["provider"]}
    made_again |= as_standing
    assert await _rows(url) == {**first, **dict.fromkeys(LOST, 0), **made_again}
    for filled in (
        *LOST,
        "case",
        "event",
        "ledger_entry",
        "month_closing",
        "offer",
        "outbox_message",
        "survey",
    ):
        assert first[filled] > 0
    migrations.downgrade(url)
    assert await _tables(url, engine_name) == {"alembic_version"}
    migrations.upgrade(url)
    assert migrations.differences(url) == ""
    # Nothing is left over that what comes later could stumble over.
    assert await _work(url, tmp_path) == first
