"""Files on the pages: chosen, held, taken away, sent, read by those who may; and nothing of it when they may not."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from meyasubako.casework import attachments, desks
from meyasubako.core.desk import parse_desk
from meyasubako.core.vocabulary import Role, ScanState
from meyasubako.store.database import Database
from meyasubako.store.models import Attachment, Draft, Receipt, StoredFile
from meyasubako.web.page import disposition
from tests.harness.client import ORIGIN, Client, Page
from tests.harness.files import PLACE, jpeg, office, pdf
from tests.harness.html import elements, words
from tests.harness.site import DESK_FILES, MIE, OPENED_AT, TOYAMA, Site, open_site

NEW = f"/desks/{TOYAMA}/new"
CHECK = "内容を確かめる"
SEND = "この内容で送る"
ADD = "ファイルを追加"
OPINION = {
    "requester_type": "resident",
    "purpose": "opinion",
    "title": "除雪の状況を地図で見たい",
    "body": "朝の出勤前に分かると助かります。",
    "reply_wanted": "yes",
    "publish_consent": "no",
}
PHOTO, PLAN = ("IMG_1.JPG", jpeg(turned=6)), ("提案書.pdf", pdf())


def on_disk(site: Site) -> list[Path]:
    folder = site.settings.files_folder
    return [each for each in folder.rglob("*") if each.is_file()]


async def rows(site: Site) -> tuple[int, ...]:
    """Receipts, drafts, attachments, contents."""

    def count(session: Any) -> tuple[int, ...]:
        tables = (Receipt, Draft, Attachment, StoredFile)
        return tuple(session.scalar(select(func.count()).select_from(table)) for table in tables)

    return await site.database.read(count)


def held(page: Page) -> list[str]:
    """The files a form says it holds."""
    found = [each for each in elements(page.tree, "ul") if each.get("class") == "held-files"]
    return [words(next(elements(line, "span"))) for each in found for line in elements(each, "li")]


def error_beside(page: Page) -> str:
    return words(page.by_id("field-files-error")).removeprefix("エラー：")


async def with_files(client: Client, *files: tuple[str, bytes], button: str = CHECK, **options: Any) -> Page:
    page = await client.get(NEW)
    return await client.submit(page, OPINION, button=button, files={"files": files}, **options)


async def sent(client: Client, *files: tuple[str, bytes]) -> Page:
    check = await with_files(client, *files)
    return await client.submit(check.form(button=SEND), button=SEND)


def downloads(page: Page) -> dict[str, str]:
    return {name: link for name, link in page.links.items() if "/files/" in link}


async def test_two_photos_are_checked_kept_on_the_way_back_and_sent(site: Site) -> None:
    client = site.client()
    check = await with_files(client, PHOTO, PLAN)
    assert check.heading == CHECK
    assert "IMG_1.JPG（1KB）" in check.text
    back = await client.submit(check.form(button=SEND), button="もどってなおす")
    assert held(back) == ["IMG_1.JPG", "提案書.pdf"]
    assert back.form(button=CHECK).fields["title"] == [OPINION["title"]]
    check = await client.submit(back, button=CHECK)
    assert await rows(site) == (0, 1, 2, 2)
    done = await client.submit(check.form(button=SEND), button=SEND)
    assert done.heading == "受け付けました"
    assert "提案書.pdf" in done.text
    assert await rows(site) == (1, 0, 2, 2)
    assert all(PLACE not in each.read_bytes() for each in on_disk(site))


async def test_files_are_added_and_taken_away_without_leaving_the_form(site: Site) -> None:
    client = site.client()
    page = await with_files(client, PHOTO, button=ADD)
    assert (page.status, held(page)) == (200, ["IMG_1.JPG"])
    assert page.form(button=CHECK).fields["body"] == [OPINION["body"]]
    page = await client.submit(page, button=ADD, files={"files": [PLAN]})
    assert held(page) == ["IMG_1.JPG", "提案書.pdf"]
    page = await client.submit(page, button="削除（IMG_1.JPG）")
    assert held(page) == ["提案書.pdf"]
    nothing = await client.submit(page, button=ADD, expect=422)
    assert error_beside(nothing) == "ファイルを選んでから、「ファイルを追加」を押してください。"
    assert held(nothing) == ["提案書.pdf"]
    check = await client.submit(nothing, button=CHECK)
    assert ("提案書.pdf" in check.text, "IMG_1.JPG" in check.text) == (True, False)


async def test_the_enter_key_presses_no_button_in_the_middle(site: Site) -> None:
    page = await with_files(site.client(), PHOTO, button=ADD)
    first = page.form(button=CHECK).buttons[0]
    assert (first.get("value"), first.get("tabindex")) == ("check", "-1")


async def test_a_mistake_elsewhere_loses_no_file_and_a_refused_file_no_text(site: Site) -> None:
    client = site.client()
    page = await client.get(NEW)
    refused = await client.submit(
        page,
        {**OPINION, "title": ""},
        button=CHECK,
        files={"files": [PLAN, ("p.exe", b"MZ\0\0")]},
        expect=422,
    )
    assert held(refused) == ["提案書.pdf"]
    assert error_beside(refused).startswith("「p.exe」は、受け取れる種類のファイルではありません。")
    assert "「件名」を書いてください。" in refused.text
    assert refused.form(button=CHECK).fields["body"] == [OPINION["body"]]
    assert len(on_disk(site)) == 1


async def test_too_many_files_are_said_one_by_one(site: Site) -> None:
    many = [(f"{each}.pdf", pdf() + b"%" * each) for each in range(7)]
    page = await with_files(site.client(), *many, expect=422)
    assert held(page) == [f"{each}.pdf" for each in range(5)]
    assert error_beside(page) == (
        "「5.pdf」は、5つを超えるため加えていません。 「6.pdf」は、5つを超えるため加えていません。"
    )
    assert len(on_disk(site)) == 5


@pytest.fixture
async def small(database: Database, tmp_path: Path) -> Site:
    """An installation that takes two files of 64 KB."""
    return await open_site(database, tmp_path, files_most="2", file_bytes="65536")


async def test_a_file_too_large_is_said_beside_the_field_and_the_texts_stay(small: Site) -> None:
    large = ("動画.pdf", pdf() + b"%" * 65_536)
    page = await with_files(small.client(), large, PLAN, expect=422)
    assert "2つまで、1つ64KBまで。" in page.text
    assert (
        error_beside(page)
        == "「動画.pdf」は、1つ64KBまでのため加えていません。小さくするか、分けてください。"
    )
    assert held(page) == ["提案書.pdf"]
    assert page.form(button=CHECK).fields["body"] == [OPINION["body"]]
    assert len(on_disk(small)) == 1


async def test_more_than_all_files_together_is_refused_and_leaves_nothing(small: Site) -> None:
    huge = ("動画.pdf", b"%" * (small.settings.files_body_limit + 1))
    page = await with_files(small.client(), huge, expect=413)
    assert page.heading == "送られた内容が大きすぎます"
    assert on_disk(small) == []
    page = await small.client().get(NEW)
    texts = {**OPINION, "body": "あ" * small.settings.body_limit}
    await small.client().submit(page, texts, button=CHECK, files={"files": [PLAN]}, expect=413)
    assert on_disk(small) == []


async def test_an_empty_file_is_refused_and_an_empty_field_is_nothing(site: Site) -> None:
    client = site.client()
    page = await with_files(client, ("空.txt", b""), expect=422)
    assert error_beside(page).startswith("「空.txt」は、中身がない")
    token = page.form(button=CHECK).fields["csrf_token"][0]
    body = b"".join(
        b'--B\r\ncontent-disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part
        for part in (
            (b"csrf_token", b"", token.encode()),
            (b"files", b'; filename=""\r\ncontent-type: application/octet-stream', b""),
            (b"add_file", b"", b"yes"),
        )
    )
    chosen_nothing = await raw(client, body + b"--B--\r\n", expect=422)
    assert error_beside(chosen_nothing).startswith("ファイルを選んでから")
    assert on_disk(site) == []


async def raw(client: Client, body: bytes, *, boundary: str = "B", expect: int) -> Page:
    headers = {
        "content-type": f"multipart/form-data; boundary={boundary}",
        "origin": ORIGIN,
        "sec-fetch-site": "same-origin",
    }
    return await client.request("POST", NEW, content=body, headers=headers, expect=expect)


PART = b'--B\r\ncontent-disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n' + pdf()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        PART,
        PART + b"\r\n--B\r\ncontent-disposition: form-data\r\n\r\nx\r\n--B--\r\n",
        PART + b"\r\n--B\r\n" + b"x-long: " + b"y" * 10_000 + b"\r\n\r\nx\r\n--B--\r\n",
        (b'--B\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n' * 501) + b"--B--\r\n",
        b"not multipart at all",
    ],
    ids=["nothing", "cut off", "nameless", "long header", "too many", "no parts"],
)
async def test_a_garbled_body_is_refused_and_leaves_nothing(site: Site, body: bytes) -> None:
    client = site.client()
    await client.get(NEW)
    await raw(client, body, expect=400)
    await raw(client, body, boundary="", expect=400)
    assert on_disk(site) == []


async def test_who_goes_away_in_the_middle_leaves_nothing(site: Site) -> None:
    comes = iter([{"type": "http.request", "body": PART + b"%" * 300_000, "more_body": True}])
    seen: list[int] = []

    async def receive() -> dict[str, Any]:
        message = next(comes, None)
        if message is None:
            seen.append(len(on_disk(site)))
        return message or {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    headers = [(b"content-type", b"multipart/form-data; boundary=B"), (b"host", b"testserver")]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": NEW,
        "raw_path": NEW.encode(),
        "root_path": "",
        "scheme": "https",
        "query_string": b"",
        "headers": headers,
        "client": ("203.0.113.10", 50_000),
        "server": ("testserver", 443),
    }
    await site.app(scope, receive, send)
    assert seen == [1]
    assert on_disk(site) == []


async def test_files_of_a_form_that_is_not_ours_are_not_kept(site: Site) -> None:
    client = site.client()
    await client.get(NEW)
    for site_of in ("same-origin", "cross-site"):
        await client.request(
            "POST",
            NEW,
            files=[("csrf_token", (None, "made-up")), ("files", PLAN)],
            headers={"sec-fetch-site": site_of},
            expect=403,
        )
    assert on_disk(site) == []
    assert await rows(site) == (0, 0, 0, 0)


async def test_no_other_form_takes_a_file(site: Site) -> None:
    client = site.client()
    page = await client.get("/status")
    token = page.form(button="状況を見る").fields["csrf_token"][0]
    parts = [("csrf_token", (None, token)), ("files", PLAN)]
    await client.request(
        "POST", "/status", files=parts, headers={"sec-fetch-site": "same-origin"}, expect=400
    )
    assert on_disk(site) == []


async def test_sending_twice_is_one_receipt_with_its_files_once(site: Site) -> None:
    client = site.client()
    check = await with_files(client, PLAN)
    first, second = await asyncio.gather(
        *(client.submit(check.form(button=SEND), button=SEND) for _ in range(2))
    )
    assert (first.heading, second.heading) == ("受け付けました", "受け付けました")
    assert await rows(site) == (1, 0, 1, 1)


async def test_the_same_text_with_other_files_is_not_the_same_sending(site: Site) -> None:
    client = site.client()
    check = await with_files(client, PLAN)
    await client.submit(check.form(button=SEND), button=SEND)
    again = await client.submit(check.form(button=SEND), button="もどってなおす", expect=422)
    assert "残っていません" in error_beside(again)
    again = await client.submit(again, button=CHECK, files={"files": [PHOTO]})
    other = await client.submit(again.form(button=SEND), button=SEND, expect=409)
    assert "IMG_1.JPG" in other.text
    done = await client.submit(other.form(button=SEND), button=SEND)
    assert "IMG_1.JPG" in done.text
    assert await rows(site) == (2, 0, 2, 2)


async def test_files_gone_after_a_day_are_said_before_anything_is_sent(site: Site) -> None:
    client = site.client()
    check = await with_files(client, PLAN)

    def a_day_passes(session: Any) -> None:
        [draft] = session.scalars(select(Draft))
        attachments.forget_drafts(session, at=draft.expires_at, limit=9)

    await site.database.write(a_day_passes)
    refused = await client.submit(check.form(button=SEND), button=SEND, expect=422)
    assert "残っていません" in error_beside(refused)
    assert refused.form(button=CHECK).fields["body"] == [OPINION["body"]]
    assert await rows(site) == (0, 0, 0, 1)
    check = await client.submit(refused, button=CHECK)
    assert "（選んでいません）" in check.text


async def test_somebody_elses_form_key_gives_nobody_their_files(site: Site) -> None:
    page = await with_files(site.client(), PLAN, button=ADD)
    key = page.form(button=CHECK).fields["form_key"]
    stranger = site.client()
    form = (await stranger.get(NEW)).form(button=CHECK)
    fields = {**form.filled(OPINION), "form_key": key, "step": "check"}
    found = await stranger.post(NEW, {name: value for name, value in fields.items() if name != "files"})
    assert "提案書.pdf" not in found.text


# ---- Reading them ----


async def test_its_sender_and_its_desk_read_a_file_and_nobody_else(site: Site) -> None:
    sender = site.client()
    done = await sent(sender, PLAN, ('議事録（案）;"1".docx', office()))
    number, passcode = (
        words(each).replace(" ", "") for each in elements(done.tree, "p") if each.get("class") == "code-value"
    )
    stranger = site.client()
    status = await stranger.submit(
        await stranger.get("/status"), {"number": number, "passcode": passcode}, button="状況を見る"
    )
    links = downloads(status)
    assert list(links) == ["提案書.pdf", '議事録（案）;"1".docx']
    found = await stranger.get(links["提案書.pdf"])
    assert found.response.content == pdf()
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["content-disposition"] == (
        "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E6%8F%90%E6%A1%88%E6%9B%B8.pdf"
    )
    nobody = await site.client().get(links["提案書.pdf"], follow=False, expect=303)
    assert nobody.headers["location"] == "/status"

    clerk = await site.signed_in("yamada", {TOYAMA: Role.CLERK})
    inbox = await clerk.get(f"/staff/desks/{TOYAMA}/cases")
    case = await clerk.follow(inbox, OPINION["title"])
    assert "添付 2" in case.text
    assert "PDF 1KB" in case.text
    mine = downloads(case)
    assert (await clerk.get(mine["提案書.pdf"])).response.content == pdf()
    elsewhere = await site.signed_in("tanaka", {MIE: Role.ADMIN})
    await elsewhere.get(mine["提案書.pdf"], expect=404)
    await clerk.get(re.sub(r"\d+$", "99", mine["提案書.pdf"]), expect=404)

    for each in on_disk(site):
        each.unlink()
    gone = await clerk.get(mine["提案書.pdf"], expect=404)
    assert "置き場所に見当たりません" in gone.text


async def test_what_waits_or_is_infected_is_shown_and_not_served(database: Database, tmp_path: Path) -> None:
    site = await open_site(database, tmp_path, clamd="127.0.0.1:9")
    await sent(site.client(), PLAN, PHOTO)
    clerk = await site.signed_in("yamada", {TOYAMA: Role.CLERK})
    case = await clerk.follow(await clerk.get(f"/staff/desks/{TOYAMA}/cases"), OPINION["title"])
    assert case.text.count("検査待ち") == 3
    assert downloads(case) == {}

    def decide(session: Any) -> list[int]:
        first, second = attachments.waiting(session, after=0, limit=9)
        attachments.note_scan(session, first.id, ScanState.CLEAN, at=OPENED_AT)
        attachments.note_scan(session, second.id, ScanState.INFECTED, at=OPENED_AT)
        return list(session.scalars(select(Attachment.id).order_by(Attachment.id)))

    clean, infected = await site.database.write(decide)
    case = await clerk.get(case.path)
    assert list(downloads(case)) == ["提案書.pdf"]
    assert "ウイルスあり" in case.text
    await clerk.get(f"{case.path}/files/{clean}")
    refused = await clerk.get(f"{case.path}/files/{infected}", expect=409)
    assert "ウイルスが見つかったため、開けません。" in refused.text


async def test_a_desk_that_takes_no_files_asks_for_none(site: Site) -> None:
    text = (DESK_FILES / f"{TOYAMA}.toml").read_text(encoding="utf-8")
    without = re.sub(r'\[\[fields\]\]\nname = "files"\n(?:.+\n)+', "", text)
    definition = parse_desk(without, source=TOYAMA)
    await site.database.write(lambda session: desks.apply(session, definition, at=OPENED_AT))
    await site.app.state.service.shelf.look_again()
    client = site.client()
    page = await client.get(NEW)
    form = page.form(button=CHECK)
    assert ("files" in form.fields, form.brings_files) == (False, False)
    parts = [(name, (None, value)) for name, values in form.filled(OPINION).items() for value in values]
    check = await client.post(NEW, files=[*parts, ("step", (None, "check")), ("files", PLAN)])
    assert check.heading == CHECK
    assert "提案書.pdf" not in check.text
    assert on_disk(site) == []


async def test_somebody_who_sends_files_without_end_is_stopped(database: Database, tmp_path: Path) -> None:
    site = await open_site(database, tmp_path, files_most="2", submissions_per_hour="1")
    client = site.client()
    page = await with_files(client, PLAN, PHOTO, button=ADD)
    page = await client.submit(page, button=ADD, files={"files": [PLAN]}, expect=429)
    assert "いったん止めています" in error_beside(page)
    assert held(page) == ["提案書.pdf", "IMG_1.JPG"]
    assert int(page.headers["retry-after"]) > 0
    assert page.form(button=CHECK).fields["body"] == [OPINION["body"]]
    assert len(on_disk(site)) == 2


def test_a_name_goes_into_its_header_whole_or_plain() -> None:
    assert disposition("plan 1.pdf").startswith('attachment; filename="plan 1.pdf";')
    assert disposition('a"\\b.txt') == "attachment; filename=\"a__b.txt\"; filename*=UTF-8''a%22%5Cb.txt"
    assert disposition("外字\ue000.csv").endswith("filename*=UTF-8''%E5%A4%96%E5%AD%97%EE%80%80.csv")
    assert httpx.Headers({"content-disposition": disposition("あ" * 83 + ".txt")})


async def test_a_scan_goes_with_the_letter_it_shows(site: Site) -> None:
    clerk = await site.signed_in("yamada", {TOYAMA: Role.CLERK})
    letter = {"requester_type": "unknown", "purpose": "opinion", "title": "手紙", "body": "字が小さいです。"}
    page = await clerk.get(f"/staff/desks/{TOYAMA}/receipts/new")
    page = await clerk.submit(page, letter, button=ADD, files={"files": [("手紙.jpg", jpeg())]})
    assert held(page) == ["手紙.jpg"]
    # Pressed twice, with one more file chosen on the way.
    await asyncio.gather(
        *(
            clerk.submit(page, {}, button="受け付けて終わる", files={"files": [("封筒.pdf", pdf())]})
            for _ in range(2)
        )
    )
    assert await rows(site) == (1, 0, 2, 2)
    case = await clerk.follow(await clerk.get(f"/staff/desks/{TOYAMA}/cases"), "手紙")
    assert list(downloads(case)) == ["手紙.jpg", "封筒.pdf"]
