"""Asking how things stand: number and passcode open one receipt on this browser for half an hour."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import limits, tracking
from meyasubako.casework.matching import LONGEST_WISH, UNWANTED, Order
from meyasubako.core import codes, text
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, TooMany, WrongState
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import Step
from meyasubako.web import forms, guard, page
from meyasubako.web.guard import tries
from meyasubako.web.public import unlocked
from meyasubako.web.public.unlocked import Opened, Pass

ADDITIONS_PER_HOUR: Final = 30
PASSCODES_PER_DAY: Final = 5
REQUESTS_FROM_ONE_PLACE: Final = 30
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
STEPS: Final = tuple(Step)
_ORDINAL: Final = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class StatusForm:
    """What was typed, with the text of somebody whose half hour ended while writing."""

    number: str = ""
    passcode: str = ""
    draft: str = ""
    ordinal: str = ""


async def status(request: Request) -> Response:
    """Number and passcode, please."""
    if request.method != "POST":
        if unlocked.shown(request, unlocked.OPENED):
            return page.redirect(request, "status_case")
        return ask_for_passcode(
            request, StatusForm(number=text.clean_line(request.query_params.get("number", "")))
        )
    form = await forms.read(request)
    typed = StatusForm(
        number=text.clean_line(form.text("number")),
        passcode=text.clean_line(form.text("passcode")),
        draft=text.shown_again(form.text("draft")),
        ordinal=text.clean_line(form.text("ordinal")),
    )
    if page.only_shows(request, form.values(page.SHOW_IN)):
        return ask_for_passcode(request, typed)
    if wrong := _misread(typed):
        return ask_for_passcode(request, typed, *wrong)
    try:
        found = await tries.unlock(request, typed.number, typed.passcode)
    except TooMany as error:
        response = ask_for_passcode(request, typed, FieldError("", error.message), status_code=429)
        response.headers["retry-after"] = str(error.retry_after)
        return response
    if found is None:
        sentence = say("受付番号か合言葉が違います。控えと1文字ずつ見比べてください。")
        # Both are marked, as saying which one is wrong would help those who guess.
        return ask_for_passcode(
            request, typed, FieldError("number", sentence), FieldError("passcode", sentence)
        )
    held = Pass(*found)
    opened = (
        await unlocked.open_receipt(request, held)
        if typed.draft and _ORDINAL.fullmatch(typed.ordinal)
        else None
    )
    if opened:
        return show(request, opened, drafts={int(typed.ordinal): typed.draft})
    response = page.redirect(request, "status_case")
    unlocked.give(request, response, unlocked.OPENED, held)
    return response


async def case(request: Request) -> Response:
    """Where things stand, what was said, and what one can do."""
    opened = await unlocked.open_receipt(request)
    return show(request, opened) if opened else unlocked.ask_again(request)


async def add(request: Request) -> Response:
    """Add a word, or answer what was asked."""
    form = await forms.read(request)
    ordinal: int = request.path_params["ordinal"]
    draft = text.shown_again(form.text("body"))
    is_only_shown = page.only_shows(request, form.values(page.SHOW_IN))
    opened = await unlocked.open_receipt(request)
    if opened is None:
        sentence = say(
            "受付番号と合言葉の有効な時間がすぎたため、まだ送られていません。"
            "もう一度入力すると、書いた内容の続きから始められます。"
        )
        return ask_for_passcode(
            request, StatusForm(draft=draft, ordinal=str(ordinal)), FieldError("", sentence)
        )
    held, matter, at = opened.held, opened.matter(ordinal), page.at(request)
    if is_only_shown:
        return show(request, opened, drafts={ordinal: draft})
    often = limits.key("add to", held.number)
    try:
        await page.write(
            request, lambda session: limits.hit(session, often, limit=ADDITIONS_PER_HOUR, window=HOUR, at=at)
        )
        await page.write(
            request,
            lambda session: tracking.add(
                session, held.number, held.generation, matter.id, form.text("body"), at=at
            ),
        )
    except InvalidInput as refused:
        named = [replace(error, field=f"c{ordinal}.{error.field}") for error in refused.errors]
        return show(request, opened, *named, drafts={ordinal: draft})
    except TooMany as refused:
        response = show(request, opened, FieldError("", refused.message), drafts={ordinal: draft})
        response.status_code = 429
        response.headers["retry-after"] = str(refused.retry_after)
        return response
    except WrongState as refused:
        return await moved_on(request, refused, drafts={ordinal: draft})
    notice = (
        say("お返事を受け取りました。")
        if matter.waits_for_requester
        else say("書き足した内容を受け取りました。")
    )
    return page.redirect(request, "status_case", notice=notice)


async def withdraw(request: Request) -> Response:
    """Take a matter back, after being asked once more."""
    opened = await unlocked.open_receipt(request)
    if opened is None:
        return unlocked.ask_again(request)
    held, matter, at = opened.held, opened.matter(request.path_params["ordinal"]), page.at(request)
    if request.method != "POST":
        return page.render(
            request, "public/withdraw.html", title=say("取り下げますか"), desk=opened.desk, matter=matter
        )
    try:
        await page.write(
            request,
            lambda session: tracking.withdraw(session, held.number, held.generation, matter.id, at=at),
        )
    except WrongState as refused:
        return await moved_on(request, refused)
    return page.redirect(request, "status_case", notice=say("取り下げました。"))


async def withdraw_consent(request: Request) -> Response:
    """No summary shall be published."""
    opened = await unlocked.open_receipt(request)
    if opened is None:
        return unlocked.ask_again(request)
    held, at = opened.held, page.at(request)
    await page.write(
        request,
        lambda session: tracking.withdraw_publish_consent(session, held.number, held.generation, at=at),
    )
    return page.redirect(request, "status_case", notice=say("承知しました。載せないようにします。"))


async def sign_off(request: Request) -> Response:
    """Leave nothing behind on this device."""
    response = page.redirect(request, "status", notice=say("この端末での表示を終わりました。"))
    unlocked.take_back(request, response)
    return response


async def passcode(request: Request) -> Response:
    """A new passcode to a confirmed address; the answer is the same for everybody."""
    if request.method != "POST":
        return _passcode(request, "", "")
    form = await forms.read(request)
    number, email = text.clean_line(form.text("number")), text.clean_line(form.text("email"))
    if page.only_shows(request, form.values(page.SHOW_IN)):
        return _passcode(request, number, email)
    wrong = list(_misread_number(number))
    if "@" not in text.clean_email(email):
        wrong.append(FieldError("email", say("送ったときに書いたメールアドレスを入力してください。")))
    if wrong:
        return _passcode(request, number, email, *wrong)
    at = page.at(request)
    place = limits.key("passcode from", guard.network(request))
    about = limits.key("passcode for", codes.clean_code(number))

    def count_first(session: Any) -> None:
        limits.hit(session, place, limit=REQUESTS_FROM_ONE_PLACE, window=HOUR, at=at)
        limits.hit(session, about, limit=PASSCODES_PER_DAY, window=DAY, at=at)

    try:
        await page.write(request, count_first)
    except TooMany as error:
        response = _passcode(request, number, email, FieldError("", error.message), status_code=429)
        response.headers["retry-after"] = str(error.retry_after)
        return response
    await page.write(request, lambda session: tracking.reissue_passcode(session, number, email, at=at))
    return page.redirect(request, "status_passcode_sent")


async def passcode_sent(request: Request) -> Response:
    """What happens now, whether or not the two belonged together."""
    return page.render(request, "public/passcode-sent.html", title=say("合言葉の再発行を受け付けました"))


async def confirm(request: Request) -> Response:
    """Confirm a mail address. Only the button does it: mail scanners open links."""
    token: str = request.path_params["token"]
    at = page.at(request)
    try:
        if request.method != "POST":
            desk_id = await page.read(request, lambda session: tracking.desk_of_link(session, token))
            template, title = "public/confirm.html", say("メールアドレスの確認")
        else:
            desk_id = await page.write(request, lambda session: tracking.confirm_email(session, token, at=at))
            template, title = "public/confirmed.html", say("メールアドレスを確かめました")
    except NotFound as refused:
        return page.render(
            request,
            "public/closed-link.html",
            title=say("このリンクは使えません"),
            status_code=404,
            message=refused.message,
        )
    applied = page.desk_by_id(request, desk_id)
    return page.render(request, template, title=title, desk=applied, token=token)


def _misread(typed: StatusForm) -> list[FieldError]:
    """What can be seen to be wrong without looking anything up."""
    wrong = list(_misread_number(typed.number))
    length = len(codes.clean_code(typed.passcode))
    if length == 0:
        wrong.append(FieldError("passcode", say("合言葉を入力してください。")))
    elif length != codes.PASSCODE_LENGTH:
        sentence = say(
            "合言葉は%(needed)s文字です。いまは%(length)s文字になっています。",
            needed=codes.PASSCODE_LENGTH,
            length=length,
        )
        wrong.append(FieldError("passcode", sentence))
    return wrong


def _misread_number(number: str) -> list[FieldError]:
    """What is wrong with a number by itself; it says nothing about which numbers there are."""
    cleaned = codes.clean_code(number)
    length = len(cleaned)
    if length == 0:
        return [FieldError("number", say("受付番号を入力してください。"))]
    if length != codes.NUMBER_LENGTH:
        sentence = say(
            "受付番号は%(needed)s文字です。いまは%(length)s文字になっています。",
            needed=codes.NUMBER_LENGTH,
            length=length,
        )
        return [FieldError("number", sentence)]
    if not codes.is_receipt_number(cleaned):
        return [
            FieldError("number", say("受付番号に打ち間違いがあります。控えと1文字ずつ見比べてください。"))
        ]
    return []


def ask_for_passcode(
    request: Request, typed: StatusForm, *errors: FieldError, status_code: int | None = None
) -> Response:
    """The form for number and passcode, with what was typed into it or written before it."""
    return page.render(
        request,
        "public/status.html",
        title=say("状況を確かめる"),
        status_code=status_code or (422 if errors else 200),
        errors=errors,
        form=typed,
    )


def _passcode(
    request: Request, number: str, email: str, *errors: FieldError, status_code: int | None = None
) -> Response:
    return page.render(
        request,
        "public/passcode.html",
        title=say("合言葉が分からないとき"),
        desks=[applied.desk for applied in page.desks(request)],
        status_code=status_code or (422 if errors else 200),
        errors=errors,
        number=number,
        email=email,
    )


async def moved_on(
    request: Request,
    refused: WrongState,
    *,
    drafts: Mapping[int, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> Response:
    """The page as things stand now, with why it did not work."""
    opened = await unlocked.open_receipt(request)
    if opened is None:
        return unlocked.ask_again(request)
    response = show(request, opened, FieldError("", refused.message), drafts=drafts, words=words)
    response.status_code = 409
    return response


def show(
    request: Request,
    opened: Opened,
    *errors: FieldError,
    drafts: Mapping[int, str] | None = None,
    orders: Mapping[int, Order] | None = None,
    words: Mapping[str, str] | None = None,
) -> Response:
    """Where things stand; `drafts` and `words` are what was typed and not taken, by matter and by form of a meeting."""
    receipt = opened.receipt
    response = page.render(
        request,
        "public/status-case.html",
        title=say("いまの状況"),
        status_code=422 if errors else 200,
        errors=errors,
        desk=opened.desk,
        here=opened.desk.desk,
        receipt=receipt,
        drafts=drafts or {},
        orders=orders or {},
        unwanted=UNWANTED,
        wish_limit=LONGEST_WISH,
        words=words or {},
        steps=[step.label for step in STEPS],
        places={each.ordinal: STEPS.index(each.step) + 1 for each in receipt.cases},
        today=japan_day(page.at(request)),
        addition_limit=tracking.ADDITION_LIMIT,
    )
    unlocked.give(request, response, unlocked.OPENED, opened.held)
    return response
