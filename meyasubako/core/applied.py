"""A desk as this installation holds it: its definition with the number of its row."""

from dataclasses import dataclass

from meyasubako.core.desk import Desk


@dataclass(frozen=True, slots=True)
class AppliedDesk:
    """`id` is the row, `revision` rises whenever the definition changes."""

    id: int
    revision: int
    desk: Desk

    @property
    def code(self) -> str:
        """The desk's code, as in addresses."""
        return self.desk.code
