"""A desk changed on its pages: over its file, with what it was before, never over what somebody else changed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import desks, triage
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.calendar import why_closed
from meyasubako.core.desk import CLOSED_DAY, DIVISION, TOPIC, Desk, as_file, parse_desk
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.sentences import Text
from meyasubako.core.vocabulary import AuditAction, Role
from meyasubako.store.database import Database
from meyasubako.store.models import AuditEntry, DeskAmendment
from tests.harness.shipped import shipped_desk
from tests.harness.story import MIE, Story, open_story

TOPIC_FORM = {
    "label": ["暮らしの安全"],
    "label_easy": ["{暮|く}らしの{安全|あんぜん}"],
    "label_en": ["Safety"],
    "description": ["防災や防犯のこと"],
    "keywords": ["防災、避難\n𠮷野家 😀"],
    "parent": ["life"],
}


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
def admin(story: Story) -> Actor:
    return replace(story.clerk, name="管理者", roles={story.applied.id: Role.ADMIN})


async def now(story: Story) -> AppliedDesk:
    return await story.see(lambda session: desks.find(session, MIE))


async def do(story: Story, admin: Actor, verb: Any, *arguments: Any, **options: Any) -> Any:
    return await story.do(verb, story.applied.id, *arguments, **{"by": admin, **options})


async def layer(story: Story) -> list[str]:
    found = await story.see(lambda session: desks.amendments(session, story.applied.id))
    return [each.text for each in found]


def words(desk: Desk, code: str, **changes: Any) -> desks.TopicWords:
    topic = desk.topic(code)
    line = desk.topic_line(code)
    parent = line[-2].code if len(line) > 1 else ""
    return replace(desks.TopicWords(topic.label, topic.description, topic.keywords, parent), **changes)


async def test_a_topic_is_added_reworded_moved_and_retired_with_its_history(
    story: Story, admin: Actor
) -> None:
    desk = story.applied.desk
    said = desks.read_topic(desk, None, TOPIC_FORM)
    code = await do(story, admin, desks.add_topic, said)
    added = (await now(story)).desk
    assert added.topic_path(code) == (desk.topic("life").label, "暮らしの安全")
    label = added.topic(code).label
    assert isinstance(label, Text)
    assert dict(label.versions) == {"ja-x-easy": "{暮|く}らしの{安全|あんぜん}", "en": "Safety"}
    assert added.topic(code).keywords == ("防災", "避難", "𠮷野家 😀")
    standing = await now(story)
    moved = words(standing.desk, code, label="安全", parent="industry")
    await do(story, admin, desks.change_topic, code, moved, seen=standing.revision)
    standing = await now(story)
    assert standing.desk.topic_path(code)[0] == desk.topic("industry").label
    await do(story, admin, desks.retire, TOPIC, code, seen=standing.revision)
    standing = await now(story)
    assert code not in standing.desk.open_topic_codes
    assert standing.desk.topic(code).label == "安全"
    told = await story.see(lambda session: desks.history(session, story.applied.id, TOPIC, code))
    assert [each.by for each in told] == ["管理者"] * 4
    assert "選べないように" in told[0].text
    assert any("名前を「暮らしの安全」から「安全」に" in each.text for each in told)
    recorded = await story.see(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.action == AuditAction.DESK_AMENDED)
        ).all()
    )
    assert len(recorded) == 3
    assert sorted(recorded[1].details["changes"]) == sorted(each.text for each in told[1:3])


async def test_what_is_not_offered_stays_where_it_is_and_is_chosen_no_more(
    story: Story, admin: Actor
) -> None:
    topic = "life-health"
    case_id, other = await story.receive(topics=(topic,)), await story.receive()
    division = story.applied.desk.open_divisions[0].code
    decision = triage.Decision(
        (await story.case(case_id)).requester_type, story.applied.desk.open_purposes()[0].code, (topic,), None
    )
    for category, code in ((TOPIC, topic), (DIVISION, division)):
        await do(story, admin, desks.retire, category, code, seen=(await now(story)).revision)
    desk = (await now(story)).desk
    await story.do(triage.triage, desk, case_id, decision, by=story.clerk)
    with pytest.raises(InvalidInput) as refused:
        await story.do(triage.triage, desk, other, replace(decision, division=division), by=story.clerk)
    assert {each.field for each in refused.value.errors} == {"topics", "division"}


async def test_a_newer_file_keeps_what_pages_changed_until_it_says_the_same(
    story: Story, admin: Actor
) -> None:
    desk = story.applied.desk
    await do(
        story, admin, desks.change_topic, "life-health", words(desk, "life-health", label="健康"), seen=1
    )
    await do(story, admin, desks.close_days, [date(2027, 8, 13)], "夏の休み")
    newer = replace(desk, hours="平日の午後")
    [change] = await story.do(desks.apply, newer)
    assert change.code == "hours"
    standing = (await now(story)).desk
    assert (standing.hours, standing.topic("life-health").label) == ("平日の午後", "健康")
    assert standing.closed_on(date(2027, 8, 13)) == "夏の休み"
    assert len(await layer(story)) == 2
    # The office writes the desk as it stands back into its file.
    assert await story.do(desks.apply, parse_desk(as_file(standing), source="written")) == ()
    assert await layer(story) == []
    assert (await now(story)).desk == standing


async def test_each_change_can_be_taken_back_while_nothing_depends_on_it(story: Story, admin: Actor) -> None:
    desk = story.applied.desk
    code = await do(story, admin, desks.add_topic, desks.read_topic(desk, None, TOPIC_FORM))
    standing = await now(story)
    child = words(standing.desk, "life-health", parent=code)
    await do(story, admin, desks.change_topic, "life-health", child, seen=standing.revision)
    ids = await story.see(
        lambda session: session.scalars(select(DeskAmendment.id).order_by(DeskAmendment.id)).all()
    )
    with pytest.raises(WrongState, match="もとにした"):
        await do(story, admin, desks.take_back, ids[0])
    await do(story, admin, desks.take_back, ids[1])
    with pytest.raises(NotFound):
        await do(story, admin, desks.take_back, ids[1])
    await story.receive(topics=(code,))
    with pytest.raises(WrongState, match="使われています"):
        await do(story, admin, desks.take_back, ids[0])
    standing = await now(story)
    assert standing.desk.topic_path("life-health") == desk.topic_path("life-health")
    await do(story, admin, desks.close_days, [date(2027, 8, 13)], "夏の休み")
    ids = await story.see(
        lambda session: session.scalars(select(DeskAmendment.id).order_by(DeskAmendment.id)).all()
    )
    await do(story, admin, desks.take_back, ids[-1])
    assert not (await now(story)).desk.is_closed_on(date(2027, 8, 13))


async def test_two_people_do_not_write_over_each_other(story: Story, admin: Actor) -> None:
    desk, other = story.applied.desk, replace(admin, name="ほかの人")
    division = desk.open_divisions[0]
    said = desks.DivisionWords("新しい課", division.topics)
    await do(story, other, desks.change_division, division.code, said, seen=1)
    # Somebody who works on something else is not disturbed.
    await do(
        story, admin, desks.change_topic, "life-health", words(desk, "life-health", label="健康"), seen=1
    )
    with pytest.raises(WrongState) as refused:
        await do(story, admin, desks.change_division, division.code, replace(said, label="別の課"), seen=1)
    assert "ほかの人さんが改めました" in refused.value.message
    assert f"「{division.label}」から「新しい課」に" in refused.value.message
    # Both gave the new one its name before either was there.
    with pytest.raises(InvalidInput):
        await do(story, admin, desks.add_division, said)
    # Pressed twice.
    await do(story, other, desks.change_division, division.code, said, seen=1)
    await do(story, admin, desks.retire, DIVISION, division.code, seen=(await now(story)).revision)
    await do(story, admin, desks.retire, DIVISION, division.code, seen=1)
    assert (await now(story)).revision == 4


async def test_closed_days_change_what_is_counted_from_now_on_only(story: Story, admin: Actor) -> None:
    await story.do(desks.apply, replace(story.applied.desk, answer_within_office_days=6))
    story.applied = await now(story)
    case_id = await story.receive()
    due = (await story.case(case_id)).due_on
    assert due is not None
    day = next(day for back in range(1, 9) if not why_closed(day := due - timedelta(days=back), lambda _: ""))
    days, reason = desks.read_days(story.applied.desk, day, None, "庁舎の点検")
    await do(story, admin, desks.close_days, days, reason)
    assert (await story.case(case_id)).due_on == due
    standing = await now(story)
    story.applied = standing
    later = (await story.case(await story.receive())).due_on
    assert later is not None
    assert later > due
    await do(story, admin, desks.open_day, day)
    assert await layer(story) == []
    told = await story.see(lambda session: desks.history(session, story.applied.id, CLOSED_DAY))
    assert ["外しました" in each.text for each in told] == [True, False]


async def test_only_who_manages_the_desk_changes_it(story: Story) -> None:
    with pytest.raises(NotAllowed):
        await do(
            story,
            replace(story.clerk, roles={story.applied.id: Role.COORDINATOR}),
            desks.close_days,
            [date(2027, 8, 13)],
            "夏の休み",
        )


WRONG: list[tuple[dict[str, list[str]], str, str]] = [
    ({"label": ["　"]}, "label", "分野の名前を"),
    ({"label": ["長" * 61]}, "label", "分野の名前は60字までです。"),
    ({"label_easy": ["{暮|く"]}, "label_easy", "分野の名前（やさしい日本語）のふりがなは"),
    ({"label_en": ["L" * 181]}, "label_en", "分野の名前（英語）は180字までです。"),
    ({"description": [""]}, "description", "分野の説明を"),
    ({"keywords": ["、、"]}, "keywords", "手がかりになる言葉を"),
    ({"keywords": ["長" * 61]}, "keywords", "手がかりの言葉は"),
    ({"parent": ["nowhere"]}, "parent", "上の分野を"),
]


@pytest.mark.parametrize(("changes", "field", "names"), WRONG)
def test_what_cannot_be_taken_is_named(changes: dict[str, list[str]], field: str, names: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        desks.read_topic(shipped_desk(MIE), None, {**TOPIC_FORM, **changes})
    [error] = refused.value.errors
    assert (error.field, error.message[: len(names)]) == (field, names)


def test_names_stand_once_beside_each_other_and_nothing_goes_below_itself() -> None:
    desk = shipped_desk(MIE)
    beside = desk.topic("life").children[0]
    with pytest.raises(InvalidInput):
        desks.read_topic(desk, None, {**TOPIC_FORM, "label": [f" {beside.label}　"]})
    with pytest.raises(InvalidInput) as refused:
        desks.read_topic(desk, "life", {**TOPIC_FORM, "parent": [beside.code]})
    assert refused.value.field == "parent"
    with pytest.raises(InvalidInput):
        desks.read_division(desk, None, {"label": [desk.open_divisions[0].label]})


def test_days_that_are_closed_anyway_are_not_closed_again() -> None:
    desk = shipped_desk(MIE)
    days, reason = desks.read_days(desk, date(2027, 8, 11), date(2027, 8, 16), "夏の休み")
    assert ([each.day for each in days], reason) == ([12, 13, 16], "夏の休み")
    for first, last in (
        (date(2027, 8, 14), None),
        (date(2027, 1, 1), date(2027, 1, 3)),
        (date(2027, 8, 12), date(2027, 8, 11)),
        (date(2027, 8, 12), date(2028, 8, 11)),
        (None, None),
    ):
        with pytest.raises(InvalidInput):
            desks.read_days(desk, first, last, "休み")
