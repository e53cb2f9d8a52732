"""The candidates of a case: what the database tells of them, in so many queries, in an order of their own; conflicts stop."""

import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from meyasubako import learning
from meyasubako.casework import casefiles, directory, matching
from meyasubako.casework.casefiles.candidates import ordered
from meyasubako.casework.directory import Entry, ProviderKind
from meyasubako.core.errors import InvalidInput
from meyasubako.core.fitting import Weights
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, MeetingWay
from meyasubako.store.database import Database
from tests.harness.story import BRIEF, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def list_one(story: Story, name: str, **more: Any) -> Actor:
    more.setdefault("email", "a@example.jp")
    entry = Entry(ProviderKind.PARTNER, name, **more)
    number = await story.do(directory.add, story.applied.id, entry, by=story.clerk)
    return Actor(ActorKind.PROVIDER, number, name)


async def found(
    story: Story, case_id: int, weights: Weights | None = None
) -> tuple[casefiles.Candidate, ...]:
    file = await story.see(
        lambda session: casefiles.case_file(
            session, story.clerk, story.applied, case_id, at=story.at, weights=weights
        )
    )
    return file.candidates


async def test_words_room_and_results_move_the_list(story: Story) -> None:
    await list_one(story, "言葉の合う人", profile="紙の日報をタブレットに替える手伝いをしています。")
    busy = await list_one(story, "忙しい人", capacity=1)
    await list_one(story, "行けない人", ways=(MeetingWay.PHONE,))
    earlier = await story.triaged()
    await story.accept(await story.offer(earlier, busy), busy)
    case_id = await story.triaged()
    await learning.learn_all(story.database)
    by_name = {each.name: each for each in await found(story, case_id)}
    assert [*by_name] == ["言葉の合う人", "行けない人", "忙しい人"]
    assert "「日報」" in by_name["言葉の合う人"].why
    assert "今月はもう空きがありません（月1件まで）" in by_name["忙しい人"].why
    # Next month there is room again.
    story.pass_time(days=31)
    assert (
        "今月あと1件受けられます" in {each.name: each for each in await found(story, case_id)}["忙しい人"].why
    )


async def test_other_weights_make_another_list_and_leave_nothing(story: Story) -> None:
    topic = story.applied.desk.topic_leaves()[0].code
    await list_one(story, "分野の合う人", topics=(topic,))
    await list_one(story, "方法の合う人", ways=(MeetingWay.ONLINE,))
    case_id = await story.triaged()
    before = await found(story, case_id)
    assert before[0].name == "分野の合う人"
    assert (await found(story, case_id, replace(Weights(), topic=0, way=10)))[0].name == "方法の合う人"
    assert await found(story, case_id) == before


async def test_the_order_of_the_directory_does_not_matter(story: Story) -> None:
    for number in range(8):
        await list_one(story, f"見本{number % 3}", position=str(number), capacity=number % 2)
    candidates = await found(story, await story.triaged())
    for seed in range(20):
        shuffled = random.Random(seed).sample(candidates, len(candidates))
        assert ordered(shuffled) == candidates


async def test_a_conflict_stops_unless_somebody_says_why(story: Story) -> None:
    seller = await list_one(
        story,
        "サンプルクラウド",
        sells="日報アプリ",
        sold_topics=(story.applied.desk.topic_leaves()[0].code,),
    )
    case_id = await story.triaged()
    (candidate,) = await found(story, case_id)
    assert (len(candidate.stops), candidate.obstacle) == (1, "")
    with pytest.raises(InvalidInput) as caught:
        await story.offer(case_id, seller)
    assert caught.value.field == "override"
    options = {"keys": story.keys, "by": story.clerk, "override": "ほかにいないため"}
    await story.do(matching.offer, story.applied.desk, case_id, seller.id, BRIEF, **options)
    file = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )
    (line,) = (each for each in file.history if "打診しました" in each.what)
    assert "日報アプリ" in line.said
    assert "それでも打診したわけ：ほかにいないため" in line.said


async def test_the_number_of_queries_does_not_grow(story: Story) -> None:
    async def queries(case_id: int) -> int:
        asked: list[str] = []

        def unit(session: Any) -> None:
            connection = session.connection()

            def note(*arguments: Any) -> None:
                asked.append(arguments[2])

            event.listen(connection, "before_cursor_execute", note)
            casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)

        await story.see(unit)
        return len(asked)

    await list_one(story, "見本0")
    case_id = await story.triaged()
    first = await queries(case_id)
    for number in range(1, 6):
        await list_one(story, f"見本{number}")
    assert await queries(case_id) == first
