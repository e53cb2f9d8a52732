"""My account: where I am signed in, a new password, signing out everywhere."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import accounts, limits, notices
from meyasubako.core.errors import FieldError, InvalidInput, TooMany
from meyasubako.core.vocabulary import NoticeKind, NoticeWay
from meyasubako.web import forms, guard, page
from meyasubako.web.staff import notices as notice_pages


async def home(request: Request) -> Response:
    """The first page after signing in: the inbox of one's only desk, or the choice of desks."""
    held = [each for each in page.desks(request) if each.id in page.actor(request).roles]
    if len(held) == 1:
        return page.redirect(request, "staff_inbox", desk=held[0].code)
    return page.render(request, "staff/home.html", title="窓口を選ぶ", held=held)


async def account(request: Request) -> Response:
    """Who I am here, and the browsers I am signed in on."""
    return await _show(request)


async def change_password(request: Request) -> Response:
    """Set a new password; every other browser is signed out."""
    signed_in = guard.signed_in_staff(request)
    form = await forms.read(request)
    try:
        await _check(request, form)
    except InvalidInput as error:
        return await _show(request, 422, *error.errors)
    except TooMany as error:
        return await _show(request, 429, FieldError("", error.message))
    new_hash = await page.slowly(request, accounts.hash_password, form.text("new_password"))
    await page.write(
        request,
        lambda session: accounts.set_password(
            session,
            signed_in.staff_id,
            new_hash,
            by=signed_in.actor,
            at=page.at(request),
            keeping=signed_in.id,
        ),
    )
    return page.redirect(
        request,
        "staff_account",
        notice="パスワードを変えました。ほかの端末では、もう一度サインインが必要です。",
    )


async def change_mail(request: Request) -> Response:
    """Say where my mails go, and whether one tells me each morning what is due."""
    staff_id = guard.signed_in_staff(request).staff_id
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    address, wants = form.text("email"), form.flag("wants_reminders")
    try:
        await page.write(
            request,
            lambda session: accounts.set_mail(
                session, staff_id, address, by=actor, at=at, wants_reminders=wants
            ),
        )
    except InvalidInput as error:
        return await _show(request, 422, *error.errors, typed=form)
    return page.redirect(request, "staff_account", notice="メールの設定を改めました。")


async def change_notices(request: Request) -> Response:
    """Say of which happenings I wish to know, and by which way."""
    staff_id = guard.signed_in_staff(request).staff_id
    form = await forms.read(request)
    typed = {kind.value: form.text(kind.value) for kind in NoticeKind}
    try:
        await page.write(request, lambda session: notices.choose(session, staff_id, typed))
    except InvalidInput as error:
        return await _show(request, 422, *error.errors)
    return page.redirect(request, "staff_account", notice="知らせ方を改めました。")


async def change_keys(request: Request) -> Response:
    """Say whether single keys do something on the pages of the desk."""
    staff_id = guard.signed_in_staff(request).staff_id
    uses_keys = (await forms.read(request)).flag("uses_keys")
    await page.write(request, lambda session: accounts.set_keys(session, staff_id, uses_keys=uses_keys))
    return page.redirect(request, "staff_account", notice="キーボードの設定を改めました。")


async def sign_out_everywhere(request: Request) -> Response:
    """End every session of mine, this one too."""
    staff_id = guard.signed_in_staff(request).staff_id
    await page.write(request, lambda session: accounts.sign_out_everywhere(session, staff_id))
    response = page.redirect(request, "staff_sign_in", notice="すべての端末でサインアウトしました。")
    page.drop_cookie(request, response, guard.STAFF)
    return response


async def _check(request: Request, form: forms.Form) -> None:
    """Raises InvalidInput unless the old password is right and the new one will do."""
    signed_in = guard.signed_in_staff(request)
    new = form.text("new_password")
    accounts.check_new_password(new, login=signed_in.login, field="new_password")
    if form.text("new_password_again") != new:
        raise InvalidInput(
            FieldError("new_password_again", "新しいパスワードを、同じように2回入力してください。")
        )
    # Counted apart from signing in: neither can stop the other, nor make its wrong tries forgotten.
    by_account = limits.key("change password of", signed_in.login)
    at = page.at(request)
    await page.write(request, lambda session: limits.attempt(session, by_account, at=at))
    known = await page.read(request, lambda session: accounts.credentials(session, signed_in.login))
    if not await page.slowly(request, accounts.is_password, known, form.text("password")):
        raise InvalidInput(FieldError("password", "いまのパスワードが違います。"))
    await page.write(request, lambda session: limits.clear(session, by_account))


async def _show(
    request: Request, status_code: int = 200, *errors: FieldError, typed: forms.Form | None = None
) -> Response:
    actor, at, me = page.actor(request), page.at(request), guard.signed_in_staff(request)

    def unit(
        session: Any,
    ) -> tuple[tuple[accounts.OpenSession, ...], accounts.StaffMember, dict[NoticeKind, NoticeWay]]:
        sessions = accounts.open_sessions(session, actor, at=at)
        return (
            sessions,
            accounts.find_staff(session, me.login),
            notices.choices_of(session, me.staff_id),
        )

    sessions, member, chosen = await page.read(request, unit)
    roles = [
        (each.desk.name, actor.roles[each.id].label) for each in page.desks(request) if each.id in actor.roles
    ]
    return page.render(
        request,
        "staff/account.html",
        title="アカウント",
        status_code=status_code,
        errors=errors,
        me=me,
        email=typed.text("email") if typed else member.email or "",
        wants_reminders=typed.flag("wants_reminders") if typed else member.wants_reminders,
        chosen=chosen,
        ways=notice_pages.offered_ways(request, chosen),
        chats=notice_pages.chats(request),
        roles=roles,
        sessions=sessions,
    )
