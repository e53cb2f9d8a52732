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
from tests.harness.markup import parse
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
<table><caption>件数</caption><thead><tr><th scope="col">月</th><th scope="col">件</th></tr></thead>
<tbody><tr><td>4月</td><td>2</td></tr></tbody></table>
"""

FAULTS = {
    "<h1>題</h1></span>": "</span> is mended to </main>",
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

# What browsers mend in silence, each another way.
MENDED = [
    "<p>",
    "<div>",
    "</p>",
    "</br>",
    "<div/>",
    "<br></br>",
    "<p><div></div></p>",
    "<p><h2>題</h2></p>",
    "<p><ul></ul></p>",
    "<b><i>題</b></i>",
    "<span><p>題</span></p>",
    "<a href='/page'>一<a href='/page'>二</a></a>",
    "<button>一<button>二</button></button>",
    "<form><form></form></form>",
    "<label><label>題</label>",
    "<ul><li>一<li>二</ul>",
    "<dl><dt>一<dd>二</dl>",
    "<table><tr><td>一</td></tr></table>",
    "<table>題<tbody><tr><td>一</td></tr></tbody></table>",
    "<table><tbody><tr><div></div><td>一</td></tr></tbody></table>",
    "<table><tbody><tr><form></form><td>一</td></tr></tbody></table>",
    "<table><tbody><td>一</td></tbody></table>",
    "<td>一</td>",
    "<option>一</option></select>",
    "<select aria-label='題'><div></div></select>",
    "<svg><path d='M0 0'></svg>",
    "<svg><p>題</p></svg>",
    "<body class='b'>",
    "</body>題",
    "<title>題",
    "<textarea aria-label='題'>",
    "<!-- 題",
    "<!-- 題 --!>",
    "<p id='a' id='b'>題</p>",
    "<p id=>題</p>",
    "<p id='a'class='b'>題</p>",
    "<p id='a' =b>題</p>",
    "<p title='題>題</p>",
    "<p title=a'b>題</p>",
    "<p",
    "<>",
    "</>",
    "<!doctype html>",
    "<?php ?>",
    "一 & 二",
    "一 &amp 二",
    "<a href='/page?a=1&b=2'>題</a>",
    "&nichts;",
    "&#0;",
    "\0",
]

IN_ORDER = """<p id="a" class>二&nbsp;三<br>四</p>五<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>
<textarea aria-label="六">
&lt;b></textarea>
<select aria-label="七"><optgroup label="八"><option selected>九</option></optgroup></select>"""


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


@pytest.mark.parametrize("written", MENDED)
async def test_the_client_refuses_what_a_browser_has_to_mend(app: Starlette, written: str) -> None:
    async with Client(app) as client:
        await client.get("/page", params={"body": "<h1>題</h1>"})
        with pytest.raises(AssertionError, match="is not in order"):
            await client.get("/page", params={"body": f"<h1>題</h1>{written}"})


def test_a_page_in_order_is_read_as_it_stands() -> None:
    begin, end = "<html lang='ja'><head><title>題&amp;名</title></head><body><h1>一</h1>", "</body></html>"
    tree, faults = parse(f"<!doctype html>{begin}{IN_ORDER}{end}")
    assert faults == []
    assert tree.findtext("head/title") == "題&名"
    read = [(each.tag, each.attrib, each.text, (each.tail or "").strip()) for each in tree.iter()]
    for each in (
        ("p", {"id": "a", "class": ""}, "二\xa0三", "五"),
        ("br", {}, None, "四"),
        ("svg", {"viewBox": "0 0 1 1"}, None, ""),
        ("textarea", {"aria-label": "六"}, "<b>", ""),
        ("option", {"selected": ""}, "九", ""),
    ):
        assert each in read
    assert parse(f"{begin}{IN_ORDER}{end}")[1] == ["the page does not begin with <!doctype html>"]
    assert parse(f"<!doctype html>{begin}{IN_ORDER}")[1] == ["the page ends before </body></html>"]


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
