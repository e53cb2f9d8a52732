"""優先度: decided at triage, suggested by the words of a text, kept until somebody says otherwise, and first among those of one day."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from meyasubako import learning
from meyasubako.casework import bulk, casefiles, cases, exports, replies, suggesting, triage
from meyasubako.casework.casefiles import Cursor
from meyasubako.casework.suggesting import Question, thinking
from meyasubako.core.conditions import Conditions, Scope, Sorting
from meyasubako.core.desk import Desk, from_json, parse_desk, to_json
from meyasubako.core.errors import InvalidInput
from meyasubako.core.vocabulary import CaseKind, Deed, Outcome, Priority
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from tests.casework.files_read import file_of
from tests.casework.test_triage import decide, form
from tests.core.small_desk import SMALL, mistakes_in
from tests.harness.story import KEYS, MIE, Story, open_story

HIGH, NORMAL, LOW = Priority.HIGH, Priority.NORMAL, Priority.LOW
URGENT = "配水の装置が停止しました。至急お願いします。けがの危険があります。"


@pytest.fixture
async def story(database: Database) -> Story:
    found = await open_story(database, MIE)
    found.applied = replace(found.applied, desk=replace(found.applied.desk, answer_within_office_days=6))
    return found


def without(desk: Desk) -> Desk:
    return replace(desk, priorities=replace(desk.priorities, enabled=False))


async def priority_of(story: Story, case_id: int) -> Priority | None:
    return await story.see(lambda session: session.get_one(Case, case_id).priority)


async def test_a_priority_stays_until_somebody_says_otherwise(story: Story) -> None:
    case_id = await story.receive()
    await decide(story, case_id, priority="high")
    await decide(story, case_id)
    assert await priority_of(story, case_id) is HIGH
    file = await file_of(story, case_id)
    assert file.triage.priority is HIGH
    assert [each.said.endswith("優先度 高") for each in file.history if "振" in each.what] == [True, True]
    with pytest.raises(InvalidInput):
        triage.check(story.applied.desk, form(story, priority="urgent"))
    assert triage.check(without(story.applied.desk), form(story, priority="urgent")).priority is None


async def test_of_the_cases_of_one_day_the_high_ones_come_first(story: Story) -> None:
    decided: list[Any] = [NORMAL, LOW, HIGH, None, HIGH]
    same_day = [await story.receive() for _ in decided]
    for case_id, priority in zip(same_day, decided, strict=True):
        if priority is not None:
            await decide(story, case_id, priority=priority)
    story.pass_time(days=7)
    later = await story.receive()
    await decide(story, later, priority="high")
    no_day = [await story.receive() for _ in range(2)]
    for case_id in no_day:
        await story.do(_without_deadline, case_id)
    await decide(story, no_day[1], priority="high")
    done = await story.triaged()
    await story.do(replies.reply, done, "回答です。", by=story.clerk)
    await story.do(replies.close, story.applied.desk, done, Outcome.ADVISED, by=story.clerk)
    first, second, third, fourth, fifth = same_day
    owed = [third, fifth, first, fourth, second, later]
    for wanted, ended in ((Conditions(), []), (Conditions(scope=Scope.ALL), [done])):
        expected = [*owed, no_day[1], no_day[0], *ended]
        assert await paged(story, wanted) == expected
        assert await paged(story, wanted, backwards=True) == expected
    found = await paged(story, Conditions(priorities=(HIGH,)))
    assert found == [third, fifth, later, no_day[1]]
    assert await paged(story, Conditions(priorities=(NORMAL, LOW))) == [first, fourth, second, no_day[0]]


def _without_deadline(session: Session, case_id: int, *, at: datetime) -> None:
    cases.change(session.get_one(Case, case_id), at=at, due_on=None)


async def paged(story: Story, wanted: Conditions, *, backwards: bool = False) -> list[int]:
    """A list by its deadlines, case by case: each found by the way from the one before."""
    rows = (await _page(story, wanted)).rows
    if not rows:
        return []
    places = [Cursor.read(str(row.place)) for row in rows]
    assert places == [row.place for row in rows]

    def beside(session: Any, place: Cursor) -> tuple[Cursor | None, Cursor | None]:
        return casefiles.neighbours(
            session, story.clerk, story.applied, wanted, place, at=story.at, sorting=Sorting.DUE
        )

    place, found = rows[-1 if backwards else 0].place, []
    while place is not None:
        found.append(place.case_id)
        before, after = await story.see(lambda session, place=place: beside(session, place))
        place = before if backwards else after
    return found[::-1] if backwards else found


async def _page(story: Story, wanted: Conditions) -> casefiles.InboxPage:
    return await story.see(
        lambda session: casefiles.inbox(
            session, story.clerk, story.applied, wanted, at=story.at, sorting=Sorting.DUE
        )
    )


async def test_words_speak_for_a_priority_and_decisions_teach_it(story: Story) -> None:
    urgent = await story.receive(title="配水の装置", body=URGENT)
    usual = await story.receive(title="旅館の予約", body="観光客の予約を、ネットで受けたい。")
    await learning.learn_all(story.database)

    async def first(case_id: int, desk: Desk = story.applied.desk) -> tuple[str, tuple[str, ...]] | None:
        thought = await story.see(lambda session: thinking.material(session, story.applied.id, case_id))
        found = suggesting.suggestions(desk, CaseKind.CONSULTATION, thought).get(Question.PRIORITY)
        return (found[0].code, found[0].words) if found else None

    code, words = await first(urgent) or ("", ())
    assert code == "high"
    assert set(words) >= {"停止", "至急"}
    assert await first(usual) == ("normal", ())
    assert await first(urgent, without(story.applied.desk)) is None

    for _ in range(3):
        case_id = await story.receive(title="旅館の予約", body="観光客の予約を、ネットで受けたい。")
        await decide(story, case_id, priority="low")
    await decide(story, usual)
    await learning.learn_all(story.database)
    asked = await story.receive(title="旅館の予約", body="観光客の予約のこと。")
    await learning.learn_all(story.database)
    assert (await first(asked) or ("",))[0] == "low"
    seen = await story.see(
        lambda session: suggesting.rightness(session, story.clerk, story.applied, Question.PRIORITY)
    )
    # What was triaged without a word about it was not decided.
    assert seen.total.decided == 3
    assert await learning.verify(story.database) == (4, ())


async def test_many_are_given_a_priority_at_once_and_it_is_taken_back(story: Story) -> None:
    case_ids = [await story.triaged() for _ in range(2)]
    await decide(story, case_ids[0], priority="low")
    versions = await story.see(
        lambda session: {each: session.get_one(Case, each).version for each in case_ids}
    )
    order = await story.see(
        lambda session: bulk.check(
            session, story.applied, {"deed": [Deed.TRIAGE], "priority": ["high"]}, case_ids
        )
    )
    done = await story.do(bulk.perform, story.applied, order, versions, keys=KEYS, by=story.clerk)
    assert [await priority_of(story, each) for each in case_ids] == [HIGH, HIGH]
    await story.do(bulk.undo, done.act_id, by=story.clerk)
    assert [await priority_of(story, each) for each in case_ids] == [LOW, None]
    wanted = exports.Wanted(Conditions())
    piece = await story.see(
        lambda session: exports.piece(session, story.clerk, story.applied, wanted, at=story.at)
    )
    column = [each.label for each in exports.columns(wanted)].index("優先度")
    assert [row[column] for row in piece.rows] == ["低", ""]


def test_a_desk_may_do_without_and_names_its_own_words() -> None:
    usual = parse_desk(SMALL, source="small.toml").priorities
    assert usual.enabled
    assert "至急" in usual.high_keywords
    desk = parse_desk(
        f'{SMALL}\n[priorities]\nenabled = false\nhigh_keywords = ["漏水"]\n', source="small.toml"
    )
    assert desk.priorities == replace(usual, enabled=False, high_keywords=("漏水",))
    assert from_json(to_json(desk)) == desk
    [mistake] = mistakes_in(f"{SMALL}\n[priorities]\nenable = false\n")
    assert mistake.key == "priorities.enable"
