"""The requester puts candidates in order on the page that says how things stand; the staff write down what they heard."""

from dataclasses import replace
from datetime import timedelta

from meyasubako.casework import directory
from meyasubako.core import dates
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.sent import SEE
from tests.harness.site import MIE, Site
from tests.web.test_directory import ENTRY

SEND = "この順番でお願いする"


async def test_from_the_question_to_the_first_offer(site: Site) -> None:
    story = await story_at(site)
    for name in ("候補い", "候補ろ"):
        await story.do(directory.add, story.applied.id, replace(ENTRY, name=name), by=story.clerk)
    case_id, other_id = await story.triaged(), await story.triaged()
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    cases = []
    for each in (case_id, other_id):
        form = (await clerk.get(f"/staff/cases/{each}/shortlist?provider=1&provider=2")).form(
            button="打診を始める"
        )
        page = await clerk.submit(form, {"manner": "rank_first", "until": "あした"}, expect=422)
        page.by_id("field-until-error")
        until = dates.japan_day(dates.now()) + timedelta(days=3)
        told = {"manner": "rank_first", "until": until.isoformat(), "about_2": "製造業に詳しい人です。"}
        cases.append(await clerk.submit(page.form(button="打診を始める"), told))
    assert "順番をたずねています" in cases[0].text

    number = story.numbers[case_id]
    client = site.client()
    typed = {"number": number, "passcode": site.keys.passcode(number, 1)}
    page = await client.submit(await client.get("/status"), typed, button=SEE)
    assert "製造業に詳しい人です。" in page.text
    # What is asked stands before what was said, which may be long.
    assert page.text.index("お願いする方の順番") < page.text.index("やりとり")
    form = page.form(button=SEND)
    page = await client.submit(form, {"place_1": "1", "place_2": "1", "wish": "午前に"}, expect=422)
    page.by_id("field-o1-place-2-error")
    form = page.form(button=SEND)
    assert form.fields["wish"] == ["午前に"]
    page = await client.submit(form, {"place_1": "2", "place_2": "1"})
    assert "希望の順番：候補ろ、候補い" in page.text
    # The back button, and once more.
    page = await client.submit(form, {"place_1": "1", "place_2": "2"}, expect=409)
    assert "順番は、もう決まっています" in page.text
    page = await clerk.get(f"/staff/cases/{case_id}")
    assert "候補ろさん（アドバイザー）に打診しました" in page.text

    page = await clerk.follow(cases[1], "聞いた順番を入力する")
    form = page.form(button="この順番で打診を始める")
    page = await clerk.submit(form, {"place_2": "1"}, expect=422)
    page.by_id("field-heard-by-error")
    page = await clerk.submit(page.form(button="この順番で打診を始める"), {"heard_by": "phone"})
    assert "頼みたい順番の答えがありました（電話で）" in page.text
    assert "候補ろさん（アドバイザー）に打診しました" in page.text
