"""Whom a case could be offered to: the list with every score taken apart, and what it would be with other weights."""

from dataclasses import fields
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles
from meyasubako.casework.casefiles import NEEDS, Action, CaseFile
from meyasubako.core import fitting
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotAllowed
from meyasubako.core.fitting import LABELS, Part, Weights
from meyasubako.core.numbers import whole
from meyasubako.web import page

CHOICES: Final = [(str(number), str(number)) for number in range(fitting.HEAVIEST + 1)]


async def candidates(request: Request) -> Response:
    """The ranked list. Other weights in the address move it; nothing is stored."""
    actor, at, case_id = page.actor(request), page.at(request), request.path_params["case_id"]
    given = {each.name: whole(request.query_params.get(each.name, ""), digits=2) for each in fields(Weights)}

    def unit(session: Any) -> tuple[AppliedDesk, Weights, CaseFile]:
        applied = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id))
        if not actor.may(NEEDS[Action.OFFER], applied.id):
            raise NotAllowed
        weights = fitting.read_weights(given, applied.desk.matching)
        return applied, weights, casefiles.case_file(session, actor, applied, case_id, at=at, weights=weights)

    applied, weights, file = await page.read(request, unit)
    return page.render(
        request,
        "staff/candidates.html",
        title="打診の候補",
        desk=applied,
        file=file,
        may_offer=Action.OFFER in file.actions,
        weights=[(part.value, LABELS[part], str(getattr(weights, part.value))) for part in Part],
        weight_of={part: getattr(weights, part.value) for part in Part},
        choices=CHOICES,
        is_tried=weights != applied.desk.matching,
    )
