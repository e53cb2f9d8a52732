"""The desk's words for codes that were stored, also for those it words no longer."""

from collections.abc import Callable
from typing import Protocol

from meyasubako.core.desk.definition import Desk
from meyasubako.core.vocabulary import CaseKind, Outcome, RequesterType


class HasLabel(Protocol):
    """Anything the desk has a word for."""

    @property
    def label(self) -> str: ...


def label_of(find: Callable[[str], HasLabel], code: str | None) -> str:
    """The desk's word for a code that was stored; "" where there is none."""
    if not code:
        return ""
    try:
        return find(code).label
    except KeyError:
        return ""


def outcome_label(desk: Desk, code: str | None) -> str:
    """The desk's word for an outcome, or the fixed one for those it does not word itself."""
    return label_of(desk.outcome, code) or (Outcome(code).label if code else "")


def requester_type_label(desk: Desk, code: RequesterType) -> str:
    """The desk's word for a requester type, or the fixed one for those it does not offer."""
    return label_of(desk.requester_type, code) or code.label


def kind_label(desk: Desk, kind: CaseKind) -> str:
    """The desk's short word for a kind of case."""
    return next((each.short_label for each in desk.kinds if each.code == kind), kind.label)


def municipality_label(desk: Desk, code: str) -> str:
    """The municipality someone chose, or the code where the form no longer offers it."""
    try:
        return desk.field("municipality").option(code).label if code else ""
    except KeyError:
        return code
