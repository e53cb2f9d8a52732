"""A letter that raises several matters: divided without script, nothing typed is lost on the way, received once."""

from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.core import codes, matters
from meyasubako.core.text import clean_text
from meyasubako.core.vocabulary import CaseKind, Role
from meyasubako.store.models import Case, Receipt
from tests.harness.client import Client, Page
from tests.harness.html import elements
from tests.harness.site import MIE, TOYAMA, Site

NEW = f"/staff/desks/{TOYAMA}/receipts/new"
END, NEXT = "受け付けて終わる", "受け付けて、次を入力する"
SPLIT, ON, CHECK = "ことがらを分ける", "この分け方で進む", "ことがらの確認へ進む"
BODY = (
    "拝啓　春の候。\r\n一つ目は、夜の道の暗さです。灯りをお願いします。\r\n\r\n"
    "２．バスの便を増やしてください。\r\n\r\nもう一つ、公民館の講座が満員です。😀＜困＞"
)
LETTER = {"requester_type": "unknown", "title": "お願い3つ", "body": BODY, "name": "見本 花子"}


async def clerk(site: Site) -> Client:
    return await site.signed_in("yamada", {TOYAMA: Role.CLERK})


async def stored(site: Site) -> tuple[list[Receipt], list[Case]]:
    return await site.database.read(
        lambda session: (
            list(session.scalars(select(Receipt).order_by(Receipt.id))),
            list(session.scalars(select(Case).order_by(Case.id))),
        )
    )


async def split(client: Client, **typed: Any) -> Page:
    """As far as the sentences with their tick boxes."""
    return await client.submit(await client.get(NEW), {**LETTER, **typed}, button=SPLIT)


def ticked(page: Page) -> list[str]:
    return page.form(button=ON).fields["begins"]


async def test_three_matters_are_one_receipt_and_three_cases(site: Site) -> None:
    client = await clerk(site)
    page = await split(client, postmarked_on="2026-04-01", received_on="2026-04-03", purpose="opinion")
    assert page.heading == "ことがらを分ける"
    # How the lines begin suggests where the matters do.
    assert ticked(page) == ["4", "5"]
    page = await client.submit(page, button=ON)
    form = page.form(button=END)
    assert [form.fields[f"m{number}_title"] for number in (1, 4, 5)] == [
        ["夜の道の暗さです"],
        ["バスの便を増やしてください"],
        ["公民館の講座が満員です"],
    ]
    assert form.fields["m4_purpose"] == ["opinion"]
    page = await client.submit(
        page,
        {"m1_title": "夜の灯り", "m4_purpose": "proposal", "m5_purpose": "", "m5_topics": ["education"]},
        button=END,
    )
    (receipt,), cases = await stored(site)
    assert (receipt.title, receipt.body) == ("お願い3つ", clean_text(BODY))
    assert [(each.ordinal, each.title, each.purpose) for each in cases] == [
        (1, "夜の灯り", "opinion"),
        (2, "バスの便を増やしてください", "proposal"),
        (3, "公民館の講座が満員です", None),
    ]
    assert "".join(receipt.body[each.span_start : each.span_end] for each in cases) == receipt.body
    assert {each.kind for each in cases} == {CaseKind.SUGGESTION}
    assert codes.grouped(receipt.number) in page.text

    second = await client.get(f"/staff/cases/{cases[1].id}")
    assert "この手紙のことがら 2／3" in second.text
    assert {"夜の灯り", "公民館の講座が満員です"} <= second.links.keys()
    (marked,) = list(elements(second.tree, "mark"))
    assert "".join(marked.itertext()).strip() == (
        "（ここからこのことがら）２．バスの便を増やしてください。\n\n（ここまでこのことがら）"
    )
    listed = await client.get(NEW)
    assert "ことがら3つ" in listed.text


async def test_the_requester_sees_each_matter(site: Site) -> None:
    client = await clerk(site)
    await client.submit(await client.submit(await split(client), button=ON), button=END)
    (receipt,), _ = await stored(site)
    visitor = site.client()
    typed = {"number": receipt.number, "passcode": site.keys.passcode(receipt.number, 1)}
    page = await visitor.submit(await visitor.get("/status"), typed, button="状況を見る")
    for heading in ("1. 夜の道の暗さです", "2. バスの便を増やしてください", "3. 公民館"):
        assert heading in page.text


async def test_nothing_typed_is_lost_between_the_pages(site: Site) -> None:
    client = await clerk(site)
    page = await client.submit(await split(client), {"begins": ["2", "5"]}, button=ON)
    typed = {"m2_title": "灯り", "m5_title": "講座", "m5_topics": ["education"]}
    page = await client.submit(page, typed, button="入力に戻る")
    form = page.form(button=CHECK)
    assert form.fields["name"] == ["見本 花子"]
    # A mended word does not move the marks.
    page = await client.submit(
        page, {"body": BODY.replace("暗さ", "くらさ"), "name": "見本 はな"}, button=CHECK
    )
    assert ticked(page) == ["2", "5"]
    page = await client.submit(page, button=ON)
    form = page.form(button=END)
    assert (form.fields["m2_title"], form.fields["m5_title"]) == (["灯り"], ["講座"])
    assert form.fields["m5_topics"] == ["education"]
    page = await client.submit(page, {"m2_title": "灯りと道"}, button="分け方を直す")
    page = await client.submit(page, {"begins": ["2"]}, button=ON)
    assert page.form(button=END).fields["m2_title"] == ["灯りと道"]
    await client.submit(page, button=END)
    (receipt,), cases = await stored(site)
    assert "くらさ" in receipt.body
    assert [each.title for each in cases] == ["拝啓 春の候", "灯りと道"]


async def test_dividing_may_be_given_up(site: Site) -> None:
    client = await clerk(site)
    page = await client.submit(await client.submit(await split(client), button=ON), button="入力に戻る")
    page = await client.submit(page, button="分けるのをやめる")
    await client.submit(page, button=END)
    (receipt,), (case,) = await stored(site)
    assert (case.title, case.body, case.span_start) == ("お願い3つ", receipt.body, None)


@pytest.mark.parametrize(
    ("begins", "message"),
    [
        ([], "次のことがらが始まる文に、印を付けてください。"),
        (["1"], "本文と合いません"),
        (["99"], "本文と合いません"),
        (["x", "-2", "２", "9" * 30], "次のことがらが始まる文に"),
        ([str(number) for number in range(2, 22)], "ことがらは20までに"),
    ],
)
async def test_a_division_that_does_not_fit_is_refused_and_leaves_no_trace(
    site: Site, begins: list[str], message: str
) -> None:
    client = await clerk(site)
    page = await split(client)
    fields = page.form(button=ON).filled({}) | {"begins": begins}
    for then in ("matters", "end") if begins else ("matters",):
        page = await client.post(NEW, {**fields, "then": [then]}, expect=422)
        assert message in page.text
        assert page.form(button=ON).fields["name"] == ["見本 花子"]
    assert await stored(site) == ([], [])


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"m4_title": "題" * 201}, "m4_title"),
        ({"m5_purpose": "training"}, "m5_purpose"),
        ({"m1_topics": ["industry-data"]}, "m1_topics"),
    ],
)
async def test_a_mistake_about_one_matter_is_named_there(
    site: Site, typed: dict[str, Any], field: str
) -> None:
    client = await clerk(site)
    page = await client.submit(await split(client), button=ON)
    fields = page.form(button=END).filled({"m5_title": "講座のこと"})
    sent = {name: value if isinstance(value, list) else [value] for name, value in typed.items()}
    page = await client.post(NEW, {**fields, **sent, "then": ["end"]}, expect=422)
    page.by_id(f"field-{field.replace('_', '-')}-error")
    assert page.form(button=END).fields["m5_title"] == ["講座のこと"]
    assert await stored(site) == ([], [])


async def test_what_is_wrong_with_the_letter_is_said_on_its_first_page(site: Site) -> None:
    client = await clerk(site)
    page = await client.submit(await split(client), button=ON)
    fields = page.form(button=END).filled({"m5_title": "講座のこと"})
    page = await client.post(NEW, {**fields, "received_on": ["あした"], "then": ["end"]}, expect=422)
    page.by_id("field-received-on-error")
    page = await client.submit(page, {"received_on": "2026-04-03"}, button=CHECK)
    page = await client.submit(page, button=ON)
    assert page.form(button=END).fields["m5_title"] == ["講座のこと"]


async def test_one_sentence_is_one_matter(site: Site) -> None:
    client = await clerk(site)
    fields = (await client.get(NEW)).form(button=SPLIT).filled({**LETTER, "body": "灯りをお願いします"})
    page = await client.post(NEW, {**fields, "then": ["split"]}, expect=422)
    assert "文が1つだけなので、ことがらを分けられません。" in page.text
    assert page.form(button=SPLIT).fields["body"] == ["灯りをお願いします"]


async def test_pressing_twice_makes_one_receipt_and_another_division_is_refused(site: Site) -> None:
    client = await clerk(site)
    page = await client.submit(await split(client), button=ON)
    fields = page.form(button=END).filled({}) | {"then": ["end"]}
    first, second = await client.post(NEW, fields), await client.post(NEW, fields)
    assert first.text == second.text
    for other in (
        {"begins": ["4"]},
        {"m4_title": ["別"]},
        {"m4_topics": ["education"]},
        {"postmarked_on": ["2026-04-01"]},
    ):
        page = await client.post(NEW, {**fields, **other}, expect=409)
        assert "先に別の内容を受け付けています" in page.text
        assert page.heading == "ことがらごとに確かめる"
    whole = {name: value for name, value in fields.items() if name != "begins"}
    await client.post(NEW, whole, expect=409)
    receipts, cases = await stored(site)
    assert (len(receipts), len(cases)) == (1, 3)


async def test_the_longest_letter_goes_through_every_page(site: Site) -> None:
    client = await clerk(site)
    line = "県の取組について、思うところを書きます" * 9 + "😀＜＆＞か\u3099。\r\n"
    body = line * 110 + "二つ目は、道のことです。"
    body += "道" * (20_000 - len(clean_text(body)))
    page = await split(client, body=body)
    page = await client.submit(page, button=ON)
    fields = page.form(button=END).filled({"m1_title": "題" * 201})
    page = await client.post(NEW, {**fields, "then": ["end"]}, expect=422)
    await client.submit(page, {"m1_title": "取組"}, button=END)
    (receipt,), cases = await stored(site)
    assert receipt.body == clean_text(body)
    assert matters.covers(
        receipt.body, [matters.Span(each.span_start or 0, each.span_end or 0) for each in cases]
    )


@pytest.mark.parametrize("then", ["split", "matters", "end", "back", "whole"])
async def test_only_those_who_may_enter_letters(site: Site, then: str) -> None:
    client = await clerk(site)
    page = await client.submit(await split(client), button=ON)
    fields = page.form(button=END).filled({}) | {"then": [then]}
    for login, roles, expect in (
        ("viewer", {TOYAMA: Role.VIEWER}, 403),
        ("stranger", {MIE: Role.ADMIN}, 404),
    ):
        other = await site.signed_in(login, roles)
        token = (await other.get("/staff/account")).form(action="/staff/sign-out").fields["csrf_token"]
        await other.post(NEW, {**fields, "csrf_token": token}, expect=expect)
    assert await stored(site) == ([], [])
