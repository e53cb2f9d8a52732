"""Errors in plain words, where somebody comes from, what is logged, and who may open a page."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from meyasubako.core import log
from meyasubako.core.errors import (
    DeskError,
    FieldError,
    InvalidInput,
    NotAllowed,
    NotFound,
    TooMany,
    WrongState,
)
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Role
from meyasubako.web import guard, page
from meyasubako.web.guard import errors
from tests.harness.site import MIE, TOYAMA, Site, settings_for
from tests.web.added import SIGN_IN, add_page


async def said(_request: Request) -> Response:
    return PlainTextResponse("said")


# Errors

REFUSALS = [
    (NotFound("この窓口は見つかりませんでした。"), 404),
    (NotAllowed(), 403),
    (WrongState("もう完了しています。"), 409),
    (TooMany("しばらくお待ちください。", retry_after=30), 429),
    (InvalidInput(FieldError("title", "件名を書いてください。")), 422),
]


@pytest.mark.parametrize(("error", "status"), REFUSALS)
async def test_each_refusal_has_its_status_and_says_why(site: Site, error: DeskError, status: int) -> None:
    async def refuse(_request: Request) -> Response:
        raise error

    add_page(site, "/refuse", refuse)
    found = await site.client().get("/refuse", expect=status)
    assert error.message in found.text
    assert found.heading == found.title == errors.TITLES[status]
    assert found.headers.get("retry-after") == ("30" if status == 429 else None)


@pytest.mark.parametrize(("error", "status"), REFUSALS)
async def test_programs_get_a_problem_document(site: Site, error: DeskError, status: int) -> None:
    async def refuse(_request: Request) -> Response:
        raise error

    add_page(site, "/api/v1/refuse", refuse)
    found = await site.client().get("/api/v1/refuse", expect=status)
    problem = found.json()
    assert found.headers["content-type"] == "application/problem+json"
    assert (problem["status"], problem["detail"]) == (status, error.message)
    assert problem["title"] == errors.TITLES[status]
    assert problem["request_id"] == found.headers["x-request-id"]
    if isinstance(error, InvalidInput):
        assert problem["errors"] == [{"field": "title", "message": "件名を書いてください。"}]


def test_every_kind_of_refusal_has_a_status() -> None:
    kinds = {kind for kind in DeskError.__subclasses__() if kind.__name__ != "WrongSetting"}
    assert kinds == set(errors.STATUS_OF)


@pytest.mark.parametrize("path", ["/nowhere", "/desks/nowhere/", "/staff/desks/nowhere", "/staff/accounts"])
async def test_what_is_not_there_is_a_page(site: Site, path: str) -> None:
    found = await site.client().get(path, expect=404)
    assert found.heading == "ページが見つかりません"
    assert site.settings.public_url not in found.headers.get("location", "")


async def test_a_wrong_method_is_a_page_and_names_the_right_ones(site: Site) -> None:
    found = await site.client().request("DELETE", SIGN_IN, expect=405)
    assert set(found.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


async def test_an_address_is_never_completed_from_the_host_header(site: Site) -> None:
    found = await site.client().request(
        "GET", "/privacy/", headers={"host": "evil.example"}, follow=False, expect=303
    )
    assert found.headers["location"] == "/privacy"
    assert "evil.example" not in f"{found.response.text}{found.headers}"


async def break_down(_request: Request) -> Response:
    raise RuntimeError("a secret that somebody typed")


async def test_a_failure_shows_a_number_to_call_about(site: Site) -> None:
    add_page(site, "/broken", break_down)
    found = await site.client().get("/broken", expect=500)
    assert found.headers["x-request-id"] in found.text
    assert "secret" not in found.response.text
    assert found.headers["content-security-policy"]


async def test_a_failure_while_rendering_is_a_page_too(site: Site) -> None:
    async def half_a_page(request: Request) -> Response:
        return page.render(request, "public/front.html", title="窓口")

    add_page(site, "/half", half_a_page)
    found = await site.client().get("/half", expect=500)
    assert found.heading == errors.TITLES[500]


async def test_a_failing_error_page_still_gives_the_number(site: Site) -> None:
    add_page(site, "/broken", break_down)
    site.app.state.service.templates = Environment(loader=None, autoescape=True)
    found = await site.client().request("GET", "/broken", expect=500)
    assert found.headers["x-request-id"] in found.response.text
    assert found.headers["content-type"] == "text/plain; charset=utf-8"


# Where somebody comes from


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "wanted"),
    [
        ("203.0.113.9", "", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.7", "", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.7", "127.0.0.1/32", "198.51.100.7"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.7", "127.0.0.1/32", "198.51.100.7"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.5", "127.0.0.1/32,10.0.0.0/8", "198.51.100.7"),
        ("127.0.0.1", "unknown", "127.0.0.1/32", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1/32", "127.0.0.1"),
        ("::ffff:127.0.0.1", "2001:db8::7", "127.0.0.1/32", "2001:db8::7"),
        ("10.0.0.5", "10.0.0.6", "10.0.0.0/8", "10.0.0.6"),
    ],
)
async def test_the_client_is_the_first_address_no_trusted_proxy_added(
    site: Site, tmp_path: Path, peer: str, forwarded: str, trusted: str, wanted: str
) -> None:
    site.app.state.service.settings = settings_for(tmp_path, trusted_proxies=trusted)

    async def tell(request: Request) -> Response:
        return PlainTextResponse(guard.client(request))

    add_page(site, "/tell", tell)
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    found = await site.client(visitor=(peer, 1)).request("GET", "/tell", headers=headers)
    assert found.response.text == wanted


@pytest.mark.parametrize(
    ("peer", "wanted"), [("203.0.113.9", "203.0.113.9"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64")]
)
async def test_limits_count_a_subscriber_not_an_address(site: Site, peer: str, wanted: str) -> None:
    async def tell(request: Request) -> Response:
        return PlainTextResponse(guard.network(request))

    add_page(site, "/tell", tell)
    assert (await site.client(visitor=(peer, 1)).request("GET", "/tell")).response.text == wanted


# The log


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the service writes, as it would on an installation."""
    root, own = logging.getLogger(), logging.getLogger("meyasubako")
    before = (root.handlers[:], root.level, own.level)
    stream = io.StringIO()
    written = logging.StreamHandler(stream)
    written.setFormatter(log.JsonLines())
    root.addHandler(written)
    own.setLevel(logging.INFO)
    yield stream
    root.handlers[:] = before[0]
    own.setLevel(before[2])


async def test_each_request_is_one_line_without_anything_personal(site: Site, lines: io.StringIO) -> None:
    add_page(site, "/offers/{token}", said)
    found = await site.client().get("/offers/tOkEn-of-somebody?email=taro@example.jp")
    (line,) = [json.loads(each) for each in lines.getvalue().splitlines()]
    assert line["ms"] >= 0
    assert line["time"].endswith("+00:00")
    assert {key: line[key] for key in line if key not in {"ms", "time"}} == {
        "level": "info",
        "logger": "meyasubako.access",
        "message": "request",
        "request_id": found.headers["x-request-id"],
        "method": "GET",
        "route": "/offers/{token}",
        "status": 200,
    }


async def test_an_address_nobody_serves_is_not_logged(site: Site, lines: io.StringIO) -> None:
    await site.client().get("/taro@example.jp", expect=404)
    assert json.loads(lines.getvalue())["route"] == "-"


async def test_a_failure_is_logged_by_kind_and_place_only(site: Site, lines: io.StringIO) -> None:
    add_page(site, "/broken", break_down)
    found = await site.client().get("/broken", expect=500)
    failure, request = [json.loads(each) for each in lines.getvalue().splitlines()]
    assert failure["request_id"] == request["request_id"] == found.headers["x-request-id"]
    assert failure["error"] == ["RuntimeError"]
    assert failure["where"][-1].startswith("tests/web/test_guard_refusals.py:")
    assert request["status"] == 500
    assert "secret" not in lines.getvalue()


async def test_each_request_has_its_own_number(site: Site) -> None:
    client = site.client()
    numbers = {(await client.get("/healthz")).headers["x-request-id"] for _ in range(20)}
    assert len(numbers) == 20
    assert log.request_id.get() == ""


# Desks


async def test_a_desk_applied_now_is_there_now(site: Site) -> None:
    async def tell(request: Request) -> Response:
        return PlainTextResponse(page.desk(request).desk.name)

    add_page(site, "/told/{desk}", tell)
    client = site.client()
    assert (await client.get(f"/told/{TOYAMA}")).response.text == "富山県 DX推進目安箱"
    await client.get("/told/nowhere", expect=404)
    site.app.state.service.shelf._desks.pop(MIE)
    assert (await client.get(f"/told/{MIE}")).response.text == "みえDXセンター"


async def test_a_staff_page_of_a_desk_is_for_those_with_a_role_there(site: Site) -> None:
    add_page(site, "/staff/extra/{desk}", said, needs=Need.TRIAGE)
    clerk = await site.signed_in("clerk", {MIE: Role.CLERK})
    viewer = await site.signed_in("viewer", {MIE: Role.VIEWER})
    await clerk.get(f"/staff/extra/{MIE}")
    await viewer.get(f"/staff/extra/{MIE}", expect=403)
    await clerk.get(f"/staff/extra/{TOYAMA}", expect=404)
    await clerk.get("/staff/extra/nowhere", expect=404)


async def test_a_staff_page_without_a_desk_needs_the_role_somewhere(site: Site) -> None:
    add_page(site, "/staff/extra/{case_id:int}", said, needs=Need.TRIAGE)
    await (await site.signed_in("clerk", {MIE: Role.CLERK})).get("/staff/extra/1")
    await (await site.signed_in("viewer", {MIE: Role.VIEWER})).get("/staff/extra/1", expect=403)


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
async def test_a_number_no_row_can_have_is_not_found(site: Site, number: int) -> None:
    add_page(site, "/extra/{case_id:int}", said)
    await site.client().get(f"/extra/{number}", expect=404)


async def test_a_providers_page_needs_the_link_of_a_mail(site: Site) -> None:
    add_page(site, "/provider/extra", said, needs=Need.PROVIDER)
    found = await site.client().get("/provider/extra", expect=404)
    assert "メールのリンク" in found.text
    await (await site.signed_in("clerk", {MIE: Role.CLERK})).get("/provider/extra", expect=404)


# One-time words


async def test_a_notice_is_said_once(site: Site) -> None:
    async def act(request: Request) -> Response:
        return page.redirect(request, "home", notice="受け付けました。<b>")

    add_page(site, "/act", act)
    client = site.client()
    assert "受け付けました。<b>" in (await client.get("/act")).text
    assert "受け付けました" not in (await client.get("/")).text


async def test_a_notice_nobody_of_us_wrote_is_not_said(site: Site) -> None:
    client = site.client()
    client.cookies.set("__Host-notice", "9999999999.5YG9.c2lnbmVk", domain="testserver.local", path="/")
    assert 'role="status"' not in (await client.get("/")).response.text
