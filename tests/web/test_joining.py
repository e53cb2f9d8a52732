"""Dividing, merging, bundling and converting on the pages of the desk."""

import pytest

from meyasubako.casework import casefiles, joining, triage
from meyasubako.core.codes import grouped
from meyasubako.core.vocabulary import Role, Status
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site
from tests.harness.story import Story

BODY = "道が暗いので、灯りを増やしてください。\nまた、バスの便が少なくて困っています。"


@pytest.fixture
async def story(site: Site) -> Story:
    return await story_at(site)


@pytest.fixture
async def clerk(site: Site) -> Client:
    return await site.signed_in("yamada", {MIE: Role.CLERK})


async def open_case(clerk: Client, case_id: int) -> Page:
    return await clerk.get(f"/staff/cases/{case_id}")


async def test_a_case_is_divided_in_two_steps_and_put_together_again(clerk: Client, story: Story) -> None:
    case_id = await story.triaged(title="灯りとバス", body=BODY)
    marks = await clerk.follow(await open_case(clerk, case_id), "ことがらを分ける")
    none = await clerk.submit(marks, {"begins": []}, button="この分け方で進む", expect=422)
    assert "次のことがらが始まる文に、印を付けてください" in none.text
    matters = await clerk.submit(none, {"begins": ["2"]}, button="この分け方で進む")
    assert "項目数が1つ増えます" in matters.text
    done = await clerk.submit(matters, {"m2_title": "バスの便"}, button="分ける")
    assert "2つのことがらに分けました" in done.text
    assert "バスの便" in done.links
    await clerk.submit(done, button="分けたものを戻す")
    assert (await story.case(case_id)).body == BODY


async def test_a_stale_form_divides_nothing(clerk: Client, story: Story) -> None:
    case_id = await story.triaged(body=BODY)
    marks = await clerk.get(f"/staff/cases/{case_id}/split")
    matters = await clerk.submit(marks, {"begins": ["2"]}, button="この分け方で進む")
    await story.do(triage.note, case_id, "見ています", by=story.clerk)
    refused = await clerk.submit(matters, {"m2_title": "バスの便"}, button="分ける", expect=409)
    assert "開いたあとに変わりました" in refused.text
    assert "バスの便" in (await clerk.submit(refused, button="分ける")).links
    one = await story.triaged(body="1文だけ")
    await clerk.get(f"/staff/cases/{one}/split", expect=409)


async def test_merging_offers_cases_of_the_same_sender_and_can_be_taken_back(
    clerk: Client, story: Story
) -> None:
    main, case_id = await story.triaged(title="はじめの件"), await story.triaged(title="もう一度の件")
    page = await open_case(clerk, case_id)
    refused = await clerk.submit(page, {"into": "M7K-4TX-9PA"}, button="統合する", expect=422)
    assert "この番号の案件は、この窓口にありません" in refused.text
    done = await clerk.submit(refused, {"into": story.numbers[main]}, button="統合する")
    assert "統合しました" in done.text
    assert "もう一度の件" in (await open_case(clerk, main)).links
    merged = await open_case(clerk, case_id)
    assert "はじめの件" in merged.links
    empty = await clerk.submit(merged, button="統合を取り消す", expect=422)
    await clerk.submit(empty, {"reason": "別の件だった"}, button="統合を取り消す")
    assert (await story.case(case_id)).status is Status.TRIAGED


async def test_an_answer_reaches_the_others_only_when_it_is_said(clerk: Client, story: Story) -> None:
    main, case_id = await story.triaged(), await story.triaged()
    await story.do(joining.merge, case_id, main, by=story.clerk)
    page = await open_case(clerk, main)
    refused = await clerk.submit(page, {"body": "回答です。"}, button="回答を送る", expect=422)
    assert "だれに送るかを選んでください" in refused.text
    await clerk.submit(refused, {"share": "all"}, button="回答を送る")
    shown = await story.see(lambda session: casefiles.desk_of(session, story.clerk, case_id))
    assert shown == story.applied.id
    assert "まとめた先の回答を送りました" in (await open_case(clerk, case_id)).text


@pytest.mark.parametrize("share", ["own", "all"])
async def test_an_answer_that_was_drafted_reaches_the_others_only_when_it_is_said(
    clerk: Client, story: Story, share: str
) -> None:
    main, case_id = await story.triaged(), await story.triaged()
    await story.do(joining.merge, case_id, main, by=story.clerk)
    page = await clerk.get(f"/staff/answers/{main}")
    refused = await clerk.submit(page, {"body": "回答です。"}, button="回答を送る", expect=422)
    assert "だれに送るかを選んでください" in refused.text
    assert (await story.case(main)).status is Status.TRIAGED
    await clerk.submit(refused, {"share": share}, button="回答を送る")
    assert (await story.case(main)).status is Status.ANSWERED
    told = "まとめた先の回答を送りました" in (await open_case(clerk, case_id)).text
    assert told is (share == "all")


async def test_what_the_sender_of_a_merged_case_adds_stands_in_the_history_of_the_main_one(
    site: Site, clerk: Client, story: Story
) -> None:
    main, case_id = await story.triaged(), await story.triaged()
    await story.do(joining.merge, case_id, main, by=story.clerk)
    number = story.numbers[case_id]
    sender = site.client()
    status = await sender.submit(
        await sender.get("/status"), {"number": number, "passcode": site.keys.passcode(number, 1)}
    )
    assert "同じ内容のものとまとめて対応しています" in status.text
    done = await sender.submit(status, {"body": "夜も暗いです。"}, button="書き足して送る")
    assert "夜も暗いです。" in done.text
    history = (await open_case(clerk, main)).text
    assert "夜も暗いです。" in history
    assert f"追記がありました（{grouped(number)}）" in history
    assert "統合した案件の送り主" in history
    number = story.numbers[main]
    sender = site.client()
    status = await sender.submit(
        await sender.get("/status"), {"number": number, "passcode": site.keys.passcode(number, 1)}
    )
    assert "夜も暗いです。" not in status.text


async def test_the_same_letter_many_times_is_bundled_and_answered_once(clerk: Client, story: Story) -> None:
    body = "県道の歩道を広げてください。通学の子どもたちがあぶない思いをしています。"
    case_ids = [await story.triaged(body=each) for each in (body, body.replace("。", "．"), f"{body}\n")]
    alike = await clerk.get(f"/staff/desks/{MIE}/alike")
    assert "3件" in alike.text
    preview = await clerk.submit(
        alike, {"case": [str(each) for each in case_ids]}, button="選んだものをまとめる"
    )
    await clerk.submit(preview, button="3件を同じ内容としてまとめる")
    assert "同じ文面の案件はありません" in (await clerk.get(f"/staff/desks/{MIE}/alike")).text
    bundle = await clerk.follow(await open_case(clerk, case_ids[0]), "同じ内容の3件")
    choose = await clerk.submit(bundle, button="選んだものをまとめて行う")
    preview = await clerk.submit(
        choose, {"deed": "reply", "body": "歩道は来年度に広げます。"}, button="どうなるかを確かめる"
    )
    assert "3人にメールを送ります" in preview.text
    await clerk.submit(preview, button="3件を回答する")
    found = [(await story.case(each)).status for each in case_ids]
    assert found == [Status.ANSWERED] * 3
    page = await open_case(clerk, case_ids[0])
    await clerk.submit(page, button="まとめから外す")
    assert (await story.case(case_ids[0])).bundle_id is None


async def test_who_may_only_look_sees_the_bundle_and_no_form(site: Site, story: Story) -> None:
    case_ids = [await story.triaged() for _ in range(2)]
    bundle_id = await story.do(joining.bundle, story.applied.id, case_ids, by=story.clerk)
    viewer = await site.signed_in("viewer", {MIE: Role.VIEWER})
    page = await viewer.get(f"/staff/bundles/{bundle_id}")
    assert "選んだものをまとめて行う" not in page.text
    stranger = await site.signed_in("other", {TOYAMA: Role.CLERK})
    await stranger.get(f"/staff/bundles/{bundle_id}", expect=404)
    await stranger.post(f"/staff/cases/{case_ids[0]}/split", expect=403)
