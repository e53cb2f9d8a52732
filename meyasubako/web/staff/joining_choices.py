"""What the forms at the end of the case page offer: dividing, merging, bundles and the other kind."""

from dataclasses import dataclass

from meyasubako.casework import joining
from meyasubako.casework.casefiles import JOINING, Action, CaseFile
from meyasubako.core.desk import Desk
from meyasubako.web.staff import shown


@dataclass(frozen=True, slots=True)
class Choices:
    """Which of these forms there are, cases to merge into, and what a case of the other kind could be."""

    actions: tuple[Action, ...]
    likely: list[tuple[str, str, str]]
    other_kind: str
    purposes: shown.Options
    heard_by: shown.Options


def choices(desk: Desk, file: CaseFile) -> Choices:
    """What this case offers to whoever opened it."""
    kind = joining.other_kind(desk, file.kind)
    near = (*file.joined.same_sender, *file.joined.alike)
    return Choices(
        actions=tuple(action for action in JOINING if action in file.actions),
        likely=[(str(each.id), f"{each.title}（{each.number}）", each.status.label) for each in near],
        other_kind=desk.kind(kind).label if kind else "",
        purposes=[(each.code, each.label) for each in desk.open_purposes(kind)] if kind else [],
        heard_by=[(each.value, each.label) for each in joining.HEARD_BY],
    )
