"""What staff do with a case: each action is one form of the case page and one unit of work.

A form that was opened before somebody else changed the case is refused; what was typed stays in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import (
    casefiles,
    deadlines,
    drafts,
    joining,
    matching,
    referrals,
    replies,
    surveys,
    triage,
)
from meyasubako.casework.casefiles import NEEDS, Action
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.dates import day_text
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, WrongState
from meyasubako.core.numbers import whole_ones
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import SurveyQuestion
from meyasubako.web import forms, page
from meyasubako.web.guard import View
from meyasubako.web.staff import case, listing, sending, templates, watching
from meyasubako.web.staff.case import Typed
from meyasubako.web.staff.listing import Along


@dataclass(frozen=True, slots=True)
class Order:
    """One action on one case, as ordered: by whom, when, with which form."""

    applied: AppliedDesk
    case_id: int
    version: int
    form: forms.Form
    by: Actor
    at: datetime
    keys: Keys

    @property
    def desk(self) -> Desk:
        """The desk as it is defined."""
        return self.applied.desk

    @property
    def common(self) -> dict[str, Any]:
        """What every verb of casework is told."""
        return {"by": self.by, "at": self.at, "expected_version": self.version}


Work = Callable[[Any, Order], str]
"""Does it within a unit and says what was done."""


def _view(action: Action, work: Work) -> View:
    async def view(request: Request) -> Response:
        return await _perform(request, action, request.path_params["case_id"], work)

    return view


async def _perform(request: Request, action: Action, case_id: int, work: Work) -> Response:
    form, actor = await forms.read(request), page.actor(request)
    desk_id = await page.read(request, lambda session: casefiles.desk_of(session, actor, case_id))
    if not actor.may(NEEDS[action], desk_id):
        raise NotAllowed
    applied, typed = page.desk_by_id(request, desk_id), Typed(action, form)
    try:
        order = Order(applied, case_id, _version(form), form, actor, page.at(request), page.keys(request))
        done = await page.write(request, lambda session: work(session, order))
    except InvalidInput as error:
        errors = [_on_page(action, each) for each in error.errors]
        return await case.show(request, case_id, 422, errors=errors, typed=typed)
    except WrongState as error:
        return await case.show(request, case_id, 409, refused=error.message, typed=typed)
    return await _go_on(request, case_id, desk_id, done, to_next=form.text("then") == "next")


async def _go_on(request: Request, case_id: int, desk_id: int, done: str, *, to_next: bool) -> Response:
    """Back to the case, or on to the next of the list it was opened out of; after the last, back to the list."""
    here = page.url(request, "staff_case", case_id=case_id)
    actor, applied = page.actor(request), page.desk_by_id(request, desk_id)

    def unit(session: Any) -> Along:
        place = casefiles.place_of(session, actor, case_id)
        return listing.along(request, session, applied, case_id, place)

    along = await page.read(request, unit)
    if not (to_next and along.query):
        return page.redirect_to(request, f"{here}{along.query}", notice=done)
    if along.after_href:
        return page.redirect_to(request, along.after_href, notice=f"前の案件：{done}")
    return page.redirect_to(request, along.list_href, notice=f"{done}一覧の終わりまで来ました。")


def _version(form: forms.Form) -> int:
    version = form.number("version")
    if version is None:
        raise InvalidInput(FieldError("", "画面を読み込み直してから、もう一度お試しください。"))
    return version


def _on_page(action: Action, error: FieldError) -> FieldError:
    """The page holds several forms, so a field is called by its form as well."""
    return replace(error, field=f"{action.value}.{error.field}") if error.field else error


def _admit(session: Any, order: Order) -> str:
    triage.admit(session, order.case_id, **order.common)
    return "受付を認めました。次は振分けです。"


def _triage(session: Any, order: Order) -> str:
    values = order.form.mapping()
    ticked = values.get("topics", [])
    # The main topic stays the main one as long as it is ticked.
    before = [topic for topic in order.form.values("topics_before") if topic in ticked]
    values["topics"] = [*before, *(topic for topic in ticked if topic not in before)]
    decision = triage.check(order.desk, dict(values))
    triage.triage(session, order.desk, order.case_id, decision, **order.common)
    return "振り分けました。"


def _assign(session: Any, order: Order) -> str:
    assignee = order.form.number("assignee")
    if assignee is None and order.form.text("assignee"):
        raise InvalidInput(FieldError("assignee", "担当者を、一覧の中から選んでください。"))
    triage.assign(session, order.case_id, assignee, **order.common)
    return "担当者を外しました。" if assignee is None else "担当者を決めました。"


def _note(session: Any, order: Order) -> str:
    tell = whole_ones(order.form.values("tell"))
    noted = triage.note(session, order.case_id, order.form.text("body"), tell=tell, **order.common)
    return watching.noted(noted)


def _ask(session: Any, order: Order) -> str:
    replies.ask(session, order.case_id, order.form.text("body"), **order.common)
    return "問い合わせました。返事が来ると、受付箱の「返事・追記」に出ます。"


def _resume(session: Any, order: Order) -> str:
    replies.resume(session, order.case_id, **order.common)
    return "対応に戻しました。"


def _offer(session: Any, order: Order) -> str:
    provider = order.form.number("provider")
    if provider is None:
        raise InvalidInput(FieldError("provider", "打診する相手を選んでください。"))
    brief = matching.Brief(
        text=order.form.text("brief"),
        shows_title=order.form.flag("shows_title"),
        shows_requester_type=order.form.flag("shows_requester_type"),
    )
    matching.offer(
        session,
        order.desk,
        order.case_id,
        provider,
        brief,
        keys=order.keys,
        override=order.form.text("override"),
        **order.common,
    )
    return "打診しました。相手にメールでお知らせします。"


def _reply(session: Any, order: Order) -> str:
    body, draft_version = order.form.text("body"), order.form.number("draft_version") or 0
    return sending.send(session, order.case_id, body, order.form, draft_version=draft_version, **order.common)


def _save_draft(session: Any, order: Order) -> str:
    base = order.form.number("draft_version") or 0
    drafts.save(session, order.case_id, order.form.text("body"), base=base, by=order.by, at=order.at)
    return "下書きを保存しました。まだ送っていません。"


def _close(session: Any, order: Order) -> str:
    replies.close(session, order.desk, order.case_id, order.form.text("outcome"), **order.common)
    is_asked = surveys.invite(session, order.desk, order.case_id, keys=order.keys, at=order.at)
    return "完了しました。アンケートのメールを送ります。" if is_asked else "完了しました。"


def _survey(session: Any, order: Order) -> str:
    return _paper(session, order, SurveyQuestion.HELPED)


def _follow_up(session: Any, order: Order) -> str:
    return _paper(session, order, SurveyQuestion.PRACTISED)


def _paper(session: Any, order: Order, question: SurveyQuestion) -> str:
    form = order.form
    paper = surveys.Paper(form.text("grade"), form.text("comment"), form.text("received_on"))
    surveys.enter(session, order.case_id, question, paper, **order.common)
    return "紙の答えを入力しました。"


def _decline(session: Any, order: Order) -> str:
    triage.decline(session, order.desk, order.case_id, order.form.text("reason"), **order.common)
    return "対象外としました。"


def _undo(session: Any, order: Order) -> str:
    triage.undo(session, order.case_id, order.form.text("reason"), **order.common)
    return "元に戻しました。"


def _reopen(session: Any, order: Order) -> str:
    replies.reopen(session, order.case_id, order.form.text("reason"), **order.common)
    return "対応を再開しました。"


def _start(session: Any, order: Order) -> str:
    triage.start(session, order.case_id, **order.common)
    return "窓口での対応を始めました。"


def _hand_back(session: Any, order: Order) -> str:
    matching.hand_back(session, order.case_id, **order.common)
    return "振分けに戻しました。"


def _unsplit(session: Any, order: Order) -> str:
    joining.unsplit(session, order.case_id, **order.common)
    return "分けたことがらを戻しました。"


def _merge(session: Any, order: Order) -> str:
    form, applied = order.form, order.applied
    into_id = form.number("into_id")
    if form.text("into").strip() or into_id is None:
        into_id = joining.find(session, form.text("into"), by=order.by, desk_id=applied.id)
    joining.merge(session, order.case_id, into_id, **order.common)
    return "統合しました。これからの対応は、統合した先で行います。"


def _unmerge(session: Any, order: Order) -> str:
    joining.unmerge(session, order.case_id, order.form.text("reason"), **order.common)
    return "統合を取り消しました。"


def _take_out(session: Any, order: Order) -> str:
    joining.take_out(session, order.case_id, **order.common)
    return "同じ内容のまとめから外しました。"


def _convert(session: Any, order: Order) -> str:
    applied, values = order.applied, order.form.mapping()
    conversion = joining.check_of(session, applied, order.case_id, values, by=order.by, at=order.at)
    joining.convert(session, applied, order.case_id, conversion, **order.common)
    return f"種類を「{conversion.kind.label}」に改めました。"


def _interim(session: Any, order: Order) -> str:
    body, due_on = order.form.text("body"), order.form.text("due_on")
    deadlines.send_interim(session, order.desk, order.case_id, body, due_on, **order.common)
    return "中間のお知らせを送りました。期限を改めました。"


def _move_due(session: Any, order: Order) -> str:
    due_on, reason = order.form.text("due_on"), order.form.text("reason")
    moved = deadlines.move_due(session, order.desk, order.case_id, due_on, reason, **order.common)
    return f"期限を{day_text(moved)}に改めました。"


def _refer(session: Any, order: Order) -> str:
    form = order.form
    handover = referrals.Handover(
        office=form.text("office"),
        office_name=form.text("office_name"),
        has_consent=form.text("consent") == "yes",
        consented_on=form.text("consented_on"),
        consent_way=form.text("consent_way"),
        passed=form.text("passed"),
        passes_contact=form.flag("passes_contact"),
    )
    referrals.refer(session, order.desk, order.case_id, handover, **order.common)
    return "引継ぎを記録しました。「引継ぎ」から、引継書を印刷できます。"


admit = _view(Action.ADMIT, _admit)
decide = _view(Action.TRIAGE, _triage)
assign = _view(Action.ASSIGN, _assign)
note = _view(Action.NOTE, _note)
ask = _view(Action.ASK, _ask)
resume = _view(Action.RESUME, _resume)
offer = _view(Action.OFFER, _offer)
send_reply = _view(Action.REPLY, _reply)
save_draft = _view(Action.REPLY, _save_draft)
close = _view(Action.CLOSE, _close)
decline = _view(Action.DECLINE, _decline)
undo = _view(Action.UNDO, _undo)
reopen = _view(Action.REOPEN, _reopen)
start = _view(Action.START, _start)
interim = _view(Action.INTERIM, _interim)
move_due = _view(Action.MOVE_DUE, _move_due)
refer = _view(Action.REFER, _refer)
hand_back = _view(Action.HAND_BACK, _hand_back)
unsplit = _view(Action.UNSPLIT, _unsplit)
merge = _view(Action.MERGE, _merge)
unmerge = _view(Action.UNMERGE, _unmerge)
take_out = _view(Action.TAKE_OUT, _take_out)
convert = _view(Action.CONVERT, _convert)
survey = _view(Action.SURVEY, _survey)
follow_up = _view(Action.FOLLOW_UP, _follow_up)


async def reply(request: Request) -> Response:
    """Send an answer, save it without sending, or only put a template into it: the button says which."""
    form = await forms.read(request)
    if form.text("then") == "save":
        return await save_draft(request)
    if form.text("then") != "template":
        return await send_reply(request)
    case_id = request.path_params["case_id"]
    try:
        body, said = await templates.put_in(request, case_id, form)
    except InvalidInput as error:
        errors = [_on_page(Action.REPLY, each) for each in error.errors]
        return await case.show(request, case_id, 422, errors=errors, typed=Typed(Action.REPLY, form))
    typed = Typed(Action.REPLY, form.replaced("body", body))
    return await case.show(request, case_id, refused=said, typed=typed)


async def revoke(request: Request) -> Response:
    """Take an offer back that nobody has answered yet."""
    offer_id, actor = request.path_params["offer_id"], page.actor(request)
    case_id, _ = await page.read(request, lambda session: casefiles.offer_on_file(session, actor, offer_id))

    def work(session: Any, order: Order) -> str:
        matching.revoke(session, offer_id, **order.common)
        return "打診を取り消しました。相手にメールでお知らせします。"

    return await _perform(request, Action.REVOKE, case_id, work)
