"""The inbox and the lists of cases."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from meyasubako.casework import (
    matching,
    replies,
    tracking,
    triage,
)
from meyasubako.casework.casefiles import (
    Cursor,
    Deadline,
)
from meyasubako.core.conditions import Conditions, Queue, Scope
from meyasubako.core.vocabulary import (
    Role,
    Status,
)
from meyasubako.store.database import Database
from tests.casework.files_read import file_of, inbox
from tests.harness.story import TOYAMA, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def listed(story: Story, **wanted: Any) -> list[int]:
    return [row.id for row in (await inbox(story, Conditions(**wanted))).rows]


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


# ---- The inbox


async def test_a_row_says_what_is_needed_to_choose(story: Story) -> None:
    case_id = await story.receive()
    await story.do(triage.assign, case_id, story.clerk.id, by=story.clerk)

    (row,) = (await inbox(story)).rows

    assert (row.id, row.received_at, row.deadline) == (case_id, story.at, None)
    assert (row.kind_label, row.requester_label, row.title) == (
        "相談",
        "県内の事業者",
        "現場作業員へのIT導入を進めたい",
    )
    assert (row.status, row.assignee, row.news) == (Status.RECEIVED, "サンプル山田", ())
    assert row.number == "-".join(story.numbers[case_id][i : i + 3] for i in (0, 3, 6))


async def test_todays_work_counts_what_waits_for_the_desk(story: Story) -> None:
    adviser = await story.list_provider()
    await story.receive()
    told, accepted, advised, seen = [await story.triaged() for _ in range(4)]
    offers = {case_id: await story.offer(case_id, adviser) for case_id in (accepted, advised, seen)}
    story.pass_time(hours=1)
    await story.do(tracking.add, story.numbers[told], 1, told, "もう一つあります。")
    for offer_id in offers.values():
        await story.accept(offer_id, adviser)
    await story.do(triage.note, advised, "引き受けてもらえた。", by=story.clerk)
    await story.do(matching.advise, offers[advised], "小さく始めてください。", by=adviser)
    await story.do(triage.note, seen, "確認した。", by=story.clerk)

    found = await inbox(story)

    assert {queue: count.number for queue, count in found.counts.by_queue.items() if count} == {
        Queue.NEW: 1,
        Queue.ADDED: 1,
        Queue.OFFER_ANSWERED: 1,
        Queue.ADVISED: 1,
        Queue.UNASSIGNED: 5,
        Queue.UNSEEN: 4,
    }
    assert await listed(story, queue=Queue.ADDED) == [told]
    assert await listed(story, queue=Queue.OFFER_ANSWERED) == [accepted]
    assert await listed(story, queue=Queue.ADVISED) == [advised]
    assert {row.id: row.news for row in found.rows if row.news} == {
        told: (Queue.ADDED,),
        accepted: (Queue.OFFER_ANSWERED,),
        advised: (Queue.ADVISED,),
    }


async def test_an_answer_is_told_from_what_was_added_unasked(story: Story) -> None:
    asked, told = await story.triaged(), await story.triaged()
    await story.do(replies.ask, asked, "何人でお使いですか。", by=story.clerk)
    for case_id in (asked, told):
        await story.do(tracking.add, story.numbers[case_id], 1, case_id, "5人です。")

    rows = {row.id: row for row in (await inbox(story)).rows}

    assert rows[asked].news == rows[told].news == (Queue.ADDED,)
    assert (rows[asked].has_answer, rows[told].has_answer) == (True, False)
    assert (await file_of(story, asked)).history[-1].what == "お返事がありました"
    assert (await file_of(story, told)).history[-1].what == "追記がありました"


async def test_nothing_is_news_of_a_finished_case(story: Story) -> None:
    case_id = await story.triaged()
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "もう一つあります。")
    await story.do(tracking.withdraw, story.numbers[case_id], 1, case_id)
    (row,) = (await inbox(story, Conditions(scope=Scope.ALL))).rows
    assert (row.status, row.news, row.has_answer) == (Status.WITHDRAWN, (), False)


async def test_an_offer_that_ran_out_is_news_too(story: Story) -> None:
    case_id = await story.triaged()
    await story.offer(case_id, await story.list_provider())
    story.pass_time(days=10)
    await story.do(matching.expire_overdue, keys=story.keys)
    assert await listed(story, queue=Queue.OFFER_ANSWERED) == [case_id]


async def test_deadlines_are_counted_in_office_days_until_the_answer(story: Story) -> None:
    story.applied = replace(story.applied, desk=replace(story.applied.desk, answer_within_office_days=6))
    case_id = await story.receive()
    seen = []
    for days in (0, 4, 7, 8):
        later = replace(story, at=story.at + timedelta(days=days))
        seen += [row.deadline for row in (await inbox(later)).rows]
    # Received on Friday 3 July, the first of six office days.
    assert seen == [
        Deadline(date(2026, 7, 10), 5),
        Deadline(date(2026, 7, 10), 3),
        Deadline(date(2026, 7, 10), 0),
        Deadline(date(2026, 7, 10), -1),
    ]

    story.pass_time(days=7)
    assert (await inbox(story)).counts[Queue.DUE_TODAY].number == 1
    story.pass_time(days=1)
    assert (await inbox(story)).counts[Queue.OVERDUE].number == 1
    await story.triage(case_id)
    await story.do(replies.reply, case_id, "こうしてください。", by=story.clerk)
    found = await inbox(story)
    assert (found.counts[Queue.OVERDUE].number, found.rows[0].deadline) == (0, None)


async def test_the_inbox_holds_what_is_unfinished_and_the_list_everything(story: Story) -> None:
    case_id = await story.triaged()
    await story.do(replies.reply, case_id, "こうしてください。", by=story.clerk)
    assert await listed(story) == [case_id]
    await story.close(case_id)
    assert (await listed(story), await listed(story, scope=Scope.ALL)) == ([], [case_id])


async def test_filters_narrow_by_status_assignee_and_number(story: Story) -> None:
    first, second, third = await story.receive(), await story.triaged(), await story.receive()
    await story.do(triage.assign, first, story.clerk.id, by=story.clerk)
    await story.do(
        triage.decline, story.applied.desk, third, story.applied.desk.decline_reasons[0].code, by=story.clerk
    )

    assert await listed(story, statuses=(Status.TRIAGED,)) == [second]
    assert await listed(story, assignees=(str(story.clerk.id),)) == [first]
    assert await listed(story, assignees=("none",)) == [second]
    assert await listed(story, scope=Scope.ALL, assignees=("none",)) == [third, second]
    number = story.numbers[third]
    for typed in (number, number.lower(), f"{number[:3]}-{number[3:6]}-{number[6:]}（2）", number[:7]):
        assert await listed(story, number=typed) == [third], typed
    assert await listed(story, number="・・・") == []
    assert await listed(story, number="%") == []


async def test_pages_lead_through_everything_once_and_back(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["meyasubako.casework.casefiles.inbox"], "PAGE_SIZE", 4)
    sent = [await story.receive(confirmed=False) for _ in range(11)]

    pages = [await inbox(story)]
    while pages[-1].after:
        pages.append(await inbox(story, after=pages[-1].after))
    walked = [row.id for found in pages for row in found.rows]
    assert walked == sorted(sent, reverse=True)
    assert [len(found.rows) for found in pages] == [4, 4, 3]
    assert {found.total.number for found in pages} == {11}

    back = [pages[-1]]
    while back[-1].before:
        back.append(await inbox(story, before=back[-1].before))
    assert [found.rows for found in back] == [found.rows for found in reversed(pages)]


@pytest.mark.parametrize("typed", ["", "-", "1", "1-", "-1", "x-1", "1-x", "１-１", "9" * 19 + "-1"])
def test_a_place_that_is_none_is_the_beginning(typed: str) -> None:
    assert Cursor.read(typed) is None


async def test_a_place_survives_the_address(story: Story) -> None:
    await story.receive()
    place = Cursor(story.at, 12)
    assert Cursor.read(str(place)) == place


async def test_the_number_of_queries_does_not_grow_with_the_list(story: Story) -> None:
    await story.receive()
    with statements() as few:
        await inbox(story)
    for _ in range(9):
        await story.receive(confirmed=False)
    with statements() as many:
        await inbox(story)
    assert len(many) == len(few) <= 5


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scope", Scope)
async def test_a_page_is_read_in_the_order_of_an_index(story: Story, scope: Scope) -> None:
    await story.receive()
    with statements() as run:
        await inbox(story, Conditions(scope=scope))
    [listing] = [each for each in run if "is_unseen" in each]

    def plan(session: Session) -> str:
        connection = session.connection()
        asked = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {listing}", (None,) * listing.count("?"))
        return "\n".join(str(row[-1]) for row in asked)

    found = await story.see(plan)
    index = "ix_case_unfinished" if scope is Scope.INBOX else "ix_case_desk_received"
    assert f"case USING INDEX {index} (desk_id=?" in found
    assert "TEMP B-TREE" not in found


async def test_other_desks_are_not_in_the_list(story: Story, database: Database) -> None:
    other = await open_story(database, TOYAMA)
    await other.receive()
    assert await listed(story, scope=Scope.ALL) == []
    stranger = replace(other.clerk, roles={other.applied.id: Role.ADMIN})
    await story.receive()
    assert (await inbox(story, by=stranger)).rows == ()
