"""Many cases at once: what to do with those that were ticked, what exactly would happen, doing it, and taking it back.

The pages carry which cases were ticked and in which state they were seen, so that nothing is done with a case that
changed meanwhile.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import bulk, casefiles
from meyasubako.casework.bulk import Chosen, Order
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, WrongState
from meyasubako.core.numbers import whole, whole_ones
from meyasubako.core.vocabulary import Deed
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

BELOW: Final = "/staff/"
NOT_CHOSEN: Final = FieldError("", "一覧の中から、1件以上選んでください。")
IN_ORDER: Final = (
    Deed.TRIAGE,
    Deed.ASSIGN,
    Deed.REPLY,
    Deed.CLOSE,
    Deed.DECLINE,
    Deed.BUNDLE,
    Deed.MERGE,
)


async def choose(request: Request) -> Response:
    """What to do with the cases ticked; what would happen; doing it."""
    if request.method != "POST":
        form = forms.Form(tuple(request.query_params.multi_items()))
        if form.text("deed") == Deed.BUNDLE and _ticked(form):
            # Nothing more is to be said about it.
            return await _preview(request, form)
        return await _choose(request, form)
    form = await forms.read(request)
    if form.text("then") == "do":
        return await _do(request, form)
    return await (_choose if form.text("then") == "back" else _preview)(request, form)


async def act(request: Request) -> Response:
    """What was done with which cases, and what was left."""
    actor, at = page.actor(request), page.at(request)
    act_id = request.path_params["act_id"]
    found = await page.read(request, lambda session: bulk.act(session, actor, act_id, at=at))
    applied = page.desk_by_id(request, found.desk_id)
    return page.render(
        request,
        "staff/bulk-act.html",
        title="まとめて行ったこと",
        desk=applied,
        found=found,
        done_word=shown.DEED_WORDS[found.deed],
        back=_back(request, request.query_params.get("from", ""), applied.code),
        words=shown.words(request),
    )


async def undo(request: Request) -> Response:
    """Take an act back as far as nobody touched its cases since."""
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    act_id = request.path_params["act_id"]
    undone = left = gone = 0
    after: int | None = 0
    while after is not None:
        order = {"by": actor, "at": at, "after": after}
        found = await page.write(request, partial(bulk.undo, act_id=act_id, **order))
        undone, left, gone = undone + found.undone, left + found.left, gone + found.mails_gone
        after = found.more
    said = f"{undone}件を元に戻しました。"
    if gone:
        said += f"{gone}通のメールは、もう送られています。"
    if left:
        said += f"{left}件は、そのあとに変わったため、そのままです。"
        return page.redirect(request, "staff_bulk_act", act_id=act_id, notice=said)
    known = await page.read(request, lambda session: bulk.act(session, actor, act_id, at=at))
    back = _back(request, form.text("from"), page.desk_by_id(request, known.desk_id).code)
    return page.redirect_to(request, back, notice=said)


def address_of(request: Request) -> str:
    """The path and query asked for, to come back to."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{page.path(request)}?{query}" if query else page.path(request)


def last_act(request: Request, session: Any) -> bulk.LastAct | None:
    """What this person did last from the lists of the desk, for the way back on top of a list."""
    return bulk.last_act(session, page.actor(request), page.desk(request).id, at=page.at(request))


async def _choose(
    request: Request, form: forms.Form, *errors: FieldError, status_code: int = 200
) -> Response:
    applied, actor = page.desk(request), page.actor(request)
    case_ids = _ticked(form)

    def unit(session: Any) -> tuple[tuple[Chosen, ...], tuple[tuple[int, str], ...]]:
        return bulk.chosen(session, actor, applied, case_ids), casefiles.staff_of(session, applied.id)

    found, staff = await page.read(request, unit)
    if not found:
        errors, status_code = (NOT_CHOSEN,), 422
    desk = applied.desk
    is_bundle = form.flag("bundle")
    deeds = [
        each
        for each in IN_ORDER
        if actor.may(bulk.NEEDS[each], applied.id)
        and (each is not Deed.REPLY or (is_bundle and not desk.answering.is_decided))
        and (each not in {Deed.MERGE, Deed.BUNDLE} or not is_bundle)
    ]
    own = [(str(each), f"{name}（自分）") for each, name in staff if each == actor.id]
    others = [(str(each), name) for each, name in staff if each != actor.id]
    return page.render(
        request,
        "staff/bulk.html",
        title=f"選んだ{len(found)}件をまとめて行う",
        status_code=status_code,
        errors=errors,
        desk=applied,
        definition=desk,
        form=form,
        found=found,
        deeds=[(each.value, each.label, each.meaning) for each in deeds],
        kept=[("from", form.text("from")), *([("bundle", "yes")] if is_bundle else [])],
        purposes=[(each.code, each.label) for each in desk.open_purposes()],
        topics=forms.topic_groups(desk),
        divisions=[
            *((each.code, each.label) for each in desk.open_divisions),
            (bulk.NO_DIVISION, "担当課を決めない"),
        ],
        assignees=[*own, *others, (bulk.NOBODY, "担当者を外す")],
        outcomes=[(each.code.value, each.label) for each in desk.open_outcomes],
        reasons=[
            (each.code, each.label, f"相手にはこう伝わります：{each.text}")
            for each in desk.open_decline_reasons
        ],
        mains=[(str(each.id), each.title, f"{each.number}　{each.status.label}") for each in found],
        back=_back(request, form.text("from"), applied.code),
        words=shown.words(request),
    )


async def _preview(
    request: Request, form: forms.Form, *errors: FieldError, status_code: int = 200
) -> Response:
    applied, actor = page.desk(request), page.actor(request)
    case_ids = _ticked(form)

    def unit(session: Any) -> tuple[Order, bulk.Preview, tuple[Chosen, ...]]:
        order = bulk.check(session, applied, form.mapping(), case_ids)
        if not actor.may(bulk.NEEDS[order.deed], applied.id):
            raise NotAllowed
        found = bulk.chosen(session, actor, applied, case_ids)
        return order, bulk.preview(session, actor, applied, order, case_ids), found

    try:
        order, found, chosen = await page.read(request, unit)
    except InvalidInput as error:
        return await _choose(request, form, *error.errors, status_code=422)
    return page.render(
        request,
        "staff/bulk-preview.html",
        title=f"{order.deed.label}：確かめる",
        status_code=status_code,
        errors=errors,
        desk=applied,
        found=found,
        order=order,
        can_undo=order.deed in bulk.UNDOABLE,
        said=_said(applied.desk, order),
        kept=form.items(without=frozenset({"then", "case", "seen"})),
        seen=[("seen", f"{each.id}-{each.version}") for each in chosen],
        cases=[("case", each.id) for each in chosen],
        done_word=shown.DEED_WORDS[order.deed],
        back=_back(request, form.text("from"), applied.code),
        waits=bulk.MAIL_WAITS.seconds // 60,
        words=shown.words(request),
    )


async def _do(request: Request, form: forms.Form) -> Response:
    applied, actor, at, keys = page.desk(request), page.actor(request), page.at(request), page.keys(request)
    seen = _seen(form)
    case_ids = sorted(seen)
    act_id: int | None = None
    done = left = 0
    refused = ""
    try:
        order = await page.read(
            request, lambda session: bulk.check(session, applied, form.mapping(), case_ids)
        )
        size = len(case_ids) if order.deed is Deed.MERGE else bulk.MOST
        for start in range(0, len(case_ids), size):
            part = {each: seen[each] for each in case_ids[start : start + size]}
            try:
                found = await page.write(request, _performing(applied, order, part, keys, actor, at, act_id))
            except WrongState as error:
                left, refused = left + len(part), error.message
                continue
            act_id, done, left = found.act_id, done + found.done, left + found.left
    except InvalidInput as error:
        return await _choose(request, _with_cases(form, case_ids), *error.errors, status_code=422)
    if act_id is None:
        return await _preview(request, _with_cases(form, case_ids), FieldError("", refused), status_code=409)
    said = f"{done}件を{shown.DEED_WORDS[order.deed]}。"
    if left:
        said += f"{left}件は、そのままです。"
        back = form.text("from")
        where = page.url(request, "staff_bulk_act", act_id=act_id)
        return page.redirect_to(
            request, f"{where}?{urlencode({'from': back})}" if back else where, notice=said
        )
    return page.redirect_to(request, _back(request, form.text("from"), applied.code), notice=said)


def _performing(*given: Any) -> Any:
    applied, order, part, keys, by, at, act_id = given
    return lambda session: bulk.perform(session, applied, order, part, keys=keys, by=by, at=at, act_id=act_id)


def _said(desk: Any, order: Order) -> list[tuple[str, str]]:
    """What the order says of every case, in the words of the desk."""
    found: list[tuple[str, str]] = []
    if order.purpose:
        found.append((desk.tally_labels.purposes, desk.purpose(order.purpose).label))
    if order.topics:
        labels = (desk.topic(each).label for each in order.topics)
        found.append((desk.tally_labels.topics, "、".join(labels)))
    if order.division is not None:
        found.append(("担当課", desk.division(order.division).label if order.division else "決めない"))
    if order.deed is Deed.ASSIGN:
        found.append(("担当者", order.assignee or "なし"))
    if order.outcome:
        found.append(("対応結果", desk.outcome(order.outcome).label))
    if order.reason:
        found.append(("対象外の理由", desk.decline_reason(order.reason).label))
    return found


def _ticked(form: forms.Form) -> list[int]:
    return whole_ones(form.values("case"))


def _seen(form: forms.Form) -> dict[int, int]:
    found: dict[int, int] = {}
    for each in form.values("seen"):
        case_id, version = map(whole, each.partition("-")[::2])
        if case_id is not None and version is not None:
            found[case_id] = version
    return found


def _with_cases(form: forms.Form, case_ids: Sequence[int]) -> forms.Form:
    """The form of the preview as the page before it sent it."""
    kept = tuple(form.items(without=frozenset({"then", "seen", "case"})))
    return forms.Form((*kept, *(("case", str(each)) for each in case_ids)))


def _back(request: Request, typed: str, code: str) -> str:
    return page.local_path(typed, below=BELOW, otherwise=page.url(request, "staff_inbox", desk=code))
