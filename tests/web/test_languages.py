"""Residents read the pages in Japanese, easy Japanese or English: by their browser's wish, or by the switch."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import replies, surveys
from meyasubako.core.dates import now
from meyasubako.core.vocabulary import Language, Role
from meyasubako.edge import closing
from meyasubako.edge.closing import Closing
from meyasubako.store.models import Receipt, Survey
from meyasubako.web.page.language import OWN_NAMES
from tests.harness.client import Client, Page
from tests.harness.html import elements, words
from tests.harness.languages import left_in_japanese, without_reading
from tests.harness.sent import EMAIL, Sent, somebody_sent
from tests.harness.site import MIE, TOYAMA, Site

EN, EASY = Language.ENGLISH, Language.EASY_JAPANESE
CHECK = {EN: "Check your answers", EASY: "書いたものを確認する"}

PAGES = (
    "/",
    "/privacy",
    "/accessibility",
    "/help",
    f"/desks/{TOYAMA}",
    f"/desks/{MIE}",
    f"/desks/{TOYAMA}/new",
    f"/desks/{MIE}/new",
    f"/desks/{TOYAMA}/thanks",
    "/status",
    "/status/passcode",
    "/status/passcode/sent",
)
OPINION: dict[str, Any] = {
    "requester_type": "resident",
    "purpose": "opinion",
    "topics": ["health"],
    "title": "Snow",
    "body": "Please show on a map which roads are clear.",
    "municipality": "砺波市",
    "reply_wanted": "yes",
    "email": EMAIL,
    "publish_consent": "no",
}


async def reading(site: Site, language: Language) -> Client:
    """Somebody who chose a language on the first page."""
    client = site.client()
    await client.get(f"/?lang={language}")
    return client


def language_of(page: Page) -> str:
    return page.tree.get("lang", "")


def unread(page: Page, language: Language) -> list[str]:
    """What the reader of a language could not read."""
    if language is EN:
        assert language_of(page) == "en"
        return left_in_japanese(page)
    assert language_of(page) == "ja"
    return without_reading(page)


def pressed(page: Page, label: str) -> str:
    """The name of the button of the switch for a language."""
    buttons = [each for each in elements(page.tree, "button") if words(each) == label]
    return buttons[0].get("value", "")


# ---- Which language ----


@pytest.mark.parametrize(
    ("wish", "lang"),
    [
        ("ja", "ja"),
        ("en-GB,ja;q=0.5", "en"),
        ("ja,en;q=0.9", "ja"),
        ("en;q=0.2,ja;q=0.8", "ja"),
        ("vi,en-US;q=0.7", "en"),
        ("vi", "ja"),
        ("*", "ja"),
        ("", "ja"),
        ("en;q=0,ja", "ja"),
        ("en;q=x,;;,,=", "ja"),
        (",".join(["xx"] * 5000), "ja"),
    ],
)
async def test_the_browser_says_which_language_to_begin_with(site: Site, wish: str, lang: str) -> None:
    page = await site.client().request("GET", "/", headers={"accept-language": wish})
    assert language_of(page) == lang
    # Kept by nobody but this browser, which may go back to it whatever cookies came meanwhile.
    assert page.headers["cache-control"] == "private, no-cache"
    assert "vary" not in page.headers


async def test_the_switch_leads_back_to_the_same_page_and_stays(site: Site) -> None:
    client = site.client()
    page = await client.get("/accessibility?from=mail")
    english = await client.follow(page, "English")
    assert (english.path, english.url.query) == ("/accessibility", b"from=mail")
    assert english.heading == "Accessibility"
    here = [each for each in elements(english.tree, "a") if each.get("aria-current")]
    assert [(words(each), each.get("hreflang")) for each in here] == [("English", "en")]
    assert (await client.get("/help")).heading == "How to use this site"
    easy = await client.follow(english, "やさしい日本語")
    assert language_of(easy) == "ja"
    assert easy.title != "ウェブアクセシビリティ"
    assert (await client.follow(easy, "日本語")).heading == "ウェブアクセシビリティ"
    assert language_of(await client.get("/")) == "ja"


@pytest.mark.parametrize(
    "path", ["//evil.example/?lang=en", "/status%0d%0aset-cookie:a=b?lang=en", "/nowhere?lang=en"]
)
async def test_the_switch_leads_nowhere_else(site: Site, path: str) -> None:
    page = await site.client().request("GET", path, follow=False, expect=None)
    assert page.status in {303, 404}
    assert page.headers.get("location", "/").startswith("/")
    assert not page.headers.get("location", "/").startswith("//")
    assert "a=b" not in page.headers.get("set-cookie", "")


async def test_an_unknown_language_changes_nothing(site: Site) -> None:
    client = site.client()
    for code in ("fr", "", "en\x00", "EN"):
        page = await client.request("GET", "/help", params={"lang": code})
        assert language_of(page) == "ja"
    assert not [name for name in client.cookies if "language" in name]


async def test_staff_read_japanese(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    await client.get("/?lang=en")
    page = await client.request("GET", f"/staff/desks/{MIE}/inbox", headers={"accept-language": "en"})
    assert language_of(page) == "ja"
    assert "English" not in page.links


# ---- Every page ----


@pytest.mark.parametrize("language", [EN, EASY])
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_whole_in_every_language(site: Site, path: str, language: Language) -> None:
    client = await reading(site, language)
    assert unread(await client.get(path), language) == []


@pytest.mark.parametrize("language", [EN, EASY])
async def test_refusals_are_said_in_the_language(site: Site, language: Language) -> None:
    client = await reading(site, language)
    for path in ("/nowhere", "/desks/nowhere", "/confirm/nothing", "/survey/nothing"):
        assert unread(await client.get(path, expect=404), language) == []
    wrong = await client.post("/status", {"number": "M7K", "passcode": ""}, expect=403)
    assert unread(wrong, language) == []


@pytest.mark.parametrize("language", [EN, EASY])
@pytest.mark.parametrize("code", [TOYAMA, MIE])
async def test_mistakes_stand_beside_their_fields_in_the_language(
    site: Site, language: Language, code: str
) -> None:
    client = await reading(site, language)
    page = await client.get(f"/desks/{code}/new")
    typed = {"title": "x" * 101, "email": "not an address", "phone": "12", "body": "Hello"}
    refused = await client.submit(page.form(field="title"), typed, button="check", expect=422)
    assert unread(refused, language) == []
    fields = refused.form(field="title").fields
    assert {name: fields[name] for name in typed} == {name: [value] for name, value in typed.items()}
    if language is EN:
        assert refused.title.startswith("Error: ")
        assert "“Title” can have up to 100 characters. Make it shorter by 1." in refused.text
        assert "like this: name@example.jp" in refused.text


@pytest.mark.parametrize("language", [EN, EASY])
async def test_the_whole_way_in_one_language(site: Site, language: Language) -> None:
    client = await reading(site, language)
    page = await client.get(f"/desks/{TOYAMA}/new")
    check = await client.submit(page.form(field="title"), OPINION, button="check")
    assert unread(check, language) == []
    done = await client.submit(check.form(field="form_key"), button="send")
    assert done.path.endswith("/done")
    assert unread(done, language) == []
    receipt = await site.database.read(lambda s: s.scalars(select(Receipt)).one())
    assert receipt.language is language
    status = await client.get("/status")
    typed = {"number": receipt.number, "passcode": site.keys.passcode(receipt.number, 1)}
    case = await client.submit(status.form(field="passcode"), typed)
    assert case.path == "/status/case"
    assert unread(case, language) == []
    for path in ("/status/case/1/withdraw", "/status/held", "/status/contact"):
        assert unread(await client.get(path), language) == []
    empty = await client.submit(case.form(field="body"), {"body": ""}, expect=422)
    assert unread(empty, language) == []
    added = await client.submit(empty.form(field="body"), {"body": "One more thing."})
    assert unread(added, language) == []
    assert next(each for each in elements(added.tree) if each.get("class") == "one-time") is not None
    withdrawn = await client.submit(
        (await client.get("/status/case/1/withdraw")).form(action="/status/case/1/withdraw")
    )
    assert unread(withdrawn, language) == []


@pytest.mark.parametrize("language", [EN, EASY])
async def test_a_conversation_is_told_in_the_language(site: Site, language: Language) -> None:
    sent: Sent = await somebody_sent(site)
    await sent.client.get(f"/?lang={language}")
    await sent.triage()
    await sent.ask("Which one?")
    status = await sent.client.get("/status")
    typed = {"number": sent.number, "passcode": sent.passcode}
    opened = await sent.client.submit(status.form(field="passcode"), typed)
    # Whoever sent it gave it a Japanese title.
    said = [each for each in unread(opened, language) if each != "スマホ講座を増やしてほしい"]
    assert said == []


# ---- The switch in the form ----


async def test_changing_the_language_of_a_form_loses_nothing(site: Site) -> None:
    client = site.client()
    page = await client.get(f"/desks/{TOYAMA}/new")
    english = await client.submit(page.form(field="title"), OPINION, button="English")
    assert language_of(english) == "en"
    assert english.path == f"/desks/{TOYAMA}/new"
    assert "Error" not in english.title
    form = english.form(field="title")
    assert {name: form.fields.get(name) for name in OPINION} == {
        name: value if isinstance(value, list) else [value] for name, value in OPINION.items()
    }
    check = await client.submit(form, button="check")
    easy = await client.submit(check.form(field="form_key"), button="やさしい日本語")
    assert words(next(elements(easy.tree, "h1"))).startswith("書かいたもの")
    assert easy.title.startswith("書いたものを確認する")
    done = await client.submit(easy.form(field="form_key"), button="send")
    receipt = await site.database.read(lambda s: s.scalars(select(Receipt)).one())
    assert (receipt.language, receipt.title) == (EASY, "Snow")
    assert language_of(done) == "ja"


async def test_changing_the_language_elsewhere_loses_nothing_either(site: Site) -> None:
    sent = await somebody_sent(site)
    client, number, passcode = sent.client, sent.number, sent.passcode
    status = await client.get("/status")
    english = await client.submit(status.form(field="passcode"), {"number": number}, button="English")
    assert (language_of(english), english.form(field="passcode").fields["number"]) == ("en", [number])
    asked = await client.submit(
        (await client.get("/status/passcode")).form(field="email"), {"email": EMAIL}, button="日本語"
    )
    assert (language_of(asked), asked.form(field="email").fields["email"]) == ("ja", [EMAIL])

    opened = await client.submit(english.form(field="passcode"), {"passcode": passcode})
    english = await client.submit(opened.form(field="body"), {"body": "Half a sen"}, button="English")
    assert language_of(english) == "en"
    assert english.form(field="body").fields["body"] == ["Half a sen"]
    contact = (await client.get("/status/contact")).form(field="phone")
    japanese = await client.submit(contact, {"phone": "076-000"}, button="日本語")
    assert language_of(japanese) == "ja"
    typed = japanese.form(field="phone").fields
    assert (typed["phone"], typed["seen"]) == (["076-000"], contact.fields["seen"])
    # Nothing was done but showing.
    assert "Half a sen" not in (await client.get("/status/case")).text
    assert "076-000" not in (await client.get("/status/held")).text


async def test_enter_in_a_field_checks_and_does_not_change_the_language(site: Site) -> None:
    page = await site.client().get(f"/desks/{TOYAMA}/new")
    first = page.form(field="title").buttons[0]
    assert (first.get("name"), first.get("value")) == ("step", "check")


# ---- What staff see, and what is mailed ----


async def test_staff_see_in_which_language_somebody_wrote(site: Site) -> None:
    client = await reading(site, EASY)
    page = await client.get(f"/desks/{TOYAMA}/new")
    check = await client.submit(page.form(field="title"), OPINION, button="check")
    await client.submit(check.form(field="form_key"), button="send")
    clerk = await site.signed_in("yamada", {TOYAMA: Role.CLERK})
    inbox = await clerk.get(f"/staff/desks/{TOYAMA}/inbox")
    assert "やさしい日本語" in inbox.text
    case = await clerk.follow(inbox, "Snow")
    assert "言葉 やさしい日本語" in case.text


async def test_what_people_write_stays_what_they_wrote(site: Site) -> None:
    client = await reading(site, EN)
    page = await client.get(f"/desks/{TOYAMA}/new")
    hostile = "\ufdd0<b>x\ufdd1y\ufdd2</b> %(label)s {a|b} &amp;"
    check = await client.submit(
        page.form(field="title"), {**OPINION, "title": hostile, "body": hostile}, button="check"
    )
    assert "<b>xy</b> %(label)s {a|b} &amp;" in check.text
    assert not list(elements(check.tree, "ruby", "b"))


async def test_programs_say_the_language(site: Site) -> None:
    client = site.client()
    body = {name: OPINION[name] for name in ("requester_type", "purpose", "title", "body")}
    body |= {"reply_wanted": False, "publish_consent": False}
    for given, expect in (("en", 201), (None, 201), ("fr", 422), (1, 422), (["en"], 422)):
        answer = await client.request(
            "POST", f"/api/v1/desks/{TOYAMA}/receipts", json={**body, "language": given}, expect=expect
        )
        if expect == 422:
            assert [each["field"] for each in answer.json()["errors"]] == ["language"]
    kept = await site.database.read(lambda s: list(s.scalars(select(Receipt.language).order_by(Receipt.id))))
    assert kept == [EN, Language.JAPANESE]


@pytest.mark.parametrize("language", [EN, EASY])
async def test_the_survey_is_asked_in_the_language(site: Site, language: Language) -> None:
    sent = await somebody_sent(site)
    client = sent.client
    await client.get(f"/?lang={language}")
    confirm = await client.get(f"/confirm/{site.keys.confirm_token(sent.number, EMAIL)}")
    assert unread(confirm, language) == []
    assert unread(await client.submit(confirm), language) == []
    await sent.triage()
    await sent.reply("Thank you.")
    desk = site.desks[TOYAMA].desk

    def close(session: Any) -> int:
        replies.close(session, desk, sent.case_id, "noted", by=sent.clerk, at=now())
        assert surveys.invite(session, desk, sent.case_id, keys=site.keys, at=now())
        return session.scalars(select(Survey.id)).one()

    asked = await client.get(f"/survey/{site.keys.survey_token(await site.database.write(close))}")
    # Whoever sent it gave it a Japanese title.
    assert [each for each in unread(asked, language) if "スマホ講座" not in each] == []
    there = await client.submit(asked.form(field="grade"), {"comment": "Quick"}, button="日本語")
    asked = await client.submit(there.form(field="grade"), button=OWN_NAMES[language])
    refused = await client.submit(asked.form(field="grade"), expect=422)
    assert refused.form(field="grade").fields["comment"] == ["Quick"]
    assert [each for each in unread(refused, language) if "スマホ講座" not in each] == []
    thanks = await client.submit(refused.form(field="grade"), {"grade": "helped"})
    assert unread(thanks, language) == []


@pytest.mark.parametrize("language", [EN, EASY])
async def test_that_the_service_is_closed_is_said_in_the_language(site: Site, language: Language) -> None:
    client = await reading(site, language)
    closing.close(site.settings.data, Closing(until=now() + timedelta(hours=2), is_whole=True))
    site.app.state.service.door.look_again()
    assert unread(await client.get("/", expect=503), language) == []
    closing.close(site.settings.data, Closing(message="点検をしています。"))
    site.app.state.service.door.look_again()
    if language is EN:
        # What staff wrote is Japanese, and says so.
        assert unread(await client.get(f"/desks/{MIE}/new", expect=503), language) == []
        assert unread(await client.get(f"/desks/{MIE}"), language) == []
