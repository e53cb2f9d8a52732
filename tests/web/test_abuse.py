"""Machines at the form: whatever they send is kept, and put aside for staff; people notice nothing of it."""

import asyncio
import base64
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altcha
import pytest
from sqlalchemy import func, select

from meyasubako.core.dates import now
from meyasubako.core.vocabulary import QuarantineReason, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case, OutboxMessage, Receipt
from meyasubako.web.guard import proof
from meyasubako.web.public import signs
from tests.harness.client import Client, Page
from tests.harness.html import elements
from tests.harness.site import MIE, TOYAMA, Site, open_site

CHECK, SEND = "内容を確かめる", "この内容で送る"
R = QuarantineReason
OPINION: Mapping[str, Any] = {
    "requester_type": "resident",
    "purpose": "opinion",
    "title": "除雪の状況を地図で見たい",
    "body": "どの道が除雪されたか分かると助かります。",
    "reply_wanted": "yes",
    "email": "hanako@example.jp",
    "publish_consent": "yes",
    "share_consent": "no",
}
CONSULTATION: Mapping[str, Any] = {
    "requester_type": "business",
    "name": "見本 太郎",
    "reply_wanted": "no",
    "purpose": "other",
    "title": "何から始めればよいか",
    "body": "紙の日報をやめたいです。",
    "share_consent": "no",
}
FORMS = {TOYAMA: OPINION, MIE: CONSULTATION}


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try of a proof costs next to nothing here; a real browser does the whole work in the journeys."""
    monkeypatch.setattr(proof, "ROUNDS", 2)


@pytest.fixture
async def strict(database: Database, tmp_path: Path) -> Site:
    """An installation that always wants a proof and believes nobody who is quick."""
    return await open_site(database, tmp_path, proof_from_network="0", least_seconds="3")


@pytest.fixture
async def wary(database: Database, tmp_path: Path) -> Site:
    """An installation that always wants a proof."""
    return await open_site(database, tmp_path, proof_from_network="0")


async def filled_in(client: Client, desk: str = TOYAMA, **changes: Any) -> Page:
    page = await client.get(f"/desks/{desk}/new")
    return await client.submit(page, {**FORMS[desk], **changes}, button=CHECK)


async def kept(site: Site) -> list[tuple[R | None, Status]]:
    """Every receipt: why it was put aside, and where it stands."""
    rows = await site.database.read(
        lambda session: session.execute(
            select(Receipt.quarantine_reason, Case.status)
            .join(Case, Case.receipt_id == Receipt.id)
            .order_by(Receipt.id)
        ).all()
    )
    return [(reason, status) for reason, status in rows]


async def mails(site: Site) -> int:
    return await site.database.read(lambda s: s.scalar(select(func.count()).select_from(OutboxMessage)) or 0)


def asked(page: Page) -> str:
    """The challenge a page holds."""
    [field] = [each for each in elements(page.tree, "input") if each.get("data-challenge")]
    return field.get("data-challenge", "")


def solved(challenge: str) -> str:
    """What the script of the page would make of it."""
    made = altcha.Challenge.from_dict(json.loads(challenge))
    solution = altcha.solve_challenge(made)
    assert solution is not None
    return altcha.Payload(made, solution).to_base64()


async def send(client: Client, check: Page, **changes: str) -> Page:
    """Send as a program would: the fields of the page, and whatever else."""
    fields = check.form(button=SEND).fields
    return await client.post(check.path, {**fields, "step": ["send"], **changes})


# ---- The trap ----


async def test_a_browser_that_fills_the_trap_by_itself_costs_one_more_press(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    again = await client.submit(page, {**OPINION, signs.TRAP: "hanako"}, button=CHECK, expect=422)
    assert again.form(button=CHECK).fields[signs.TRAP] == [""]
    check = await client.submit(again, button=CHECK)
    await client.submit(check.form(button=SEND), button=SEND)
    assert await kept(site) == [(None, Status.RECEIVED)]


async def test_who_fills_it_again_is_put_aside_and_goes_on_like_everybody(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    again = await client.submit(page, {**OPINION, signs.TRAP: "buy"}, button=CHECK, expect=422)
    check = await client.submit(again, {signs.TRAP: "buy"}, button=CHECK)
    back = await client.submit(check.form(button=SEND), button="もどってなおす")
    assert back.form(button=CHECK).fields["title"] == [OPINION["title"]]
    check = await client.submit(back, {signs.TRAP: "buy"}, button=CHECK)
    done = await client.submit(check.form(button=SEND), button=SEND)
    assert (done.heading, "受付番号" in done.text, "合言葉" in done.text) == ("受け付けました", True, True)
    assert await kept(site) == [(R.TRAP, Status.QUARANTINED)]
    assert await mails(site) == 0


async def test_a_program_that_skips_the_pages_is_put_aside_too(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    fields = page.form(button=CHECK).filled({**OPINION, signs.TRAP: "buy"})
    await client.post(page.path, {**fields, "step": ["send"]})
    assert await kept(site) == [(R.TRAP, Status.QUARANTINED)]


# ---- Time ----


async def test_what_is_sent_faster_than_anybody_writes_is_put_aside(strict: Site) -> None:
    client = strict.client()
    check = await filled_in(client)
    done = await send(client, check, proof=solved(asked(check)))
    assert done.heading == "受け付けました"
    assert await kept(strict) == [(R.TOO_FAST, Status.QUARANTINED)]


async def test_who_takes_the_time_is_a_person(strict: Site) -> None:
    client = strict.client()
    check = await filled_in(client)
    opened = strict.keys.sign(signs.OPENED, str(now().timestamp() - 4))
    await send(client, check, proof=solved(asked(check)), **{signs.OPENED: opened})
    assert await kept(strict) == [(None, Status.RECEIVED)]


@pytest.mark.parametrize("word", ["", "0", "0.x", "1e999.", "{signature}", "あ" * 300])
async def test_a_word_about_the_time_that_is_not_ours_says_nothing(strict: Site, word: str) -> None:
    client = strict.client()
    check = await filled_in(client)
    ours = check.form(button=SEND).fields[signs.OPENED][0]
    forged = word.replace("{signature}", f"{now().timestamp() - 4:.3f}.{ours.rpartition('.')[2]}")
    await send(client, check, proof=solved(asked(check)), **{signs.OPENED: forged})
    assert await kept(strict) == [(None, Status.RECEIVED)]


async def test_the_time_counts_from_the_first_page_however_often_one_goes_back(strict: Site) -> None:
    client = strict.client()
    check = await filled_in(client)
    first = check.form(button=SEND).fields[signs.OPENED]
    back = await client.submit(check.form(button=SEND), button="もどってなおす")
    wrong = await client.submit(back, {"title": ""}, button=CHECK, expect=422)
    assert (
        back.form(button=CHECK).fields[signs.OPENED] == first == wrong.form(button=CHECK).fields[signs.OPENED]
    )


# ---- Proof of work ----


async def test_while_few_send_nothing_is_asked(site: Site) -> None:
    check = await filled_in(site.client())
    assert "data-challenge" not in check.response.text
    assert "proof.js" not in check.response.text


async def test_with_its_proof_a_sending_is_received(wary: Site) -> None:
    client = wary.client()
    check = await filled_in(client)
    await send(client, check, proof=solved(asked(check)))
    assert await kept(wary) == [(None, Status.RECEIVED)]
    assert await mails(wary) == 1


async def test_without_script_it_is_put_aside_and_never_refused(wary: Site) -> None:
    client = wary.client()
    check = await filled_in(client)
    done = await client.submit(check.form(button=SEND), button=SEND)
    assert done.heading == "受け付けました"
    assert await kept(wary) == [(R.FLOOD, Status.QUARANTINED)]
    assert await mails(wary) == 0


async def test_a_proof_is_good_for_one_form(wary: Site) -> None:
    client = wary.client()
    check = await filled_in(client)
    mine = solved(asked(check))
    for _ in range(2):
        # Pressed twice, it is the same sending.
        await send(client, check, proof=mine)
    another = await filled_in(client, body="別の内容です。")
    await send(client, another, proof=mine)
    assert await kept(wary) == [(None, Status.RECEIVED), (R.FLOOD, Status.QUARANTINED)]


async def test_a_proof_for_another_desk_or_browser_is_none(wary: Site) -> None:
    client, other = wary.client(), wary.client()
    elsewhere = await filled_in(client, MIE)
    key = elsewhere.form(button=SEND).fields["form_key"][0]
    check = await filled_in(client)
    # The very same form key, so that nothing but the desk differs.
    await send(client, check, proof=solved(asked(elsewhere)), form_key=key)
    theirs = await filled_in(other)
    mine = await filled_in(client, body="別の内容です。")
    key = mine.form(button=SEND).fields["form_key"][0]
    await send(other, theirs, proof=solved(asked(mine)), form_key=key)
    assert await kept(wary) == [(R.FLOOD, Status.QUARANTINED)] * 2


def forged(payload: str, **changes: Any) -> str:
    """A proof with other words in its challenge, or another solution."""
    content = json.loads(base64.b64decode(payload))
    for name, value in changes.items():
        place = content["challenge"]["parameters"] if name in content["challenge"]["parameters"] else content
        place = content["solution"] if name in content["solution"] else place
        place[name] = value
    return base64.b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"cost": 1},
        {"keyPrefix": ""},
        {"expiresAt": 99_999_999_999},
        {"data": {"for": "anything"}},
        {"derivedKey": "00" * 32, "counter": 1},
        {"keySignature": ""},
        {"challenge": []},
        {"solution": None},
    ],
    ids=str,
)
async def test_a_forged_proof_is_none(wary: Site, changes: dict[str, Any]) -> None:
    client = wary.client()
    check = await filled_in(client)
    await send(client, check, proof=forged(solved(asked(check)), **changes))
    assert await kept(wary) == [(R.FLOOD, Status.QUARANTINED)]


@pytest.mark.parametrize(
    "typed", ["x", "あ", "e30=", "W10=", "bnVsbA==", "MWU5OTk=", "A" * 5_000, "eyJjaGFsbGVuZ2UiOjF9"]
)
async def test_what_is_no_proof_at_all_is_none(wary: Site, typed: str) -> None:
    client = wary.client()
    await send(client, await filled_in(client), proof=typed)
    assert await kept(wary) == [(R.FLOOD, Status.QUARANTINED)]


async def test_a_proof_does_not_last(wary: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "LASTS", -proof.LASTS)
    client = wary.client()
    check = await filled_in(client)
    await send(client, check, proof=solved(asked(check)))
    assert await kept(wary) == [(R.FLOOD, Status.QUARANTINED)]


async def test_a_page_that_is_shown_again_has_a_challenge_again(database: Database, tmp_path: Path) -> None:
    site = await open_site(database, tmp_path, proof_from_network="0", submissions_per_hour="1")
    client = site.client()
    first = await filled_in(client)
    await send(client, first, proof=solved(asked(first)))
    check = await filled_in(client, body="別の内容です。")
    refused = await client.submit(check.form(button=SEND), button=SEND, expect=429)
    assert asked(refused)
    assert refused.form(button=SEND).fields["body"] == ["別の内容です。"]


# ---- Again and again ----


async def test_the_same_text_many_times_is_put_aside(site: Site) -> None:
    client = site.client()
    for _ in range(6):
        check = await filled_in(client)
        await client.submit(check.form(button=SEND), button=SEND)
    assert await kept(site) == [(None, Status.RECEIVED)] * 5 + [(R.REPEATED, Status.QUARANTINED)]


async def test_a_flood_of_a_desk_from_many_places_is_put_aside_whole(
    database: Database, tmp_path: Path
) -> None:
    site = await open_site(database, tmp_path, proof_from_desk="2")

    async def one(number: int) -> None:
        client = site.client(visitor=(f"198.51.100.{number}", 1))
        check = await filled_in(client, body=f"{number}番目です。")
        await client.submit(check.form(button=SEND), button=SEND)

    for number in (1, 2):
        await one(number)
    await asyncio.gather(*(one(number) for number in range(3, 9)))
    assert await kept(site) == [(None, Status.RECEIVED)] * 2 + [(R.FLOOD, Status.QUARANTINED)] * 6
    assert await mails(site) == 2


async def test_a_program_beyond_the_pace_is_put_aside_and_told_nothing_else(
    database: Database, tmp_path: Path
) -> None:
    site = await open_site(database, tmp_path, proof_from_network="1")
    answers = []
    async with site.client() as api:
        for number in range(2):
            body = {**OPINION, "title": f"{number}", "reply_wanted": True}
            body |= {"publish_consent": True, "share_consent": False}
            answers.append(
                await api.request("POST", f"/api/v1/desks/{TOYAMA}/receipts", json=body, expect=201)
            )
        described = (await api.get("/api/v1/openapi.json")).json()
    assert set(answers[0].json()) == set(answers[1].json())
    assert await kept(site) == [(None, Status.RECEIVED), (R.FLOOD, Status.QUARANTINED)]
    assert "職員が確かめてから" in described["paths"]["/desks/{desk}/receipts"]["post"]["description"]


async def test_nothing_of_it_stands_in_the_log(wary: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = wary.client()
    check = await filled_in(client)
    mine = solved(asked(check))
    await send(client, check, proof=mine)
    assert mine not in caplog.text
