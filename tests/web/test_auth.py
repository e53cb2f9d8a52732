"""Signing in, what keeps one signed in, and what does not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from meyasubako.casework import accounts, limits
from meyasubako.core import dates
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import Role
from meyasubako.store.models import StaffSession
from meyasubako.web import auth
from tests.harness.client import Client, Page
from tests.harness.site import LONG_WAIT, MIE, OPENED_AT, PASSWORD, TOYAMA, Site

SIGN_IN = "/staff/sign-in"
ACCOUNT = "/staff/account"
SESSION = "__Host-session"
NEW = "別の長いパスワード2026"
WRONG = "利用者IDかパスワードが違います。"


async def try_to_sign_in(
    client: Client, login: str, password: str, *, expect: int = 422, path: str = SIGN_IN
) -> Page:
    form = (await client.get(path)).form(field="password")
    return await client.submit(form, {"login": login, "password": password}, expect=expect, follow=False)


async def test_signing_in_leads_to_where_one_wanted_to_go(site: Site) -> None:
    await site.add_staff("yamada", {MIE: Role.CLERK})
    client = site.client()
    asked = await client.get(ACCOUNT)
    assert (asked.path, asked.url.params["next"]) == (SIGN_IN, ACCOUNT)
    done = await client.submit(asked.form(field="password"), {"login": "ＹＡＭＡＤＡ", "password": PASSWORD})
    assert done.path == ACCOUNT
    assert "yamadaさん" in done.text
    assert "みえDXセンター 担当者" in done.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/staff/",
        "//evil.example/staff/",
        "/\\evil.example",
        "/staff/\\evil",
        "javascript:alert(1)",
        "/desks/",
        "",
        "/staff/\r\nset-cookie: a=b",
    ],
)
async def test_signing_in_never_leads_elsewhere(site: Site, target: str) -> None:
    await site.add_staff("yamada")
    client = site.client()
    form = (await client.get(SIGN_IN, params={"next": target})).form(field="password")
    assert form.fields["next"] == ["/staff/"]
    fields = {**form.fields, "next": target, "login": "yamada", "password": PASSWORD}
    done = await client.post(SIGN_IN, fields, follow=False, expect=303)
    assert done.headers["location"] == "/staff/"


async def test_a_page_keeps_its_query_over_signing_in(site: Site) -> None:
    await site.add_staff("yamada")
    client = site.client()
    asked = await client.get(f"{ACCOUNT}?from=2026-04&x=a%26b")
    done = await client.submit(
        asked.form(field="password"), {"login": "yamada", "password": PASSWORD}, follow=False, expect=303
    )
    assert done.headers["location"] == f"{ACCOUNT}?from=2026-04&x=a%26b"


async def test_what_was_wrong_is_not_said(site: Site) -> None:
    await site.add_staff("yamada")
    answers = [
        (await try_to_sign_in(site.client(), login, password)).text
        for login, password in (("yamada", "wrong password"), ("nobody", PASSWORD), ("<b>", "\x00"))
    ]
    assert all(WRONG in answer for answer in answers)
    assert len({answer.replace("\x00", "") for answer in answers}) == 1


async def test_the_login_stays_the_password_does_not(site: Site) -> None:
    found = await try_to_sign_in(site.client(), "yamada", "wrong password")
    form = found.form(field="password")
    assert (form.fields["login"], form.fields["password"]) == (["yamada"], [""])
    assert found.title.startswith("エラー：")


async def test_empty_fields_are_named(site: Site) -> None:
    found = await try_to_sign_in(site.client(), " ", "")
    assert "利用者IDを入力してください。" in found.text
    assert "パスワードを入力してください。" in found.text


async def test_a_deactivated_account_looks_like_none(site: Site) -> None:
    staff_id = await site.add_staff("yamada")
    await site.database.write(lambda session: accounts.deactivate(session, staff_id, by=SYSTEM, at=OPENED_AT))
    assert WRONG in (await try_to_sign_in(site.client(), "yamada", PASSWORD)).text


async def guess(site: Site, client: Client, login: str) -> None:
    """Guess until one has to wait."""
    for _ in range(limits.FREE_TRIES + 1):
        await try_to_sign_in(client, login, "wrong password")
    await site.make_waits_long()


async def test_guessing_becomes_slow_even_with_the_right_password(site: Site) -> None:
    await site.add_staff("yamada")
    client = site.client()
    await guess(site, client, "yamada")
    stopped = await try_to_sign_in(site.client(visitor=("198.51.100.7", 1)), "yamada", PASSWORD, expect=429)
    assert 1 <= int(stopped.headers["retry-after"]) <= LONG_WAIT.total_seconds()
    assert "続けて間違えた" in stopped.text
    await site.add_staff("sato")
    await try_to_sign_in(client, "sato", PASSWORD, expect=303)


async def test_somebody_who_does_not_exist_is_stopped_alike(site: Site) -> None:
    client = site.client()
    await guess(site, client, "nobody")
    await try_to_sign_in(client, "nobody", "wrong password", expect=429)


async def test_signing_in_forgets_the_wrong_tries(site: Site) -> None:
    await site.add_staff("yamada")
    for _ in range(2):
        for _ in range(limits.FREE_TRIES):
            await try_to_sign_in(site.client(), "yamada", "wrong password")
        await try_to_sign_in(site.client(), "yamada", PASSWORD, expect=303)


async def test_many_logins_from_one_place_are_stopped(site: Site) -> None:
    place = limits.key("sign in from", "203.0.113.10")

    def use_up(session: Any) -> None:
        for _ in range(auth.TRIES_FROM_ONE_PLACE):
            limits.hit(
                session, place, limit=auth.TRIES_FROM_ONE_PLACE, window=auth.TRIES_WINDOW, at=dates.now()
            )

    await site.database.write(use_up)
    stopped = await try_to_sign_in(site.client(), "anybody", "wrong password", expect=429)
    assert "何度も" in stopped.text
    await try_to_sign_in(site.client(visitor=("198.51.100.7", 1)), "anybody", "wrong password")


async def test_the_session_is_new_at_each_sign_in(site: Site) -> None:
    client = await site.signed_in("yamada")
    first = client.cookies[SESSION]
    planted = site.client()
    planted.cookies.set(SESSION, first, domain="testserver.local", path="/")
    # Already signed in: the form is not shown, but may still be sent from another tab.
    assert (await planted.get(SIGN_IN)).path != SIGN_IN
    token = (await planted.get(ACCOUNT)).form(action="/staff/sign-out").fields["csrf_token"]
    fields = {"login": "yamada", "password": PASSWORD, "csrf_token": token}
    await planted.post(SIGN_IN, fields, follow=False, expect=303)
    assert (await client.get(ACCOUNT)).path == SIGN_IN


async def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    client = await site.signed_in("yamada")
    token = client.cookies[SESSION]
    left = await client.submit(await client.get(ACCOUNT), button="サインアウト")
    assert left.path == SIGN_IN
    assert "サインアウトしました。" in left.text
    client.cookies.set(SESSION, token, domain="testserver.local", path="/")
    assert (await client.get(ACCOUNT)).path == SIGN_IN


async def test_signing_out_twice_is_no_error(site: Site) -> None:
    client = await site.signed_in("yamada")
    form = (await client.get(ACCOUNT)).form(action="/staff/sign-out")
    await client.submit(form)
    await client.submit(form)


async def test_an_idle_session_ends(site: Site) -> None:
    client = await site.signed_in("yamada")
    earlier = dates.now() - accounts.SESSION_RESTS
    await site.database.write(lambda session: session.execute(update(StaffSession).values(seen_at=earlier)))
    assert (await client.get(ACCOUNT)).path == SIGN_IN


async def test_using_a_session_keeps_it(site: Site) -> None:
    client = await site.signed_in("yamada")
    earlier = dates.now() - timedelta(minutes=50)
    await site.database.write(lambda session: session.execute(update(StaffSession).values(seen_at=earlier)))
    await client.get(ACCOUNT)
    seen_at = await site.database.read(lambda session: session.scalars(select(StaffSession.seen_at)).one())
    assert dates.now() - seen_at < timedelta(minutes=1)


async def test_what_was_written_survives_a_session_that_ended(site: Site) -> None:
    client = await site.signed_in("yamada")
    form = (await client.get(ACCOUNT)).form(field="new_password")
    written = {**form.fields, "password": [PASSWORD], "new_password": [NEW], "new_password_again": [NEW]}
    del client.cookies[SESSION]
    refused = await client.post(form.action, written, expect=403)
    assert "まだ送られていません" in refused.text
    # In another tab; then the browser sends the same again.
    await try_to_sign_in(client, "yamada", PASSWORD, expect=303)
    done = await client.post(form.action, written)
    assert "パスワードを変えました。" in done.text


async def test_changing_the_password_signs_out_elsewhere(site: Site) -> None:
    here = await site.signed_in("yamada")
    there = site.client()
    await try_to_sign_in(there, "yamada", PASSWORD, expect=303)
    values = {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW}
    done = await here.submit((await here.get(ACCOUNT)).form(field="new_password"), values)
    assert done.path == ACCOUNT
    assert (await there.get(ACCOUNT)).path == SIGN_IN
    await try_to_sign_in(site.client(), "yamada", PASSWORD)
    await try_to_sign_in(site.client(), "yamada", NEW, expect=303)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"password": "wrong password"}, "いまのパスワードが違います。"),
        ({"new_password": "short", "new_password_again": "short"}, "12文字以上"),
        ({"new_password_again": NEW + "x"}, "同じように2回"),
        ({"new_password": "", "new_password_again": ""}, "12文字以上"),
    ],
)
async def test_a_password_is_not_changed_by_mistake(site: Site, values: dict[str, str], words: str) -> None:
    client = await site.signed_in("yamada")
    typed = {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW, **values}
    found = await client.submit((await client.get(ACCOUNT)).form(field="new_password"), typed, expect=422)
    assert words in found.text
    await try_to_sign_in(site.client(), "yamada", PASSWORD, expect=303)


async def test_guessing_the_password_of_an_open_session_becomes_slow(site: Site) -> None:
    client = await site.signed_in("yamada")
    typed = {"password": "wrong password", "new_password": NEW, "new_password_again": NEW}
    form = (await client.get(ACCOUNT)).form(field="new_password")
    for _ in range(limits.FREE_TRIES + 1):
        await client.submit(form, typed, expect=422)
    await client.submit(form, {**typed, "password": PASSWORD}, expect=429)
    # Whoever forgot to sign out at a shared computer is not locked out by it.
    await try_to_sign_in(site.client(), "yamada", PASSWORD, expect=303)


async def test_wrong_sign_ins_do_not_stop_a_change_of_password(site: Site) -> None:
    client = await site.signed_in("yamada")
    for _ in range(limits.FREE_TRIES + 1):
        await try_to_sign_in(site.client(), "yamada", "wrong password")
    typed = {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW}
    await client.submit((await client.get(ACCOUNT)).form(field="new_password"), typed)
    # What was guessed before is not forgotten over it.
    await try_to_sign_in(site.client(), "yamada", NEW, expect=429)


async def test_signing_out_everywhere(site: Site) -> None:
    here = await site.signed_in("yamada")
    there = site.client()
    await try_to_sign_in(there, "yamada", PASSWORD, expect=303)
    account = await here.get(ACCOUNT)
    assert "この端末" in account.text
    assert "ほかの端末" in account.text
    left = await here.submit(account, button="すべての端末でサインアウト")
    assert left.path == SIGN_IN
    assert (await there.get(ACCOUNT)).path == SIGN_IN


async def test_the_first_page_is_ones_only_desk_or_a_choice(site: Site) -> None:
    nobody = await (await site.signed_in("nobody")).get("/staff/")
    assert "担当する窓口がありません" in nobody.text
    one = await (await site.signed_in("one", {MIE: Role.VIEWER})).get("/staff/", follow=False, expect=303)
    assert MIE in one.headers["location"]
    both = await (await site.signed_in("both", {MIE: Role.VIEWER, TOYAMA: Role.CLERK})).get("/staff/")
    assert {"みえDXセンター", "富山県 DX推進目安箱"} <= set(both.links)


async def test_ones_mail_address_is_typed_on_the_account_page(site: Site) -> None:
    client = await site.signed_in("yamada")
    form = (await client.get(ACCOUNT)).form(field="email")
    refused = await client.submit(form, {"email": "yamada", "wants_reminders": False}, expect=422)
    assert refused.form(field="email").fields["email"] == ["yamada"]
    await client.submit(form, {"email": "yamada@example.jp", "wants_reminders": False})
    found = await site.database.read(lambda session: accounts.find_staff(session, "yamada"))
    assert (found.email, found.wants_reminders) == ("yamada@example.jp", False)
