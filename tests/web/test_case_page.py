"""The page of one case: what each role sees of it, and which next steps it offers."""

from dataclasses import replace

import pytest

from meyasubako.casework import accounts, matching, replies, tracking, triage
from meyasubako.core.codes import grouped
from meyasubako.core.dates import japan_day
from meyasubako.core.vocabulary import Channel, MeetingWay, Role
from tests.harness.client import Page
from tests.harness.desk_work import story_at
from tests.harness.html import elements, words
from tests.harness.site import MIE, TOYAMA, Site
from tests.harness.story import REQUESTER_DETAILS

LONG = "現場では紙の日報を使っています。\n\n" * 150


def offered(page: Page) -> set[str]:
    """The buttons of the page, but for the frame's and that to watch the case, which everybody has."""
    return {label for form in page.forms for label in form.button_labels} - {
        "サインアウト",
        "検索",
        "この案件を見守る",
    }


def next_step(page: Page) -> str:
    """The one primary button."""
    found = [
        words(each) for each in elements(page.tree, "button") if "button-primary" in each.get("class", "")
    ]
    return found[0] if len(found) == 1 else f"{len(found)} primary buttons"


async def test_everything_of_a_case_is_on_its_page(site: Site) -> None:
    story = await story_at(site)
    adviser = await story.list_provider("見本 花子")
    case_id = await story.triaged(body=LONG)
    await story.do(triage.note, case_id, "電話した。", by=story.clerk)
    await story.do(replies.ask, case_id, "何人ですか。", by=story.clerk)
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "35人です。")
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    await story.do(matching.advise, offer_id, "写真から始めましょう。", by=adviser)
    await story.do(
        matching.meet,
        story.applied.desk,
        offer_id,
        held_on=japan_day(story.at),
        way=MeetingWay.ONLINE,
        minutes=45,
        summary="見せてもらった。",
        by=adviser,
    )
    await story.do(replies.reply, case_id, "補助金もあります。", by=story.clerk)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})

    page = await client.get(f"/staff/cases/{case_id}")

    assert page.heading == "現場作業員へのIT導入を進めたい"
    for said in (
        grouped(story.numbers[case_id]),
        "回答済",
        " ".join(LONG.split()),
        "サンプル製作所",
        "見本太郎",
        "津市",
        "taro@example.jp",
        "059-000-0000",
        "電話した。",
        "何人ですか。",
        "35人です。",
        "写真から始めましょう。",
        "見せてもらった。",
        "補助金もあります。",
        "面談 1回 あと2回できます。",
        "見本 花子（アドバイザー）",
        "これから送るメール：受付のお知らせと確認のお願い、おたずね",
    ):
        assert said in page.text, said
    assert next_step(page) == "完了する"


async def test_a_viewer_sees_neither_contact_nor_action(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, await story.list_provider())
    client = await site.signed_in("miru", {MIE: Role.VIEWER})
    page = await client.get(f"/staff/cases/{case_id}")
    assert "名前と連絡先は、担当者だけが見られます。" in page.text
    for hidden in ("見本太郎", "サンプル製作所", "taro@example.jp", "059-000-0000"):
        assert hidden not in page.response.text
    assert offered(page) == set()
    assert f"/staff/offers/{offer_id}/revoke" not in page.response.text


async def test_cases_elsewhere_are_not_there(site: Site) -> None:
    story = await story_at(site, TOYAMA)
    case_id = await story.receive()
    client = await site.signed_in("yamada", {MIE: Role.ADMIN})
    await client.get(f"/staff/cases/{case_id}", expect=404)
    await client.get("/staff/cases/999999", expect=404)
    leads = await site.client().get(f"/staff/cases/{case_id}", follow=False, expect=303)
    assert leads.headers["location"] == f"/staff/sign-in?next=/staff/cases/{case_id}"


async def test_the_next_step_comes_first_in_each_status(site: Site) -> None:
    story = await story_at(site)
    adviser = await story.list_provider()
    await story.list_provider("もう一人の専門家")
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    case_id = await story.receive()

    async def seen() -> tuple[str, set[str]]:
        page = await client.get(f"/staff/cases/{case_id}")
        return next_step(page), offered(page) - {
            "担当者を決める",
            "自分が担当する",
            "メモを残す",
            "下書きを保存",
            "統合する",
            "引継ぎを記録する",
        }

    none = "0 primary buttons"
    assert await seen() == ("この内容で決める", {"この内容で決める", "問い合わせを送る", "対象外とする"})
    await story.triage(case_id)
    everything = {
        "打診する",
        "回答を送る",
        "対応を始める",
        "問い合わせを送る",
        "この内容で決める",
        "対象外とする",
    }
    assert await seen() == ("打診する", everything)
    offer_id = await story.offer(case_id, adviser)
    revoke = "打診を取り消す（サンプル専門家）"
    assert await seen() == (
        none,
        {"打診する", "回答を送る", "問い合わせを送る", "この内容で決める", revoke},
    )
    await story.accept(offer_id, adviser)
    assert (await seen())[0] == "回答を送る"
    await story.do(replies.ask, case_id, "何人ですか。", by=story.clerk)
    assert await seen() == (none, {"対応に戻す", "回答を送る", "この内容で決める", "完了する"})
    await story.do(replies.reply, case_id, "こうしてください。", by=story.clerk)
    assert (await seen())[0] == "完了する"
    await story.close(case_id)
    assert await seen() == (none, {"再開する", "この内容で決める", "答えを入力する"})


async def test_triage_starts_from_what_the_requester_chose(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    form = (await client.get(f"/staff/cases/{case_id}")).form(button="この内容で決める")
    desk = site.desks[MIE].desk
    topic = desk.topic_leaves()[0].code
    assert form.fields["requester_type"] == ["business"]
    assert form.fields["purpose"] == [desk.open_purposes()[0].code]
    assert form.fields["topics"] == [topic]
    # The division that usually answers for it.
    assert form.fields["division"] == [desk.divisions_for(topic)[0].code]
    assert form.fields["version"] == ["1"]
    assert "unknown" in (form.choices("requester_type") or ())


async def test_the_brief_starts_as_the_text_and_hides_who_asks(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    adviser = await story.list_provider()
    await story.list_provider("名簿だけの人", email="")
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"/staff/cases/{case_id}")
    form = page.form(button="打診する")
    assert form.fields["brief"] == ["紙の日報をやめたいのですが、\r\n何から始めればよいでしょうか。"]
    assert (form.fields["shows_title"], form.fields["shows_requester_type"]) == ([], ["yes"])
    assert form.choices("provider") == [str(adviser.id)]
    assert "名前や連絡先など、だれのことか分かる言葉を消してください。" in page.text
    assert "名簿だけの人（アドバイザー） ：メールアドレスが名簿にありません" in page.text


@pytest.mark.parametrize(
    ("changes", "words_"),
    [
        ({}, "同じ内容をメールでも送ります。"),
        ({"confirmed": False}, "アドレスがまだ確認されていないので"),
        ({"reply_wanted": False}, "本人は返事を希望していないので、メールは送りません。"),
        (
            {"requester": replace(REQUESTER_DETAILS, email="")},
            "メールアドレスがないので、必要なら電話や手紙でも伝えてください。",
        ),
    ],
)
async def test_the_page_says_how_an_answer_arrives(site: Site, changes: dict, words_: str) -> None:
    story = await story_at(site)
    case_id = await story.triaged(**changes)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert words_ in (await client.get(f"/staff/cases/{case_id}")).text


@pytest.mark.parametrize(
    ("changes", "words_"),
    [
        ({}, "押すと、理由を書いたメールがすぐに相手へ送られます。"),
        ({"confirmed": False}, "アドレスがまだ確認されていないので、理由は書かず"),
        ({"reply_wanted": False}, "状況を確かめるページに載ります。メールは送りません。"),
    ],
)
async def test_the_page_says_what_goes_out_when_declining(site: Site, changes: dict, words_: str) -> None:
    story = await story_at(site)
    case_id = await story.triaged(**changes)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert words_ in (await client.get(f"/staff/cases/{case_id}")).text


async def test_one_press_makes_it_ones_own(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.submit(await client.get(f"/staff/cases/{case_id}"), button="自分が担当する")
    assert "担当者を決めました。" in page.text
    member = await site.database.read(lambda session: accounts.find_staff(session, "yamada"))
    assert (await story.case(case_id)).assignee_id == member.id
    assert "自分が担当する" not in page.text


async def test_a_letter_says_who_entered_it(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive(channel=Channel.LETTER, by=story.clerk)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert "語り手さんが入力" in (await client.get(f"/staff/cases/{case_id}")).text


async def test_what_people_wrote_never_becomes_markup(site: Site) -> None:
    story = await story_at(site)
    nasty = "<script>alert(1)</script><b>"
    case_id = await story.triaged(title=nasty, body=nasty)
    await story.do(triage.note, case_id, nasty, by=story.clerk)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    for path in (f"/staff/cases/{case_id}", f"/staff/desks/{MIE}/inbox"):
        page = await client.get(path)
        assert nasty in page.text
        assert nasty not in page.response.text


async def test_the_history_says_what_the_requester_saw_and_shows_one_side_alone(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    await story.do(triage.note, case_id, "庁内で相談する", by=story.clerk)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"/staff/cases/{case_id}")
    for told in ("相談者にも見えます", "ようすだけ相談者に見えます", "庁内で相談する"):
        assert told in page.text
    theirs = await client.follow(page, "相談者に見えたもの")
    assert ("庁内で相談する" in theirs.text, "受け付けました（ホームページ）" in theirs.text) == (False, True)
    ours = await client.follow(page, "庁内だけ")
    assert ("庁内で相談する" in ours.text, "受け付けました（ホームページ）" in ours.text) == (True, False)
