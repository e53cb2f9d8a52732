"""The history on the page of a case: what its sender sees of each line, in words, and one side of it alone."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from meyasubako.casework.casefiles import CaseFile, Happening
from meyasubako.core.seen import Sight
from meyasubako.web import page

HISTORY: Final = "history"


class Side(StrEnum):
    """Which lines are shown."""

    ALL = "all"
    THEIRS = "theirs"
    OURS = "ours"


SIDES: Final = {
    Side.ALL: "すべて",
    Side.THEIRS: "{requesters}に見えたもの",
    Side.OURS: "庁内だけ",
}
SIGHTS: Final = {
    Sight.TOLD: "{requesters}にも見えます",
    Sight.OWN: "{requesters}がしたことです",
    Sight.STEP: "ようすだけ{requesters}に見えます",
    Sight.OURS: "庁内だけ",
}


@dataclass(frozen=True, slots=True)
class Timeline:
    """The lines shown, each with what its sender sees, and the ways to the other sides: (label, address, is here)."""

    lines: list[tuple[Happening, str]]
    sides: list[tuple[str, str, bool]]


def timeline(request: Request, file: CaseFile, along: str, requesters: str) -> Timeline:
    """The history of a case as the address asks for it. `along` is the query of the list it was opened out of."""
    asked = request.query_params.get(HISTORY, "")
    here = Side(asked) if asked in set(Side) else Side.ALL

    def address(side: Side) -> str:
        more = "" if side is Side.ALL else f"{'&' if along else '?'}{urlencode({HISTORY: side.value})}"
        return f"{page.url(request, 'staff_case', case_id=file.id)}{along}{more}#history"

    return Timeline(
        lines=[
            (each, SIGHTS[each.sight].format(requesters=requesters))
            for each in file.history
            if here is Side.ALL or each.sight.is_theirs is (here is Side.THEIRS)
        ],
        sides=[
            (label.format(requesters=requesters), address(side), side is here)
            for side, label in SIDES.items()
        ],
    )
