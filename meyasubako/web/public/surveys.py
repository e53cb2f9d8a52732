"""Did it help, and what became of the advice? One question by a link that works once."""

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import surveys
from meyasubako.core import text
from meyasubako.core.errors import FieldError, InvalidInput, NotFound
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import Helpfulness, Practice, SurveyQuestion
from meyasubako.web import forms, page

TITLES = {
    SurveyQuestion.HELPED: say("アンケート"),
    SurveyQuestion.PRACTISED: say("その後のようす"),
}
CHOICES = {SurveyQuestion.HELPED: Helpfulness, SurveyQuestion.PRACTISED: Practice}


async def survey(request: Request) -> Response:
    """Four grades and room for a word."""
    token: str = request.path_params["token"]
    at = page.at(request)
    try:
        asked = await page.read(request, lambda session: surveys.view(session, token, at=at))
    except NotFound as refused:
        return _closed(request, refused)
    if request.method != "POST":
        return _ask(request, asked, "", "")
    form = await forms.read(request)
    grade, comment = form.text("grade"), form.text("comment")
    if page.only_shows(request, form.values(page.SHOW_IN)):
        return _ask(request, asked, grade, text.shown_again(comment))
    try:
        await page.write(request, lambda session: surveys.answer(session, token, grade, comment, at=at))
    except InvalidInput as refused:
        return _ask(request, asked, grade, text.shown_again(comment), *refused.errors)
    except NotFound as refused:
        return _closed(request, refused)
    return page.redirect(request, "survey_thanks", desk=page.desk_by_id(request, asked.desk_id).code)


async def stop(request: Request) -> Response:
    """No more questions of this kind by mail, or again some: the link works even when its question is over."""
    token: str = request.path_params["token"]
    at = page.at(request)
    form = await forms.read(request) if request.method == "POST" else None
    wants = form.text("wants") if form and not form.values(page.SHOW_IN) else ""
    try:
        if wants in {"stop", "go-on"}:
            await page.write(
                request, lambda session: surveys.choose(session, token, stop=wants == "stop", at=at)
            )
            return page.redirect(request, "survey_stop", token=token)
        desk_id, is_stopped = await page.read(request, lambda session: surveys.is_stopped(session, token))
    except NotFound as refused:
        return _closed(request, refused)
    return page.render(
        request,
        "public/survey-stop.html",
        title=say("アンケートのメールを止める"),
        desk=page.desk_by_id(request, desk_id),
        token=token,
        is_stopped=is_stopped,
    )


async def thanks(request: Request) -> Response:
    """It was received."""
    return page.render(
        request, "public/survey-thanks.html", title=say("ありがとうございました"), desk=page.desk(request)
    )


def _ask(
    request: Request, asked: surveys.SurveyView, grade: str, comment: str, *errors: FieldError
) -> Response:
    applied = page.desk_by_id(request, asked.desk_id)
    return page.render(
        request,
        "public/survey.html",
        title=TITLES[asked.question],
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        here=applied.desk,
        asked=asked,
        token=request.path_params["token"],
        grades=[(each.value, each.label) for each in CHOICES[asked.question]],
        grade=grade,
        comment=comment,
        comment_limit=surveys.COMMENT_LIMIT,
    )


def _closed(request: Request, refused: NotFound) -> Response:
    return page.render(
        request,
        "public/closed-link.html",
        title=say("このアンケートは終わっています"),
        status_code=404,
        message=refused.message,
    )
