"""Paper entry: what came by post, fax, telephone or visit becomes a receipt like any other."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from meyasubako.core import dates
from meyasubako.core.vocabulary import CaseKind, Channel, RequesterType, Role
from meyasubako.store.models import Case, Receipt, Requester
from tests.harness.client import Client, Page
from tests.harness.html import elements
from tests.harness.site import MIE, TOYAMA, Site

NEW = f"/staff/desks/{MIE}/receipts/new"
END, NEXT = "受け付けて終わる", "受け付けて、次を入力する"
LETTER = {"requester_type": "unknown", "title": "手紙の件", "body": "達筆で\n読みにくい手紙です。"}


async def clerk(site: Site, role: Role = Role.CLERK, desk: str = MIE) -> Client:
    return await site.signed_in("yamada", {desk: role})


async def receipts(site: Site) -> list[Receipt]:
    return await site.database.read(
        lambda session: list(session.scalars(select(Receipt).order_by(Receipt.id)))
    )


async def enter(client: Client, path: str = NEW, button: str = END, **typed: Any) -> Page:
    expect = typed.pop("expect", 200)
    return await client.submit(await client.get(path), {**LETTER, **typed}, button=button, expect=expect)


async def test_the_form_follows_the_letter(site: Site) -> None:
    client = await clerk(site)
    form = (await client.get(NEW)).form(button=END)
    asked = [name for name in form.fields if name not in {"csrf_token", "idempotency_key"}]
    assert asked[:5] == ["channel", "received_on", "postmarked_on", "event_name", "requester_type"]
    assert asked[4:] == [field.name for field in site.desks[MIE].desk.fields_for(None, None)]
    assert form.choices("channel") == [
        each.value for each in Channel if each not in {Channel.WEB, Channel.API}
    ]
    assert form.fields["received_on"] == [dates.wareki(dates.japan_day(dates.now()))]


async def test_a_letter_needs_only_what_every_letter_has(site: Site) -> None:
    client = await clerk(site)
    page = await enter(client, channel="letter", received_on="2026-04-01")
    (receipt,) = await receipts(site)
    assert (receipt.channel, receipt.requester_type) == (Channel.LETTER, RequesterType.UNKNOWN)
    # Noon in Japan of the day it came.
    assert receipt.received_at == datetime(2026, 4, 1, 3, tzinfo=UTC)
    assert (receipt.purpose, receipt.reply_wanted, receipt.share_consent) == (None, True, False)
    assert page.heading == "受け付けました"
    spelled = page.text.replace(" ", "")
    assert receipt.number in spelled.replace("-", "")
    assert site.keys.passcode(receipt.number, 1) in spelled.replace("-", "")
    assert "30分で見られなくなります。" in page.text
    case = await client.follow(page, "案件を開く")
    assert "希望する（書かれていない場合を含む）" in case.text
    assert "達筆で 読みにくい手紙です。" in case.text
    assert "4月1日 郵便" in case.text


async def test_what_came_today_came_now(site: Site) -> None:
    client = await clerk(site)
    before = dates.now()
    await enter(client, channel="phone")
    (receipt,) = await receipts(site)
    assert before <= receipt.received_at <= dates.now()


async def test_everything_the_letter_says_is_kept(site: Site) -> None:
    """Even what the form asks only of others."""
    client = await clerk(site)
    await enter(
        client,
        requester_type="unknown",
        organisation="見本町内会",
        municipality="津市",
        email="a@example.jp",
        wished_dates="いつでも",
        reply_wanted="yes",
    )
    (kept,) = await site.database.read(lambda session: session.scalars(select(Requester)).all())
    assert (kept.organisation, kept.municipality, kept.email) == ("見本町内会", "津市", "a@example.jp")
    (receipt,) = await receipts(site)
    assert (receipt.wished_dates, receipt.reply_wanted) == ("いつでも", True)


async def test_the_next_letter_keeps_channel_and_day(site: Site) -> None:
    client = await clerk(site)
    page = await enter(client, channel="fax", received_on="2026-04-01", button=NEXT)
    assert urlsplit(str(page.url)).path == NEW
    assert parse_qs(urlsplit(str(page.url)).query) == {"channel": ["fax"], "received_on": ["2026-04-01"]}
    form = page.form(button=NEXT)
    assert (form.fields["channel"], form.fields["received_on"]) == (["fax"], ["令和8年4月1日"])
    assert (form.fields["title"], form.fields["requester_type"]) == ([""], [])
    # The next letter is begun without the mouse.
    (first,) = [each for each in elements(page.tree, "input") if "autofocus" in each.attrib]
    assert (first.get("name"), first.get("value")) == ("channel", "fax")
    (receipt,) = await receipts(site)
    assert receipt.number in page.text.replace("-", "")
    assert site.keys.passcode(receipt.number, 1) in page.text.replace("-", "")
    await client.submit(page, {**LETTER, "title": "次の手紙"}, button=NEXT)
    assert [each.title for each in await receipts(site)] == ["手紙の件", "次の手紙"]


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"title": "題" * 201, "body": " "}, ["title", "body"]),
        ({"body": "字" * 20_001}, ["body"]),
        ({"received_on": "8.7.3"}, ["received_on"]),
        ({"received_on": "", "postmarked_on": "先週"}, ["received_on", "postmarked_on"]),
        ({"received_on": "0001-01-01", "postmarked_on": "0001-01-01"}, ["received_on"]),
        ({"received_on": "2026-04-01", "postmarked_on": "2026-04-02"}, ["postmarked_on"]),
        ({"received_on": "2026-04-01", "postmarked_on": "2025-03-30"}, ["postmarked_on"]),
        ({"channel": "event", "event_name": "催" * 201}, ["event_name"]),
        ({"received_on": "2021-08-31"}, ["received_on"]),
        ({"received_on": (dates.japan_day(dates.now()) + timedelta(days=2)).isoformat()}, ["received_on"]),
        ({"email": "not an address", "phone": "?"}, ["email", "phone"]),
    ],
)
async def test_mistakes_are_named_and_nothing_typed_is_lost(
    site: Site, typed: dict[str, str], fields: list[str]
) -> None:
    client = await clerk(site)
    page = await enter(client, **{"organisation": "見本会", **typed}, topics=["industry-data"], expect=422)
    for field in fields:
        page.by_id(f"field-{field.replace('_', '-')}-error")
    shown = page.form(button=END).fields
    assert {name: shown[name] for name in typed} == {name: [value] for name, value in typed.items()}
    assert (shown["organisation"], shown["topics"]) == (["見本会"], ["industry-data"])
    assert await receipts(site) == []


async def test_a_channel_must_be_said(site: Site) -> None:
    client = await clerk(site)
    fields = (await client.get(NEW)).form(button=END).filled(LETTER) | {"channel": ["web"]}
    page = await client.post(NEW, fields, expect=422)
    page.by_id("field-channel-error")


async def test_pressing_twice_makes_one_receipt(site: Site) -> None:
    client = await clerk(site)
    fields = (await client.get(NEW)).form(button=END).filled(LETTER)
    first, second = await client.post(NEW, fields), await client.post(NEW, fields)
    assert first.text == second.text
    assert len(await receipts(site)) == 1
    other = await client.post(NEW, {**fields, "body": ["別の手紙"]}, expect=409)
    assert "先に別の内容を受け付けています" in other.text
    assert other.form(button=END).fields["body"] == ["別の手紙"]


async def test_the_passcode_is_for_whoever_entered_the_letter(site: Site) -> None:
    client = await clerk(site)
    await enter(client)
    page = await client.get("/staff/account")
    await client.submit(page.form(action="/staff/sign-out"))
    await site.add_staff("suzuki", {MIE: Role.CLERK})
    sign_in = await client.get("/staff/sign-in")
    await client.submit(sign_in.form(field="password"), {"login": "suzuki", "password": "open the box 2026"})
    assert (await client.get(f"/staff/desks/{MIE}/receipts/entered")).path == NEW


async def test_a_suggestion_box_takes_letters_too(site: Site) -> None:
    client = await clerk(site, desk=TOYAMA)
    await enter(client, f"/staff/desks/{TOYAMA}/receipts/new", requester_type="business_outside")
    (case,) = await site.database.read(lambda session: session.scalars(select(Case)).all())
    assert (case.kind, case.requester_type) == (CaseKind.SUGGESTION, RequesterType.BUSINESS_OUTSIDE)


@pytest.mark.parametrize("role", list(Role))
async def test_only_those_who_may_enter_letters(site: Site, role: Role) -> None:
    client = await clerk(site, role)
    expect = 403 if role is Role.VIEWER else 200
    await client.get(NEW, expect=expect)
    stranger = await site.signed_in("tanin", {TOYAMA: role})
    await stranger.get(NEW, expect=404)
    await stranger.post(NEW, LETTER, expect=404)
    assert await receipts(site) == []


async def test_a_day_is_taken_as_it_is_written_on_paper(site: Site) -> None:
    client = await clerk(site)
    await enter(client, received_on="Ｒ８．４．３", postmarked_on="令和８年４月１日（水）")
    (receipt,) = await receipts(site)
    assert (receipt.received_at, receipt.postmarked_on) == (
        datetime(2026, 4, 3, 3, tzinfo=UTC),
        date(2026, 4, 1),
    )
    case = await client.get("/staff/cases/1")
    assert "4月3日 郵便（消印 4/1）" in case.text
    assert "4/3 郵便（消印 4/1）" in (await client.get(f"/staff/desks/{MIE}/inbox")).text


async def test_a_card_from_an_event_and_the_names_offered_for_the_next(site: Site) -> None:
    client = await clerk(site)
    page = await enter(
        client, channel="event", event_name="ＤＸ 体験会＜津＞", postmarked_on="4/1", button=NEXT
    )
    (receipt,) = await receipts(site)
    # What stands in a field that does not belong to this channel was meant for another letter.
    assert (receipt.event_name, receipt.postmarked_on) == ("ＤＸ 体験会＜津＞", None)
    assert page.form(button=NEXT).fields["event_name"] == ["ＤＸ 体験会＜津＞"]
    assert [each.get("value") for each in elements(page.by_id("field-event-name-list"), "option")] == [
        "ＤＸ 体験会＜津＞"
    ]
    assert "催し（ＤＸ 体験会＜津＞）" in (await client.get("/staff/cases/1")).text
    elsewhere = await site.signed_in("tanin", {TOYAMA: Role.CLERK})
    assert "体験会" not in (await elsewhere.get(f"/staff/desks/{TOYAMA}/receipts/new")).text


async def test_a_letter_without_a_title_gets_one(site: Site) -> None:
    client = await clerk(site)
    await enter(client, title="", body="拝啓　春の候。\n駅前の灯りについてお願いします。敬具")
    (receipt,) = await receipts(site)
    assert receipt.title == "駅前の灯りについてお願いします"


async def test_what_i_entered_today_is_listed(site: Site) -> None:
    client = await clerk(site)
    assert "きょう入力したもの" not in (await client.get(NEW)).text
    for number in range(12):
        await enter(client, title=f"{number}通め", channel="fax")
    page = await client.get(NEW)
    assert [f"{number}通め" in page.links for number in range(12)] == [False] * 2 + [True] * 10
    assert page.links["11通め"].endswith("/staff/cases/12")
    colleague = await site.signed_in("suzuki", {MIE: Role.CLERK})
    assert "きょう入力したもの" not in (await colleague.get(NEW)).text


@pytest.mark.parametrize(
    "query", ["channel=x&received_on=y", "received_on=9999-12-31", "received_on=0001-01-01"]
)
async def test_an_address_that_was_tampered_with_opens_an_empty_form(site: Site, query: str) -> None:
    client = await clerk(site)
    form = (await client.get(f"{NEW}?{query}")).form(button=END)
    assert form.fields["received_on"] == [dates.wareki(dates.japan_day(dates.now()))]
