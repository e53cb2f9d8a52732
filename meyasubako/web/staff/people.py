"""職員と役割: who works at a desk, what each may do, and whose cases pass to whom when posts change."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import accounts, triage
from meyasubako.casework.accounts import StaffMember
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import label_of
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound
from meyasubako.core.policy import GRANTS, Need
from meyasubako.core.vocabulary import Role
from meyasubako.web import forms, page

ALREADY: Final = "{name}さんは、もうこの窓口の職員です。役割は、その職員の画面で改めてください。"
ROLES = [(role.value, role.label, role.meaning) for role in Role]


async def everybody(request: Request) -> Response:
    """The staff of the desk, and adding somebody: with a new account, or one they have at another desk."""
    applied = page.desk(request)
    if request.method != "POST":
        return await _list(request, applied, forms.Form((("role", Role.CLERK.value),)))
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    password = accounts.draw_password()
    password_hash = await page.slowly(request, accounts.hash_password, password)

    def unit(session: Any) -> bool:
        role = _role(form)
        try:
            member = accounts.find_staff(session, form.text("login"))
            if applied.id in member.roles:
                raise InvalidInput(FieldError("login", ALREADY.format(name=member.name)))
            staff_id, is_new = member.id, False
        except NotFound:
            is_new = True
            staff_id = accounts.add_staff(
                session,
                login=form.text("login"),
                name=form.text("name"),
                password_hash=password_hash,
                by=actor,
                at=at,
                email=form.text("email"),
            )
        accounts.grant(session, staff_id, applied.id, role, by=actor, at=at)
        return is_new

    try:
        is_new = await page.write(request, unit)
    except InvalidInput as error:
        return await _list(request, applied, form, *error.errors)
    if not is_new:
        return page.redirect(
            request, "staff_people", desk=applied.code, notice="この利用者IDの職員に、役割を付けました。"
        )
    return _tell_password(request, applied, form.text("name"), form.text("login"), password)


async def one(request: Request) -> Response:
    """One member of staff: role, password, leaving, and handing their cases over."""
    applied, staff_id = page.desk(request), request.path_params["staff_id"]
    member = await page.read(request, lambda session: accounts.colleague(session, staff_id, applied.id))
    if request.method != "POST":
        return await _show(request, applied, member, forms.Form(()))
    form = await forms.read(request)
    try:
        if form.text("then") == "password":
            return await _new_password(request, applied, member)
        done = await _change(request, applied, member, form)
    except InvalidInput as error:
        return await _show(request, applied, member, form, *error.errors)
    return page.redirect(request, "staff_people", desk=applied.code, notice=done)


async def _change(request: Request, applied: AppliedDesk, member: StaffMember, form: forms.Form) -> str:
    """Do what a button of the page says, and say what was done."""
    order: dict[str, Any] = {"by": page.actor(request), "at": page.at(request)}
    then = form.text("then")
    if then == "role":
        role = _role(form)
        _not_oneself(request, member, is_allowed=Need.MANAGE_STAFF in GRANTS[role])
        await page.write(
            request, lambda session: accounts.grant(session, member.id, applied.id, role, **order)
        )
        return f"{member.name}さんの役割を「{role.label}」にしました。"
    if then == "division":
        division = form.text("division") or None
        await page.write(
            request, lambda session: accounts.set_division(session, member.id, applied, division, **order)
        )
        return (
            f"{member.name}さんが考え方を出す課を「{applied.desk.division(division).label}」にしました。"
            if division
            else f"{member.name}さんは、課としては考え方を出しません。"
        )
    if then == "revoke":
        _not_oneself(request, member)
        await page.write(
            request, lambda session: accounts.revoke_grant(session, member.id, applied.id, **order)
        )
        return f"{member.name}さんを、この窓口から外しました。"
    if then == "deactivate":
        _not_oneself(request, member)
        if not accounts.may_administer(order["by"], member):
            raise NotAllowed
        await page.write(request, lambda session: accounts.deactivate(session, member.id, **order))
        return f"{member.name}さんが、サインインできないようにしました。"
    if then == "hand-over":
        return await _hand_over(request, applied, member, form.number("assignee"), order)
    raise NotFound


async def _hand_over(
    request: Request, applied: AppliedDesk, member: StaffMember, successor: int | None, order: dict[str, Any]
) -> str:
    if successor is None:
        raise InvalidInput(FieldError("assignee", "引き継ぐ人を選んでください。"))
    passed, moved = 0, triage.MOST_AT_ONCE
    while moved == triage.MOST_AT_ONCE:
        moved = await page.write(
            request, lambda session: triage.hand_over(session, applied, member.id, successor, **order)
        )
        passed += moved
    return (
        f"{member.name}さんの案件{passed:,}件を引き継ぎました。"
        if passed
        else "引き継ぐ案件はありませんでした。"
    )


async def _new_password(request: Request, applied: AppliedDesk, member: StaffMember) -> Response:
    actor, at = page.actor(request), page.at(request)
    if not accounts.may_administer(actor, member):
        raise NotAllowed
    password = accounts.draw_password()
    password_hash = await page.slowly(request, accounts.hash_password, password)
    await page.write(
        request, lambda session: accounts.set_password(session, member.id, password_hash, by=actor, at=at)
    )
    return _tell_password(request, applied, member.name, member.login, password)


def _division(applied: AppliedDesk, member: StaffMember) -> str:
    """The name of the division somebody speaks for at a desk, if any."""
    return str(label_of(applied.desk.division, member.divisions.get(applied.id)))


def _divisions(applied: AppliedDesk, member: StaffMember) -> list[tuple[str, str]]:
    """What can be chosen: what the desk has now, and the ended one somebody still speaks for."""
    found = [(each.code, str(each.label)) for each in applied.desk.open_divisions]
    held = member.divisions.get(applied.id)
    if held is not None and held not in {code for code, _ in found}:
        found.append((held, f"{_division(applied, member)}（終わった課）"))
    return found


def _role(form: forms.Form) -> Role:
    if form.text("role") not in set(Role):
        raise InvalidInput(FieldError("role", "役割を選んでください。"))
    return Role(form.text("role"))


def _not_oneself(request: Request, member: StaffMember, *, is_allowed: bool = False) -> None:
    """Nobody takes the management of a desk away from themselves: nobody might be left who can give it back."""
    if member.id == page.actor(request).id and not is_allowed:
        raise InvalidInput(
            FieldError("", "自分の役割をなくすことはできません。ほかの管理者に頼んでください。")
        )


def _tell_password(request: Request, applied: AppliedDesk, name: str, login: str, password: str) -> Response:
    return page.render(
        request,
        "staff/person-password.html",
        title="はじめのパスワード",
        desk=applied,
        name=name,
        login=accounts.clean_login(login),
        password=password,
    )


async def _list(request: Request, applied: AppliedDesk, form: forms.Form, *errors: FieldError) -> Response:
    members = await page.read(request, lambda session: accounts.list_staff(session, desk_id=applied.id))
    return page.render(
        request,
        "staff/people.html",
        title="職員と役割",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        members=[
            (member, member.roles[applied.id], _division(applied, member) if member.divisions else "")
            for member in members
        ],
        form=form,
        roles=ROLES,
    )


async def _show(
    request: Request, applied: AppliedDesk, member: StaffMember, form: forms.Form, *errors: FieldError
) -> Response:
    members = await page.read(request, lambda session: accounts.list_staff(session, desk_id=applied.id))
    return page.render(
        request,
        "staff/person.html",
        title=member.name,
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        member=member,
        role=form.text("role") or member.roles[applied.id].value,
        roles=ROLES,
        may_administer=accounts.may_administer(page.actor(request), member),
        division=form.text("division") if form.has("division") else member.divisions.get(applied.id, ""),
        divisions=_divisions(applied, member),
        assignee=form.text("assignee"),
        others=[
            (str(each.id), each.name)
            for each in members
            if each.id != member.id and each.is_active and Need.TRIAGE in GRANTS[each.roles[applied.id]]
        ],
    )
