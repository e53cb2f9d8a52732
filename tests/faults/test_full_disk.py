"""A full disk: whoever sends is told so on a clear page, nothing typed is lost, nothing breaks, and it goes on by itself."""

import json
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import httpx
import pytest

from tests.harness.agreement import differences
from tests.harness.client import Client, Page
from tests.harness.installed import Installed
from tests.harness.load import ANSWERS, CHECK, CLERK, CONSULTATION, SEND, Load, Sending
from tests.harness.mail_server import MailServer
from tests.harness.remote import at
from tests.harness.site import MIE, PASSWORD, Site
from tests.harness.small_disk import no_file_grows

AWAY = "いま、記録するところにつながらないため"
AGAIN = "この画面を再読み込みしてください。"


@pytest.fixture
async def load(site: Site, installed: Installed) -> AsyncIterator[Load]:
    made = Load(site, installed.address, random.Random())
    yield made
    await made.close()


async def filled_in(client: Client, sending: Sending) -> Page:
    yes_or_no = {name: "yes" if value else "no" for name, value in ANSWERS.items()}
    page = await client.get(f"/desks/{MIE}/new")
    return await client.submit(page, {**CONSULTATION, **yes_or_no, **sending.text}, button=CHECK)


async def signed_in(client: Client) -> None:
    page = await client.get("/staff/sign-in")
    who = {"login": CLERK, "password": PASSWORD}
    await client.submit(page.form(field="password"), who, follow=False, expect=303)


async def send_by_api(client: Client, sending: Sending, *, expect: int | None) -> Page:
    content = json.dumps({**CONSULTATION, **ANSWERS, **sending.text})
    given = {"content-type": "application/json", "idempotency-key": sending.word}
    path = f"/api/v1/desks/{MIE}/receipts"
    return await client.request("POST", path, content=content, headers=given, expect=expect)


def path_of(address: str) -> str:
    return urlsplit(address).path


async def live_through(load: Load, full: Callable[[], AbstractContextManager[None]]) -> None:
    """People send before, while and after the disk is full; staff work on; everybody is told how it stands."""
    resident, program, clerk = at(load.address), at(load.address), at(load.address)
    before, written, sent = (Sending(word, resident) for word in ("before", "written", "sent"))
    load.sendings += [before, written, sent]
    before.is_sent = written.is_sent = sent.is_sent = True
    await send_by_api(program, before, expect=201)
    before.told = True
    await signed_in(clerk)
    inbox = await clerk.get(f"/staff/desks/{MIE}/inbox")
    case = next(
        path for path in map(path_of, inbox.links.values()) if re.fullmatch(r"/staff/cases/\d+", path)
    )
    opened = await clerk.get(case)
    check = await filled_in(resident, written)
    with full():
        for _ in range(3):
            refused = await resident.submit(check.form(button=SEND), button=SEND, expect=503)
            assert AWAY in refused.text
            assert refused.headers["retry-after"]
            # The page that says so holds everything that was written, and its button sends it.
            assert all(text in refused.text for text in written.text.values())
        assert (await filled_in(resident, written)).heading == CHECK
        answer = await send_by_api(program, sent, expect=503)
        assert (answer.json()["status"], "retry-after" in answer.headers) == (503, True)
        note = {"body": "電話した。"}
        away = await clerk.submit(opened, note, button="メモを残す", follow=False, expect=503)
        assert AWAY in away.text
        assert AGAIN in away.text
        assert written.word not in (await clerk.get(case)).text
        assert (await resident.get("/healthz")).status == httpx.codes.OK
    await resident.submit(refused.form(button=SEND), button=SEND, follow=False, expect=303)
    await send_by_api(program, sent, expect=201)
    written.told = sent.told = True
    await clerk.submit(opened, note, button="メモを残す", follow=False, expect=303)
    assert "電話した。" in (await clerk.get(case)).text
    for each in (resident, program, clerk):
        await each.__aexit__(None, None, None)


async def mails_come(load: Load, mail_server: MailServer) -> None:
    """The worker goes on by itself as well."""
    for each in load.sendings:
        assert len(await mail_server.wait_for(each.address)) == 1


# A PostgreSQL server has a disk of its own.
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_files_that_cannot_grow(installed: Installed, load: Load, mail_server: MailServer) -> None:
    with installed.running("serve", "--port", str(installed.port)) as program:
        await program.answers()
        await live_through(load, lambda: no_file_grows(program.pid))
        await mails_come(load, mail_server)
        program.terminate()
        assert await program.ended() == 0
    assert await differences(load.site.database, load) == []
