"""The JSON interface: the form's own checks, one receipt for one key, figures for everybody, and its description is true."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from openapi_spec_validator import validate

from meyasubako.casework import desks
from meyasubako.store.models import Case, Receipt
from meyasubako.web.api.fields import SENT_HERE
from meyasubako.web.api.openapi import openapi
from tests.harness.client import Client, Page
from tests.harness.site import MIE, TOYAMA, Site, open_site

CONSULTATION: dict[str, Any] = {
    "requester_type": "business",
    "organisation": "サンプル製作所",
    "name": "見本 太郎",
    "municipality": "津市",
    "reply_wanted": True,
    "email": "taro@example.jp",
    "phone": "059-224-0000",
    "postal_code": "〒５１４−８５７０",
    "address": "三重県津市広明町13番地",
    "purpose": "training",
    "topics": ["industry-data"],
    "title": "現場作業員へのIT導入を進めたい",
    "body": "紙の日報を\nやめたい。",
    "meeting_way": "online",
    "wished_dates": "7月10日の午後",
    "share_consent": True,
    "publish_consent": False,
}
RECEIPTS = f"/api/v1/desks/{MIE}/receipts"


@pytest.fixture
async def api(site: Site) -> AsyncIterator[Client]:
    async with site.client() as client:
        yield client


async def send(api: Client, body: Any = CONSULTATION, *, expect: int = 201, **headers: str) -> Page:
    """POST as a program does: no cookies, no page, no origin."""
    given = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    content = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return await api.request("POST", RECEIPTS, content=content, headers=given, expect=expect)


async def look(api: Client, number: str, passcode: str | None, *, expect: int = 200) -> Page:
    headers = {} if passcode is None else {"authorization": f"Bearer {passcode}".encode("latin-1")}
    return await api.request("GET", f"/api/v1/receipts/{number}", headers=headers, expect=expect)


def check(document: dict[str, Any], path: str, answer: Page, method: str = "get") -> Any:
    """The answer is what the description says about this path and status."""
    described = document["paths"][path][method]["responses"][str(answer.status)]
    [(media_type, content)] = described["content"].items()
    assert answer.headers["content-type"] == media_type
    schema = {**content["schema"], "components": document["components"]}
    assert validator_for(schema, default=Draft202012Validator) is Draft202012Validator
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer.json())
    return answer.json()


async def described(api: Client) -> dict[str, Any]:
    return (await api.request("GET", "/api/v1/openapi.json")).json()


# ---- The description ----


async def test_the_description_is_openapi_and_names_the_fields_of_the_form(api: Client) -> None:
    document = await described(api)
    validate(document)
    assert document == openapi("https://testserver")
    schema = document["components"]["schemas"]["ReceiptInput"]
    assert list(schema["properties"]) == [*SENT_HERE, "language"]
    assert set(CONSULTATION) | {"kind"} == set(SENT_HERE)
    assert schema["required"] == ["requester_type", "title", "body"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(CONSULTATION)


async def test_every_route_of_the_interface_is_described(site: Site, api: Client) -> None:
    routes = {
        path.removeprefix("/api/v1")
        for route in site.app.routes
        if (path := getattr(route, "path", "")).startswith("/api/")
    }
    assert routes == set((await described(api))["paths"])


async def test_the_desks_and_the_form_of_each(api: Client) -> None:
    document = await described(api)
    listed = check(document, "/desks", await api.request("GET", "/api/v1/desks"))
    assert [desk["code"] for desk in listed["desks"]] == [TOYAMA, MIE]
    shown: dict[str, Any] = {}
    for desk in listed["desks"]:
        answer = await api.request("GET", urlsplit(desk["url"]).path)
        shown = check(document, "/desks/{desk}", answer)
        assert {field["name"] for field in shown["fields"]} <= set(SENT_HERE)
        assert shown["receipts_url"] == f"{desk['url']}/receipts"
    mie = {field["name"]: field for field in shown["fields"]}
    assert (mie["reply_wanted"]["type"], mie["reply_wanted"]["options"]) == ("boolean", [])
    assert (mie["topics"]["type"], mie["title"]["max_length"]) == ("array", 100)
    assert {"code": "津市", "label": "津市"} in mie["municipality"]["options"]
    assert {"code": "training", "label": "人材育成（セミナー開催等の相談）"} in mie["purpose"]["options"]
    assert "resident" not in mie["organisation"]["requester_types"]


# ---- Handing in ----


async def test_a_consultation_is_handed_in_and_looked_at(site: Site, api: Client) -> None:
    document = await described(api)
    answer = await send(api)
    received = check(document, "/desks/{desk}/receipts", answer, "post")
    assert set(received) == {"receipt_number", "passcode", "status_url"}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == f"/api/v1/receipts/{received['receipt_number']}"
    assert "access-control-allow-origin" not in answer.headers
    receipt, case = await site.database.read(
        lambda session: (session.query(Receipt).one(), session.query(Case).one())
    )
    assert (receipt.channel.value, receipt.reply_wanted, receipt.share_consent) == ("api", True, True)
    assert (case.title, case.body) == (CONSULTATION["title"], CONSULTATION["body"])

    seen = await look(api, received["receipt_number"], received["passcode"])
    shown = check(document, "/receipts/{receipt_number}", seen)
    assert seen.headers["cache-control"] == "no-store"
    assert (shown["desk"], shown["title"], shown["cases"][0]["step_label"]) == (
        MIE,
        CONSULTATION["title"],
        "受付",
    )
    assert "見本" not in seen.response.text
    # As somebody types it from a note.
    typed = received["receipt_number"].replace("-", "").lower()
    assert (await look(api, typed, received["passcode"].lower())).json() == shown

    page = await api.get(received["status_url"])
    found = await api.submit(page.form(field="passcode"), {"passcode": received["passcode"]})
    assert CONSULTATION["title"] in found.text


async def test_the_same_key_makes_one_receipt(site: Site, api: Client) -> None:
    first = (await send(api, idempotency_key='"7f3c"')).json()
    assert (await send(api, idempotency_key='"7f3c"')).json() == first
    assert (await send(api, idempotency_key="7f3d")).json() != first
    other = {**CONSULTATION, "body": "別の内容"}
    refused = await send(api, other, idempotency_key='"7f3c"', expect=409)
    check(await described(api), "/desks/{desk}/receipts", refused, "post")
    assert (await send(api, expect=201)).json() != first
    assert await site.database.read(lambda session: session.query(Receipt).count()) == 3


async def test_every_mistake_is_named_at_once_by_the_form_s_own_words(site: Site, api: Client) -> None:
    body = {
        "requester_type": "municipality",
        "purpose": "opinion",
        "topics": "industry-data",
        "title": None,
        "body": "本文",
        "reply_wanted": "please",
        "email": "taro",
        "share_consent": True,
        "twitter\ud800": "@taro",
    }
    refused = check(await described(api), "/desks/{desk}/receipts", await send(api, body, expect=422), "post")
    errors = {error["field"]: error["message"] for error in refused["errors"]}
    assert errors == {
        "topics": "文字列の配列で書いてください。",
        "reply_wanted": "true か false（または yes か no）で書いてください。",
        "twitter": "この名前の項目はありません。",
        "purpose": "「ご相談の内容」を、一覧の中から選んでください。",
        "title": "「件名」を書いてください。",
        "name": "「お名前（ご担当者）」を書いてください。",
        "email": "「メールアドレス」は、name@example.jp のような形で書いてください。",
    }
    assert await site.database.read(lambda session: session.query(Receipt).count()) == 0


async def test_the_forms_own_yes_and_no_and_fields_left_empty_are_taken(site: Site, api: Client) -> None:
    body = {**CONSULTATION, "reply_wanted": "yes", "share_consent": "no", "publish_consent": None}
    await send(api, body, expect=201)
    stored = await site.database.read(
        lambda session: [(row.reply_wanted, row.share_consent) for row in session.query(Receipt)]
    )
    assert stored == [(True, False)]


async def test_what_a_desk_does_not_ask_is_not_taken_silently(api: Client) -> None:
    answer = await api.request(
        "POST", f"/api/v1/desks/{TOYAMA}/receipts", json={"meeting_way": "online"}, expect=422
    )
    messages = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert messages["meeting_way"] == "この窓口ではたずねていない項目です。"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"title": ' + b"9" * 5000 + b"}", {}, 400),
        (b"{}", {"content_type": "text/plain"}, 415),
        (b"title=x", {"content_type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"idempotency_key": "x" * 256}, 400),
        (b" " * 300_000, {}, 413),
    ],
)
async def test_what_cannot_be_read_is_a_problem_document(
    api: Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await send(api, content, expect=status, **headers)
    problem = check(await described(api), "/desks/{desk}/receipts", answer, "post")
    assert (problem["status"], problem["type"]) == (status, "about:blank")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/desks/nowhere", 404),
        ("GET", f"/api/v1/desks/{MIE}/receipts", 405),
        ("OPTIONS", f"/api/v1/desks/{MIE}/receipts", 405),
        ("GET", f"/api/v1/desks/{MIE}/tallies?from=2026-05", 422),
        ("GET", f"/api/v1/desks/{MIE}/tallies?from=2026-05&to=2026-04", 422),
    ],
)
async def test_every_error_is_a_problem_document(api: Client, method: str, path: str, status: int) -> None:
    answer = await api.request(method, path, expect=status)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    schema = (await described(api))["components"]["schemas"]["Problem"]
    Draft202012Validator(schema).validate(problem)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


# ---- Limits ----


async def test_the_interface_is_no_way_around_the_limit_of_the_form(site: Site, tmp_path: Any) -> None:
    strict = await open_site(site.database, tmp_path, submissions_per_hour="2")
    async with strict.client() as api, strict.client(visitor=("203.0.113.99", 1)) as other:
        for _ in range(2):
            await send(api)
        refused = await send(api, expect=429)
        assert int(refused.headers["retry-after"]) > 3000
        check(await described(api), "/desks/{desk}/receipts", refused, "post")
        await send(other)


async def test_a_wrong_passcode_and_an_unknown_number_look_the_same_and_slow_down(api: Client) -> None:
    document = await described(api)
    number = (await send(api)).json()["receipt_number"]
    none_given = await look(api, number, None, expect=401)
    assert none_given.headers["www-authenticate"] == 'Bearer realm="receipt"'
    wrong = await look(api, number, "AAA-AAA-AAA-AAA-AAA", expect=401)
    unknown = await look(api, "AAA-AAA-AAA", "AAA-AAA-AAA-AAA-AAA", expect=401)
    assert wrong.headers["www-authenticate"] == 'Bearer realm="receipt", error="invalid_token"'
    problems = [check(document, "/receipts/{receipt_number}", each) for each in (wrong, unknown)]
    for problem in problems:
        problem.pop("request_id")
    assert problems[0] == problems[1]
    for _ in range(5):
        await look(api, number, "é", expect=401)
    slowed = await look(api, number, "AAA", expect=429)
    check(document, "/receipts/{receipt_number}", slowed)
    assert int(slowed.headers["retry-after"]) >= 1


async def test_a_passcode_that_was_renewed_opens_nothing(site: Site, api: Client) -> None:
    received = (await send(api)).json()

    def renew(session: Any) -> None:
        session.query(Receipt).one().passcode_generation += 1

    await site.database.write(renew)
    await look(api, received["receipt_number"], received["passcode"], expect=401)


# ---- Figures ----


async def test_the_public_figures_are_those_of_closed_months(api: Client) -> None:
    await send(api)
    path = f"/api/v1/desks/{MIE}/tallies"
    for asked in (path, f"{path}?from=2021-09&to=2022-05"):
        answer = await api.request("GET", asked)
        tally = check(await described(api), "/desks/{desk}/tallies", answer)
        assert tally["months"] == [], "no month is closed yet"
    assert (tally["from"], tally["to"]) == ("2021-09", "2022-05")


async def test_the_figures_cannot_be_asked_for_without_end(site: Site, api: Client) -> None:
    path = f"/api/v1/desks/{TOYAMA}/tallies"
    for _ in range(60):
        await api.request("GET", path)
    refused = await api.request("GET", path, expect=429)
    check(await described(api), "/desks/{desk}/tallies", refused)
    assert await site.database.read(desks.revisions)
