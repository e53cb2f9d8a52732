"""Sending something in, as somebody at a browser does: desk, form, check, done."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako.casework import desks
from meyasubako.core.dates import day_text
from meyasubako.core.desk import Control
from meyasubako.core.vocabulary import MeetingWay, RequesterType
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Receipt, Requester
from tests.harness.client import Client, Page
from tests.harness.html import elements, words
from tests.harness.site import MIE, OPENED_AT, TOYAMA, Site, open_site
from tests.harness.waiting import half_an_hour_passes

Values = Mapping[str, Any]

CHECK = "内容を確かめる"
SEND = "この内容で送る"

OPINION: Values = {
    "requester_type": "business",
    "purpose": "opinion",
    "topics": ["health", "safety"],
    "title": "除雪の状況を地図で見たい",
    "body": "朝の出勤前に、どの道が除雪されたか分かると助かります。\r\n\r\n・市道も\r\n・歩道も",
    "municipality": "砺波市",
    "organisation": "サンプル商店",
    "name": "見本 花子",
    "reply_wanted": "yes",
    "email": "hanako@example.jp",
    "phone": "0763-00-0000",
    "postal_code": "932-0000",
    "address": "サンプル町1番地\r\nサンプル荘2号",
    "publish_consent": "yes",
    "share_consent": "no",
}
CONSULTATION: Values = {
    "requester_type": "municipality",
    "organisation": "サンプル市 情報政策課",
    "name": "見本 太郎",
    "municipality": "津市",
    "reply_wanted": "no",
    "email": "taro@example.jp",
    "phone": "059-000-0000",
    "postal_code": "514-8570",
    "address": "サンプル町3番地",
    "purpose": "training",
    "topics": ["administration-talent"],
    "title": "自治体DXの講義をしてほしい",
    "body": "管理職向けに、なぜ自治体にDXが要るのかを話してほしいです。",
    "meeting_way": "online",
    "wished_dates": "7月10日（金）の午後、平日の16時以降",
    "share_consent": "yes",
    "publish_consent": "no",
}
FORMS = {TOYAMA: OPINION, MIE: CONSULTATION}
WHO = ("name", "organisation", "municipality", "email", "phone", "postal_code", "address")


async def filled_in(client: Client, desk: str, values: Values | None = None, **changes: Any) -> Page:
    """The check page of a form filled in."""
    page = await client.get(f"/desks/{desk}/new")
    return await client.submit(page, {**(FORMS[desk] if values is None else values), **changes}, button=CHECK)


async def receipts(site: Site) -> int:
    return await site.database.read(lambda s: s.scalar(select(func.count()).select_from(Receipt)) or 0)


def codes_on(page: Page) -> list[str]:
    """What is shown large, to be noted down."""
    return [
        words(each).replace(" ", "") for each in elements(page.tree, "p") if each.get("class") == "code-value"
    ]


def errors_on(page: Page) -> dict[str, str]:
    """What the summary says, by the id of the field it leads to."""
    return {
        each.get("href", "").removeprefix("#"): words(each)
        for box in elements(page.tree, "div")
        if box.get("class") == "error-summary"
        for each in elements(box, "a")
    }


@pytest.mark.parametrize("desk", [TOYAMA, MIE])
async def test_everything_asked_is_checked_shown_again_and_kept(site: Site, desk: str) -> None:
    client = site.client()
    front = await client.get("/")
    about = await client.follow(front, f"{site.desks[desk].desk.name}を開く")
    form = await client.follow(about, next(each for each in about.links if each.endswith("を送る")))
    fields = set(form.form(button=CHECK).fields) - {"csrf_token", "form_key", "form_opened", "second_title"}
    assert fields == {field.name for field in site.desks[desk].desk.fields} == {*FORMS[desk], "files"}

    check = await client.submit(form, FORMS[desk], button=CHECK)
    assert check.heading == CHECK
    for name, typed in FORMS[desk].items():
        field = site.desks[desk].desk.field(name)
        if field.control in {Control.TEXT, Control.TEXTAREA, Control.EMAIL, Control.TEL}:
            assert " ".join(str(typed).split()) in check.text
        assert field.label in check.text
    assert await receipts(site) == 0

    done = await client.submit(check.form(button=SEND), button=SEND)
    number, passcode = codes_on(done)
    assert (done.path, done.heading) == (f"/desks/{desk}/done", "受け付けました")
    assert "受付番号と合言葉をお渡しします" in about.text
    assert "受付番号と合言葉をお渡しします" not in done.text
    assert done.headers["cache-control"] == "no-store"

    def look(session: Any) -> None:
        receipt, requester = session.execute(
            select(Receipt, Requester).join(Requester, Requester.id == Receipt.requester_id)
        ).one()
        assert receipt.number == number.replace("-", "")
        assert site.keys.is_passcode(receipt.number, 1, passcode)
        given = FORMS[desk]
        assert receipt.requester_type is RequesterType(given["requester_type"])
        assert (receipt.purpose, receipt.topics) == (given["purpose"], given["topics"])
        assert (receipt.title, receipt.body) == (given["title"], given["body"].replace("\r\n", "\n"))
        assert {name: getattr(requester, name) for name in WHO} == {
            name: given[name].replace("\r\n", "\n") for name in WHO
        }
        for name in ("reply_wanted", "publish_consent", "share_consent"):
            assert getattr(receipt, name) is (given[name] == "yes")
        way = given.get("meeting_way")
        assert receipt.meeting_way is (MeetingWay(way) if way else None)
        assert receipt.wished_dates == given.get("wished_dates", "")

    await site.database.read(look)


async def test_what_the_data_is_for_stands_before_the_first_field(site: Site) -> None:
    for code, applied in site.desks.items():
        page = await site.client().get(f"/desks/{code}/new")
        purpose = " ".join(applied.desk.privacy_purpose.split())
        assert page.text.index(purpose) < page.text.index(applied.desk.fields[0].label)
        marks = page.text.count("必須") + page.text.count("任意")
        # The topics say it twice: on the fold and inside.
        assert marks == len(applied.desk.fields) + 1


async def test_a_field_for_some_says_for_whom(site: Site) -> None:
    page = await site.client().get(f"/desks/{TOYAMA}/new")
    assert "「県内の事業者」「県外の事業者」「そのほか」を選んだ方だけ、お書きください。" in page.text
    boxes = {each.get("data-requester-types") for each in elements(page.tree, "div")} - {None}
    assert boxes == {"resident business", "business business_outside other"}


async def test_an_empty_form_names_every_mistake_and_leads_to_it(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    refused = await client.submit(page, button=CHECK, expect=422)
    assert refused.title.startswith("エラー：")
    assert list(errors_on(refused)) == [
        "field-requester-type",
        "field-purpose",
        "field-title",
        "field-body",
        "field-reply-wanted",
        "field-publish-consent",
    ]
    for field, message in errors_on(refused).items():
        assert message in words(refused.by_id(f"{field}-error"))


async def test_nothing_typed_is_lost_by_a_mistake(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    typed = {**OPINION, "email": "hanako＠example", "body": '<b>あ</b>&amp;\r\n"い"\t' + "う" * 3_000}
    refused = await client.submit(page, typed, button=CHECK, expect=422)
    assert set(errors_on(refused)) == {"field-email", "field-body"}
    standing = refused.form(button=CHECK).fields
    expected = {**typed, "body": typed["body"].replace("\t", " ")}
    assert {
        name: values if name == "topics" else values[0] for name, values in standing.items() if name in typed
    } == expected
    assert standing["form_key"] == page.form(button=CHECK).fields["form_key"]


async def test_going_back_to_mend_keeps_everything(site: Site) -> None:
    client = site.client()
    check = await filled_in(client, TOYAMA)
    for button in ("もどってなおす", "なおす（件名）"):
        again = await client.submit(check.form(button=SEND), button=button)
        standing = again.form(button=CHECK).fields
        assert {
            name: values if name == "topics" else values[0]
            for name, values in standing.items()
            if name in OPINION
        } == OPINION
    mended = await client.submit(again, {"title": "歩道の除雪"}, button=CHECK)
    await client.submit(mended.form(button=SEND), button=SEND)
    assert await site.database.read(lambda s: s.scalars(select(Receipt.title)).all()) == ["歩道の除雪"]


async def test_each_answer_can_be_mended_where_it_stands(site: Site) -> None:
    check = await filled_in(site.client(), TOYAMA)
    targets = {each.get("formaction") for each in elements(check.tree, "button")} - {None}
    assert f"/desks/{TOYAMA}/new#field-publish-consent" in targets
    form = await site.client().get(f"/desks/{TOYAMA}/new")
    for target in targets:
        form.by_id(str(target).partition("#")[2])


async def test_what_does_not_apply_is_not_sent(site: Site) -> None:
    client = site.client()
    check = await filled_in(client, TOYAMA, requester_type="resident")
    assert "会社・団体の名前" not in check.text
    assert "サンプル商店" not in check.text
    await client.submit(check.form(button=SEND), button=SEND)
    assert await site.database.read(lambda s: s.scalars(select(Requester.organisation)).all()) == [""]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("雪が⛄️👨‍👩‍👧多い", "雪が⛄️👨‍👩‍👧多い"),
        ("葛\U000e0100城・𠮷野・髙橋・\ue000", "葛\U000e0100城・𠮷野・髙橋・\ue000"),
        ("か\u3099く\u3099", "か\u3099く\u3099"),
        ("あ\x00い\x1b[31mう\ufffeえ\x7f", "あい[31mうえ"),
        (
            "\u202eみぎから\u202c <script>alert(1)</script> {{ 7*7 }}",
            "みぎから <script>alert(1)</script> {{ 7*7 }}",
        ),
        ('=HYPERLINK("x") \'; drop table receipt; --', '=HYPERLINK("x") \'; drop table receipt; --'),
    ],
)
async def test_any_text_goes_through_unharmed(site: Site, typed: str, kept: str) -> None:
    client = site.client()
    refused = await client.submit(
        await client.get(f"/desks/{TOYAMA}/new"),
        {**OPINION, "title": typed, "purpose": []},
        button=CHECK,
        expect=422,
    )
    check = await client.submit(refused, {"purpose": "opinion"}, button=CHECK)
    assert kept in check.text
    await client.submit(check.form(button=SEND), button=SEND)
    assert await site.database.read(lambda s: s.scalars(select(Receipt.title)).all()) == [kept]


async def test_a_very_long_text_is_refused_and_kept(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{MIE}/new")
    refused = await client.submit(page, {**CONSULTATION, "body": "あ" * 20_000}, button=CHECK, expect=422)
    assert errors_on(refused) == {
        "field-body": "「ご相談の内容をくわしく」は4,000字までです。あと16,000字短くしてください。"
    }
    assert refused.form(button=CHECK).fields["body"] == ["あ" * 20_000]


async def test_ten_megabytes_are_too_much(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    refused = await client.submit(page, {**OPINION, "body": "a" * 10_000_000}, button=CHECK, expect=413)
    assert "送られた内容が大きすぎます" in refused.text


async def test_what_did_not_come_from_our_page_is_refused(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    fields = {**page.form(button=CHECK).filled(OPINION), "step": ["send"]}
    await client.post(page.path, {**fields, "csrf_token": "x"}, expect=403)
    await client.post(page.path, {name: fields[name] for name in fields if name != "csrf_token"}, expect=403)
    await site.client().post(page.path, fields, expect=403)
    cross = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    await client.request("POST", page.path, data=fields, headers=cross, expect=403)
    assert await receipts(site) == 0


async def test_pressing_send_twice_makes_one_receipt(site: Site) -> None:
    client = site.client()
    check = await filled_in(client, TOYAMA, topics=[])
    assert "（選んでいません）" in check.text
    pages = [await client.submit(check.form(button=SEND), button=SEND) for _ in range(2)]
    assert codes_on(pages[0]) == codes_on(pages[1])
    assert await receipts(site) == 1


@pytest.mark.parametrize("tasks", [2, 8])
async def test_pressing_send_at_the_same_time_makes_one_receipt(site: Site, tasks: int) -> None:
    client = site.client()
    check = await filled_in(client, MIE)
    pages = await asyncio.gather(*(client.submit(check.form(button=SEND), button=SEND) for _ in range(tasks)))
    assert len({tuple(codes_on(each)) for each in pages}) == 1
    assert await receipts(site) == 1


async def test_another_text_from_the_same_page_is_asked_about_and_not_lost(site: Site) -> None:
    client = site.client()
    check = await filled_in(client, TOYAMA)
    await client.submit(check.form(button=SEND), button=SEND)
    again = await client.submit(check.form(button=SEND), button="もどってなおす")
    changed = await client.submit(again, {"body": "あとから思いついた別のこと"}, button=CHECK)
    asked = await client.submit(changed.form(button=SEND), button=SEND, expect=409)
    assert "先に別の内容を受け付けています" in asked.text
    await client.submit(asked.form(button=SEND), button=SEND)
    assert await receipts(site) == 2


async def test_a_key_that_is_none_is_replaced(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    fields = page.form(button=CHECK).filled(OPINION)
    check = await client.post(page.path, {**fields, "form_key": ["ふつうの文字"], "step": ["check"]})
    await client.submit(check.form(button=SEND), button=SEND)
    assert await receipts(site) == 1


async def test_a_filled_trap_asks_once_more(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    asked = await client.submit(page, {**OPINION, "second_title": "buy now"}, button=CHECK, expect=422)
    assert asked.form(button=CHECK).fields["second_title"] == [""]
    assert (await client.submit(asked, button=CHECK)).heading == CHECK


async def test_too_many_sendings_from_one_place_have_to_wait_and_lose_nothing(
    database: Database, tmp_path: Path
) -> None:
    site = await open_site(database, tmp_path, submissions_per_hour="2")
    client = site.client()
    for _ in range(2):
        await client.submit((await filled_in(client, TOYAMA)).form(button=SEND), button=SEND)
    check = await filled_in(client, TOYAMA)
    refused = await client.submit(check.form(button=SEND), button=SEND, expect=429)
    assert 0 < int(refused.headers["retry-after"]) <= 3_600
    assert "いったん止めています" in refused.text
    assert refused.form(button=SEND).fields["title"] == [OPINION["title"]]
    elsewhere = site.client(visitor=("198.51.100.7", 4_000))
    await elsewhere.submit((await filled_in(elsewhere, TOYAMA)).form(button=SEND), button=SEND)
    assert await receipts(site) == 3


async def test_the_number_is_shown_to_this_browser_only_and_not_for_ever(site: Site) -> None:
    client = site.client()
    await client.submit((await filled_in(client, TOYAMA)).form(button=SEND), button=SEND)
    assert len(codes_on(await client.get(f"/desks/{TOYAMA}/done"))) == 2
    for other, path in ((client, f"/desks/{MIE}/done"), (site.client(), f"/desks/{TOYAMA}/done")):
        gone = await other.get(path)
        assert (gone.path, codes_on(gone)) == ("/status", [])
        assert "30分で閉じます" in gone.text
    cookie = next(each for each in client.cookies.jar if each.name == "__Host-sent")
    assert cookie.secure
    cookie.value = f"{cookie.value}x"
    assert (await client.get(f"/desks/{TOYAMA}/done")).path == "/status"


async def test_a_done_page_left_open_for_half_an_hour_is_closed(site: Site) -> None:
    client = site.client()
    await client.submit((await filled_in(client, TOYAMA)).form(button=SEND), button=SEND)
    half_an_hour_passes(site, client, "sent")
    assert (await client.get(f"/desks/{TOYAMA}/done")).path == "/status"


async def test_a_promised_date_is_said(site: Site) -> None:
    promised = replace(site.desks[TOYAMA].desk, answer_within_office_days=6)
    await site.database.write(lambda s: desks.apply(s, promised, at=OPENED_AT))
    await site.app.state.service.shelf.look_again()
    client = site.client()
    done = await client.submit((await filled_in(client, TOYAMA)).form(button=SEND), button=SEND)
    due_on = await site.database.read(lambda s: s.scalars(select(Case.due_on)).one())
    assert due_on is not None
    assert f"{day_text(due_on)}までに、お返事します。" in done.text
    silent = await filled_in(client, TOYAMA, reply_wanted="no")
    done = await client.submit(silent.form(button=SEND), button=SEND)
    assert "までに、お返事します。" not in done.text


async def test_without_an_address_one_is_told_how_to_read_the_answer(site: Site) -> None:
    client = site.client()
    check = await filled_in(client, TOYAMA, email="")
    assert "メールアドレスがありません" in check.text
    done = await client.submit(check.form(button=SEND), button=SEND)
    assert "あとからお知らせすることができません" in done.text
    assert len(codes_on(done)) == 2


async def test_a_desk_that_is_not_there_is_not_found(site: Site) -> None:
    for path in ("/desks/nowhere", "/desks/nowhere/new", "/desks/nowhere/done"):
        await site.client().get(path, expect=404)


async def test_a_form_checked_before_the_desk_changed_is_shown_again(site: Site) -> None:
    client = site.client()
    check = await filled_in(client, TOYAMA)
    desk = site.desks[TOYAMA].desk
    fewer = replace(desk, purposes=tuple(each for each in desk.purposes if each.code != "opinion"))
    # This process still knows the desk as it was a moment ago.
    site.app.state.service.shelf._checked_at = float("inf")
    await site.database.write(lambda s: desks.apply(s, fewer, at=OPENED_AT))
    again = await client.submit(check.form(button=SEND), button=SEND, expect=422)
    assert "選び直してください" in errors_on(again)["field-purpose"]
    form = again.form(button=CHECK)
    assert form.fields["title"] == [FORMS[TOYAMA]["title"]]
    assert "ＤＸ施策に関するご意見やご提言" not in again.text
    assert await receipts(site) == 0
