"""Closed, gone, full, read-only or overrun: the site says so, gives the other ways in, and no word is lost."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment
from sqlalchemy import func, select

from meyasubako import app
from meyasubako.casework import accounts
from meyasubako.core import dates
from meyasubako.core.vocabulary import Role
from meyasubako.edge import closing
from meyasubako.edge.closing import Closing
from meyasubako.store.models import Receipt
from meyasubako.web.guard.closed import MOST_PREPARED
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site

CHECK, SEND = "内容を確かめる", "この内容で送る"
FORM = f"/desks/{TOYAMA}/new"
RECEIPTS = f"/api/v1/desks/{TOYAMA}/receipts"
WHY = "サーバーを入れ替えています。"
OPINION = {
    "requester_type": "resident",
    "purpose": "opinion",
    "title": "除雪の状況を地図で見たい",
    "body": "どの道が除雪されたか\n分かると助かります。",
    "reply_wanted": "no",
    "publish_consent": "yes",
}


def close(site: Site, **words: Any) -> None:
    """As the command does, and as every process notices a second later."""
    closing.close(site.settings.data, Closing(**words))
    site.app.state.service.door.look_again()


def reopen(site: Site) -> None:
    closing.reopen(site.settings.data)
    site.app.state.service.door.look_again()


async def receipts(site: Site) -> int:
    return await site.database.read(lambda s: s.scalar(select(func.count()).select_from(Receipt)) or 0)


def assert_gives_the_other_ways(page: Page) -> None:
    for words in (
        "富山県デジタル化推進室",
        "郵便 〒930-8501",
        "電話 059-224-3086",
        "dxcenter@pref.mie.lg.jp",
    ):
        assert words in page.text


async def filled_in(client: Client) -> Page:
    return await client.submit(await client.get(FORM), OPINION, button=CHECK)


def let_write(site: Site, *, may: bool) -> None:
    """As a file nobody may write to, and back."""
    assert site.database._writer is not None
    connection = site.database._writer._engine.raw_connection()
    connection.cursor().execute(f"PRAGMA query_only={'OFF' if may else 'ON'}")
    connection.close()


# ---- Closed by somebody ----


async def test_closed_until_a_time_says_so_and_gives_the_other_ways(site: Site) -> None:
    client = site.client()
    until = dates.now() + timedelta(hours=2)
    close(site, until=until, message=WHY)
    page = await client.get(FORM, expect=503)
    assert page.heading == "受付を止めています"
    assert WHY in page.text
    assert f"{dates.instant_text(until)}から、また受け付けます。" in page.text
    assert 7_100 < int(page.headers["retry-after"]) <= 7_200
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert_gives_the_other_ways(page)
    desk = await client.get(f"/desks/{TOYAMA}")
    assert WHY in desk.text
    problem = await client.request("POST", RECEIPTS, json={}, expect=503)
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["detail"].startswith(WHY)
    assert int(problem.headers["retry-after"]) > 7_000
    reopen(site)
    assert (await client.get(FORM)).status == 200
    assert WHY not in (await client.get(f"/desks/{TOYAMA}")).text


async def test_what_was_typed_before_it_closed_comes_back_and_can_be_sent_later(site: Site) -> None:
    client = site.client()
    form = await client.get(FORM)
    close(site)
    shown = await client.submit(form, OPINION, button=CHECK, expect=503)
    for page in (shown, await client.submit(shown.form(button=SEND), button=SEND, expect=503)):
        assert "ただいま受付を止めています。" in page.text
        assert page.headers["retry-after"] == "3600"
        assert OPINION["title"] in page.text
        assert "分かると助かります。" in page.text
    back = await client.submit(shown.form(button=SEND), button="もどってなおす")
    assert back.form(button=CHECK).fields["title"] == [OPINION["title"]]
    wrong = await client.submit(back, {"title": ""}, button=CHECK, expect=422)
    assert wrong.form(button=CHECK).fields["purpose"] == ["opinion"]
    assert await receipts(site) == 0
    reopen(site)
    await client.submit(shown.form(button=SEND), button=SEND)
    assert await receipts(site) == 1


async def test_it_opens_again_by_itself(site: Site) -> None:
    close(site, until=dates.now() - timedelta(seconds=1), message=WHY)
    assert (await site.client().get(FORM)).status == 200


async def test_the_others_go_on_meanwhile(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    close(site)
    await client.get(f"/staff/cases/{case_id}")
    number = story.numbers[case_id]
    page = await client.get("/status")
    seen = await client.submit(page, {"number": number, "passcode": site.keys.passcode(number, 1)})
    assert seen.heading == "いまの状況"
    await client.get("/")


async def test_closed_altogether_nothing_but_the_sign_of_life_answers(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    close(site, message=WHY, is_whole=True)
    for path in ("/", "/status", FORM, f"/desks/{TOYAMA}", "/help"):
        page = await client.get(path, expect=503)
        assert (page.heading, WHY in page.text) == ("受付を止めています", True)
        assert "すでにお送りいただいたもの" not in page.text
    assert WHY in (await client.get("/staff/account", expect=503)).text
    assert (await client.get("/api/v1/desks", expect=503)).json()["detail"].startswith(WHY)
    await client.get("/healthz")
    await client.get("/readyz")
    assert (await client.get("/static/app.css")).status == 200


async def test_a_message_is_text(site: Site) -> None:
    close(site, message="<script>alert(1)</script>{{ 7*7 }}")
    assert "<script>alert(1)</script>{{ 7*7 }}" in (await site.client().get(FORM, expect=503)).text


# ---- Gone ----


async def test_the_page_lies_ready_before_the_database_goes(site: Site, tmp_path: Path) -> None:
    await app.prepare(site.app)
    service = site.app.state.service
    # From here on no page can be made.
    service.templates = Environment(loader=DictLoader({}), autoescape=True)
    await site.database.close()
    (tmp_path / "meyasubako.sqlite3").rename(tmp_path / "away.sqlite3")
    (tmp_path / "meyasubako.sqlite3").mkdir()
    page = await site.client().get("/survey/anything", expect=503)
    assert page.heading == "ただいま利用できません"
    assert page.headers["retry-after"] == "60"
    assert_gives_the_other_ways(page)


async def test_pages_made_beforehand_do_not_pile_up(site: Site) -> None:
    client = site.client()
    for number in range(MOST_PREPARED + 4):
        close(site, message=f"{number}回目です。")
        assert f"{number}回目です。" in (await client.get(FORM, expect=503)).text
    assert len(site.app.state.service.prepared) <= MOST_PREPARED


# ---- Only to be read ----


async def test_what_can_only_be_read_is_read_and_sending_loses_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = await story_at(site)
    number = story.numbers[await story.receive()]
    staff = await site.signed_in("yamada", {MIE: Role.CLERK})
    client = site.client()
    # Even when a session would be prolonged now.
    monkeypatch.setattr(accounts.OpenSession, "is_due", lambda _session, _at: True)
    let_write(site, may=False)
    await client.get("/")
    check = await filled_in(client)
    refused = await client.submit(check.form(button=SEND), button=SEND, expect=503)
    assert "受け付けられません" in refused.text
    assert refused.headers["retry-after"] == "60"
    assert OPINION["title"] in refused.text
    status = await client.get("/status")
    seen = await client.submit(status, {"number": number, "passcode": site.keys.passcode(number, 1)})
    assert seen.heading == "いまの状況"
    await client.submit(status, {"number": number, "passcode": "WRONG"}, expect=422)
    added = await client.submit(
        seen.form(field="body"), {"body": "追記です。"}, button="書き足して送る", expect=503
    )
    assert_gives_the_other_ways(added)
    await staff.get(f"/staff/desks/{MIE}/inbox")
    problem = await client.request(
        "POST",
        RECEIPTS,
        json={**OPINION, "reply_wanted": False, "publish_consent": True},
        expect=503,
    )
    assert problem.headers["retry-after"] == "60"
    let_write(site, may=True)
    await client.submit(refused.form(button=SEND), button=SEND)
    assert await receipts(site) == 2
