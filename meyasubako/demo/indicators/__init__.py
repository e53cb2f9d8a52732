"""The indicators of prefectures' plans, written down from the documents; みえDXセンター has those of its prefecture."""

from datetime import timedelta
from importlib import resources
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework import indicators
from meyasubako.core import dates
from meyasubako.core.indicators import Filed, Yearly, parse_indicators
from meyasubako.core.vocabulary import Role
from meyasubako.demo.story import Scene

FILES: Final = ("fukushima", "ishikawa", "mie", "tokushima")
_OF_DESK: Final = {"mie-dx-center": "mie"}
_TOLD_OF: Final = "helpful-support"
_TOLD: Final = Yearly(
    comment="アンケートの答えが少なく、1件の答えで割合が大きく動く。",
    next_action="完了の連絡にアンケートの案内を添え、電話で相談した人にもお願いする。",
)


def written_down(name: str) -> tuple[Filed, ...]:
    """The indicators of one of the files."""
    written = (resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
    return parse_indicators(written, source=f"{name}.toml")


def set_out(session: Session, scene: Scene) -> None:
    """Give a desk the indicators of its prefecture, and say something of the fiscal year before."""
    if (name := _OF_DESK.get(scene.applied.code)) is None:
        return
    lead = next(each for each in scene.staff if each.roles[scene.applied.id] is Role.COORDINATOR)
    began = scene.today - timedelta(days=200)
    indicators.load(session, scene.applied, written_down(name), by=lead, at=began)
    year = dates.fiscal_year(dates.month_of(scene.today)) - 1
    lines = indicators.of_year(session, scene.applied, year, at=scene.today).lines
    told = next(line for line in lines if line.code == _TOLD_OF)
    indicators.put_year(
        session, scene.applied.id, told.id, year, _TOLD, by=lead, at=scene.today, expected_version=0
    )
