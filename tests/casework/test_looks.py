"""Who has seen what: marks of what is new, and two people on one case."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from meyasubako.casework import casefiles, looks, selection, tracking, triage
from meyasubako.casework.looks import Seen
from meyasubako.core.conditions import Conditions, Queue
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, Role
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Staff
from tests.harness.story import Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def colleague(story: Story, name: str = "サンプル田中") -> Actor:
    def unit(session: Session) -> int:
        member = Staff(login=name, name=name, password_hash="-", is_active=True, created_at=story.at)
        session.add(member)
        session.flush()
        return member.id

    staff_id = await story.database.write(unit)
    return Actor(ActorKind.STAFF, staff_id, name, {story.applied.id: Role.CLERK})


async def look(story: Story, case_id: int, by: Actor) -> list[str]:
    """Open the case's page; what is marked as new on it."""

    def read(session: Session) -> casefiles.CaseFile:
        until = looks.new_since(session, case_id, by=by, at=story.at)
        return casefiles.case_file(session, by, story.applied, case_id, at=story.at, seen_until=until)

    file = await story.see(read)
    await story.do(looks.look, case_id, Seen(file.changed_at, file.last_event_id), by=by)
    return [each.what for each in file.history if each.is_new]


async def unseen(story: Story, by: Actor) -> set[int]:
    query = selection.select_cases(by, story.applied, Conditions(queue=Queue.UNSEEN), at=story.at)
    return set(await story.see(lambda session: list(session.scalars(query.with_only_columns(Case.id)))))


async def test_what_others_did_is_new_until_one_has_looked(story: Story) -> None:
    other = await colleague(story)
    case_id, quiet = await story.receive(), await story.receive(confirmed=False)
    assert await unseen(story, story.clerk) == {case_id, quiet}
    assert await look(story, case_id, story.clerk) == []
    assert await unseen(story, story.clerk) == {quiet}

    story.pass_time(hours=1)
    await story.do(triage.note, case_id, "電話で聞きました。", by=other)
    assert await unseen(story, story.clerk) == {case_id, quiet}
    assert await unseen(story, other) == {quiet}
    # The mark stays for the visit, however often the page is loaded.
    assert [await look(story, case_id, story.clerk) for _ in range(2)] == [["メモを書きました"]] * 2
    assert await unseen(story, story.clerk) == {quiet}
    await story.do(triage.note, case_id, "承知しました。", by=story.clerk)
    assert await unseen(story, story.clerk) == {quiet}
    story.pass_time(hours=1)
    assert await look(story, case_id, story.clerk) == []


async def test_all_can_be_taken_note_of_at_once(story: Story) -> None:
    other = await colleague(story)
    case_id = await story.receive()
    await story.do(looks.take_note, story.applied.id, by=story.clerk)
    assert (await unseen(story, story.clerk), await unseen(story, other)) == (set(), {case_id})
    story.pass_time(minutes=1)
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "もう一つあります。")
    await story.do(looks.take_note, story.applied.id, by=other)
    assert (await unseen(story, story.clerk), await unseen(story, other)) == ({case_id}, set())
    with pytest.raises(NotFound):
        await story.do(looks.take_note, story.applied.id, by=replace(other, roles={}))


async def test_two_people_on_one_case_see_each_other(story: Story) -> None:
    other = await colleague(story)
    case_id, elsewhere = await story.receive(), await story.receive(confirmed=False)

    async def people(by: Actor, of: int = case_id) -> list[tuple[str, bool]]:
        found = await story.see(lambda session: looks.others(session, of, by=by, at=story.at))
        return [(each.name, each.is_here) for each in found]

    await look(story, case_id, other)
    assert await people(story.clerk) == [("サンプル田中", True)]
    assert await people(other) == await people(story.clerk, elsewhere) == []
    story.pass_time(minutes=5)
    assert await people(story.clerk) == [("サンプル田中", False)]
    await story.do(looks.stay, case_id, by=other)
    assert await people(story.clerk) == [("サンプル田中", True)]
    story.pass_time(hours=1)
    assert await people(story.clerk) == []
    # A sign of life from somebody who never looked is none.
    await story.do(looks.stay, case_id, by=story.clerk)
    assert await people(other) == []
