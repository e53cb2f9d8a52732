"""The clerk and what was put aside: led there by the inbox, ticking, deciding, and never in a colleague's way."""

import sys

import pytest
from sqlalchemy import select

from meyasubako.casework import triage
from meyasubako.core.vocabulary import Message, QuarantineReason, Role, Status
from meyasubako.store.models import Case, OutboxMessage
from tests.harness.client import Page
from tests.harness.desk_work import story_at
from tests.harness.html import elements
from tests.harness.site import MIE, TOYAMA, Site

INBOX = f"/staff/desks/{MIE}/inbox"
WAITING = f"/staff/desks/{MIE}/quarantine"
ADMIT, DECLINE = "選んだものを受け付ける", "選んだものを対象外とする"
R = QuarantineReason


async def statuses(site: Site) -> list[Status]:
    return await site.database.read(lambda s: list(s.scalars(select(Case.status).order_by(Case.id))))


def ticked(page: Page) -> list[str]:
    return page.form(button=ADMIT).fields.get("case", [])


async def test_the_inbox_leads_to_what_waits_only_when_something_does(site: Site) -> None:
    story = await story_at(site)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert "確かめ待ち" not in (await client.get(INBOX)).text
    empty = await client.get(WAITING)
    assert "確かめ待ちのものはありません" in empty.text
    assert "捨てられるものはありません" in empty.text
    for reason in (R.TRAP, R.FLOOD, R.REPEATED):
        await story.receive(quarantine=reason)
    inbox = await client.get(INBOX)
    assert "確かめ待ちの受付が3件あります。" in inbox.text
    assert "いま対応するものはありません" in inbox.text
    page = await client.follow(inbox, "確かめ待ちの受付を開く")
    assert page.heading == "確かめ待ちの受付"
    for reason in (R.TRAP, R.FLOOD, R.REPEATED):
        assert reason.label in page.text
    assert "県内の事業者" in page.text
    assert "紙の日報をやめたいのですが、" in page.text


async def test_two_are_received_and_one_is_put_out_of_scope(site: Site) -> None:
    story = await story_at(site)
    one, two, three = [await story.receive(quarantine=R.FLOOD) for _ in range(3)]
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(WAITING)
    page = await client.submit(page, {"case": [str(one), str(two)]}, button=ADMIT)
    assert "2件を受け付けました。" in page.text
    reason = site.desks[MIE].desk.decline_reasons[0].code
    page = await client.submit(page, {"case": [str(three)], "reason": reason}, button=DECLINE)
    assert "1件を対象外としました。" in page.text
    assert "確かめ待ちのものはありません" in page.text
    assert await statuses(site) == [Status.RECEIVED, Status.RECEIVED, Status.DECLINED]
    sent = await site.database.read(lambda session: list(session.scalars(select(OutboxMessage.kind))))
    assert sent == [Message.CONFIRM] * 2


async def test_what_a_colleague_decided_meanwhile_is_left_and_told(site: Site) -> None:
    story = await story_at(site)
    one, two = [await story.receive(quarantine=R.TRAP) for _ in range(2)]
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(WAITING)
    await story.do(triage.decline, story.applied.desk, one, "unclear", by=story.clerk)
    told = await client.submit(page, {"case": [str(one), str(two)]}, button=ADMIT)
    assert "1件を受け付けました。1件は、ほかの人が先に決めていました。" in told.text
    told = await client.submit(page, {"case": [str(two)]}, button=ADMIT)
    assert "1件は、ほかの人が先に決めていました。" in told.text
    assert "0件" not in told.text
    assert await statuses(site) == [Status.DECLINED, Status.RECEIVED]


async def test_mistakes_are_named_and_the_ticks_stay(site: Site) -> None:
    story = await story_at(site)
    one, two = [str(await story.receive(quarantine=R.TOO_FAST)) for _ in range(2)]
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(WAITING)
    refused = await client.submit(page, button=ADMIT, expect=422)
    assert "一覧の中から、1つ以上選んでください。" in refused.text
    assert refused.by_id("field-case").get("type") == "checkbox"
    refused = await client.submit(page, {"case": [one]}, button=DECLINE, expect=422)
    assert "対象外とする理由を選んでください。" in refused.text
    assert ticked(refused) == [one]
    assert [each for each in elements(refused.tree, "details") if each.get("open") is not None]
    refused = await client.submit(page, button=DECLINE, expect=422)
    assert "直すところが2か所あります" in refused.text
    assert ticked(refused) == []
    assert two in (page.form(button=ADMIT).choices("case") or [])
    assert await statuses(site) == [Status.QUARANTINED] * 2


async def test_a_flood_comes_in_pages_and_one_stays_where_one_works(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["meyasubako.casework.casefiles.quarantine"], "PAGE_SIZE", 2)
    story = await story_at(site)
    sent = [str(await story.receive(quarantine=R.FLOOD)) for _ in range(5)]
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    first = await client.get(WAITING)
    assert "5件のうち2件" in first.text
    second = await client.follow(first, "古いほう →")
    assert second.form(button=ADMIT).choices("case") == [sent[2], sent[1]]
    wrong = await client.submit(second, button=ADMIT, expect=422)
    assert wrong.form(button=ADMIT).choices("case") == [sent[2], sent[1]]
    after = await client.submit(wrong, {"case": [sent[2]]}, button=ADMIT)
    assert after.form(button=ADMIT).choices("case") == [sent[1], sent[0]]
    back = await client.follow(after, "← 新しいほう")
    assert back.form(button=ADMIT).choices("case") == [sent[4], sent[3]]
    for query in ("older=x", "newer=", "older=9-9&newer=1-1"):
        await client.get(f"{WAITING}?{query}")


async def test_who_only_looks_sees_the_list_and_no_button(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive(quarantine=R.REPEATED)
    viewer = await site.signed_in("miru", {MIE: Role.VIEWER})
    page = await viewer.get(WAITING)
    assert R.REPEATED.label in page.text
    assert not [form for form in page.forms if ADMIT in form.button_labels]
    token = next(form for form in page.forms if "csrf_token" in form.fields).fields["csrf_token"][0]
    for action in ("admit", "decline"):
        data = {"csrf_token": token, "case": str(case_id), "reason": "unclear"}
        await viewer.post(f"{WAITING}/{action}", data, expect=403)
    stranger = await site.signed_in("tanin", {TOYAMA: Role.ADMIN})
    await stranger.get(WAITING, expect=404)
    assert await statuses(site) == [Status.QUARANTINED]


@pytest.mark.parametrize("typed", ["x", "-1", "１", "9" * 30, "0", ""])
async def test_numbers_nobody_ticked_decide_nothing(site: Site, typed: str) -> None:
    story = await story_at(site)
    await story.receive(quarantine=R.FLOOD)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    form = (await client.get(WAITING)).form(button=ADMIT)
    data = {**form.fields, "case": [typed]}
    headers = {"sec-fetch-site": "same-origin"}
    found = await client.request("POST", f"{WAITING}/admit", data=data, headers=headers, expect=None)
    assert found.status in {404, 422}
    assert await statuses(site) == [Status.QUARANTINED]


async def test_the_page_of_the_case_says_why_and_decides_about_one(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive(quarantine=R.FLOOD)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"/staff/cases/{case_id}")
    assert "短い時間に、同じ所や同じ窓口へたくさん送られたので、受け付ける前に確かめています。" in page.text
    done = await client.submit(page, button="受付を認める")
    assert "次は振分けです" in done.text
    assert "確かめています" not in done.text
    assert await statuses(site) == [Status.RECEIVED]


async def test_staff_can_read_what_it_is_about(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert "受付箱の上に「確かめ待ちの受付が3件あります」と出ます" in (await client.get("/staff/help")).text
