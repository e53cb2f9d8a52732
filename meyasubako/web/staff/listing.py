"""The list somebody works through: its conditions and order, carried in addresses from the list to its cases and back."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from starlette.requests import Request

from meyasubako.casework import casefiles
from meyasubako.casework.casefiles import Cursor
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.conditions import Conditions, Scope, Sorting
from meyasubako.web import page

ROUTES = {Scope.INBOX: "staff_inbox", Scope.ALL: "staff_cases"}
"""The page of each list."""

_SCOPE, _SORT, _PLACE, _FIRST = "scope", "sort", "place", "first"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of one desk."""

    conditions: Conditions = field(default_factory=Conditions)
    sorting: Sorting = Sorting.NEWEST

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """The list an address or a form names; what means nothing is left out."""
        pairs = list(pairs)
        sort = next((value for name, value in pairs if name == _SORT and value in set(Sorting)), "")
        return cls(Conditions.read(pairs)).sorted_by(Sorting(sort) if sort else Sorting.NEWEST)

    def pairs(self) -> list[tuple[str, str]]:
        """What names this list in an address or in hidden fields."""
        sort = [] if self.sorting is Sorting.NEWEST else [(_SORT, self.sorting.value)]
        return [*self.conditions.pairs(), *sort]

    def query(self, *more: tuple[str, str]) -> str:
        """The query of an address on the page of this list, which says itself whether it is the inbox."""
        sort = "" if self.sorting is Sorting.NEWEST else self.sorting.value
        return replace(self.conditions, scope=Scope.INBOX).query((_SORT, sort), *more)

    def full_query(self, *more: tuple[str, str]) -> str:
        """The query of an address elsewhere, which has to say which list it is."""
        scope = [] if self.conditions.scope is Scope.ALL else [(_SCOPE, Scope.INBOX.value)]
        sort = "" if self.sorting is Sorting.NEWEST else self.sorting.value
        return self.conditions.query(*scope, (_SORT, sort), *more)

    def at(self, place: Cursor | None, first: str = "") -> str:
        """The query a case is opened with out of this list, so that one can go on to the next.

        `first` is where the page of the list begins, so that one comes back to it.
        """
        return self.full_query((_PLACE, str(place or "")), (_FIRST, first))

    def href(self, request: Request, desk: str, *more: tuple[str, str]) -> str:
        """The page of this list."""
        return f"{page.url(request, ROUTES[self.conditions.scope], desk=desk)}{self.query(*more)}"

    def sorted_by(self, sorting: Sorting) -> Self:
        """The same cases in another order; the newest first where they cannot be read in it."""
        return replace(self, sorting=sorting if sorting in self.conditions.orders() else Sorting.NEWEST)

    def narrowed(self, conditions: Conditions) -> Self:
        """The same order of other cases; the newest first where they cannot be read in it."""
        return replace(self, conditions=conditions).sorted_by(self.sorting)


@dataclass(frozen=True, slots=True)
class Along:
    """The way through a list from one of its cases. All are addresses, "" where there is none.

    `query` is what the forms of the case carry on, so that after each of them the list goes on.
    """

    query: str = ""
    list_href: str = ""
    before_href: str = ""
    after_href: str = ""


def along(request: Request, session: Any, applied: AppliedDesk, case_id: int, place: Cursor) -> Along:
    """The way through the list a case was opened out of; nowhere when it was opened by itself.

    `place` is where the case stands now; where it stood when it was opened goes before, for it may have moved since.
    """
    pairs = request.query_params.multi_items()
    if not any(name == _SCOPE for name, _ in pairs):
        return Along()
    listing = Listing.read(pairs)
    typed = Cursor.read(request.query_params.get(_PLACE, ""))
    place = typed if typed is not None and typed.is_in(listing.sorting) else place
    first = Cursor.read(request.query_params.get(_FIRST, ""))
    began = str(first or "")
    before, after = casefiles.neighbours(
        session,
        page.actor(request),
        applied,
        listing.conditions,
        place,
        at=page.at(request),
        sorting=listing.sorting,
    )

    def case_at(where: Cursor | None) -> str:
        if where is None:
            return ""
        return f"{page.url(request, 'staff_case', case_id=where.case_id)}{listing.at(where, began)}"

    return Along(
        query=listing.at(place, began),
        list_href=f"{listing.href(request, applied.code, ('after', began))}#case-{case_id}",
        before_href=case_at(before),
        after_href=case_at(after),
    )
