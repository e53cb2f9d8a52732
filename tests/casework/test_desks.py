"""Desks: a file applied anew loses no code that anything stored still speaks of, and no word for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from meyasubako.casework import cases, desks, directory, replies, triage
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Change, Desk
from meyasubako.core.errors import InvalidInput, NotFound
from meyasubako.core.vocabulary import MeetingWay, Outcome, ProviderKind, RequesterType
from meyasubako.store.database import Database
from tests.harness.story import MIE, Story, open_story

PLACE = "四日市市"
OFFICE = "digital-strategy"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def apply(story: Story, desk: Desk) -> tuple[Change, ...]:
    return await story.do(desks.apply, desk)


async def stored(story: Story) -> AppliedDesk:
    return await story.see(lambda session: desks.find(session, MIE))


def without(desk: Desk, part: str, code: str) -> Desk:
    """The file with one code taken out of a list."""
    rest: Any = tuple(each for each in getattr(desk, part) if each.code != code)
    return replace(desk, **{part: rest})


def without_option(desk: Desk, name: str, code: str) -> Desk:
    """The file with one choice taken out of a field."""
    options = tuple(option for option in desk.field(name).options if option.code != code)
    fields = (replace(field, options=options) if field.name == name else field for field in desk.fields)
    return replace(desk, fields=tuple(fields))


def without_topic(desk: Desk, code: str) -> Desk:
    """The file with one leaf taken out of the tree."""
    tops = (
        replace(top, children=tuple(each for each in top.children if each.code != code))
        for top in desk.topics
    )
    return replace(desk, topics=tuple(tops))


async def decide(story: Story, case_id: int, **changes: Any) -> None:
    desk = story.applied.desk
    decision = triage.Decision(
        RequesterType.BUSINESS, desk.open_purposes()[0].code, (desk.topic_leaves()[0].code,), None
    )
    await story.do(triage.triage, desk, case_id, replace(decision, **changes), by=story.clerk)


async def requester_type_long_corrected(story: Story) -> None:
    case_id = await story.receive(requester_type=RequesterType.MUNICIPALITY)
    await decide(story, case_id)


async def purpose_long_corrected(story: Story) -> None:
    await decide(story, await story.receive(purpose="training"))


async def topic_long_corrected(story: Story) -> None:
    await decide(story, await story.receive(topics=("life-health",)))


async def topic_of_an_adviser(story: Story) -> None:
    entry = directory.Entry(ProviderKind.ADVISER, "見本の専門家", topics=("life-health",))
    await story.database.write(
        lambda session: directory.add(session, story.applied.id, entry, by=story.clerk, at=story.at)
    )


async def division_long_corrected(story: Story) -> None:
    case_id = await story.triaged()
    await decide(story, case_id, division=OFFICE)
    await decide(story, case_id)


async def outcome_of_a_case_reopened(story: Story) -> None:
    case_id = await story.triaged()
    await story.do(replies.reply, case_id, "回答です。", by=story.clerk)
    await story.do(replies.close, story.applied.desk, case_id, Outcome.SOLVED.value, by=story.clerk)
    await story.do(replies.reopen, case_id, "続きがあるため", by=story.clerk)


async def reason_of_a_case_taken_up_again(story: Story) -> None:
    case_id = await story.receive()
    await story.do(triage.decline, story.applied.desk, case_id, "unclear", by=story.clerk)
    await story.do(triage.undo, case_id, "読み直したため", by=story.clerk)


async def place_of_somebody(story: Story) -> None:
    await story.receive(requester=cases.RequesterDetails(municipality=PLACE), confirmed=False)


async def way_of_meeting(story: Story) -> None:
    await story.receive(meeting_way=MeetingWay.VISIT)


Find = Callable[[Desk], Any]
IN_USE: dict[str, tuple[Any, Callable[[Desk], Desk], Find]] = {
    "requester_type": (
        requester_type_long_corrected,
        lambda desk: without(desk, "requester_types", "municipality"),
        lambda desk: desk.requester_type("municipality"),
    ),
    "purpose": (
        purpose_long_corrected,
        lambda desk: without(desk, "purposes", "training"),
        lambda desk: desk.purpose("training"),
    ),
    "topic": (
        topic_long_corrected,
        lambda desk: without_topic(desk, "life-health"),
        lambda desk: desk.topic("life-health"),
    ),
    "topic of an adviser": (
        topic_of_an_adviser,
        lambda desk: without_topic(desk, "life-health"),
        lambda desk: desk.topic("life-health"),
    ),
    "division": (
        division_long_corrected,
        lambda desk: without(desk, "divisions", OFFICE),
        lambda desk: desk.division(OFFICE),
    ),
    "outcome": (
        outcome_of_a_case_reopened,
        lambda desk: without(desk, "outcomes", "solved"),
        lambda desk: desk.outcome("solved"),
    ),
    "decline_reason": (
        reason_of_a_case_taken_up_again,
        lambda desk: without(desk, "decline_reasons", "unclear"),
        lambda desk: desk.decline_reason("unclear"),
    ),
    "municipality": (
        place_of_somebody,
        lambda desk: without_option(desk, "municipality", PLACE),
        lambda desk: desk.field("municipality").option(PLACE),
    ),
    "meeting_way": (
        way_of_meeting,
        lambda desk: without_option(desk, "meeting_way", "visit"),
        lambda desk: desk.field("meeting_way").option("visit"),
    ),
}


@pytest.mark.parametrize("what", IN_USE)
async def test_what_is_in_use_stays_with_its_word(story: Story, what: str) -> None:
    use, smaller, find = IN_USE[what]
    before = story.applied.desk
    label = find(before).label
    await use(story)
    [change] = await apply(story, smaller(before))
    assert change.kind == "retired"
    kept = await stored(story)
    assert (find(kept.desk).label, find(kept.desk).retired, kept.revision) == (label, True, 2)
    assert await apply(story, smaller(before)) == ()
    assert (await stored(story)).revision == 2
    [change] = await apply(story, before)
    assert change.kind == "revived"
    assert (await stored(story)).desk == before


@pytest.mark.parametrize("what", IN_USE)
async def test_what_nobody_uses_goes(story: Story, what: str) -> None:
    _, smaller, find = IN_USE[what]
    kinds = [change.kind for change in await apply(story, smaller(story.applied.desk))]
    assert "removed" in kinds
    assert "retired" not in kinds
    with pytest.raises(KeyError):
        find((await stored(story)).desk)


@pytest.mark.parametrize(
    ("what", "chosen"),
    [
        ("requester_type", {"requester_type": RequesterType.MUNICIPALITY}),
        ("purpose", {"purpose": "training"}),
        ("topic", {"topics": ("life-health",)}),
        ("municipality", {"requester": cases.RequesterDetails(municipality=PLACE)}),
        ("meeting_way", {"meeting_way": MeetingWay.VISIT}),
    ],
)
async def test_what_is_offered_no_more_is_not_received(
    story: Story, what: str, chosen: dict[str, Any]
) -> None:
    """The form was checked a moment before the desk was applied anew."""
    _, smaller, find = IN_USE[what]
    await apply(story, smaller(story.applied.desk))
    with pytest.raises(InvalidInput) as refused:
        await story.receive(confirmed=False, **chosen)
    assert refused.value.field == ("topics" if what == "topic" else what)
    with pytest.raises(KeyError):
        find((await stored(story)).desk)
    # What did not change can still be sent.
    assert await story.receive()


async def test_what_another_desk_uses_is_no_matter_of_this_one(story: Story, database: Database) -> None:
    other = await open_story(database, "toyama-meyasubako")
    await other.receive(purpose="training")
    [change] = await apply(story, without(story.applied.desk, "purposes", "training"))
    assert change.kind == "removed"


async def test_desks_are_found_by_code_and_number(story: Story) -> None:
    applied = await stored(story)

    def numbers(session: Session) -> dict[str, int]:
        return desks.revisions(session)

    assert await story.see(lambda session: desks.find_by_id(session, applied.id)) == applied
    assert await story.see(desks.every) == (applied,)
    assert await story.see(numbers) == {MIE: 1}
    for unit in (lambda session: desks.find(session, "none"), lambda session: desks.find_by_id(session, 99)):
        with pytest.raises(NotFound):
            await story.see(unit)
