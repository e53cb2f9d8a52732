"""What staff are told, on their pages: calling somebody in a note, watching, the list, and choosing the way."""

from pathlib import Path

import pytest

from meyasubako.casework import accounts
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from tests.harness.client import Page
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site, open_site

NOTICES = "/staff/notices"


def unread(page: Page) -> str:
    """What the header says."""
    link = next(each for each in page.links if each.startswith("お知らせ"))
    return link.removeprefix("お知らせ").removesuffix("件は、まだ見ていません").strip()


async def test_a_note_calls_a_colleague_who_finds_it(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    sato_id = await site.add_staff("sato", {MIE: Role.CLERK}, name="佐藤 健")
    await site.add_staff("tanaka", {TOYAMA: Role.CLERK}, name="田中 花")
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await clerk.get(f"/staff/cases/{case_id}")
    form = page.form(button="メモを残す")
    assert str(sato_id) in (form.choices("tell") or [])
    assert len(form.choices("tell") or []) == 2
    done = await clerk.submit(form, {"body": "@佐藤さん、@田中さんへ"}, button="メモを残す")
    assert "佐藤 健さんに知らせます。「@田中さんへ」に当たる職員はいないので、知らせていません。" in done.text
    assert "呼んだ人：佐藤 健" in done.text
    await site.database.write(
        lambda session: accounts.set_password(
            session, sato_id, accounts.hash_password("open the box 2026"), by=SYSTEM, at=story.at
        )
    )
    sato = site.client()
    sign_in = await sato.get("/staff/sign-in")
    await sato.submit(
        sign_in.form(field="password"),
        {"login": "sato", "password": "open the box 2026"},
        follow=False,
        expect=303,
    )
    listed = await sato.get(NOTICES)
    assert (unread(listed), "メモで呼ばれました" in listed.text) == ("1", True)
    case = await sato.get(f"/staff/cases/{case_id}")
    assert unread(case) == ""
    assert "未読" not in (await sato.get(NOTICES)).text
    # What happens at other desks is nobody's business here.
    stranger = await site.signed_in("suzuki", {TOYAMA: Role.ADMIN})
    assert "お知らせはまだありません" in (await stranger.get(NOTICES)).text
    token = (await stranger.get("/staff/account")).form(button="知らせ方を改める").fields["csrf_token"][0]
    await stranger.post(f"/staff/watching/{case_id}", {"csrf_token": token, "watch": "yes"}, expect=404)


async def test_a_doubtful_call_is_refused_and_what_was_typed_stays(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    await site.add_staff("sato-a", {MIE: Role.CLERK}, name="佐藤 愛")
    other = await site.add_staff("sato-b", {MIE: Role.CLERK}, name="佐藤 望")
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await clerk.get(f"/staff/cases/{case_id}")
    refused = await clerk.submit(
        page.form(button="メモを残す"), {"body": "@佐藤さん、よろしく"}, button="メモを残す", expect=422
    )
    assert "のだれのことか分かりません" in refused.text
    form = refused.form(button="メモを残す")
    assert form.fields["body"] == ["@佐藤さん、よろしく"]
    done = await clerk.submit(form, {"tell": str(other)}, button="メモを残す")
    assert "佐藤 望さんに知らせます。" in done.text


async def test_watching_and_reading_all(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive()
    viewer = await site.signed_in("mitai", {MIE: Role.VIEWER})
    page = await viewer.get(f"/staff/cases/{case_id}?scope=inbox")
    page = await viewer.submit(page, button="この案件を見守る")
    assert ("見守る人：mitaiさん" in page.text, "scope=inbox" in str(page.url)) == (True, True)
    await story.triage(case_id)
    listed = await viewer.get(NOTICES)
    assert (unread(listed), "見守っている案件が動きました" in listed.text) == ("1", True)
    assert "未読" in (await viewer.get(f"{NOTICES}?show=unread&before=x&after=99999999999")).text
    done = await viewer.submit(listed, button="すべて見たことにする")
    assert ("1件を、見たことにしました。" in done.text, unread(done)) == (True, "")
    page = await viewer.get(f"/staff/cases/{case_id}")
    page = await viewer.submit(page, button="見守るのをやめる")
    assert "見守る人" not in page.text


async def test_each_chooses_when_and_how(site: Site) -> None:
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    account = await clerk.get("/staff/account")
    form = account.form(button="知らせ方を改める")
    assert form.choices("mentioned") == ["mail", "screen", "none"]
    done = await clerk.submit(form, {"mentioned": "none", "watched": "mail"}, button="知らせ方を改める")
    fields = done.form(button="知らせ方を改める").fields
    assert (fields["mentioned"], fields["watched"], fields["assigned"]) == (["none"], ["mail"], ["mail"])


@pytest.fixture
async def with_chat(database: Database, tmp_path: Path) -> Site:
    setting = f"{MIE}=logo:https://chat.example.jp/hooks/verysecret"
    return await open_site(database, tmp_path, chat=setting)


async def test_the_chat_is_offered_where_a_desk_has_one_and_its_address_is_not_shown(with_chat: Site) -> None:
    clerk = await with_chat.signed_in("yamada", {MIE: Role.CLERK})
    account = await clerk.get("/staff/account")
    assert (account.form(button="知らせ方を改める").choices("assigned") or [])[1] == "chat"
    assert ("LoGoチャット" in account.text, "verysecret" in account.text) == (True, False)
