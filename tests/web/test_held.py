"""Seeing everything held about a receipt and correcting contact data, at a browser."""

import pytest
from sqlalchemy import select

from meyasubako.core.vocabulary import Message
from meyasubako.store.models import OutboxMessage, Requester
from tests.harness.html import words
from tests.harness.sent import EMAIL, SEE, Sent, somebody_sent
from tests.harness.site import Site
from tests.harness.waiting import half_an_hour_passes

CORRECT = "この内容に直す"


@pytest.fixture
async def sent(site: Site) -> Sent:
    return await somebody_sent(site)


async def emails(sent: Sent) -> list[str]:
    return await sent.read(lambda s: list(s.scalars(select(Requester.email).order_by(Requester.id))))


async def mails(sent: Sent) -> list[Message]:
    return await sent.read(lambda s: list(s.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id))))


async def test_everything_held_is_shown_to_whoever_knows_the_passcode(sent: Sent) -> None:
    await sent.triage()
    await sent.reply("講座を増やします。")
    page = await sent.client.follow(await sent.open(), "窓口が持っている情報を見る")
    assert (page.path, page.heading) == ("/status/held", "窓口が持っている情報")
    assert page.headers["cache-control"] == "no-store"
    for said in (
        *("ホームページ", "県民", EMAIL, "まだ確認されていません", "スマホ講座を増やしてほしい"),
        *("公民館での講座が、いつも満員です。", "ＤＸ施策に関するご意見やご提言", "県民健康増進"),
        *("講座を増やします。", "県のＤＸ施策の検討と実施", "デジタル化推進室の職員"),
    ):
        assert said in page.text
    assert "山田一郎" not in page.text
    assert "None" not in page.text


@pytest.mark.parametrize("path", ["/status/held", "/status/contact"])
async def test_without_the_passcode_nothing_is_shown(sent: Sent, path: str) -> None:
    stranger = sent.site.client()
    assert (await stranger.get(path)).path == "/status"
    token = (await stranger.get("/status")).form(button=SEE).fields["csrf_token"]
    refused = await stranger.post(
        "/status/contact", {"csrf_token": token, "name": "よその人", "seen": "x"}, expect=422
    )
    assert "まだ直していません" in refused.text
    assert await emails(sent) == [EMAIL]
    assert await mails(sent) == [Message.CONFIRM]


async def test_contact_data_is_corrected_on_the_page(sent: Sent) -> None:
    await sent.open()
    form = await sent.client.get("/status/contact")
    assert form.form(button=CORRECT).fields["email"] == [EMAIL]
    typed = {"name": "見本花子", "email": "ｎｅｗ＠ｅｘａｍｐｌｅ．ｊｐ", "postal_code": "９３０８５０１"}
    done = await sent.client.submit(form, typed, button=CORRECT)
    assert done.path == "/status/held"
    assert "新しいアドレスに、確認のお願いのメールをお送りします。" in done.text
    assert "new@example.jp" in done.text
    assert "930-8501" in done.text
    # Pressed twice: the second finds all as it should be.
    again = await sent.client.submit(form, typed, button=CORRECT)
    assert "連絡先は、この内容になっています。" in again.text
    assert await mails(sent) == [Message.CONFIRM, Message.CONFIRM]


async def test_a_mistake_is_said_beside_its_field_and_nothing_is_lost(sent: Sent) -> None:
    await sent.open()
    form = await sent.client.get("/status/contact")
    typed = {"email": "new@", "postal_code": "93085", "address": "富山市新総曲輪1-7"}
    refused = await sent.client.submit(form, typed, button=CORRECT, expect=422)
    assert "7けたの数字で書いてください（例：514-8570）" in words(refused.by_id("field-postal-code-error"))
    assert "name@example.jp のような形" in words(refused.by_id("field-email-error"))
    fields = refused.form(button=CORRECT).fields
    assert [fields[name] for name in typed] == [[value] for value in typed.values()]
    assert await emails(sent) == [EMAIL]


async def test_what_another_page_corrected_first_is_shown_before_anything_is_lost(sent: Sent) -> None:
    await sent.open()
    first, second = [await sent.client.get("/status/contact") for _ in range(2)]
    await sent.client.submit(first, {"name": "見本花子"}, button=CORRECT)
    refused = await sent.client.submit(second, {"phone": "076-431-4111"}, button=CORRECT, expect=409)
    assert "ほかの画面で、先に直されています" in refused.text
    done = await sent.client.submit(refused, {"name": "見本花子"}, button=CORRECT)
    assert "見本花子" in done.text
    assert "076-431-4111" in done.text


async def test_what_was_written_while_the_time_ran_out_is_shown(sent: Sent) -> None:
    await sent.open()
    form = await sent.client.get("/status/contact")
    half_an_hour_passes(sent.site, sent.client, "receipt")
    late = await sent.client.submit(form, {"name": "見本花子"}, button=CORRECT, expect=422)
    assert (late.path, late.heading) == ("/status/contact", "状況を確かめる")
    assert "見本花子" in late.text
    opened = await sent.client.submit(late, {"number": sent.number, "passcode": sent.passcode}, button=SEE)
    assert opened.path == "/status/case"


async def test_nobody_has_mails_sent_to_many_strangers(sent: Sent) -> None:
    await sent.open()
    form = await sent.client.get("/status/contact")
    for number in range(5):
        await sent.client.submit(form, {"email": f"a{number}@example.jp"}, button=CORRECT)
        form = await sent.client.get("/status/contact")
    stopped = await sent.client.submit(form, {"email": "a6@example.jp"}, button=CORRECT, expect=429)
    assert int(stopped.headers["retry-after"]) > 0
    assert stopped.form(button=CORRECT).fields["email"] == ["a6@example.jp"]
    # What writes to nobody goes on.
    await sent.client.submit(stopped, {"email": "a4@example.jp", "name": "見本花子"}, button=CORRECT)
    assert len(await mails(sent)) == 6
