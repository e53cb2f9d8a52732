"""What stands around every page: headers, limits, and forms from our own pages only."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from meyasubako.web import forms
from meyasubako.web.guard.envelope import DRAIN_AT_MOST
from tests.harness.site import MIE, TOYAMA, Site, open_site
from tests.web.added import SIGN_IN, add_page

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


async def show_fields(request: Request) -> Response:
    form = await forms.read(request)
    return PlainTextResponse(json.dumps(form.items()))


# Addresses


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("/staff", "/staff/"), ("/help/", "/help"), (f"/desks/{MIE}///", f"/desks/{MIE}")],
)
async def test_a_stroke_too_few_or_too_many_leads_to_the_page(site: Site, typed: str, meant: str) -> None:
    answer = await site.client().get(typed, expect=303, follow=False)
    assert answer.headers["location"] == meant


@pytest.mark.parametrize("typed", ["//example.jp/help/", "//help/", "/nothing/", "/"])
async def test_no_address_leads_elsewhere(site: Site, typed: str) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(site.app), base_url="https://testserver"
    ) as web:
        answer = await web.get(f"https://testserver{typed}")
    assert "location" not in answer.headers


# Headers


async def test_pages_say_what_browsers_may_do_with_them(site: Site) -> None:
    headers = (await site.client().get("/")).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert {policy[each] for each in ("script-src", "style-src", "form-action")} == {"'self'"}
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_without_tls_nothing_demands_it(database: Database, tmp_path: Path) -> None:
    site = await open_site(database, tmp_path, public_url="http://127.0.0.1:8000")
    found = await site.client().get(SIGN_IN)
    assert "strict-transport-security" not in found.headers
    assert found.headers["set-cookie"].startswith("csrf=")
    assert "secure" not in found.headers["set-cookie"].lower()


async def test_cookies_are_for_this_host_over_tls_and_for_no_script(site: Site) -> None:
    cookie = (await site.client().get(SIGN_IN)).headers["set-cookie"]
    assert cookie.startswith("__Host-csrf=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


async def test_pages_of_staff_are_not_kept(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK, TOYAMA: Role.CLERK})
    assert (await client.get("/staff/account")).headers["cache-control"] == "no-store"
    assert (await client.get("/")).headers["cache-control"] == "private, no-cache"


async def test_static_files_are_kept_by_what_is_in_them(site: Site) -> None:
    client = site.client()
    home = await client.get("/")
    sheet = next(each.get("href", "") for each in home.tree.iter("link") if each.get("rel") == "stylesheet")
    found = await client.get(sheet)
    assert "?v=" in sheet
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in ("/static/app.css", "/static/app.css?v=0123456789ab", "/static/app.css?v="):
        assert (await client.get(other)).headers["cache-control"] == "public, max-age=86400"
    again = await client.request("GET", sheet, headers={"if-none-match": found.headers["etag"]}, expect=304)
    assert again.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path", ["/static/../pyproject.toml", "/static/%2e%2e/pyproject.toml", "/static/", "/static/nothing.css"]
)
async def test_nothing_else_is_served_as_static(site: Site, path: str) -> None:
    await site.client().get(path, expect=404)


# Health


async def test_the_service_says_that_it_is_there(site: Site) -> None:
    client = site.client()
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_without_its_tables_it_is_alive_but_not_ready(site: Site, tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    site.app.state.service.database = empty
    try:
        client = site.client()
        await client.get("/healthz")
        assert (await client.get("/readyz", expect=503)).json() == {"status": "not ready"}
    finally:
        await empty.close()


# Forms


async def test_a_form_is_taken_with_the_token_of_its_page(site: Site) -> None:
    client = site.client()
    sign_in = await client.get(SIGN_IN)
    await client.submit(sign_in.form(field="password"), {"login": "a", "password": "b"}, expect=422)


async def test_one_token_serves_all_pages_of_a_browser(site: Site) -> None:
    client = site.client()
    first = await client.get(SIGN_IN)
    second = await client.get(SIGN_IN)
    token = {"login": "", "password": "", "csrf_token": first.form().fields["csrf_token"][0]}
    assert token["csrf_token"] == second.form().fields["csrf_token"][0]
    await client.post(SIGN_IN, token, expect=422)


@pytest.mark.parametrize("token", ["", "x", "another"])
async def test_a_form_without_its_token_is_refused(site: Site, token: str) -> None:
    client = site.client()
    await client.get(SIGN_IN)
    if token == "another":
        token = (await site.client().get(SIGN_IN)).form().fields["csrf_token"][0]
    found = await client.post(SIGN_IN, {"login": "a", "password": "b", "csrf_token": token}, expect=403)
    assert "確かめられない" in found.text


async def test_a_token_without_its_cookie_is_refused(site: Site) -> None:
    token = (await site.client().get(SIGN_IN)).form().fields["csrf_token"][0]
    await site.client().post(SIGN_IN, {"login": "a", "password": "b", "csrf_token": token}, expect=403)


@pytest.mark.parametrize("where", ["cross-site", "same-site"])
async def test_a_form_sent_from_another_site_is_refused(site: Site, where: str) -> None:
    client = site.client()
    fields = {**(await client.get(SIGN_IN)).form().fields, "login": "a", "password": "b"}
    found = await client.request("POST", SIGN_IN, data=fields, headers={"sec-fetch-site": where}, expect=403)
    assert "ほかのサイト" in found.text


async def test_a_browser_that_does_not_say_where_it_comes_from_needs_the_token_only(site: Site) -> None:
    client = site.client()
    fields = {**(await client.get(SIGN_IN)).form().fields, "login": "a", "password": "b"}
    await client.request("POST", SIGN_IN, data=fields, expect=422)


async def test_both_kinds_of_form_are_read(site: Site) -> None:
    add_page(site, "/fields", show_fields, methods=["POST"])
    client = site.client()
    token = (await client.get(SIGN_IN)).form().fields["csrf_token"]
    fields = {"title": ["防災の\r\nこと"], "topics": ["a", "b"], "csrf_token": token}
    wanted = [["title", "防災の\r\nこと"], ["topics", "a"], ["topics", "b"]]
    plain = await client.post("/fields", fields)
    parts = [(name, (None, value)) for name, values in fields.items() for value in values]
    multipart = await client.request("POST", "/fields", files=parts, headers=SAME_ORIGIN)
    assert plain.json() == multipart.json() == wanted


async def test_a_form_of_too_many_fields_is_refused(site: Site) -> None:
    client = site.client()
    await client.post(SIGN_IN, {"field": ["x"] * (forms.MOST_FIELDS + 1)}, expect=400)


async def test_a_file_where_none_is_asked_for_is_refused(site: Site) -> None:
    client = site.client()
    await client.request("POST", SIGN_IN, files={"login": ("a.txt", b"x")}, headers=SAME_ORIGIN, expect=400)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe=%zz&&&==", b"{}"])
async def test_a_body_that_is_no_form_is_refused(site: Site, body: bytes) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "application/json", ""):
        headers = {**SAME_ORIGIN, "content-type": kind}
        found = await site.client().request("POST", SIGN_IN, content=body, headers=headers, expect=None)
        assert found.status in {400, 403}


# Size


async def test_ten_megabytes_of_text_are_refused_in_plain_words(site: Site) -> None:
    client = site.client()
    fields = (await client.get(SIGN_IN)).form().fields
    found = await client.post(SIGN_IN, {**fields, "login": "字" * 3_500_000}, expect=413)
    assert found.heading == "送られた内容が大きすぎます"


async def test_what_just_fits_is_taken(site: Site) -> None:
    client = site.client()
    fields = (await client.get(SIGN_IN)).form().fields
    rest = site.settings.body_limit - len(httpx.Request("POST", "/", data={**fields, "login": ""}).content)
    await client.post(SIGN_IN, {**fields, "login": "a" * rest}, expect=422)
    await client.post(SIGN_IN, {**fields, "login": "a" * (rest + 1)}, expect=413)


async def test_a_stream_without_a_length_is_cut_off(site: Site) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b"login="
        while True:
            taken += 65_536
            yield b"a" * 65_536

    headers = {**SAME_ORIGIN, "content-type": "application/x-www-form-urlencoded"}
    await site.client().request("POST", SIGN_IN, content=endless(), headers=headers, expect=413)
    assert taken <= DRAIN_AT_MOST + 65_536


async def test_what_announces_itself_as_huge_is_not_read(site: Site) -> None:
    taken = 0

    async def huge() -> AsyncIterator[bytes]:
        nonlocal taken
        taken += 1
        yield b"a"

    headers = {
        **SAME_ORIGIN,
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(DRAIN_AT_MOST + 1),
    }
    await site.client().request("POST", SIGN_IN, content=huge(), headers=headers, expect=413)
    assert taken == 0
