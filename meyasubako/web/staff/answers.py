"""The way of an answer from a draft to the reply: its page, the requests to divisions, and what waits for whom."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, drafts, joining, reply_templates
from meyasubako.casework.drafts import Act, AnswerFile, Queue
from meyasubako.core import calendar, dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.numbers import things
from meyasubako.core.vocabulary import DraftState
from meyasubako.web import forms, page
from meyasubako.web.staff import notices, sending, shown, templates

QUEUE_WORDS: Final = {
    Queue.ASKED: "考え方の依頼",
    Queue.REVIEW: "確認待ち",
    Queue.APPROVAL: "決裁待ち",
    Queue.RETURNED: "差戻し",
    Queue.READY: "送付待ち",
}
USUAL_DAYS: Final = 5
"""So many office days a division has, unless another day is chosen."""

NEXT_WORDS: Final = {
    DraftState.IN_REVIEW: "確認に回しました。",
    DraftState.IN_APPROVAL: "決裁に回しました。",
    DraftState.READY: "確認しました。送れるようになりました。",
}


async def waiting(request: Request) -> Response:
    """Everything about answers that waits for whoever asks."""
    applied, actor = page.desk(request), page.actor(request)
    found = await page.read(request, lambda session: drafts.waiting(session, actor, applied))
    return page.render(
        request,
        "staff/answers-waiting.html",
        title="回答案",
        desk=applied,
        queues=[
            (QUEUE_WORDS[queue], queue.value, count, found.rows[queue])
            for queue, count in found.counts.items()
        ],
        words=shown.words(request),
    )


def counts(request: Request, session: Any, applied: AppliedDesk) -> list[tuple[str, int, str]]:
    """What waits for whoever asks, for the line above the inbox; nothing where nothing waits."""
    found = drafts.count_waiting(session, page.actor(request), applied)
    here = page.url(request, "staff_answers", desk=applied.code)
    return [(QUEUE_WORDS[queue], count, f"{here}#{queue.value}") for queue, count in found.items() if count]


async def answer(request: Request) -> Response:
    """The answer to a case: its text, the divisions' views, who did what."""
    return await _show(request, request.path_params["case_id"])


async def write(request: Request) -> Response:
    """Save the draft, hand it on or send it; or only put something into it. The button says which."""
    form, case_id = await forms.read(request), request.path_params["case_id"]
    then = form.text("then")
    try:
        if then == "template":
            body, said = await templates.put_in(request, case_id, form)
            return await _show(request, case_id, refused=said, typed=form.replaced("body", body))
        if then.startswith("take-"):
            body = await _take_in(request, case_id, form, then.removeprefix("take-"))
            said = "考え方を下に加えました。回答の言葉に直してください。"
            return await _show(request, case_id, refused=said, typed=form.replaced("body", body))
        done = await _write(request, case_id, form, then)
    except InvalidInput as error:
        errors = [_on_page("write", each) for each in error.errors]
        return await _show(request, case_id, 422, errors=errors, typed=form)
    except WrongState as error:
        return await _show(request, case_id, 409, refused=error.message, typed=form)
    if then == Act.SEND:
        return page.redirect(request, "staff_case", case_id=case_id, notice=done)
    return page.redirect(request, "staff_answer", case_id=case_id, notice=done)


async def ask(request: Request) -> Response:
    """Ask divisions for their view."""
    form, case_id = await forms.read(request), request.path_params["case_id"]
    actor, at = page.actor(request), page.at(request)

    def unit(session: Any) -> int:
        desk = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id)).desk
        return drafts.ask_divisions(
            session,
            desk,
            case_id,
            form.values("divisions"),
            form.text("question"),
            form.text("answer_by"),
            by=actor,
            at=at,
        )

    try:
        count = await page.write(request, unit)
    except InvalidInput as error:
        errors = [_on_page("ask", each) for each in error.errors]
        return await _show(request, case_id, 422, errors=errors, asking=form)
    except WrongState as error:
        return await _show(request, case_id, 409, refused=error.message, asking=form)
    return page.redirect(
        request, "staff_answer", case_id=case_id, notice=f"{things(count)}の課に考え方をたずねました。"
    )


async def decide(request: Request) -> Response:
    """Say that it is right, decide, or send it back: the button says which."""
    form, case_id = await forms.read(request), request.path_params["case_id"]
    actor, at, version = page.actor(request), page.at(request), form.number("draft_version") or 0

    def unit(session: Any) -> str:
        desk = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id)).desk
        common: dict[str, Any] = {"version": version, "by": actor, "at": at}
        match form.text("then"):
            case Act.REVIEW:
                state = drafts.review(session, desk, case_id, **common)
                return (
                    "確認しました。次は決裁です。" if state is DraftState.IN_APPROVAL else NEXT_WORDS[state]
                )
            case Act.APPROVE:
                drafts.approve(session, desk, case_id, **common)
                return "決裁しました。担当者が送れるようになりました。"
            case Act.SEND_BACK:
                drafts.send_back(session, desk, case_id, form.text("reason"), **common)
                return "差し戻しました。"
        raise WrongState("どうするかが分かりませんでした。もう一度ボタンを押してください。")

    try:
        done = await page.write(request, unit)
    except InvalidInput as error:
        errors = [_on_page("decide", each) for each in error.errors]
        return await _show(request, case_id, 422, errors=errors, deciding=form)
    except WrongState as error:
        return await _show(request, case_id, 409, refused=error.message, deciding=form)
    return page.redirect(request, "staff_answer", case_id=case_id, notice=done)


async def move(request: Request) -> Response:
    """Take the answer back, or send what was decided: the button says which."""
    form, case_id = await forms.read(request), request.path_params["case_id"]
    actor, at, version = page.actor(request), page.at(request), form.number("draft_version") or 0
    is_sending = form.text("then") == Act.SEND

    def unit(session: Any) -> str:
        if not is_sending:
            drafts.pull_back(session, case_id, version=version, by=actor, at=at)
            return "引き戻しました。直したら、もう一度回してください。"
        desk = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id)).desk
        body = drafts.text_to_send(session, desk, case_id, version=version, by=actor)
        expected = form.number("version") or 0
        return sending.send(session, case_id, body, form, by=actor, at=at, expected_version=expected)

    try:
        done = await page.write(request, unit)
    except InvalidInput as error:
        errors = [_on_page("move", each) for each in error.errors]
        return await _show(request, case_id, 422, errors=errors)
    except WrongState as error:
        return await _show(request, case_id, 409, refused=error.message)
    route = "staff_case" if is_sending else "staff_answer"
    return page.redirect(request, route, case_id=case_id, notice=done)


async def contribution(request: Request) -> Response:
    """What a division is asked, and its answer."""
    contribution_id, actor, at = request.path_params["contribution_id"], page.actor(request), page.at(request)
    form, errors, refused, status_code = forms.Form(()), (), "", 200
    if request.method == "POST":
        form = await forms.read(request)
        try:
            is_on_behalf = await page.write(
                request,
                lambda session: drafts.contribute(
                    session, contribution_id, form.text("body"), by=actor, at=at
                ),
            )
        except InvalidInput as error:
            errors, status_code = error.errors, 422
        except WrongState as error:
            refused, status_code = error.message, 409
        else:
            return await _after_contributing(request, contribution_id, is_on_behalf=is_on_behalf)
    found = await page.read(
        request, lambda session: drafts.requested_view(session, actor, contribution_id, at=at)
    )
    return page.render(
        request,
        "staff/contribution.html",
        title=f"{found.contribution.division_label}の考え方",
        status_code=status_code,
        errors=errors,
        desk=page.desk_by_id(request, found.desk_id),
        found=found,
        form=form,
        refused=refused,
        words=shown.words(request),
    )


async def drop(request: Request) -> Response:
    """Wait for a division no longer."""
    contribution_id, actor, at = request.path_params["contribution_id"], page.actor(request), page.at(request)
    _, case_id = await page.read(
        request, lambda session: drafts.desk_of_contribution(session, actor, contribution_id)
    )
    try:
        await page.write(request, lambda session: drafts.drop(session, contribution_id, by=actor, at=at))
    except WrongState as error:
        return await _show(request, case_id, 409, refused=error.message)
    return page.redirect(request, "staff_answer", case_id=case_id, notice="依頼を取り下げました。")


async def _after_contributing(request: Request, contribution_id: int, *, is_on_behalf: bool) -> Response:
    actor = page.actor(request)
    desk_id, case_id = await page.read(
        request, lambda session: drafts.desk_of_contribution(session, actor, contribution_id)
    )
    if is_on_behalf:
        return page.redirect(request, "staff_answer", case_id=case_id, notice="考え方を記録しました。")
    code = page.desk_by_id(request, desk_id).code
    return page.redirect(
        request, "staff_answers", desk=code, notice="考え方を出しました。窓口の担当者が回答にまとめます。"
    )


async def _write(request: Request, case_id: int, form: forms.Form, then: str) -> str:
    actor, at = page.actor(request), page.at(request)
    body, base = form.text("body"), form.number("draft_version") or 0

    def unit(session: Any) -> str:
        applied = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id))
        expected = (form.number("version") or 0) if then == Act.SEND else None
        is_new = drafts.save(session, case_id, body, base=base, by=actor, at=at, expected_version=expected)
        if then not in {Act.SUBMIT, Act.SEND}:
            return "下書きを保存しました。" if is_new else "下書きは、前に保存したときのままです。"
        version = drafts.summary(session, applied, case_id).version
        if then == Act.SUBMIT:
            state = drafts.submit(session, applied.desk, case_id, version=version, by=actor, at=at)
            return NEXT_WORDS[state]
        text = drafts.text_to_send(session, applied.desk, case_id, version=version, by=actor)
        return sending.send(session, case_id, text, form, by=actor, at=at)

    return await page.write(request, unit)


async def _take_in(request: Request, case_id: int, form: forms.Form, wanted: str) -> str:
    """What was typed with a division's view below it."""
    file, *_ = await _look(request, case_id)
    typed = form.text("body").rstrip()
    for each in file.contributions:
        if str(each.id) == wanted and each.body:
            return f"{typed}\n\n{each.body}" if typed else each.body
    raise WrongState("この考え方は、いまはありません。")


async def _look(request: Request, case_id: int) -> tuple[AnswerFile, AppliedDesk, shown.Options, int]:
    actor, at = page.actor(request), page.at(request)

    def unit(session: Any) -> tuple[AnswerFile, AppliedDesk, shown.Options, int]:
        applied = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id))
        file = drafts.answer_file(session, actor, applied, case_id, at=at)
        found = reply_templates.offered(session, applied.id) if Act.WRITE in file.acts else []
        templates = [(str(template_id), label) for template_id, label in found]
        return file, applied, templates, joining.merged_count(session, case_id)

    return await page.read(request, unit)


async def _show(
    request: Request,
    case_id: int,
    status_code: int = 200,
    *,
    errors: Sequence[FieldError] = (),
    refused: str = "",
    typed: forms.Form | None = None,
    asking: forms.Form | None = None,
    deciding: forms.Form | None = None,
) -> Response:
    file, applied, found, merged = await _look(request, case_id)
    await notices.seen_with_case(request, case_id)
    today = dates.japan_day(page.at(request))
    usual = calendar.office_day_after(today, USUAL_DAYS + 1, applied.desk.is_closed_on)
    written = typed.text("body") if typed else file.text
    is_stale = status_code == 409 and typed is not None and typed.number("draft_version") != file.version
    return page.render(
        request,
        "staff/answer.html",
        title=f"回答案　{file.title}",
        status_code=status_code,
        errors=[each if _is_there(each, file) else replace(each, field="") for each in errors],
        desk=applied,
        file=file,
        rules=applied.desk.answering,
        templates=found,
        chosen=typed.text("template") if typed else "",
        written=written,
        # A text that was put in over an older version is still told so when it is saved.
        base=typed.text("draft_version") if typed and status_code != 409 else file.version,
        is_stale=is_stale and file.saved is not None,
        refused=refused,
        kept=written if typed and Act.WRITE not in file.acts else "",
        divisions=[
            (each.code, each.label) for each in applied.desk.open_divisions if each.label not in file.awaited
        ],
        merged=merged,
        share=typed.text("share") if typed else "",
        asking=asking,
        answer_by=asking.text("answer_by") if asking else usual.isoformat(),
        deciding=deciding,
        words=shown.words(request),
    )


def _is_there(error: FieldError, file: AnswerFile) -> bool:
    form = error.field.partition(".")[0]
    return {
        "write": Act.WRITE in file.acts,
        "ask": Act.ASK in file.acts,
        "decide": Act.SEND_BACK in file.acts,
        "move": Act.SEND in file.acts,
    }.get(form, False)


def _on_page(form: str, error: FieldError) -> FieldError:
    return replace(error, field=f"{form}.{error.field}") if error.field else error
