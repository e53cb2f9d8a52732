"""The pages of the ledger of referrals, and where a requester is pointed to."""

from meyasubako.casework import replies, triage
from meyasubako.core.dates import now
from meyasubako.core.vocabulary import Role
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.papers import Paper
from tests.harness.sent import somebody_sent
from tests.harness.site import MIE, TOYAMA, Site
from tests.harness.story import Story

LEDGER = f"/staff/desks/{MIE}/referrals"
OFFICE = "公益財団法人三重県産業支援センター"


async def clerk(site: Site) -> tuple[Story, Client]:
    return await story_at(site), await site.signed_in("yamada", {MIE: Role.CLERK})


async def open_case(client: Client, case_id: int) -> Page:
    return await client.get(f"/staff/cases/{case_id}")


async def test_from_the_case_to_the_ledger_and_back(site: Site) -> None:
    story, client = await clerk(site)
    assert "返事や結果を待っている引継ぎはありません" in (await client.get(LEDGER)).text
    case_id = await story.triaged()
    page = await open_case(client, case_id)
    typed = {"office": "business-support", "consent": "no", "passed": "見本太郎さんの日報の相談です。"}
    refused = await client.submit(page, typed, button="引継ぎを記録する", expect=422)
    assert "「見本太郎」を消してください。" in refused.text
    form = refused.form(button="引継ぎを記録する")
    assert form.fields["passed"] == ["見本太郎さんの日報の相談です。"]
    today = now().date().isoformat()
    agreed = {"consent": "yes", "consented_on": today, "consent_way": "phone", "passes_contact": True}
    done = await client.submit(form, {**agreed, "passed": "日報の相談です。"}, button="引継ぎを記録する")
    assert "引継ぎを記録しました。" in done.text
    await client.submit(page, typed, button="引継ぎを記録する", expect=409)

    ledger = await client.get(LEDGER)
    one = await client.follow(ledger, OFFICE)
    assert "059-000-0000" in one.text
    sheet = Paper((await client.get(f"{one.path}/sheet.pdf")).response.content)
    assert (sheet.title, sheet.faults, "見本太郎" in sheet.text) == ("引継書", [], True)
    refused = await client.submit(one, {"accepted": "no"}, button="返事を記録する", expect=422)
    assert "断られた理由を書いてください。" in refused.text
    noted = await client.submit(refused, {"accepted": "yes", "note": "訪問します。"}, button="返事を記録する")
    again = await client.submit(one, {"accepted": "no", "note": "だめ"}, button="返事を記録する", expect=409)
    assert "もう「受けてもらえた」になっています" in again.text
    ended = await client.submit(noted, {"result": "支援中です。"}, button="結果を記録する")
    assert "支援中です。" in ended.text
    assert OFFICE not in (await client.get(LEDGER)).links
    assert OFFICE in (await client.get(f"{LEDGER}?state=all&office={OFFICE}")).links
    await client.get(f"{LEDGER}?state=all&page=99999")
    table = await client.get(f"{LEDGER}.csv?state=all")
    assert "支援中です。" in table.text

    await story.do(triage.start, case_id, by=story.clerk)
    page = await client.submit(
        await open_case(client, case_id), {"body": "引き継ぎました。"}, button="回答を送る"
    )
    assert page.form(button="完了する").fields["outcome"] == ["referred"]


async def test_the_ledger_is_taken_along_by_those_who_may_and_that_is_recorded(site: Site) -> None:
    viewer = await site.signed_in("viewer", {MIE: Role.VIEWER})
    await viewer.get(f"{LEDGER}.csv", expect=403)
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    await admin.get(f"{LEDGER}.csv?state=all")
    assert "引継ぎの台帳" in (await admin.get(f"/staff/desks/{MIE}/settings/audit?action=exported")).text


async def test_what_was_to_be_passed_on_stays_when_the_case_has_ended_meanwhile(site: Site) -> None:
    story, client = await clerk(site)
    case_id = await story.triaged()
    page = await open_case(client, case_id)
    await story.do(replies.reply, case_id, "回答です。", by=story.clerk)
    await story.close(case_id)
    typed = {"office": "business-support", "consent": "no", "passed": "日報の相談です。"}
    refused = await client.submit(page, typed, button="引継ぎを記録する", expect=409)
    assert "日報の相談です。" in refused.text


async def test_a_referral_is_of_its_desk(site: Site) -> None:
    story, client = await clerk(site)
    page = await open_case(client, await story.triaged())
    typed = {"office": "", "office_name": "サンプル商工会", "consent": "no", "passed": "日報の相談です。"}
    await client.submit(page, typed, button="引継ぎを記録する")
    viewer = await site.signed_in("viewer", {MIE: Role.VIEWER})
    seen = await viewer.get("/staff/referrals/1")
    assert "日報の相談です。" not in seen.text
    assert "返事を記録する" not in seen.text
    await viewer.get("/staff/referrals/1/sheet.pdf", expect=403)
    stranger = await site.signed_in("stranger", {TOYAMA: Role.ADMIN})
    for path in ("", "/sheet.pdf"):
        await stranger.get(f"/staff/referrals/1{path}", expect=404)
    await stranger.get("/staff/referrals/99", expect=404)
    await stranger.get(LEDGER, expect=404)


async def test_who_is_out_of_scope_reads_where_to_turn_to(site: Site) -> None:
    sent = await somebody_sent(site)
    desk = site.desks[TOYAMA].desk
    await sent.write(lambda s: triage.decline(s, desk, sent.case_id, "police", by=sent.clerk, at=now()))
    page = await sent.open()
    assert "ご相談いただけるところ" in page.text
    assert 'href="tel:%239110"' in page.response.text
