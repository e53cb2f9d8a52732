"""What somebody is known for follows their entry and their advice, whoever makes it and in whatever order they are listed."""

import asyncio

import pytest

from meyasubako import learning
from meyasubako.casework import directory, matching, profiles
from meyasubako.casework.directory import Entry, ProviderKind
from meyasubako.core.fitting import Part
from meyasubako.store.database import Database
from tests.casework.test_candidates import found, list_one
from tests.harness.story import Story, open_story

ABOUT = {"title": "ハウスの温度", "body": "トマトのハウスの温度を、離れたところから知りたい。"}
KNOWN = {
    "見本一郎": "旅館の予約と、観光の案内",
    "見本二郎": "ハウスの温度をセンサーで測る",
    "見本三郎": "トマトの出荷と、ハウスの見回り",
    "見本四郎": "",
}


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def texts(story: Story, case_id: int) -> dict[str, tuple[float, str]]:
    """How well everybody's words fit, and what is said of that."""
    return {
        each.name: next((said.value, said.words) for said in each.said if said.part is Part.TEXT)
        for each in await found(story, case_id)
    }


async def test_own_advice_and_a_changed_entry_are_known_soon(story: Story) -> None:
    adviser = await list_one(story, "見本一郎", profile=KNOWN["見本一郎"])
    earlier = await story.triaged()
    offer_id = await story.offer(earlier, adviser)
    await story.accept(offer_id, adviser)
    case_id = await story.triaged(**ABOUT)
    # What was not taken apart yet says nothing.
    assert await texts(story, case_id) == {"見本一郎": (0.0, "")}
    await learning.learn_all(story.database)
    assert await texts(story, case_id) == {"見本一郎": (0.0, "")}
    await story.do(matching.advise, offer_id, "ハウスの温度は、センサーで測れます。", by=adviser)
    await learning.learn_all(story.database)
    value, words = (await texts(story, case_id))["見本一郎"]
    assert value == 1
    assert "「ハウス」「温度」" in words
    entry = Entry(ProviderKind.PARTNER, "見本一郎", email="a@example.jp", profile="トマトの栽培")
    await story.do(directory.change, story.applied, adviser.id, entry, by=story.clerk)
    await learning.learn_all(story.database)
    assert "「トマト」" in (await texts(story, case_id))["見本一郎"][1]


async def test_neither_order_nor_who_makes_them_matters(story: Story, database_url: str) -> None:
    other = Database(database_url)
    try:
        listed = [(name, "1") for name in KNOWN] + [(name, "2") for name in reversed(KNOWN)]
        for name, position in listed:
            await list_one(story, name, position=position, profile=KNOWN[name])
        case_id = await story.triaged(**ABOUT)
        made = await asyncio.gather(
            *(
                learning.know_some(each, limit=limit)
                for each, limit in ((other, 3), (story.database, 5), (other, 8))
            )
        )
        assert sum(made) >= len(listed)
        await learning.learn_all(other)
        assert await learning.know_some(story.database) == 0
    finally:
        await other.close()
    ranked = await found(story, case_id)
    assert [(each.name, each.position) for each in ranked] == [
        (name, position) for name in ("見本三郎", "見本二郎", "見本一郎", "見本四郎") for position in "12"
    ]
    points = [each.fit.points for each in ranked]
    assert points[::2] == points[1::2]
    # What was made before is used as long as nobody's words change.
    ready = await story.see(lambda session: profiles.directory(session, story.applied.id))
    assert await story.see(lambda session: profiles.directory(session, story.applied.id)) is ready


async def test_what_changes_while_it_is_taken_apart_is_taken_apart_again(story: Story) -> None:
    someone = await list_one(story, "見本一郎", profile=KNOWN["見本一郎"])
    assert someone.id is not None
    [due] = await story.see(lambda session: profiles.due(session, 9))
    entry = Entry(ProviderKind.PARTNER, "見本一郎", email="a@example.jp", profile="トマトの栽培")
    await story.do(directory.change, story.applied, someone.id, entry, by=story.clerk)
    await story.database.write(lambda session: profiles.keep(session, [(due, profiles.terms_of(due))]))
    [again] = await story.see(lambda session: profiles.due(session, 9))
    assert "トマトの栽培" in again.texts
    await learning.learn_all(story.database)
    assert await story.see(lambda session: profiles.due(session, 9)) == []
