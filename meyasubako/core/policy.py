"""Who may do what: all permissions on one page.

A staff member holds one role per desk; a route names what it needs. Which cases a person sees is a query, `casework.cases.visible_cases`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from meyasubako.core.vocabulary import ActorKind, Role


class Need(StrEnum):
    """What a route asks of the person who opens it."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    PROVIDER = "provider"
    VIEW_CASES = "view_cases"
    VIEW_CONTACT = "view_contact"
    VIEW_TALLIES = "view_tallies"
    VIEW_DIRECTORY = "view_directory"
    ENTER_RECEIPTS = "enter_receipts"
    TRIAGE = "triage"
    JOIN = "join"
    WRITE_NOTES = "write_notes"
    ASK = "ask"
    OFFER = "offer"
    REPLY = "reply"
    CONTRIBUTE = "contribute"
    REVIEW_ANSWERS = "review_answers"
    APPROVE_ANSWERS = "approve_answers"
    CLOSE = "close"
    DECLINE = "decline"
    REFER = "refer"
    REOPEN = "reopen"
    EDIT_DIRECTORY = "edit_directory"
    EDIT_TEMPLATES = "edit_templates"
    CLOSE_MONTH = "close_month"
    EDIT_INDICATORS = "edit_indicators"
    EDIT_TALLY_FORMS = "edit_tally_forms"
    SHARE_VIEWS = "share_views"
    MOVE_DEADLINE = "move_deadline"
    MANAGE_STAFF = "manage_staff"
    MANAGE_DESK = "manage_desk"
    EXPORT = "export"
    EXPORT_CONTACT = "export_contact"
    VIEW_AUDIT = "view_audit"


_VIEWER = frozenset({Need.VIEW_CASES, Need.VIEW_TALLIES, Need.VIEW_DIRECTORY})
_CLERK = _VIEWER | {
    Need.VIEW_CONTACT,
    Need.ENTER_RECEIPTS,
    Need.TRIAGE,
    Need.JOIN,
    Need.WRITE_NOTES,
    Need.ASK,
    Need.OFFER,
    Need.REPLY,
    Need.CONTRIBUTE,
    Need.REVIEW_ANSWERS,
    Need.CLOSE,
    Need.DECLINE,
    Need.REFER,
    Need.REOPEN,
    Need.EXPORT,
}
_COORDINATOR = _CLERK | {
    Need.EDIT_DIRECTORY,
    Need.EDIT_TEMPLATES,
    Need.APPROVE_ANSWERS,
    Need.CLOSE_MONTH,
    Need.EDIT_INDICATORS,
    Need.EDIT_TALLY_FORMS,
    Need.SHARE_VIEWS,
    Need.MOVE_DEADLINE,
    Need.EXPORT_CONTACT,
}
_ADMIN = _COORDINATOR | {Need.MANAGE_STAFF, Need.MANAGE_DESK, Need.VIEW_AUDIT}

GRANTS: Mapping[Role, frozenset[Need]] = {
    Role.VIEWER: _VIEWER,
    Role.CLERK: _CLERK,
    Role.COORDINATOR: _COORDINATOR,
    Role.ADMIN: _ADMIN,
}


def roles_with(need: Need) -> tuple[Role, ...]:
    """The roles whose holders may do `need`."""
    return tuple(role for role, needs in GRANTS.items() if need in needs)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: `id` is the staff or provider row (None for requesters and the system), `roles` maps desk id to role.

    `divisions` maps desk id to the code of the division a person speaks for there.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    roles: Mapping[int, Role] = field(default_factory=dict)
    divisions: Mapping[int, str] = field(default_factory=dict)

    def may(self, need: Need, desk_id: int) -> bool:
        """Whether this person may do `need` at that desk."""
        role = self.roles.get(desk_id)
        if role is not None and need is Need.CONTRIBUTE and desk_id in self.divisions:
            return True
        return role is not None and need in GRANTS[role]

    def desks_for(self, need: Need) -> tuple[int, ...]:
        """The desks at which this person may do `need`."""
        return tuple(sorted(desk_id for desk_id in self.roles if self.may(need, desk_id)))


REQUESTER = Actor(ActorKind.REQUESTER, name="本人")
SYSTEM = Actor(ActorKind.SYSTEM, name="自動")
