"""Keeping the indicators of a desk: adding and wording them, their yearly values, going on without one."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import indicators
from meyasubako.casework.indicators import Figures, Line
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.indicators import Definition, check_definition, check_yearly
from meyasubako.core.vocabulary import Aim, Gauge, Verdict
from meyasubako.web import forms, page

FIRST_YEAR, LAST_YEAR = 1926, 2999
SAID = [
    ("", "決めない", "数の目標なら、数でくらべます。"),
    (Verdict.MET.value, "達成", ""),
    (Verdict.MISSED.value, "未達成", ""),
]


async def new(request: Request) -> Response:
    """Add an indicator."""
    applied = page.desk(request)
    if request.method != "POST":
        empty = forms.Form((("aim", Aim.HIGHER.value), ("gauge", Gauge.ENTERED.value)))
        return await _show_definition(request, applied, empty, "指標を加える")
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    try:
        definition = check_definition(_texts(form))
        indicator_id = await page.write(
            request, lambda session: indicators.add(session, applied.id, definition, by=actor, at=at)
        )
    except InvalidInput as error:
        return await _show_definition(request, applied, form, "指標を加える", 422, error.errors)
    return page.redirect(
        request,
        "staff_indicator",
        desk=applied.code,
        indicator_id=indicator_id,
        notice="指標を加えました。年度ごとの目標を入れてください。",
    )


async def change(request: Request) -> Response:
    """Say anew what an indicator is."""
    applied, at, indicator_id = page.desk(request), page.at(request), request.path_params["indicator_id"]
    whole = await page.read(request, lambda session: indicators.one(session, applied, indicator_id, at=at))
    standing, title = whole.line, "指標をなおす"
    if request.method != "POST":
        return await _show_definition(
            request, applied, _form_of(standing.definition), title, standing=standing
        )
    form, actor = await forms.read(request), page.actor(request)
    version = form.number("version") or 0
    try:
        definition = check_definition(_texts(form))
        await page.write(
            request,
            lambda session: indicators.change(
                session, applied.id, indicator_id, definition, by=actor, at=at, expected_version=version
            ),
        )
    except InvalidInput as error:
        return await _show_definition(request, applied, form, title, 422, error.errors, standing=standing)
    except WrongState as error:
        return await _show_definition(
            request, applied, form, title, 409, standing=standing, refused=error.message
        )
    return _back(request, applied, indicator_id, "指標をなおしました。前の内容は、履歴に残っています。")


async def year(request: Request) -> Response:
    """Say target, actual and comment of a fiscal year."""
    applied, at, indicator_id = page.desk(request), page.at(request), request.path_params["indicator_id"]
    wanted = request.path_params["year"]
    if not FIRST_YEAR <= wanted <= LAST_YEAR:
        raise NotFound
    line, figures = await page.read(
        request, lambda session: indicators.figures_of(session, applied, indicator_id, wanted, at=at)
    )
    if request.method != "POST":
        return _show_year(request, applied, _form_of_year(line, figures), line, figures)
    form, actor = await forms.read(request), page.actor(request)
    version = form.number("version") or 0
    try:
        yearly = check_yearly(line.definition, _texts(form))
        await page.write(
            request,
            lambda session: indicators.put_year(
                session, applied.id, indicator_id, wanted, yearly, by=actor, at=at, expected_version=version
            ),
        )
    except InvalidInput as error:
        return _show_year(request, applied, form, line, figures, 422, error.errors)
    except WrongState as error:
        return _show_year(request, applied, form, line, figures, 409, refused=error.message)
    said = f"{dates.fiscal_year_text(wanted)}の目標と実績を保存しました。"
    return _back(request, applied, indicator_id, said)


async def place(request: Request) -> Response:
    """Go on without an indicator, or use it again: the button says which."""
    applied, at, indicator_id = page.desk(request), page.at(request), request.path_params["indicator_id"]
    form, actor = await forms.read(request), page.actor(request)
    wanted = form.text("then")

    def unit(session: Any) -> str:
        if wanted == "retire":
            indicators.retire(session, applied.id, indicator_id, by=actor, at=at)
            return "使わないことにしました。これまでの年度の値は残り、また使うこともできます。"
        if wanted == "back":
            try:
                indicators.bring_back(session, applied.id, indicator_id, by=actor, at=at)
            except InvalidInput as error:
                raise WrongState(error.message) from None
            return "また使うことにしました。"
        raise WrongState("どうするかが分かりませんでした。もう一度ボタンを押してください。")

    return _back(request, applied, indicator_id, await page.write(request, unit))


def _back(request: Request, applied: AppliedDesk, indicator_id: int, notice: str) -> Response:
    return page.redirect(
        request, "staff_indicator", desk=applied.code, indicator_id=indicator_id, notice=notice
    )


def _texts(form: forms.Form) -> dict[str, str]:
    return {name: form.text(name) for name, _ in form.items()}


def _form_of(definition: Definition) -> forms.Form:
    def year_text(number: int | None) -> str:
        return "" if number is None else dates.fiscal_year_text(number)

    return forms.Form(
        (
            ("heading", definition.heading),
            ("label", definition.label),
            ("meaning", definition.meaning),
            ("unit", definition.unit),
            ("aim", definition.aim.value),
            ("is_cumulative", "yes" if definition.is_cumulative else ""),
            ("since", year_text(definition.since)),
            ("gauge", definition.gauge.value),
            ("baseline", _as_typed(definition.baseline_value, definition.unit)),
            ("baseline_first", year_text(definition.baseline_first)),
            ("baseline_last", year_text(definition.baseline_last)),
            ("baseline_note", definition.baseline_note),
            ("division", definition.division),
            ("source", definition.source),
            ("note", definition.note),
        )
    )


def _form_of_year(line: Line, figures: Figures) -> forms.Form:
    yearly, unit = figures.yearly, line.definition.unit
    said = {None: "", True: Verdict.MET.value, False: Verdict.MISSED.value}[yearly.said]
    return forms.Form(
        (
            ("target", _as_typed(yearly.target_value, unit)),
            ("actual", _as_typed(yearly.actual_value, unit)),
            ("said", said),
            ("note", yearly.note),
            ("comment", yearly.comment),
            ("next_action", yearly.next_action),
        )
    )


def _as_typed(value: Any, unit: str) -> str:
    return value.shown(unit) if value else ""


async def _show_definition(
    request: Request,
    applied: AppliedDesk,
    form: forms.Form,
    title: str,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    standing: Line | None = None,
    refused: str = "",
) -> Response:
    headings = await page.read(request, lambda session: indicators.headings(session, applied.id))
    return page.render(
        request,
        "staff/indicator-form.html",
        title=title,
        status_code=status_code,
        errors=errors,
        desk=applied,
        form=form,
        standing=standing,
        # Having seen what the other wrote, one may save all the same.
        version=standing.version
        if standing and (refused or not form.has("version"))
        else form.text("version"),
        refused=refused,
        headings=headings,
        aims=[(each.value, each.label, each.meaning) for each in Aim],
        gauges=[(each.value, each.label) for each in Gauge],
        action=page.url(request, "staff_indicator_new", desk=applied.code)
        if standing is None
        else page.url(request, "staff_indicator_change", desk=applied.code, indicator_id=standing.id),
    )


def _show_year(
    request: Request,
    applied: AppliedDesk,
    form: forms.Form,
    line: Line,
    figures: Figures,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    refused: str = "",
) -> Response:
    return page.render(
        request,
        "staff/indicator-year.html",
        title=f"{dates.fiscal_year_text(figures.year)}の目標と実績",
        status_code=status_code,
        errors=errors,
        desk=applied,
        form=form,
        line=line,
        figures=figures,
        version=figures.version if refused or not form.has("version") else form.text("version"),
        refused=refused,
        said=SAID,
        action=page.url(
            request, "staff_indicator_year", desk=applied.code, indicator_id=line.id, year=figures.year
        ),
    )
