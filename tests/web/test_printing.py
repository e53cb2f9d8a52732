"""Papers over the web: the form of a desk for anybody, letters and slips for whoever works on the case."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from meyasubako.casework import replies
from meyasubako.core import calendar, dates
from meyasubako.core.codes import ALPHABET, grouped
from meyasubako.core.vocabulary import Channel, Role
from tests.harness import letters
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.papers import Paper, close
from tests.harness.site import MIE, TOYAMA, Site
from tests.harness.story import REQUESTER_DETAILS, Story

REPLY = "ありがとうございます。\n\n$写真$による#報告から始めてください。"


async def paper(client: Client, path: str) -> tuple[Page, Paper]:
    page = await client.get(path)
    assert page.headers["content-type"] == "application/pdf"
    found = Paper(page.response.content)
    assert found.faults == []
    return page, found


async def replied(story: Story, **changes: object) -> int:
    case_id = await story.triaged(**changes)
    await story.do(replies.reply, case_id, REPLY, by=story.clerk)
    return case_id


@pytest.mark.parametrize(("code", "title"), [(MIE, "ご相談の用紙"), (TOYAMA, "ご意見・ご提案の用紙")])
async def test_anybody_may_print_the_form_of_a_desk(site: Site, code: str, title: str) -> None:
    desk = site.desks[code].desk
    page, found = await paper(site.client(), f"/desks/{code}/form.pdf")
    assert found.title == title
    assert f"https://testserver/desks/{code}/new" in found.text
    assert page.headers["content-disposition"] == (
        f"inline; filename=\"DX.pdf\"; filename*=UTF-8''{quote(f'{desk.name}　用紙.pdf', safe='')}"
    )
    assert page.headers["cache-control"] == "public, max-age=600"
    assert "set-cookie" not in page.headers


async def test_the_same_form_is_not_sent_twice(site: Site) -> None:
    client = site.client()
    path = f"/desks/{MIE}/form.pdf"
    tag = (await client.get(path)).headers["etag"]
    for named in (tag, f"W/{tag}", f'"another", {tag}', "*"):
        again = await client.request("GET", path, headers={"if-none-match": named}, expect=304)
        assert (again.response.content, again.headers["etag"]) == (b"", tag)
        assert again.headers["cache-control"] == "public, max-age=600"
    other = await client.request("GET", path, headers={"if-none-match": '"another"'})
    assert other.headers["etag"] == tag
    assert (await client.get(f"/desks/{TOYAMA}/form.pdf")).headers["etag"] != tag


async def test_the_form_is_found_where_one_looks_for_it(site: Site) -> None:
    client = site.client()
    for code, link in ((MIE, "用紙を印刷する（PDF、A4）"), (TOYAMA, "用紙を印刷する（PDF、A4）")):
        assert (await client.get(f"/desks/{code}")).links[link].endswith(f"/desks/{code}/form.pdf")
    form = await client.get(f"/desks/{TOYAMA}/new")
    assert form.links["用紙を印刷する（PDF）"].endswith(f"/desks/{TOYAMA}/form.pdf")
    # みえDXセンター names no postal address.
    assert "用紙を印刷する（PDF）" not in (await client.get(f"/desks/{MIE}/new")).links
    await client.get("/desks/nowhere/form.pdf", expect=404)


async def test_a_reply_becomes_a_letter(site: Site) -> None:
    story = await story_at(site)
    case_id = await replied(story)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    case = await client.get(f"/staff/cases/{case_id}")
    page, letter = await paper(client, case.links["手紙で送る（PDF）"])
    number = story.numbers[case_id]
    assert page.headers["cache-control"] == "no-store"
    assert quote(f"回答書　{grouped(number)}.pdf", safe="") in page.headers["content-disposition"]
    for said in (
        *(
            "サンプル製作所",
            "見本太郎　様",
            REPLY,
            "「現場作業員へのIT導入を進めたい」について（回答）",
            "以上",
        ),
        *(
            dates.wareki(dates.japan_day(story.at)),
            story.applied.desk.office,
            story.applied.desk.phone or "—",
        ),
        *(grouped(number), grouped(site.keys.passcode(number, 1)), "https://testserver/status"),
    ):
        assert close(said) in letter.text, said


async def test_each_of_several_replies_has_its_letter(site: Site) -> None:
    story = await story_at(site)
    case_id = await replied(story)
    story.pass_time(days=1)
    await story.do(replies.reply, case_id, "書き足します。", by=story.clerk)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    links = [
        href
        for label, href in (await client.get(f"/staff/cases/{case_id}")).links.items()
        if label.endswith("の回答を手紙で送る（PDF）")
    ]
    texts = [(await paper(client, link))[1].text for link in links]
    assert ["書き足します。" in text for text in texts] == [True, False]
    assert [close(REPLY) in text for text in texts] == [False, True]


async def test_an_interim_notice_becomes_a_letter_for_those_without_mail(site: Site) -> None:
    story = await story_at(site)
    requester = replace(REQUESTER_DETAILS, email="", postal_code="514-8570", address="津市広明町13番地")
    case_id, other = await story.triaged(requester=requester), await story.triaged()
    today = dates.japan_day(story.at)
    until = calendar.office_day_after(today, 5, story.applied.desk.is_closed_on)
    await letters.interim(story, case_id, until=until.isoformat())
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    case = await client.get(f"/staff/cases/{case_id}")
    [link] = [href for label, href in case.links.items() if "中間のお知らせを手紙で送る" in label]
    page, letter = await paper(client, link)
    number = story.numbers[case_id]
    assert quote(f"中間のお知らせ　{grouped(number)}.pdf", safe="") in page.headers["content-disposition"]
    for said in (
        *("〒514-8570", "津市広明町13番地", "見本太郎　様"),
        "「現場作業員へのIT導入を進めたい」について（中間のお知らせ）",
        *(
            "次のとおりお知らせします。",
            "調べて\nいます。",
            f"{dates.day_text(until)}までに、お答えする予定です。",
        ),
        *(grouped(number), grouped(site.keys.passcode(number, 1))),
    ):
        assert close(said) in letter.text, said
    await client.get(link.replace(str(case_id), str(other), 1), expect=404)
    viewer = await site.signed_in("sato", {MIE: Role.VIEWER})
    await viewer.get(link, expect=403)
    stranger = await site.signed_in("tanaka", {TOYAMA: Role.ADMIN})
    await stranger.get(link, expect=404)


async def test_there_is_no_letter_without_a_reply(site: Site) -> None:
    story = await story_at(site)
    case_id, other = await story.triaged(), await replied(story)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert "手紙で送る（PDF）" not in (await client.get(f"/staff/cases/{case_id}")).links
    await client.get(f"/staff/cases/{case_id}/letter.pdf", expect=404)
    # A reply of another case, and what is no number.
    for named in ("1", "999999", "x", "-1", "1" * 12, "%EF%BC%91"):
        await client.get(f"/staff/cases/{case_id}/letter.pdf?reply={named}", expect=404)
    await client.get(f"/staff/cases/{other}/letter.pdf?reply=999999", expect=404)


async def test_the_slip_of_a_letter_has_its_number_and_passcode(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    entry = await client.get(f"/staff/desks/{MIE}/receipts/new")
    typed = {
        "channel": "fax",
        "requester_type": "unknown",
        "title": "手紙の件",
        "body": "手紙です。",
        "name": "見本花子",
    }
    entered = await client.submit(entry, typed, button="受け付けて終わる")
    _, slip = await paper(client, entered.links["受付票を印刷する（PDF）"])
    assert slip.title == "受付票"
    for said in ("見本花子　様", Channel.FAX.label, "手紙の件", "https://testserver/status"):
        assert close(said) in slip.text, said
    codes = re.findall(rf"[{ALPHABET}]{{3}}(?:-[{ALPHABET}]{{3}})+", slip.text)
    assert [len(code) for code in codes] == [11, 19]
    assert all(code in close(entered.text) for code in codes)
    case = await client.follow(entered, "案件を開く")
    assert case.links["受付票を印刷する（PDF）"] == entered.links["受付票を印刷する（PDF）"]


async def test_who_wrote_on_the_web_has_a_passcode_already(site: Site) -> None:
    story = await story_at(site)
    case_id = await replied(story)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert "受付票を印刷する（PDF）" not in (await client.get(f"/staff/cases/{case_id}")).links
    await client.get(f"/staff/cases/{case_id}/slip.pdf", expect=404)


async def test_only_those_who_may_reply_get_letters(site: Site) -> None:
    story, elsewhere = await story_at(site), await story_at(site, TOYAMA)
    case_id, other = await replied(story), await replied(elsewhere)
    viewer = await site.signed_in("miru", {MIE: Role.VIEWER, TOYAMA: Role.CLERK})
    assert "印刷する" not in (await viewer.get(f"/staff/cases/{case_id}")).text
    for name in ("letter", "slip"):
        await viewer.get(f"/staff/cases/{case_id}/{name}.pdf", expect=403)
        leads = await site.client().get(f"/staff/cases/{case_id}/{name}.pdf", follow=False, expect=303)
        assert leads.headers["location"].startswith("/staff/sign-in?next=")
        await viewer.get(f"/staff/cases/999999/{name}.pdf", expect=404)
    await paper(viewer, f"/staff/cases/{other}/letter.pdf")
    head = await site.signed_in("kacho", {TOYAMA: Role.ADMIN})
    record = await head.get(f"/staff/desks/{TOYAMA}/settings/audit?action=contact_seen")
    assert "miruさん" in str(record.tables["操作の記録"])
    stranger = await site.signed_in("yamada", {MIE: Role.ADMIN})
    await stranger.get(f"/staff/cases/{other}/letter.pdf", expect=404)


async def test_a_hostile_name_changes_nothing_but_the_letter(site: Site) -> None:
    story = await story_at(site)
    name = 'さとう"; filename=evil.exe 𠮷#panic()'
    case_id = await replied(story, requester=replace(REQUESTER_DETAILS, name=name, organisation=""))
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page, letter = await paper(client, f"/staff/cases/{case_id}/letter.pdf")
    assert "evil" not in page.headers["content-disposition"]
    assert close('さとう"; filename=evil.exe 〓#panic()　様') in letter.text
