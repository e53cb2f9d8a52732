"""The `page` every template sees: where one is, who one is, what is wrong, whom to call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from meyasubako.casework import notices
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError
from meyasubako.core.policy import Actor, Need
from meyasubako.core.tongues import HTML_LANGUAGE
from meyasubako.core.vocabulary import ActorKind, Language
from meyasubako.web.page import cookies
from meyasubako.web.page.language import OWN_NAMES, has_languages, language, speaker, switch_address
from meyasubako.web.page.request import actor, desks, path, service, url
from meyasubako.web.page.service import Service

NOTICE = "notice"

SECTIONS = (
    ("受付箱", "staff_inbox", Need.VIEW_CASES),
    ("案件", "staff_cases", Need.VIEW_CASES),
    ("引継ぎ", "staff_referrals", Need.VIEW_CASES),
    ("集計", "staff_tallies", Need.VIEW_TALLIES),
    ("名簿", "staff_directory", Need.VIEW_DIRECTORY),
    ("設定", "staff_settings", Need.EDIT_TEMPLATES),
)
"""The parts of a desk, with the route each opens and what it needs."""


@dataclass(frozen=True, slots=True)
class Office:
    """Whom to call; "" where the desk file says nothing."""

    name: str
    telephone: str
    hours: str
    email: str


@dataclass(frozen=True, slots=True)
class DeskFrame:
    """The desk a page belongs to."""

    code: str
    name: str
    prefecture: str
    office: Office


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the frame; `current` on the page it leads to."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """The way to another language: its own name, and what HTML calls it."""

    label: str
    href: str
    code: str
    current: bool
    html_language: str


class Frame:
    """Made for one page. What a page does not print is not made."""

    def __init__(
        self, request: Request, title: str, errors: Sequence[FieldError], applied: AppliedDesk | None
    ) -> None:
        self._request = request
        self._applied = applied
        self.title = title
        self.errors = tuple(errors)
        self.desk = desk_frame(applied) if applied else None
        self.language = language(request)
        self.notice = cookies.signed_cookie(request, NOTICE) or ""

    @property
    def html_language(self) -> str:
        """The language of the page, as its root element names it."""
        return speaker(self._request).html_language

    @property
    def languages(self) -> list[Switch]:
        """The languages this page can be read in; none where there is only Japanese."""
        if not has_languages(self._request):
            return []
        return [
            Switch(
                name,
                switch_address(self._request, each, otherwise=self.url("status")),
                each.value,
                each is self.language,
                HTML_LANGUAGE[each],
            )
            for each, name in OWN_NAMES.items()
        ]

    @property
    def actor(self) -> Actor | None:
        """Whoever is signed in, or came by the link of an offer."""
        found = actor(self._request)
        return found if found.kind in {ActorKind.STAFF, ActorKind.PROVIDER} else None

    @property
    def uses_keys(self) -> bool:
        """Whether single keys do something for whoever is signed in."""
        session = getattr(self._request.state, "staff_session", None)
        return session is not None and session.uses_keys

    @property
    def unread(self) -> str:
        """How many notices whoever is signed in has not seen; "" for none."""
        session = getattr(self._request.state, "staff_session", None)
        if session is None or not session.unread:
            return ""
        return (
            f"{session.unread}"
            if session.unread < notices.MOST_COUNTED
            else f"{notices.MOST_COUNTED - 1}以上"
        )

    @property
    def csrf_token(self) -> str:
        return cookies.csrf_token(self._request)

    @property
    def request_id(self) -> str:
        return self._request.state.request_id

    @property
    def desks(self) -> list[Link]:
        """The desks at which this member of staff has a role."""
        held = actor(self._request).roles
        here = self._applied.code if self._applied else ""
        return [
            Link(each.desk.name, self.url("staff_inbox", desk=each.code), each.code == here)
            for each in desks(self._request)
            if each.id in held
        ]

    @property
    def sections(self) -> list[Link]:
        """What this member of staff may open at this desk."""
        if self._applied is None:
            return []
        here = path(self._request)
        found = []
        for label, name, need in SECTIONS:
            if actor(self._request).may(need, self._applied.id):
                href = self.url(name, desk=self._applied.code)
                found.append(Link(label, href, here == href or here.startswith(f"{href}/")))
        return found

    @property
    def search_href(self) -> str:
        """Where the cases of this desk are searched; "" for who may not see them."""
        if self._applied is None or not actor(self._request).may(Need.VIEW_CASES, self._applied.id):
            return ""
        return self.url("staff_search", desk=self._applied.code)

    def url(self, name: str, /, **params: Any) -> str:
        """The path of a route by its name."""
        return url(self._request, name, **params)

    @property
    def front(self) -> str:
        """Where one begins: the list of desks, or for processes that answer staff only, their own page."""
        home = self.url("home")
        return home if home.startswith("/") else self.url("staff_home")

    def static(self, path: str) -> str:
        """The address of a static file."""
        return service(self._request).statics.address(path)


class PreparedFrame:
    """The same for a page that is made before anybody asks for it: it is about no desk and nobody."""

    errors = ()
    desk = None
    actor = None
    notice = ""
    languages = ()

    def __init__(self, service: Service, title: str, language: Language) -> None:
        self._service = service
        self.title = title
        self.html_language = HTML_LANGUAGE[language]

    def url(self, name: str, /, **params: Any) -> str:
        """The path of a route by its name."""
        return self._service.url(name, **params)

    def static(self, path: str) -> str:
        """The address of a static file."""
        return self._service.statics.address(path)


def desk_frame(applied: AppliedDesk) -> DeskFrame:
    """What the frame prints of a desk."""
    desk = applied.desk
    office = Office(desk.office, desk.phone or "", desk.hours, desk.email or "")
    return DeskFrame(desk.code, desk.name, desk.prefecture, office)
