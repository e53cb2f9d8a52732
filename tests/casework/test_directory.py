"""The directory: what an entry needs, who may change it, and what the list says of who can be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import directory
from meyasubako.casework.directory import Entry, Listed
from meyasubako.core.absences import Absence
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, AuditAction, MeetingWay, ProviderKind, Role, Spoken
from meyasubako.store.database import Database
from meyasubako.store.models import AuditEntry
from tests.harness.story import TOYAMA, Story, open_story

FORM: Mapping[str, Sequence[str]] = {
    "kind": ["adviser"],
    "name": ["見本 花子"],
    "position": ["サンプル大学 教授"],
    "profile": ["工場の現場で\n教えています。"],
    "topics": ["industry-data", "industry-data"],
    "ways": ["online", "visit"],
    "purposes": ["training"],
    "areas": ["津市", "伊勢市"],
    "languages": ["ja", "en"],
    "capacity": ["３件"],
    "absences": ["8/10〜8/20\n2026-07-31"],
    "sells": ["日報アプリ"],
    "sold_topics": ["industry-data"],
    "avoids": ["株式会社サンプル商店\n見本 次郎；株式会社サンプル商店"],
    "email": ["Ｈanako＠EXAMPLE.jp"],
    "is_active": ["yes"],
}
ENTRY = Entry(
    kind=ProviderKind.ADVISER,
    name="見本 花子",
    position="サンプル大学 教授",
    profile="工場の現場で\n教えています。",
    topics=("industry-data",),
    ways=(MeetingWay.ONLINE, MeetingWay.VISIT),
    email="Hanako@example.jp",
    is_active=True,
    purposes=("training",),
    areas=("津市", "伊勢市"),
    capacity=3,
    absences=(
        Absence(date(2026, 7, 31), date(2026, 7, 31)),
        Absence(date(2026, 8, 10), date(2026, 8, 20)),
    ),
    languages=(Spoken.JAPANESE, Spoken.ENGLISH),
    sells="日報アプリ",
    sold_topics=("industry-data",),
    avoids=("株式会社サンプル商店", "見本 次郎"),
)
TODAY = date(2026, 7, 3)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def add(story: Story, entry: Entry, **options: Any) -> int:
    by = options.get("by", story.clerk)
    return await story.database.write(
        lambda session: directory.add(session, story.applied.id, entry, by=by, at=story.at)
    )


async def change(story: Story, provider_id: int, entry: Entry, **options: Any) -> None:
    options = {"by": story.clerk, "at": story.at, **options}
    await story.database.write(
        lambda session: directory.change(session, story.applied, provider_id, entry, **options)
    )


async def entries(story: Story) -> list[Listed]:
    return await story.see(lambda session: directory.entries(session, story.applied.id))


async def test_a_form_becomes_an_entry(story: Story) -> None:
    assert directory.check(story.applied.desk, FORM, today=TODAY) == ENTRY


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": []}, "kind"),
        ({"kind": ["mayor"]}, "kind"),
        ({"name": ["　"]}, "name"),
        ({"name": ["あ" * 201]}, "name"),
        ({"email": ["hanako"]}, "email"),
        ({"email": ["a@b@c"]}, "email"),
        ({"topics": ["nowhere"]}, "topics"),
        ({"ways": ["letter"]}, "ways"),
        ({"position": ["あ" * 501]}, "position"),
        ({"profile": ["あ" * 4_001]}, "profile"),
        ({"purposes": ["nothing"]}, "purposes"),
        ({"areas": ["東京都"]}, "areas"),
        ({"languages": ["xx"]}, "languages"),
        ({"capacity": ["100"]}, "capacity"),
        ({"capacity": ["たくさん"]}, "capacity"),
        ({"absences": ["夏"]}, "absences"),
        ({"absences": ["2026-08-10〜2026-08-01"]}, "absences"),
        ({"sold_topics": ["nowhere"]}, "sold_topics"),
        ({"avoids": ["あ" * 201]}, "avoids"),
    ],
)
async def test_what_cannot_be_taken_is_named(story: Story, changes: dict[str, list[str]], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        directory.check(story.applied.desk, {**FORM, **changes}, today=TODAY)
    assert [error.field for error in caught.value.errors] == [field]
    # In the summary on top, nothing but the sentence says which field is meant.
    assert not caught.value.message[0].isdigit()


async def test_entries_are_kept_and_changed(story: Story) -> None:
    listed_on = date(2022, 4, 1)
    provider_id = await add(story, replace(ENTRY, listed_on=listed_on))
    assert await entries(story) == [
        Listed(provider_id, story.applied.id, replace(ENTRY, listed_on=listed_on))
    ]
    changed = replace(ENTRY, position="サンプル研究所 所長", is_active=False)
    await change(story, provider_id, changed)
    # Since when somebody is listed is not part of the form.
    assert await story.see(lambda session: directory.get(session, story.applied.id, provider_id)) == Listed(
        provider_id, story.applied.id, replace(changed, listed_on=listed_on)
    )


async def test_a_form_that_is_out_of_date_changes_nothing(story: Story) -> None:
    provider_id = await add(story, ENTRY)
    (opened,) = await entries(story)
    mended = replace(ENTRY, email="new@example.jp")
    await change(story, provider_id, mended, seen=opened.seen)
    # Pressed twice.
    await change(story, provider_id, mended, seen=opened.seen)
    with pytest.raises(WrongState):
        await change(story, provider_id, replace(ENTRY, is_active=False), seen=opened.seen)
    (now,) = await entries(story)
    assert now.entry == mended
    await change(story, provider_id, replace(ENTRY, is_active=False), seen=now.seen)


async def test_nobody_is_listed_twice(story: Story) -> None:
    await add(story, ENTRY)
    with pytest.raises(InvalidInput) as caught:
        await add(story, ENTRY)
    assert caught.value.field == "name"
    await add(story, replace(ENTRY, position="同じ名前の別の人"))
    assert len(await entries(story)) == 2


async def test_who_can_be_asked_is_active_and_has_an_address(story: Story) -> None:
    for entry in (
        ENTRY,
        replace(ENTRY, name="住所だけの人", email=""),
        replace(ENTRY, name="休みの人", is_active=False),
    ):
        await add(story, entry)
    assert [(each.entry.name, each.can_be_offered) for each in await entries(story)] == [
        ("住所だけの人", False),
        ("見本 花子", True),
        ("休みの人", False),
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK, None])
async def test_only_coordinators_change_the_directory(story: Story, role: Role | None) -> None:
    provider_id = await add(story, ENTRY)
    by = replace(story.clerk, roles={story.applied.id: role} if role else {})
    with pytest.raises(NotAllowed):
        await add(story, replace(ENTRY, name="もう一人"), by=by)
    with pytest.raises(NotAllowed):
        await change(story, provider_id, replace(ENTRY, name="別の名前"), by=by)
    assert [each.entry.name for each in await entries(story)] == ["見本 花子"]


async def test_the_directory_of_another_desk_is_not_there(story: Story, database: Database) -> None:
    other = await open_story(database, TOYAMA)
    provider_id = await add(other, replace(ENTRY, topics=()))
    assert await entries(story) == []
    with pytest.raises(NotFound):
        await story.see(lambda session: directory.get(session, story.applied.id, provider_id))
    with pytest.raises(NotFound):
        await change(story, provider_id, ENTRY)


async def test_every_change_is_on_record_without_addresses(story: Story) -> None:
    provider_id = await add(story, ENTRY)
    await change(story, provider_id, replace(ENTRY, name="別の名前", email="new@example.jp", is_active=False))
    recorded = await story.see(
        lambda session: session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == AuditAction.DIRECTORY_KEPT)
            .order_by(AuditEntry.id.desc())
            .limit(2)
        ).all()
    )
    changed, added = recorded
    assert added.subject == f"{ENTRY.name}：加えた"
    assert (changed.subject, changed.details["changes"]) == (
        "別の名前：改めた",
        [
            f"名前：「{ENTRY.name}」 → 「別の名前」",
            "メールアドレス：改めた",
            "打診の候補：「候補にする」 → 「候補にしない」",
        ],
    )
    assert "@" not in str([each.details for each in recorded])


async def test_what_somebody_changes_of_their_own_is_told_to_staff(story: Story) -> None:
    provider_id = await add(story, ENTRY)
    (now,) = await entries(story)
    me = Actor(ActorKind.PROVIDER, provider_id, ENTRY.name)
    typed = {"profile": ["農家の経理を手伝います。"], "name": ["別の名前"]}
    await story.do(directory.change_own, story.applied, typed, by=me, seen=now.seen)
    changed = await story.see(lambda session: directory.own_entry(session, by=me))
    assert (changed.entry.name, changed.entry.profile) == (ENTRY.name, "農家の経理を手伝います。")
    told = await story.see(lambda session: directory.history(session, story.applied.id, provider_id))
    assert [(each.who, each.what) for each in told] == [
        (ENTRY.name, "本人が改めた"),
        (story.clerk.name, "加えた"),
    ]
    with pytest.raises(WrongState):
        await story.do(directory.change_own, story.applied, {}, by=me, seen=now.seen)
    with pytest.raises(NotFound):
        await story.do(directory.change_own, story.applied, typed, by=story.clerk, seen=now.seen)
