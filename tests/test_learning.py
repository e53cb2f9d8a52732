"""Suggestions learn from every confirmation beside the work, unlearn what is taken back, and can be compared and made anew."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meyasubako import indexing, learning, worker
from meyasubako.casework import bulk, replies, suggesting, triage
from meyasubako.casework.bulk import Order
from meyasubako.casework.suggesting import Question, Suggestions, near, thinking
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import CaseKind, Deed, RequesterType
from meyasubako.insight import tokens
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Guess, Learned, LearningDue
from tests.harness.commands import Run
from tests.harness.site import settings_for
from tests.harness.story import KEYS, MIE, Story, open_story

ABOUT = "トマトのハウスの温度を、離れたところから知りたい。"
TOURISM = "industry-tourism"
SAFETY = "life-safety"


def decision(topic: str) -> triage.Decision:
    return triage.Decision(RequesterType.BUSINESS, "problem_solving", (topic,), None)


async def decide(story: Story, case_id: int, topic: str) -> None:
    await story.do(triage.triage, story.applied.desk, case_id, decision(topic), by=story.clerk)


async def suggested(story: Story, case_id: int) -> Suggestions:
    thought = await story.see(lambda session: thinking.material(session, story.applied.id, case_id))
    return suggesting.suggestions(story.applied.desk, CaseKind.CONSULTATION, thought)


async def sums(story: Story) -> dict[tuple[str, str, str], int]:
    rows = select(Learned.term, Learned.question, Learned.label, Learned.weight)
    return {
        (term, question, label): weight
        for term, question, label, weight in await story.see(lambda session: session.execute(rows).all())
    }


async def test_descriptions_suggest_before_anything_was_learned(database: Database) -> None:
    story = await open_story(database, MIE)
    case_id = await story.receive(title="旅館の予約", body="外国人の観光客の予約を、ネットで受けたい。")
    await learning.learn_all(database)
    found = await suggested(story, case_id)
    assert found[Question.TOPICS][0].code == TOURISM
    assert set(found[Question.TOPICS][0].words) >= {"旅館", "予約"}
    assert len(found[Question.TOPICS]) == 3


async def test_every_confirmation_is_learned_and_unlearned_when_it_is_taken_back(database: Database) -> None:
    story = await open_story(database, MIE)
    kept = await story.receive(title="ハウスの温度", body=ABOUT)
    await decide(story, kept, SAFETY)
    await learning.learn_all(database)
    before = await sums(story)
    asked = await story.receive(title="ハウスのこと", body=ABOUT)
    await learning.learn_all(database)
    assert (await suggested(story, asked))[Question.TOPICS][0].code == SAFETY

    await decide(story, asked, TOURISM)
    await learning.learn_all(database)
    learned = await sums(story)
    await decide(story, asked, SAFETY)
    await decide(story, asked, TOURISM)
    await learning.learn_all(database)
    assert learned != before
    assert await sums(story) == learned
    await decide(story, asked, SAFETY)
    await learning.learn_all(database)
    assert ("", "topics", TOURISM) not in await sums(story)
    assert await learning.verify(database) == (2, ())


async def test_an_act_on_many_taken_back_leaves_nothing_learned(database: Database) -> None:
    story = await open_story(database, MIE)
    case_ids = [await story.receive(title=f"ハウス{number}", body=ABOUT) for number in range(2)]
    await learning.learn_all(database)
    versions = await story.see(
        lambda session: {each: session.get_one(Case, each).version for each in case_ids}
    )
    order = Order(Deed.TRIAGE, purpose="problem_solving", topics=(TOURISM,))
    done = await story.do(bulk.perform, story.applied, order, versions, keys=KEYS, by=story.clerk)
    await learning.learn_all(database)
    assert await sums(story)
    await story.do(bulk.undo, done.act_id, by=story.clerk)
    await learning.learn_all(database)
    assert await sums(story) == {}
    assert await story.see(lambda session: session.scalars(select(Guess)).all()) == []


async def test_two_who_learn_at_once_lose_nothing(database: Database, database_url: str) -> None:
    story = await open_story(database, MIE)
    for number in range(6):
        case_id = await story.receive(title=f"{number}番", body=ABOUT)
        await decide(story, case_id, TOURISM if number % 2 else SAFETY)
    other = Database(database_url)
    try:
        await asyncio.gather(
            *(
                learning.learn_some(each, limit=limit)
                for each, limit in ((database, 3), (other, 6), (other, 2))
            )
        )
        await asyncio.gather(learning.learn_all(database), learning.learn_all(other))
        assert await learning.verify(other) == (6, ())
        # Whoever begins anew finds what the others learned.
        assert (await sums(story))["", "topics", ""] == 6
    finally:
        await other.close()


async def test_what_was_suggested_stands_beside_what_was_decided(database: Database) -> None:
    story = await open_story(database, MIE)
    case_id = await story.receive(title="旅館の予約", body="観光客の予約を、ネットで受けたい。")
    await decide(story, case_id, SAFETY)
    await learning.learn_all(database)
    seen = await story.see(
        lambda session: suggesting.rightness(session, story.clerk, story.applied, Question.TOPICS)
    )
    assert seen.confusion == {(TOURISM, SAFETY): 1}
    assert (seen.total.decided, seen.total.right) == (1, 0)
    await decide(story, case_id, TOURISM)
    await learning.learn_all(database)
    seen = await story.see(
        lambda session: suggesting.rightness(session, story.clerk, story.applied, Question.TOPICS)
    )
    assert (seen.confusion, seen.total.right) == ({(TOURISM, TOURISM): 1}, 1)


async def test_below_the_limit_of_the_desk_nothing_is_said(database: Database) -> None:
    story = await open_story(database, MIE)
    case_id = await story.receive(title="旅館の予約", body="観光客の予約を、ネットで受けたい。")
    await learning.learn_all(database)
    desk = replace(story.applied.desk, suggestions=replace(story.applied.desk.suggestions, silent_below=101))
    thought = await story.see(lambda session: thinking.material(session, story.applied.id, case_id))
    assert suggesting.suggestions(desk, CaseKind.CONSULTATION, thought) == {}


async def test_earlier_cases_are_near_with_their_answer_and_who_helped(database: Database) -> None:
    story = await open_story(database, MIE)
    adviser = await story.list_provider("見本 花子")
    first = await story.triaged(title="ハウスの温度", body=ABOUT)
    await story.receive(title="給食", body="献立をスマートフォンで見たい。")
    offer_id = await story.offer(first, adviser)
    await story.accept(offer_id, adviser)
    await story.do(replies.reply, first, "センサーを貸し出しています。", by=story.clerk)
    asked = await story.receive(title="トマト", body="ハウスの温度を記録したい。")
    await indexing.index_all(database)
    await learning.learn_all(database)

    def look(session: Session, actor: Actor = story.clerk) -> tuple[suggesting.NearCase, ...]:
        return suggesting.near_cases(session, actor, asked)

    found = await story.see(look)
    assert [each.id for each in found] == [first]
    assert (found[0].reply, found[0].helpers) == ("センサーを貸し出しています。", ("見本 花子",))
    assert set(found[0].words) >= {"ハウス", "温度"}
    nobody = replace(story.clerk, roles={})
    assert await story.see(lambda session: look(session, nobody)) == ()


async def test_rare_words_find_what_is_worth_comparing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "NEWEST", 0)
    story = await open_story(database, MIE)
    first = await story.receive(title="ハウスの温度", body=ABOUT)
    await story.receive(title="給食", body="献立を見たい。")
    asked = await story.receive(title="トマト", body="ハウスの温度を記録したい。")
    await indexing.index_all(database)
    await learning.learn_all(database)
    found = await story.see(
        lambda session: near.candidates(
            session, story.applied.id, asked, {"ハウス": 1, "温度": 1, tokens.safe("'\\&|"): 1}
        )
    )
    assert list(found) == [first]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_worker_learns_and_the_command_verifies_and_rebuilds(
    database: Database, tmp_path: Path, run: Run
) -> None:
    story = await open_story(database, MIE)
    running = asyncio.create_task(worker.run(database, settings_for(tmp_path), KEYS, every=0.01))
    try:
        await story.triaged(body=ABOUT)
        async with asyncio.timeout(60):
            while await story.see(lambda session: session.scalar(select(LearningDue.case_id))):  # noqa: ASYNC110 - it happens in the data
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    learned = await sums(story)
    assert (await run("suggestions", "verify"))[0] == 0
    await database.write(lambda session: session.execute(update(Learned).values(weight=7)))
    assert (await run("suggestions", "verify"))[0] == 1
    assert (await run("suggestions", "rebuild"))[0] == 0
    assert await sums(story) == learned
    code, said, _ = await run("suggestions", "verify")
    assert (code, "1件" in said) == (0, True)
