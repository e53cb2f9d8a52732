"""A letter that raises several matters is divided into them: each has its part of the text and codes of its own."""

from dataclasses import dataclass
from datetime import date

from meyasubako.casework.intake.checking import Submission, Values
from meyasubako.core import dividing
from meyasubako.core.desk import Desk
from meyasubako.core.dividing import Matter


@dataclass(frozen=True, slots=True)
class Paper:
    """What a letter or a card says beside its text. With no matter named it raises one, which is the whole text."""

    postmarked_on: date | None = None
    event_name: str = ""
    matters: tuple[Matter, ...] = ()


def divide(desk: Desk, submission: Submission, values: Values) -> tuple[Matter, ...]:
    """The matters of a letter; what was not said of one is as with the letter. Raises InvalidInput."""
    return dividing.divide(desk, submission.body, submission.kind, values)
