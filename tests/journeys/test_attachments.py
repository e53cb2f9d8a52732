"""Two photos go with a suggestion: chosen one after the other on a phone, kept on the way back, read by the clerk."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from meyasubako.core.vocabulary import Role
from tests.harness.files import PLACE, jpeg, png
from tests.harness.site import TOYAMA
from tests.journeys.steps import (
    DESK,
    PHONE,
    Town,
    ask_how_it_stands,
    begin_suggestion,
    choose,
    field,
    follow,
    press,
    reads_code,
    sees,
    sign_in,
    visit,
)

pytestmark = pytest.mark.journey

TITLE = "水路のふたが壊れています"
FIRST, SECOND = "IMG_0001.JPG", "画面の写し.png"


async def write_about_it(page: Page) -> None:
    await begin_suggestion(page, TITLE, "写真のとおりです。")


async def choose_file(page: Page, name: str, content: bytes) -> None:
    await field(page, "ファイル").set_input_files({"name": name, "mimeType": "", "buffer": content})


async def add(page: Page, name: str, content: bytes) -> None:
    await choose_file(page, name, content)
    await press(page, "ファイルを追加")
    await expect(page.get_by_role("list", name="付けたファイル")).to_contain_text(name)


async def download(page: Page, name: str) -> bytes:
    async with page.expect_download() as expected:
        await page.get_by_role("link", name=name, exact=True).click()
    found = await expected.value
    assert found.suggested_filename == name
    return await asyncio.to_thread(Path(await found.path()).read_bytes)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="with-script", marks=pytest.mark.full),
        pytest.param(False, id="without-script"),
    ],
)
async def test_two_photos_from_a_phone_reach_the_clerk_without_their_place(town: Town, script: bool) -> None:
    async with (
        town.visitor(PHONE, script=script, refusals=(422,)) as resident,
        town.visitor(DESK, script=script) as clerk,
    ):
        await write_about_it(resident)
        await add(resident, FIRST, jpeg())
        if script:
            await choose_file(resident, "大きい.pdf", b"%PDF" + bytes(town.site.settings.file_bytes))
            await expect(resident.get_by_role("alert")).to_contain_text("「大きい.pdf」は、1つ10MBまで")
            await expect(field(resident, "ファイル")).to_have_value("")
        await choose_file(resident, "動画.mp4", b"\0\0\0\x14ftypisom\0\0\0\0")
        await press(resident, "ファイルを追加")
        await expect(resident.locator("#field-files-error")).to_contain_text(
            "「動画.mp4」は、受け取れる種類の"
        )
        await expect(field(resident, "件名")).to_have_value(TITLE)
        await add(resident, "まちがい.png", png())
        await press(resident, "削除 （まちがい.png）")
        await expect(resident.get_by_role("list", name="付けたファイル")).not_to_contain_text("まちがい")

        # The second one is chosen and sent along without being added first.
        await choose_file(resident, SECOND, png())
        await choose(resident, {"お返事": "希望しない", "要旨の公表": "いいえ"})
        await press(resident, "内容を確かめる")
        await sees(resident, "内容を確かめる", FIRST, SECOND)
        await press(resident, "もどってなおす")
        held = resident.get_by_role("list", name="付けたファイル").get_by_role("listitem")
        await expect(held).to_contain_text([FIRST, SECOND])
        # The Enter key goes on and does not take away the first file.
        await field(resident, "件名").press("Enter")
        await sees(resident, "内容を確かめる", TITLE, FIRST, SECOND)
        await press(resident, "この内容で送る")
        await sees(resident, "受け付けました", FIRST, SECOND)
        number, passcode = await reads_code(resident, "受付番号"), await reads_code(resident, "合言葉")

        await sign_in(town, clerk, "yamada", roles={TOYAMA: Role.CLERK}, name="山田一郎")
        await visit(clerk, f"/staff/desks/{TOYAMA}/cases")
        await follow(clerk, TITLE)
        await sees(clerk, TITLE, "添付 2")
        for name in (FIRST, SECOND):
            content = await download(clerk, name)
            assert content
            assert PLACE not in content

        await ask_how_it_stands(resident, number, passcode)
        assert await download(resident, FIRST) == await download(clerk, FIRST)
