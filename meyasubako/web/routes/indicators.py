"""The indicators of a desk, within its tallies."""

from meyasubako.core.policy import Need
from meyasubako.web.guard import Page
from meyasubako.web.routes.methods import FORM, POST
from meyasubako.web.staff import indicator_forms, indicators

_HERE = "/staff/desks/{desk}/tallies/indicators"
_ONE = f"{_HERE}/{{indicator_id:int}}"

pages: list[Page] = [
    Page(_HERE, indicators.of_year, name="staff_indicators", needs=Need.VIEW_TALLIES),
    Page(f"{_HERE}/years", indicators.all_years, name="staff_indicators_years", needs=Need.VIEW_TALLIES),
    Page(
        f"{_HERE}/files/{{format}}",
        indicators.file_of,
        name="staff_indicators_file",
        needs=Need.VIEW_TALLIES,
    ),
    Page(
        f"{_HERE}/new",
        indicator_forms.new,
        name="staff_indicator_new",
        needs=Need.EDIT_INDICATORS,
        methods=FORM,
    ),
    Page(_ONE, indicators.one, name="staff_indicator", needs=Need.VIEW_TALLIES),
    Page(
        f"{_ONE}/change",
        indicator_forms.change,
        name="staff_indicator_change",
        needs=Need.EDIT_INDICATORS,
        methods=FORM,
    ),
    Page(
        f"{_ONE}/years/{{year:int}}",
        indicator_forms.year,
        name="staff_indicator_year",
        needs=Need.EDIT_INDICATORS,
        methods=FORM,
    ),
    Page(
        f"{_ONE}/place",
        indicator_forms.place,
        name="staff_indicator_place",
        needs=Need.EDIT_INDICATORS,
        methods=POST,
    ),
]
