"""Reply templates of a desk: a page to add, word, order and retire them, and putting one into an answer."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, reply_templates
from meyasubako.casework.reply_templates import Template
from meyasubako.core import reply_fields
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

STEPS = {"up": -1, "down": 1}


async def every(request: Request) -> Response:
    """All templates of the desk, in the order in which they are offered."""
    applied = page.desk(request)
    found = await page.read(request, lambda session: reply_templates.every(session, applied.id))
    return page.render(
        request,
        "staff/templates.html",
        title="定型文",
        desk=applied,
        templates=[each for each in found if not each.is_retired],
        retired=[each for each in found if each.is_retired],
        words=shown.words(request),
    )


async def new(request: Request) -> Response:
    """Add a template."""
    applied = page.desk(request)
    if request.method != "POST":
        return _show(request, applied, forms.Form(()), "定型文を加える")
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    try:
        await page.write(
            request,
            lambda session: reply_templates.add(
                session, applied.id, form.text("label"), form.text("body"), by=actor, at=at
            ),
        )
    except InvalidInput as error:
        return _show(request, applied, form, "定型文を加える", 422, error.errors)
    return page.redirect(request, "staff_templates", desk=applied.code, notice="定型文を加えました。")


async def change(request: Request) -> Response:
    """Word a template anew."""
    applied, template_id = page.desk(request), request.path_params["template_id"]
    standing = await page.read(request, lambda session: reply_templates.get(session, applied.id, template_id))
    title = "定型文をなおす"
    if request.method != "POST":
        return _show(request, applied, _form_of(standing), title, template=standing)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    version = form.number("version")
    try:
        await page.write(
            request,
            lambda session: reply_templates.change(
                session,
                applied.id,
                template_id,
                form.text("label"),
                form.text("body"),
                by=actor,
                at=at,
                expected_version=version or 0,
            ),
        )
    except InvalidInput as error:
        return _show(request, applied, form, title, 422, error.errors, template=standing)
    except WrongState as error:
        return _show(request, applied, form, title, 409, template=standing, refused=error.message)
    return page.redirect(request, "staff_templates", desk=applied.code, notice="定型文をなおしました。")


async def place(request: Request) -> Response:
    """Move a template up or down, retire it, or bring it back: the button says which."""
    applied, template_id = page.desk(request), request.path_params["template_id"]
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    wanted = form.text("then")

    def unit(session: Any) -> str:
        if wanted in STEPS:
            reply_templates.move(session, applied.id, template_id, STEPS[wanted], by=actor, at=at)
            return "並べ替えました。"
        if wanted == "retire":
            reply_templates.retire(session, applied.id, template_id, by=actor, at=at)
            return "使わないことにしました。また使うこともできます。"
        if wanted == "back":
            reply_templates.bring_back(session, applied.id, template_id, by=actor, at=at)
            return "また使うことにしました。"
        raise WrongState("どうするかが分かりませんでした。もう一度ボタンを押してください。")

    done = await page.write(request, unit)
    return page.redirect(request, "staff_templates", desk=applied.code, notice=done)


async def put_in(request: Request, case_id: int, form: forms.Form) -> tuple[str, str]:
    """What was typed of an answer with the chosen template in it, and what to say of it. Raises InvalidInput."""
    actor, at = page.actor(request), page.at(request)
    template_id = form.number("template")
    if template_id is None:
        raise InvalidInput(FieldError("template", "定型文を選んでください。"))

    def unit(session: Any) -> str:
        applied = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id))
        return reply_templates.fill(session, actor, applied, case_id, template_id, at=at)

    text = await page.read(request, unit)
    typed = form.text("body").strip()
    said = "定型文を入れました。案件に合わせて直してください。"
    if left := reply_fields.left_in(text):
        said += f"{reply_fields.named(left)}のところは、言葉を書くか、消してください。"
    return f"{typed}\n\n{text}" if typed else text, said


def _form_of(template: Template) -> forms.Form:
    return forms.Form((("label", template.label), ("body", template.body)))


def _show(
    request: Request,
    applied: AppliedDesk,
    form: forms.Form,
    title: str,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    template: Template | None = None,
    refused: str = "",
) -> Response:
    return page.render(
        request,
        "staff/template.html",
        title=title,
        status_code=status_code,
        errors=errors,
        desk=applied,
        form=form,
        standing=template,
        # Having seen what the other wrote, one may save all the same.
        version=template.version
        if template and (refused or not form.has("version"))
        else form.text("version"),
        refused=refused,
        fields=list(reply_fields.FIELDS.items()),
        action=page.url(request, "staff_template_new", desk=applied.code)
        if template is None
        else page.url(request, "staff_template", desk=applied.code, template_id=template.id),
    )
