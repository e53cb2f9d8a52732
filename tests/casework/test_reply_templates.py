"""Reply templates: unknown fields are refused, known ones filled in from the case, the desk keeps its own wording."""

from dataclasses import replace

import pytest

from meyasubako.casework import reply_templates
from meyasubako.core import reply_fields
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from tests.harness.story import TOYAMA, Story, open_story

BODY = "{相手の名前} 様\n｛ 受付番号 ｝「{件名}」\n{期限}までに{窓口名}からお答えします。"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def add(story: Story, label: str = "お礼", body: str = BODY) -> int:
    return await story.do(reply_templates.add, story.applied.id, label, body, by=story.clerk)


async def labels(story: Story) -> list[str]:
    found = await story.see(lambda session: reply_templates.offered(session, story.applied.id))
    return [label for _, label in found]


async def fill(story: Story, case_id: int, template_id: int, by: Actor | None = None) -> str:
    actor = by or story.clerk
    return await story.see(
        lambda session: reply_templates.fill(session, actor, story.applied, case_id, template_id, at=story.at)
    )


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        (
            "{受付番後}です",
            "「{受付番後}」という差し込みはありません。「{受付番号}」のことではありませんか。",
        ),
        ("{}", "「{}」という差し込みはありません。下の一覧から選んでください。"),
        ("{受付番号", "「{」と「}」の組が合っていません。差し込みは {受付番号} のように書いてください。"),
    ],
)
async def test_an_unknown_field_is_refused_beside_the_text(story: Story, body: str, mistake: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await add(story, body=body)
    assert [(each.field, each.message) for each in caught.value.errors] == [("body", mistake)]
    assert await labels(story) == []


async def test_a_template_is_filled_in_from_the_case_once(story: Story) -> None:
    case_id = await story.triaged(title="{電話}を減らしたい😀")
    number = f"{story.numbers[case_id][:3]}-{story.numbers[case_id][3:6]}-{story.numbers[case_id][6:]}"
    text = await fill(story, case_id, await add(story))
    # Whatever the requester wrote is text: its braces are not looked into.
    assert text == (
        f"見本太郎 様\n{number}「{{電話}}を減らしたい😀」\n{{期限}}までにみえDXセンターからお答えします。"
    )
    assert reply_fields.left_in(text) == ["電話", "期限"]


async def test_nobody_fills_in_what_is_not_theirs(story: Story) -> None:
    case_id, template_id = await story.triaged(), await add(story)
    elsewhere = await open_story(story.database, TOYAMA)
    with pytest.raises(NotFound):
        await fill(story, case_id, template_id, by=elsewhere.clerk)
    viewer = replace(story.clerk, roles={story.applied.id: Role.VIEWER})
    with pytest.raises(NotAllowed):
        await fill(story, case_id, template_id, by=viewer)
    with pytest.raises(InvalidInput):
        await fill(story, case_id, await add(elsewhere))
    for role in (Role.VIEWER, Role.CLERK):
        by = replace(story.clerk, roles={story.applied.id: role})
        with pytest.raises(NotAllowed):
            await story.do(reply_templates.add, story.applied.id, "わたしの", "文", by=by)


async def test_templates_are_worded_ordered_retired_and_brought_back(story: Story) -> None:
    desk_id, by = story.applied.id, {"by": story.clerk}
    first, second, third = [await add(story, label, "文です。") for label in ("一", "二", "三")]
    await story.do(reply_templates.move, desk_id, third, -1, **by)
    await story.do(reply_templates.move, desk_id, first, -1, **by)
    assert await labels(story) == ["一", "三", "二"]
    with pytest.raises(InvalidInput, match="もうあります"):
        await add(story, "一", "文です。")

    words = (desk_id, second, "二の二", "改めた文です。")
    await story.do(reply_templates.change, *words, expected_version=1, **by)
    with pytest.raises(WrongState, match="サンプル山田さんが改めました"):
        await story.do(reply_templates.change, *words, expected_version=1, **by)

    await story.do(reply_templates.retire, desk_id, first, **by)
    assert await labels(story) == ["三", "二の二"]
    await add(story, "一", "新しい文です。")
    with pytest.raises(WrongState, match="いまあります"):
        await story.do(reply_templates.bring_back, desk_id, first, **by)


async def test_the_desk_file_brings_templates_once_and_never_writes_over_them(story: Story) -> None:
    brought = await story.do(reply_templates.adopt, story.applied)
    assert brought == len(story.applied.desk.reply_templates) > 2
    every = await story.see(lambda session: reply_templates.every(session, story.applied.id))
    changed, retired = every[0], every[1]
    await story.do(
        reply_templates.change,
        story.applied.id,
        changed.id,
        "わたしたちの言葉",
        changed.body,
        by=story.clerk,
        expected_version=1,
    )
    await story.do(reply_templates.retire, story.applied.id, retired.id, by=story.clerk)
    assert await story.do(reply_templates.adopt, story.applied) == 0
    assert (await labels(story))[0] == "わたしたちの言葉"
    assert retired.label not in await labels(story)
