"""Saved views: one's own or the desk's, named, ordered, deleted, and nobody else's business."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import saved_views
from meyasubako.casework.saved_views import MOST_VIEWS, View
from meyasubako.core.conditions import Conditions, Due, Scope, Sorting
from meyasubako.core.errors import DeskError, InvalidInput, NotAllowed, NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import AuditAction, Role, Status
from meyasubako.store.database import Database
from meyasubako.store.models import AuditEntry
from tests.casework.test_looks import colleague
from tests.harness.story import TOYAMA, Story, open_story

WANTED = Conditions(scope=Scope.ALL, statuses=(Status.RECEIVED, Status.CLOSED), due=Due.OVERDUE)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def save(story: Story, name: str, *, by: Actor | None = None, is_shared: bool = False) -> int:
    return await story.do(
        saved_views.save,
        story.applied.id,
        name,
        WANTED,
        Sorting.DUE,
        is_shared=is_shared,
        by=by or story.clerk,
    )


async def views(story: Story, by: Actor | None = None) -> list[View]:
    seen = await story.see(
        lambda session: saved_views.views_for(session, by or story.clerk, story.applied.id)
    )
    return list(seen)


async def change(story: Story, verb: Any, view_id: int, *more: Any, by: Actor | None = None) -> None:
    desk_id = story.applied.id
    await story.database.write(
        lambda session: verb(session, desk_id, view_id, *more, by=by or story.clerk, at=story.at)
    )


async def test_a_view_is_kept_as_it_was_and_only_for_whom_it_is(story: Story) -> None:
    clerk = await colleague(story)
    own, shared = await save(story, "  期限切れ　"), await save(story, "みんなの一覧", is_shared=True)
    assert await views(story) == [
        View(shared, "みんなの一覧", WANTED, Sorting.DUE, True),
        View(own, "期限切れ", WANTED, Sorting.DUE, False),
    ]
    assert [each.id for each in await views(story, clerk)] == [shared]
    with pytest.raises(NotAllowed):
        await save(story, "わたしの", by=clerk, is_shared=True)
    for verb, more in ((saved_views.rename, ["別名"]), (saved_views.move_up, []), (saved_views.delete, [])):
        with pytest.raises(NotFound):
            await change(story, verb, own, *more, by=clerk)
        with pytest.raises(NotAllowed):
            await change(story, verb, shared, *more, by=clerk)
    assert len(await views(story)) == 2


async def test_views_are_named_ordered_and_deleted(story: Story) -> None:
    first, second, third = [await save(story, name) for name in ("一", "二", "三")]
    await change(story, saved_views.move_up, third)
    await change(story, saved_views.move_up, first)
    assert [each.id for each in await views(story)] == [first, third, second]
    await change(story, saved_views.rename, third, "さん")
    # Its own name is no other's.
    await change(story, saved_views.rename, third, "さん")
    await change(story, saved_views.delete, first)
    assert [each.name for each in await views(story)] == ["さん", "二"]
    with pytest.raises(NotFound):
        await change(story, saved_views.delete, first)


async def test_a_name_is_there_short_and_its_own(story: Story) -> None:
    await save(story, "一")
    for name in ("", "　", "一", "長" * 41):
        with pytest.raises(InvalidInput) as refused:
            await save(story, name)
        assert [each.field for each in refused.value.errors] == ["name"], name
    await save(story, "一", is_shared=True)
    for number in range(MOST_VIEWS - 1):
        await save(story, f"一覧{number}")
    with pytest.raises(InvalidInput):
        await save(story, "多すぎる")


async def test_other_desks_have_their_own(story: Story, database: Database) -> None:
    other = await open_story(database, TOYAMA)
    view_id = await save(story, "一", is_shared=True)
    at_other = replace(story.clerk, roles={other.applied.id: Role.ADMIN})
    assert await views(story, at_other) == []
    attempts: list[Any] = [
        change(story, saved_views.delete, view_id, by=at_other),
        change(other, saved_views.delete, view_id, by=at_other),
        save(story, "二", by=at_other),
    ]
    for attempt in attempts:
        with pytest.raises(DeskError):
            await attempt
    assert len(await views(story)) == 1


async def test_what_happens_to_a_list_of_the_desk_is_on_record_but_not_to_ones_own(story: Story) -> None:
    shared, own = await save(story, "みんなの", is_shared=True), await save(story, "自分の")
    for view_id in (shared, own):
        await change(story, saved_views.rename, view_id, "新しい")
        await change(story, saved_views.delete, view_id)
    recorded = await story.see(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.action == AuditAction.VIEWS_KEPT).order_by(AuditEntry.id)
        ).all()
    )
    assert [(each.subject, each.details.get("changes")) for each in recorded] == [
        ("みんなの：保存した", None),
        ("新しい：名前を変えた", ["名前：「みんなの」 → 「新しい」"]),
        ("新しい：削除した", None),
    ]
