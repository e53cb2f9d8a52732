"""The page of an answer under way: every step by its form, and what was typed is never lost."""

from collections.abc import Sequence
from typing import Any

from meyasubako.casework import accounts, tracking
from meyasubako.core.desk import Answering
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import Role, Status
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.office import DIVISIONS, take_steps
from tests.harness.site import MIE, OPENED_AT, Site
from tests.harness.story import Story

TEXT = "補助金の窓口をご案内します。"
STRATEGY, REFORM = "デジタル戦略企画課（みえDXセンター事務局）", "スマート改革推進課"


async def office_at(site: Site, **rules: bool) -> Story:
    story = await story_at(site)
    story.applied = await site.database.write(lambda session: take_steps(session, Answering(**rules)))
    await site.app.state.service.shelf.look_again()
    return story


async def signed_in(site: Site, login: str, role: Role, division: str | None = None) -> Client:
    client = await site.signed_in(login, {MIE: role})
    applied = site.desks[MIE]

    def unit(session: Any) -> None:
        staff_id = accounts.find_staff(session, login).id
        accounts.set_division(session, staff_id, applied, division, by=SYSTEM, at=OPENED_AT)

    if division:
        await site.database.write(unit)
    return client


async def body_of(page: Page, button: str = "下書きを保存") -> str:
    [body] = page.form(button=button).fields["body"]
    return body.replace("\r\n", "\n")


async def test_an_answer_goes_over_two_divisions_and_the_approval_to_the_requester(site: Site) -> None:
    story = await office_at(site, contributions=True, approval=True)
    case_id = await story.triaged()
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "停留所は「総曲輪」です。")
    clerk = await signed_in(site, "yamada", Role.CLERK)
    page = await clerk.get(f"/staff/cases/{case_id}")
    page = await clerk.get(page.links["回答案を書く"])
    assert "停留所は「総曲輪」です。" in page.text
    page = await clerk.submit(page, {"body": TEXT}, button="下書きを保存")
    assert "下書きを保存しました。" in page.text
    page = await clerk.submit(page, {"divisions": []}, button="考え方をたずねる", expect=422)
    assert page.by_id("field-ask-divisions-error") is not None
    page = await clerk.submit(page, {"divisions": list(DIVISIONS)}, button="考え方をたずねる")
    page = await clerk.submit(page, button="保存して、決裁に回す", expect=409)
    assert "の考え方が、まだ出ていません。" in page.text

    for login, division, label in (("sato", DIVISIONS[0], STRATEGY), ("kato", DIVISIONS[1], REFORM)):
        member = await signed_in(site, login, Role.VIEWER, division)
        inbox = await member.get(f"/staff/desks/{MIE}/inbox")
        assert "考え方の依頼 1" in inbox.text
        listed = await member.get(f"/staff/desks/{MIE}/answers")
        asked = await member.get(listed.links["現場作業員へのIT導入を進めたい"])
        assert asked.heading == f"{label}の考え方"
        assert "停留所は「総曲輪」です。" in asked.text
        assert "見本太郎" not in asked.text
        asked = await member.submit(asked, {"body": " "}, button="考え方を出す", expect=422)
        done = await member.submit(asked, {"body": f"{login}の考え方です。"}, button="考え方を出す")
        assert "考え方を出しました。" in done.text
        stale = await member.submit(asked, {"body": "もう一度。"}, button="考え方を出す", expect=409)
        assert "もう一度。" in stale.text

    page = await clerk.get(f"/staff/answers/{case_id}")
    page = await clerk.submit(page, button=f"回答案の下に加える（{REFORM}）")
    assert await body_of(page) == f"{TEXT}\n\nkatoの考え方です。"
    page = await clerk.submit(page, button="保存して、決裁に回す")
    assert "決裁に回しました。" in page.text
    chief = await signed_in(site, "suzuki", Role.COORDINATOR)
    assert "決裁待ち 1" in (await chief.get(f"/staff/desks/{MIE}/inbox")).text
    listed = await chief.get(f"/staff/desks/{MIE}/answers")
    opened = await chief.get(listed.links["現場作業員へのIT導入を進めたい"])
    opened = await chief.submit(opened, button="差し戻す", expect=422)
    assert opened.by_id("field-decide-reason-error") is not None
    page = await chief.submit(opened, {"reason": "結びの言葉を足してください。"}, button="差し戻す")
    page = await clerk.get(f"/staff/answers/{case_id}")
    assert "結びの言葉を足してください。" in page.text
    final = f"{await body_of(page)}\n今後ともよろしくお願いします。"
    await clerk.submit(page, {"body": final}, button="保存して、決裁に回す")
    page = await chief.submit(await chief.get(f"/staff/answers/{case_id}"), button="決裁する")
    assert "決裁しました。担当者が送れるようになりました。" in page.text
    page = await clerk.submit(await clerk.get(f"/staff/answers/{case_id}"), button="回答を送る")
    assert ("回答を送りました。" in page.text, "手紙で送る（PDF）" in page.text) == (True, True)
    assert (await story.case(case_id)).status is Status.ANSWERED
    page = await clerk.get(f"/staff/answers/{case_id}")
    steps = ["回答案を書きました", "回答案を差し戻しました", "回答案を決裁しました", "回答しました"]
    places = [page.text.index(step) for step in steps]
    assert places == sorted(places)


async def test_one_may_not_decide_about_ones_own(site: Site) -> None:
    story = await office_at(site, review=True)
    case_id = await story.triaged()
    chief = await signed_in(site, "suzuki", Role.COORDINATOR)
    page = await chief.get(f"/staff/answers/{case_id}")
    page = await chief.submit(page, {"body": TEXT}, button="保存して、確認に回す")
    assert "自分で書いた回答案は、確認も決裁もできません。" in page.text
    data = {"csrf_token": page.form(button="引き戻して直す").fields["csrf_token"][0], "draft_version": "1"}
    await chief.post(f"/staff/answers/{case_id}/decide", {**data, "then": "review"}, expect=403)
    # Neither does the quick way lead around it.
    refused = await chief.post(
        f"/staff/cases/{case_id}/reply", {**data, "version": "4", "body": TEXT}, expect=409
    )
    assert ("決裁の済んだ回答だけ" in refused.text, TEXT in refused.text) == (True, True)


async def test_two_texts_are_shown_side_by_side(site: Site) -> None:
    story = await office_at(site)
    case_id = await story.triaged()
    first, second = await signed_in(site, "yamada", Role.CLERK), await signed_in(site, "suzuki", Role.CLERK)
    pages: Sequence[str] = (f"/staff/cases/{case_id}", f"/staff/answers/{case_id}")
    for number, address in enumerate(pages):
        opened = await second.get(address)
        done = await first.submit(
            await first.get(address), {"body": f"先の文{number}"}, button="下書きを保存"
        )
        assert "下書きを保存しました。" in done.text
        page = await second.submit(opened, {"body": f"あとの文{number}"}, button="下書きを保存", expect=409)
        assert f"先の文{number}" in page.text
        assert await body_of(page) == f"あとの文{number}"
        await second.submit(page, button="下書きを保存")
        assert await body_of(await first.get(address)) == f"あとの文{number}"
    page = await first.get(f"/staff/answers/{case_id}")
    assert "前の文を見る（4回保存）" in page.text
    page = await first.submit(page, button="回答を送る")
    assert (await story.case(case_id)).status is Status.ANSWERED


async def test_another_desks_answers_are_not_there(site: Site) -> None:
    story = await office_at(site, contributions=True, approval=True)
    case_id = await story.triaged()
    clerk = await signed_in(site, "yamada", Role.CLERK)
    page = await clerk.get(f"/staff/answers/{case_id}")
    page = await clerk.submit(page, {"divisions": DIVISIONS[0]}, button="考え方をたずねる")
    asked = page.links[f"代わりに記録する（{STRATEGY}）"]
    stranger = await site.signed_in("tateyama", {"toyama-meyasubako": Role.ADMIN})
    csrf = (await stranger.get("/staff/account")).form(field="new_password").fields["csrf_token"][0]
    data = {"csrf_token": csrf, "body": TEXT, "then": "save", "draft_version": "0"}
    await stranger.get(f"/staff/answers/{case_id}", expect=404)
    await stranger.get(asked, expect=404)
    for address in ("write", "ask", "decide", "move"):
        await stranger.post(f"/staff/answers/{case_id}/{address}", data, expect=404)
    await stranger.post(asked, data, expect=404)
    await stranger.post(f"{asked}/drop", data, expect=404)
    # Nor is what another division of the same desk is asked.
    other = await signed_in(site, "kato", Role.VIEWER, DIVISIONS[1])
    await other.get(asked, expect=404)
    page = await clerk.submit(
        await clerk.get(asked), {"body": "電話で聞きました。"}, button="代わりに記録する"
    )
    assert "（代わりに記録）" in page.text
