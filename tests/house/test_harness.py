"""The harness itself: a client that overlooks faults, or a mail server that is too kind, would prove nothing."""

import re
from email.message import EmailMessage

import aiosmtplib
import pytest
from playwright.async_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from meyasubako.store.database import Database
from tests.harness.browser import axe_violations, open_page, sideways_scroll
from tests.harness.client import Client
from tests.harness.mail_server import MailServer
from tests.harness.server import listening_socket, serving
from tests.house.source import ROOT

FORM = """
<h1>投稿</h1>
<form method="post" action="/form"><input type="hidden" name="csrf_token" value="token">
<label for="title">件名</label><input id="title" name="title" value="&lt;元&gt;">
<fieldset><legend>分野</legend>
<label><input type="checkbox" name="topics" value="a" checked>道路</label>
<label><input type="checkbox" name="topics" value="b">防災</label></fieldset>
<label for="type">区分</label>
<select id="type" name="type"><option value="">選ぶ</option><option value="1" selected>県民</option></select>
<label for="body">本文</label><textarea id="body" name="body">
一行目
二行目</textarea>
<button name="step" value="back">戻る</button><button name="step" value="check">確認する</button></form>
<table><caption>件数</caption><tr><th scope="col">月</th><th scope="col">件</th></tr><tr><td>4月</td><td>2</td></tr></table>
"""

FAULTS = {
    "<h1>題</h1></span>": "Unexpected end tag",
    "<h1>題</h1><h1>題</h1>": "one h1",
    "<p>題</p>": "one h1",
    "<h1>題</h1><p id='a'></p><p id='a'></p>": "'a' stands 2 times",
    "<h1>題</h1><input name='title'>": "has no label",
    "<h1>題</h1><label for='b'></label><input id='b'>": "has no label",
    "<h1>題</h1><form method='post'></form>": "csrf_token",
    "<h1>題</h1><p style='color:red'></p>": "styles belong",
    "<h1>題</h1><script>1</script>": "scripts belong",
    "<h1>題</h1><p onclick='a()'></p>": "carries a script",
    "<h1>題</h1><a href='/nowhere'>先</a>": "nothing answers GET /nowhere",
    "<h1>題</h1><form action='/page'><button>送る</button></form><a href='#gone'>先</a>": "leads nowhere",
    "<h1>題</h1><img src='/static/none.png' alt=''>": "nothing answers GET /static/none.png",
    "<h1>題</h1><a href='/page'></a>": "has no words",
    "<h1>題</h1><input aria-label='題' aria-describedby='gone'>": "which is not there",
}


def _html(body: str) -> HTMLResponse:
    head = '<meta charset="utf-8"><title>試し</title><link rel="icon" href="/static/mark.svg">'
    return HTMLResponse(
        f'<!DOCTYPE html><html lang="ja"><head>{head}</head><body><main>{body}</main></body></html>',
        headers={"content-security-policy": "default-src 'self'"},
    )


async def _page(request: Request) -> Response:
    return _html(request.query_params.get("body", ""))


async def _form(request: Request) -> Response:
    if request.method == "POST":
        sent = await request.form()
        request.app.state.sent = sent.multi_items()
        return RedirectResponse("/done", 303)
    return _html(FORM)


async def _done(request: Request) -> Response:
    return _html('<h1>受け付けました</h1><a href="/form">もう一件</a>')


async def _data(request: Request) -> Response:
    return JSONResponse({"site": request.headers.get("sec-fetch-site")})


@pytest.fixture
def app() -> Starlette:
    return Starlette(
        routes=[
            Route("/page", _page),
            Route("/form", _form, methods=["GET", "POST"]),
            Route("/done", _done),
            Route("/data", _data),
            Mount("/static", StaticFiles(directory=ROOT / "static")),
        ]
    )


@pytest.mark.parametrize("body", FAULTS)
async def test_the_client_refuses_a_page_that_is_not_in_order(app: Starlette, body: str) -> None:
    async with Client(app) as client:
        with pytest.raises(AssertionError, match=re.escape(FAULTS[body])):
            await client.get("/page", params={"body": body})


async def test_the_client_sends_a_form_as_a_browser_does(app: Starlette) -> None:
    async with Client(app) as client:
        page = await client.follow(await client.get("/done"), "もう一件")
        assert page.tables == {"件数": [["月", "件"], ["4月", "2"]]}
        done = await client.submit(page, {"topics": ["b", "a"]}, button="確認する")
        assert (done.path, done.heading) == ("/done", "受け付けました")
        assert app.state.sent == [
            ("csrf_token", "token"),
            ("title", "<元>"),
            ("topics", "b"),
            ("topics", "a"),
            ("type", "1"),
            ("body", "一行目\r\n二行目"),
            ("step", "check"),
        ]
        assert client.links_checked == {"GET /static/mark.svg", "GET /form", "POST /form"}
        assert (await client.get("/data")).json() == {"site": "none"}


@pytest.mark.parametrize("values", [{"topics": ["z"]}, {"type": "県"}, {"unknown": "x"}])
async def test_the_client_cannot_send_what_a_person_could_not(
    app: Starlette, values: dict[str, str | list[str]]
) -> None:
    async with Client(app) as client:
        page = await client.get("/form")
        with pytest.raises(AssertionError):
            await client.submit(page, values, button="確認する")


def _mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.jp", "b@example.jp", "受付のお知らせ"
    mail.set_content("本文です。")
    return mail


async def test_the_mail_server_keeps_what_it_takes_and_behaves_as_told(mail_server: MailServer) -> None:
    async def send() -> None:
        await aiosmtplib.send(_mail(), hostname="127.0.0.1", port=mail_server.port, timeout=0.5)

    await send()
    [delivery] = await mail_server.wait_for("b@example.jp", subject="受付")
    assert delivery.text == "本文です。\n"
    for fault, kept in ({"refuse": "451 4.3.0 later"}, 1), ({"drop": "before"}, 1), ({"drop": "after"}, 2):
        mail_server.refuse, mail_server.drop = fault.get("refuse", ""), fault.get("drop", "")
        with pytest.raises(aiosmtplib.SMTPException):
            await send()
        assert len(mail_server.deliveries) == kept
    mail_server.drop, mail_server.slow = "", 2.0
    with pytest.raises(aiosmtplib.SMTPException):
        await send()


async def test_a_fresh_database_can_be_written_and_read(database: Database) -> None:
    assert await database.write(lambda _session: 1) == 1
    assert await database.read(lambda _session: 2) == 2


@pytest.mark.parametrize("script", [True, False])
async def test_the_browser_walks_with_and_without_script(
    browser: Browser, app: Starlette, script: bool
) -> None:
    async with serving(app, listening_socket()) as url:
        async with open_page(browser, url, width=360, script=script) as page:
            await page.goto("/form")
            await page.get_by_label("件名").fill("防災")
            await page.get_by_role("button", name="確認する").click()
            await page.wait_for_url("**/done")
        assert dict(app.state.sent)["title"] == "防災"


async def test_the_browser_sees_what_hinders_people(browser: Browser, app: Starlette) -> None:
    async with serving(app, listening_socket()) as url, open_page(browser, url, width=360) as page:
        await page.goto("/form")
        assert await axe_violations(page) == []
        assert await sideways_scroll(page) == 0
        await page.goto("/page?body=<h1>題</h1><input name=a><p>" + "x" * 400)
        [violation] = await axe_violations(page)
        assert violation.startswith("label: フォーム要素にはラベルがなければなりません")
        assert await sideways_scroll(page) > 0


async def test_what_the_browser_complains_about_fails_the_test(browser: Browser, app: Starlette) -> None:
    async with serving(app, listening_socket()) as url:
        with pytest.raises(AssertionError, match="Content Security Policy"):
            async with open_page(browser, url) as page:
                await page.goto("/page?body=<h1>題</h1><script>1</script>")
