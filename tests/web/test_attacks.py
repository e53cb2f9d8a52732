"""What somebody with bad intentions sends: bytes no browser would, keys of others, text that hides or reorders, many tries."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text

from meyasubako.casework import intake, limits
from meyasubako.core.errors import Unavailable
from meyasubako.core.vocabulary import Role
from meyasubako.store.models import Receipt
from meyasubako.web import forms, guard
from tests.harness.client import ORIGIN, Client, Page, Values
from tests.harness.site import MIE, PASSWORD, TOYAMA, Site, open_site

CHECK = "内容を確かめる"
SEND = "この内容で送る"
OPINION: Values = {
    "requester_type": "resident",
    "purpose": "opinion",
    "title": "除雪の状況を地図で見たい",
    "body": "どの道が除雪されたか分かると助かります。",
    "reply_wanted": "yes",
    "email": "hanako@example.jp",
    "publish_consent": "yes",
    "share_consent": "no",
}
ANONYMOUS = {
    "requester_type": "resident",
    "purpose": "opinion",
    "title": "同じ文面の投稿",
    "body": "みんなが同じ文を送る呼びかけです。",
    "reply_wanted": False,
    "publish_consent": False,
}
ELSEWHERE = ("198.51.100.7", 1)
RECEIPTS = f"/api/v1/desks/{TOYAMA}/receipts"
Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def send_bytes(
    app: Any,
    path: str,
    query: bytes = b"",
    *,
    headers: Headers = (),
    method: str = "GET",
    body: bytes = b"",
    is_whole: bool = True,
) -> Answer:
    """Ask as no browser would: a real server hands on any query and header it can cut into pieces."""
    sent: list[Any] = []

    pieces = [body]

    async def receive() -> dict[str, Any]:
        if not pieces:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": pieces.pop(), "more_body": not is_whole}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [(b"host", b"testserver"), *headers],
        "client": ("203.0.113.10", 50_000),
        "server": ("testserver", 443),
    }
    await app(scope, receive, send)
    return Answer(sent[0]["status"], dict(sent[0]["headers"]), b"".join(each["body"] for each in sent[1:]))


async def receipts(site: Site) -> int:
    return await site.database.read(lambda s: s.scalar(select(func.count()).select_from(Receipt)) or 0)


async def filled_in(client: Client, **changes: str) -> Page:
    page = await client.get(f"/desks/{TOYAMA}/new")
    return await client.submit(page, {**OPINION, **changes}, button=CHECK)


# ---- Bytes ----


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/nothing", b"\xff\xfe", 404),
        ("/staff/account", b"a=\xff", 303),
        ("/status", b"number=\xff\x00", 200),
        ("/api/v1/nothing", b"\xff", 404),
        (f"/api/v1/desks/{MIE}/tallies", b"from=\xff&to=\x00", 422),
    ],
)
async def test_an_address_that_is_no_text_is_answered_like_any_other(
    site: Site, path: str, query: bytes, status: int
) -> None:
    assert (await send_bytes(site.app, path, query)).status == status


async def test_cookies_nobody_of_us_wrote_open_nothing(site: Site) -> None:
    names = ("csrf", "session", "provider", "notice", "receipt", "sent", "known")
    cookies = b"; ".join(b"__Host-%s=\xff.\xff" % name.encode() for name in names)
    for path, status in (("/", 200), ("/provider/", 404), ("/staff/account", 303), ("/status/case", 303)):
        assert (await send_bytes(site.app, path, headers=[(b"cookie", cookies)])).status == status


@pytest.mark.parametrize(
    ("charset", "value"),
    [
        ("unicode_escape", b"\\ud800"),
        ("utf-7", b"+2AA-"),
        ("punycode", b"\xff-\xff"),
        ("undefined", b"a"),
    ],
)
async def test_an_encoding_that_makes_no_text_is_refused(site: Site, charset: str, value: bytes) -> None:
    client = site.client()
    token = (await client.get("/staff/sign-in")).form(field="password").fields["csrf_token"][0]
    parts = {b"csrf_token": token.encode(), b"login": b"yamada", b"password": value}
    body = b"".join(
        b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % each for each in parts.items()
    )
    headers = [
        (b"cookie", "; ".join(f"{name}={each}" for name, each in client.cookies.items()).encode()),
        (b"content-type", f"multipart/form-data; boundary=B; charset={charset}".encode()),
        (b"sec-fetch-site", b"same-origin"),
    ]
    sent = await send_bytes(
        site.app, "/staff/sign-in", headers=headers, method="POST", body=body + b"--B--\r\n"
    )
    assert sent.status == 400


async def test_a_form_of_many_empty_fields_is_refused_before_it_is_kept(site: Site) -> None:
    body = b"a&" * (forms.MOST_FIELDS + 1)
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    sent = await send_bytes(site.app, f"/desks/{TOYAMA}/new", headers=headers, method="POST", body=body)
    assert sent.status == 400


async def test_a_body_that_never_ends_is_not_waited_for(site: Site) -> None:
    patient = guard.Envelope(site.app, site.settings, patience=0.2)
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    async with asyncio.timeout(10):
        sent = await send_bytes(
            patient, f"/desks/{TOYAMA}/new", headers=headers, method="POST", body=b"title=a", is_whole=False
        )
    assert sent.status == 408
    assert sent.headers[b"connection"] == b"close"
    assert "送られた内容が届きませんでした" in sent.body.decode()


async def test_who_sends_much_slowly_but_steadily_is_waited_for(site: Site) -> None:
    patient = guard.Envelope(site.app, site.settings, patience=0.3)

    async def slowly() -> AsyncIterator[bytes]:
        yield b'--B\r\ncontent-disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
        for _ in range(8):
            yield b"%" * 65_536
            await asyncio.sleep(0.1)
        yield b"\r\n--B--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=B"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(patient), base_url=ORIGIN) as sender:
        answer = await sender.post(f"/desks/{TOYAMA}/new", content=slowly(), headers=headers)
    # It came to its end, without a token.
    assert answer.status_code == 403


# ---- Keys of others ----


async def test_the_key_of_a_form_is_worth_nothing_in_another_browser(site: Site) -> None:
    """Who learns the key and the whole text must not be shown the number and passcode of whoever sent it."""
    owner = site.client()
    check = await filled_in(owner)
    await owner.submit(check.form(button=SEND), button=SEND)
    key = check.form(button=SEND).fields["form_key"][0]
    thief = site.client()
    seen = await filled_in(thief)
    fields = seen.form(button=SEND).filled({"form_key": key})
    await thief.post(seen.path, {**fields, "step": ["send"]})
    assert await receipts(site) == 2
    numbers = await site.database.read(lambda s: list(s.scalars(select(Receipt.number).order_by(Receipt.id))))
    done = await thief.get(f"/desks/{TOYAMA}/done")
    assert numbers[1] in done.text.replace(" ", "").replace("-", "")
    assert numbers[0] not in done.text.replace(" ", "").replace("-", "")


async def test_a_simple_key_of_a_program_gives_its_passcode_to_no_other(site: Site) -> None:
    headers = {"Idempotency-Key": "1"}
    first, again, other = [
        (
            await site.client(visitor=visitor).request(
                "POST", RECEIPTS, json=ANONYMOUS, headers=headers, expect=201
            )
        ).json()
        for visitor in (("203.0.113.10", 1), ("203.0.113.10", 2), ELSEWHERE)
    ]
    assert again == first
    assert other["receipt_number"] != first["receipt_number"]


@pytest.mark.parametrize("change", [{"email": "mended@example.jp"}, {"publish_consent": "no"}])
async def test_a_mended_address_or_consent_is_not_taken_for_what_was_sent_before(
    site: Site, change: dict[str, str]
) -> None:
    client = site.client()
    check = await filled_in(client)
    await client.submit(check.form(button=SEND), button=SEND)
    again = await client.submit(check.form(button=SEND), button="もどってなおす")
    mended = await client.submit(again, change, button=CHECK)
    asked = await client.submit(mended.form(button=SEND), button=SEND, expect=409)
    assert "先に別の内容を受け付けています" in asked.text
    assert await receipts(site) == 1


# ---- Text ----


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("請求書\u202egpj.exe\u202c", "請求書gpj.exe"),
        ("\u2066あ\u2069い\u202a\u202b\u202dう", "あいう"),
        ("か\u3099" + "\u0301" * 60_000, "か\u3099" + "\u0301" * 9),
        ("👩\u200d🌾と葛\U000e0100", "👩\u200d🌾と葛\U000e0100"),
    ],
)
def test_nothing_typed_reorders_or_covers_what_stands_beside_it(site: Site, typed: str, kept: str) -> None:
    for field in ("title", "body"):
        given = {name: [str(value)] for name, value in OPINION.items()} | {field: [typed]}
        assert getattr(intake.check(site.desks[TOYAMA].desk, given), field) == kept


async def test_markup_in_every_field_stays_text(site: Site) -> None:
    """On the check page, the requester's page and the pages of staff."""
    attack = '"><script>alert(1)</script><img src=x>{{ 7*7 }}'
    client = site.client()
    check = await filled_in(client, title=attack, body=attack, name=attack, organisation=attack)
    done = await client.submit(check.form(button=SEND), button=SEND)
    number = await site.database.read(lambda s: s.scalars(select(Receipt.number)).one())
    status = await client.get("/status")
    seen = await client.submit(
        status, {"number": number, "passcode": site.keys.passcode(number, 1)}, button="状況を見る"
    )
    clerk = await site.signed_in("yamada", {TOYAMA: Role.CLERK})
    inbox = await clerk.get(f"/staff/desks/{TOYAMA}/cases")
    case = await clerk.follow(inbox, attack)
    for page in (check, done, seen, inbox, case):
        assert "<script>alert" not in page.response.text
        assert "<img" not in page.response.text
        assert "49" not in page.title
    assert all(attack in page.text for page in (check, seen, inbox, case))


# ---- Many tries ----


async def test_nobody_elsewhere_locks_staff_out_of_their_own_browser(site: Site) -> None:
    mine = await site.signed_in("yamada", {TOYAMA: Role.CLERK})
    await mine.submit((await mine.get("/staff/account")).form(action="/staff/sign-out"))
    attacker = site.client(visitor=ELSEWHERE)
    for _ in range(limits.FREE_TRIES + 1):
        page = await attacker.get("/staff/sign-in")
        await attacker.submit(
            page.form(field="password"), {"login": "yamada", "password": "wrong password"}, expect=422
        )
    right = {"login": "yamada", "password": PASSWORD}
    page = await attacker.get("/staff/sign-in")
    await attacker.submit(page.form(field="password"), right, expect=429)
    page = await mine.get("/staff/sign-in")
    await mine.submit(page.form(field="password"), right, follow=False, expect=303)


async def test_a_browser_known_for_one_person_gives_no_tries_for_another(site: Site) -> None:
    mine = await site.signed_in("yamada", {TOYAMA: Role.CLERK})
    await mine.submit((await mine.get("/staff/account")).form(action="/staff/sign-out"))
    await site.add_staff("sato")
    for client in (site.client(visitor=ELSEWHERE), mine):
        for _ in range(3):
            page = await client.get("/staff/sign-in")
            await client.submit(
                page.form(field="password"), {"login": "sato", "password": "wrong password"}, expect=422
            )
    await site.make_waits_long()
    page = await mine.get("/staff/sign-in")
    await mine.submit(page.form(field="password"), {"login": "sato", "password": PASSWORD}, expect=429)


# ---- When the database is full or gone ----


async def test_a_full_disk_loses_nothing_typed_and_stores_it_once_there_is_room(site: Site) -> None:
    def limit(session: Any, pages: int) -> int:
        return session.execute(text(f"PRAGMA max_page_count = {pages}")).scalar_one()

    client = site.client()
    check = await filled_in(client, body="長い文。" * 400)
    smallest = await site.database.write(lambda session: limit(session, 1))

    def fill(session: Any) -> None:
        session.execute(text("CREATE TABLE filler (text TEXT)"))
        session.execute(text("INSERT INTO filler VALUES (:text)"), {"text": "x" * 4_000_000})

    with pytest.raises(Unavailable):
        await site.database.write(fill)
    answers = await asyncio.gather(
        *(client.submit(check.form(button=SEND), button=SEND, expect=503) for _ in range(4))
    )
    for refused in answers:
        assert refused.headers["retry-after"] == "60"
        assert "いま、記録するところにつながらない" in refused.text
        assert "長い文。" in refused.text
    await site.database.write(lambda session: limit(session, smallest + 10_000))
    await client.submit(answers[0].form(button=SEND), button=SEND)
    assert await receipts(site) == 1


async def test_without_its_database_pages_say_so_and_programs_too(site: Site, tmp_path: Path) -> None:
    broken = await open_site(site.database, tmp_path)
    broken_client = broken.client()
    assert (await broken_client.get(f"/desks/{TOYAMA}")).status == 200
    await site.database.close()
    (tmp_path / "meyasubako.sqlite3").rename(tmp_path / "away.sqlite3")
    (tmp_path / "meyasubako.sqlite3").mkdir()
    await asyncio.sleep(1.1)
    home = await broken_client.get("/")
    assert site.desks[TOYAMA].desk.name in home.text
    token = await broken_client.get("/survey/anything", expect=503)
    assert "ただいま利用できません" in token.heading
    assert (await broken_client.get("/readyz", expect=503)).json() == {"status": "not ready"}
    problem = await broken_client.get(f"/api/v1/desks/{MIE}", expect=200)
    assert problem.json()["code"] == MIE
