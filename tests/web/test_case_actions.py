"""What staff do with a case: every action by its form, who may, and what happens when two do it at once."""

import asyncio
from collections.abc import Mapping

import pytest

from meyasubako.casework import replies
from meyasubako.casework.casefiles import NEEDS, Action, CaseFile, case_file
from meyasubako.core.policy import GRANTS, Need
from meyasubako.core.vocabulary import Message, Role, Status
from meyasubako.web.guard import Page as Route
from meyasubako.web.routes import routes
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site
from tests.harness.story import Story

ANSWER = "補助金の窓口をご案内します。"

FILLED: Mapping[Action, Mapping[str, str]] = {
    Action.ADMIT: {},
    Action.TRIAGE: {"requester_type": "business", "purpose": "information", "topics": "industry-data"},
    Action.OFFER: {"brief": "日報の相談です。"},
    Action.START: {},
    Action.REPLY: {"body": ANSWER},
    Action.CLOSE: {"outcome": "advised"},
    Action.RESUME: {},
    Action.ASK: {"body": "何人ですか。"},
    Action.INTERIM: {"body": "調べています。", "due_on": "2026-07-17"},
    Action.MOVE_DUE: {"due_on": "2026-07-17", "reason": "資料を待っています。"},
    Action.REFER: {"office": "business-support", "consent": "no", "passed": "日報の相談です。"},
    Action.HAND_BACK: {},
    Action.DECLINE: {"reason": "unclear"},
    Action.REOPEN: {"reason": "続きがありました。"},
    Action.UNDO: {"reason": "間違えました。"},
    Action.ASSIGN: {"assignee": ""},
    Action.NOTE: {"body": "電話した。"},
    Action.SPLIT: {"begins": "2"},
    Action.UNSPLIT: {},
    Action.MERGE: {"into_id": "1"},
    Action.UNMERGE: {"reason": "間違えました。"},
    Action.TAKE_OUT: {},
    Action.CONVERT: {},
    Action.SURVEY: {"grade": "helped", "received_on": "2026-07-03"},
    Action.FOLLOW_UP: {"grade": "done", "received_on": "2026-07-03"},
}


async def clerk(site: Site, login: str = "yamada", role: Role = Role.CLERK) -> Client:
    return await site.signed_in(login, {MIE: role})


async def open_case(client: Client, case_id: int) -> Page:
    return await client.get(f"/staff/cases/{case_id}")


async def status(story: Story, case_id: int) -> Status:
    return (await story.case(case_id)).status


def token(page: Page) -> str:
    return next(form.fields["csrf_token"][0] for form in page.forms if "csrf_token" in form.fields)


# ---- The whole way


async def test_a_consultation_goes_its_way_through_the_forms(site: Site) -> None:
    story = await story_at(site)
    adviser = await story.list_provider("見本 花子")
    case_id = await story.receive()
    client = await clerk(site)

    page = await client.submit(await open_case(client, case_id), button="この内容で決める")
    assert "振り分けました。" in page.text
    page = await client.submit(
        page,
        {"provider": str(adviser.id), "brief": "製造業の会社が日報を電子化したいそうです。"},
        button="打診する",
    )
    assert "打診しました。相手にメールでお知らせします。" in page.text
    (offer_id,) = [each.id for each in (await file_of(story, case_id)).offers]
    await story.accept(offer_id, adviser)
    page = await client.submit(await open_case(client, case_id), {"body": ANSWER}, button="回答を送る")
    assert "回答を送りました。" in page.text
    page = await client.submit(page, {"outcome": "advised"}, button="完了する")
    assert "完了しました。アンケートのメールを送ります。" in page.text
    file = await file_of(story, case_id)
    assert (file.status, len(file.surveys)) == (Status.CLOSED, 1)
    assert [mail.kind for mail in file.mails] == [
        Message.CONFIRM,
        Message.OFFER,
        Message.OFFER_ACCEPTED,
        Message.REPLIED,
        Message.SURVEY,
    ]
    page = await client.submit(page, {"reason": "続きの相談です。"}, button="再開する")
    assert (await status(story, case_id), "続きの相談です。" in page.text) == (Status.IN_PROGRESS, True)
    page = await client.submit(page, button="振分けに戻す")
    assert await status(story, case_id) is Status.TRIAGED
    page = await client.submit(page, {"reason": "unclear"}, button="対象外とする")
    assert await status(story, case_id) is Status.DECLINED
    page = await client.submit(page, {"reason": "読み直しました。"}, button="元に戻す")
    assert await status(story, case_id) is Status.TRIAGED
    page = await client.submit(page, button="対応を始める")
    assert await status(story, case_id) is Status.IN_PROGRESS
    page = await client.submit(page, {"body": "何人ですか。"}, button="問い合わせを送る")
    assert await status(story, case_id) is Status.WAITING
    page = await client.submit(page, button="対応に戻す")
    assert await status(story, case_id) is Status.IN_PROGRESS
    me = next(each for each in page.form(button="担当者を決める").choices("assignee") or () if each)
    page = await client.submit(page, {"assignee": me}, button="担当者を決める")
    assert (await story.case(case_id)).assignee_id == int(me)
    page = await client.submit(page, {"body": "電話した。"}, button="メモを残す")
    assert "メモを残しました。" in page.text
    assert (await file_of(story, case_id)).notes[-1].who == "yamadaさん"


async def file_of(story: Story, case_id: int) -> CaseFile:
    return await story.see(
        lambda session: case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )


async def test_an_offer_can_be_taken_back(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    await story.offer(case_id, await story.list_provider("見本 花子"))
    client = await clerk(site)
    page = await client.submit(await open_case(client, case_id), button="打診を取り消す（見本 花子）")
    assert "打診を取り消しました。相手にメールでお知らせします。" in page.text
    assert await status(story, case_id) is Status.TRIAGED


async def test_the_main_topic_stays_the_main_one(site: Site) -> None:
    story = await story_at(site)
    leaves = [topic.code for topic in site.desks[MIE].desk.topic_leaves()]
    case_id = await story.receive(topics=(leaves[5], leaves[7]))
    client = await clerk(site)
    await client.submit(
        await open_case(client, case_id),
        {"topics": [leaves[1], leaves[7], leaves[5]]},
        button="この内容で決める",
    )
    assert (await file_of(story, case_id)).triage.topics == (leaves[5], leaves[7], leaves[1])


# ---- What is wrong stands beside its field, and nothing typed is lost


@pytest.mark.parametrize(
    ("button", "typed", "field"),
    [
        ("この内容で決める", {"purpose": "", "requester_type": "municipality"}, "triage-purpose"),
        ("打診する", {"brief": "書きかけの説明"}, "offer-provider"),
        ("回答を送る", {"body": "長" * 10_001}, "reply-body"),
        ("問い合わせを送る", {"body": "  "}, "ask-body"),
        ("対象外とする", {}, "decline-reason"),
        ("メモを残す", {"body": ""}, "note-body"),
    ],
)
async def test_a_mistake_is_shown_beside_its_field(
    site: Site, button: str, typed: dict[str, str], field: str
) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    await story.list_provider()
    client = await clerk(site)
    page = await client.submit(await open_case(client, case_id), typed, button=button, expect=422)
    assert page.title.startswith("エラー：")
    assert page.by_id(f"field-{field}-error") is not None
    for name, value in typed.items():
        assert page.form(button=button).fields[name] == [value]
    assert await status(story, case_id) is Status.TRIAGED


async def test_a_stale_form_keeps_what_was_typed_and_says_what_changed(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    first, second = await clerk(site), await clerk(site, "suzuki")
    opened = await open_case(first, case_id)
    await second.submit(await open_case(second, case_id), button="対応を始める")

    page = await first.submit(opened, {"body": ANSWER}, button="回答を送る", expect=409)

    assert "まだ送っていません" in page.text
    assert "suzukiさんさん：窓口で対応を始めました" in page.text
    assert "いまは「対応中」です" in page.text
    assert page.form(button="回答を送る").fields["body"] == [ANSWER]
    assert (await file_of(story, case_id)).replies == ()
    # Having seen it, they may send it after all.
    await first.submit(page, button="回答を送る")
    assert [said.body for said in (await file_of(story, case_id)).replies] == [ANSWER]


async def test_what_was_typed_survives_even_where_its_form_is_gone(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    first, second = await clerk(site), await clerk(site, "suzuki")
    opened = await open_case(first, case_id)
    await second.submit(await open_case(second, case_id), {"reason": "unclear"}, button="対象外とする")
    page = await first.submit(opened, {"body": ANSWER}, button="回答を送る", expect=409)
    assert "suzukiさんさん：対象外としました" in page.text
    assert f"書いた内容は次のとおりです。必要なら写してお使いください。 {ANSWER}" in page.text


async def test_pressing_twice_sends_one_answer(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    client = await clerk(site)
    form = (await open_case(client, case_id)).form(button="回答を送る")
    fields = form.filled({"body": ANSWER})
    pages = await asyncio.gather(
        *(
            client.request(
                "POST",
                f"/staff/cases/{case_id}/reply",
                data=fields,
                expect=None,
                follow=False,
                headers={"origin": client.origin, "sec-fetch-site": "same-origin"},
            )
            for _ in range(2)
        )
    )
    assert sorted(page.status for page in pages) == [303, 409]
    assert [said.body for said in (await file_of(story, case_id)).replies] == [ANSWER]


@pytest.mark.parametrize("version", ["", "x", "１", "99999999999"])
async def test_a_form_without_its_version_is_refused(site: Site, version: str) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    client = await clerk(site)
    data = {"csrf_token": token(await open_case(client, case_id)), "version": version, "body": ANSWER}
    page = await client.post(f"/staff/cases/{case_id}/reply", data, expect=422)
    assert "画面を読み込み直してから、もう一度お試しください。" in page.text
    assert page.form(button="回答を送る").fields["body"] == [ANSWER]


# ---- Who may


def test_every_action_has_its_route_and_asks_for_what_it_needs() -> None:
    found = {
        route.path: route.needs
        for route in routes
        if isinstance(route, Route)
        and route.path.startswith(("/staff/cases/{case_id:int}/", "/staff/offers/"))
        and "POST" in (route.methods or ())
    }
    expected = {
        f"/staff/cases/{{case_id:int}}/{action.value}": NEEDS[action]
        for action in Action
        if action is not Action.REVOKE
    }
    of_a_part = {
        "/staff/offers/{offer_id:int}/revoke": NEEDS[Action.REVOKE],
        "/staff/offers/{offer_id:int}/report": Need.OFFER,
        "/staff/cases/{case_id:int}/mails/{mail_id:int}/again": Need.ASK,
        "/staff/cases/{case_id:int}/meetings/held": Need.OFFER,
        "/staff/cases/{case_id:int}/meetings/dates": Need.OFFER,
        "/staff/cases/{case_id:int}/meetings/dates/{dates_id:int}/withdraw": Need.OFFER,
        "/staff/cases/{case_id:int}/shortlist": Need.OFFER,
    }
    assert found == {**expected, **of_a_part}
    assert set(FILLED) == set(Action) - {Action.REVOKE}


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_do_what_it_is_granted_and_nothing_else(site: Site, role: Role) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, await story.list_provider())
    client = await clerk(site, role=role)
    csrf = token(await open_case(client, case_id))
    before = (await story.case(case_id)).version
    paths = {f"/staff/cases/{case_id}/{action.value}": action for action in FILLED}
    paths[f"/staff/offers/{offer_id}/revoke"] = Action.REVOKE
    for path, action in paths.items():
        # Version 0 never fits, so that whoever may is told that the case has moved on.
        data = {"csrf_token": csrf, "version": "0", **FILLED.get(action, {})}
        page = await client.request(
            "POST",
            path,
            data=data,
            expect=None,
            follow=False,
            headers={"origin": client.origin, "sec-fetch-site": "same-origin"},
        )
        may = NEEDS[action] in GRANTS[role]
        assert page.status == ((422 if action is Action.OFFER else 409) if may else 403), (path, page.text)
    assert (await story.case(case_id)).version == before


@pytest.mark.parametrize("roles", [{TOYAMA: Role.ADMIN}, {TOYAMA: Role.ADMIN, MIE: Role.VIEWER}])
async def test_a_role_elsewhere_opens_nothing_here(site: Site, roles: dict[str, Role]) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, await story.list_provider())
    client = await site.signed_in("yamada", roles)
    csrf = token(await client.get("/staff/account"))
    expect = 403 if MIE in roles else 404
    for action, typed in FILLED.items():
        data = {"csrf_token": csrf, "version": "3", **typed}
        await client.post(f"/staff/cases/{case_id}/{action.value}", data, expect=expect)
    data = {"csrf_token": csrf, "version": "3"}
    await client.post(f"/staff/offers/{offer_id}/revoke", data, expect=expect)
    assert (await story.case(case_id)).version == 3


async def test_whoever_is_not_signed_in_does_nothing(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    page = await site.client().post(f"/staff/cases/{case_id}/reply", {"body": ANSWER}, expect=403)
    assert "まだ送られていません" in page.text


async def test_an_offer_that_is_not_there_cannot_be_taken_back(site: Site) -> None:
    client = await clerk(site)
    csrf = token(await client.get("/staff/account"))
    await client.post("/staff/offers/99/revoke", {"csrf_token": csrf, "version": "1"}, expect=404)


async def test_an_offer_answered_meanwhile_is_not_taken_back(site: Site) -> None:
    story = await story_at(site)
    adviser = await story.list_provider("見本 花子")
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, adviser)
    client = await clerk(site)
    opened = await open_case(client, case_id)
    await story.accept(offer_id, adviser)
    page = await client.submit(opened, button="打診を取り消す（見本 花子）", expect=409)
    assert "引き受けられました" in page.text
    assert await status(story, case_id) is Status.IN_PROGRESS


async def test_a_closing_without_a_confirmed_address_asks_nothing(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged(confirmed=False)
    await story.do(replies.reply, case_id, ANSWER, by=story.clerk)
    client = await clerk(site)
    page = await client.submit(await open_case(client, case_id), {"outcome": "advised"}, button="完了する")
    assert "完了しました。" in page.text
    assert "アンケートのメール" not in page.text
    assert (await file_of(story, case_id)).surveys == ()
