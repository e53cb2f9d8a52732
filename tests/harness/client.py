"""A browser without a screen: it walks through the application, fills in the forms it finds and checks every page it sees."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import httpx
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles

from tests.harness import nu_checker
from tests.harness.html import describe, elements, page_faults, words, words_of_title
from tests.harness.markup import parse

ORIGIN = "https://testserver"
VISITOR = ("203.0.113.10", 50_000)

Values = Mapping[str, str | bool | Sequence[str]]


@dataclass(frozen=True)
class Form:
    """A form as it stands in a page: what it would send, and what may be chosen in it."""

    page: "Page"
    element: Element

    @property
    def method(self) -> str:
        return self.element.get("method", "get").upper()

    @property
    def action(self) -> str:
        return urljoin(str(self.page.url), self.element.get("action") or "")

    @property
    def brings_files(self) -> bool:
        return self.element.get("enctype") == "multipart/form-data"

    @cached_property
    def controls(self) -> list[Element]:
        """The controls that belong to this form, inside it or by their `form` attribute."""
        mine = self.element.get("id")
        inside = set(self.element.iter())
        found = elements(self.page.tree, "input", "select", "textarea", "button")
        return [
            each
            for each in found
            if "disabled" not in each.attrib
            and (each.get("form") == mine if each.get("form") else each in inside)
        ]

    @cached_property
    def buttons(self) -> list[Element]:
        """The buttons that send it."""
        return [each for each in self.controls if _is_send_button(each)]

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """What it would send as it stands, by field name."""
        sent: dict[str, list[str]] = {}
        for control in self.controls:
            name = control.get("name")
            if name and control.tag != "button" and not _is_send_button(control):
                sent.setdefault(name, []).extend(_standing_values(control))
        return sent

    def kind(self, name: str) -> str:
        """What kind of control a field is, "" where there is none."""
        return next((_kind(each) for each in self.controls if each.get("name") == name), "")

    def choices(self, name: str) -> list[str] | None:
        """The values a field offers, or None where anything may be typed."""
        named = [each for each in self.controls if each.get("name") == name]
        if any(each.tag == "select" for each in named):
            return [_option_value(option) for each in named for option in elements(each, "option")]
        if any(_kind(each) in {"radio", "checkbox"} for each in named):
            return [each.get("value", "on") for each in named]
        return None

    def filled(self, values: Values) -> dict[str, list[str]]:
        """What it sends after somebody put these values in. Only what a person could do is possible."""
        sent = {name: list(standing) for name, standing in self.fields.items()}
        for name, value in values.items():
            if name not in sent:
                raise AssertionError(f"{describe(self.element)} has no field {name!r}; it has {sorted(sent)}")
            choices = self.choices(name)
            if isinstance(value, bool):
                wanted = list(choices or ["on"])[:1] if value else []
            else:
                wanted = [value] if isinstance(value, str) else list(value)
            if choices is not None and (strange := [each for each in wanted if each not in choices]):
                raise AssertionError(f"{name} offers {choices}, not {strange}")
            sent[name] = wanted
        return sent

    def button(self, label: str | None) -> Element | None:
        """The button with these words, name or value; the first one when none is named."""
        if label is None:
            return self.buttons[0] if self.buttons else None
        for each in self.buttons:
            if label in {words(each) or each.get("value"), each.get("name"), each.get("value")}:
                return each
        raise AssertionError(f"{describe(self.element)} has no button {label!r}; it has {self.button_labels}")

    @property
    def button_labels(self) -> list[str]:
        return [words(each) or each.get("value", "") for each in self.buttons]


@dataclass(frozen=True)
class Page:
    """An answer, with the words for asking what stands in it."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def url(self) -> httpx.URL:
        return self.response.url

    @property
    def path(self) -> str:
        return self.url.path

    @property
    def headers(self) -> httpx.Headers:
        return self.response.headers

    @property
    def is_html(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")

    @cached_property
    def _parsed(self) -> tuple[Element, list[str]]:
        return parse(self.response.text)

    @property
    def tree(self) -> Element:
        return self._parsed[0]

    @property
    def faults(self) -> list[str]:
        """What is wrong with this page in any case."""
        return [*self._parsed[1], *page_faults(self.tree)]

    @cached_property
    def text(self) -> str:
        """Everything a reader sees."""
        body = self.tree.find("body")
        return "" if body is None else words(body)

    @cached_property
    def title(self) -> str:
        return words_of_title(self.tree)

    @cached_property
    def heading(self) -> str:
        return words(next(elements(self.tree, "h1")))

    @cached_property
    def links(self) -> dict[str, str]:
        """Where the links lead, by their words; of several with the same words, the first."""
        found: dict[str, str] = {}
        for each in elements(self.tree, "a"):
            if href := each.get("href"):
                found.setdefault(words(each) or each.get("aria-label", ""), urljoin(str(self.url), href))
        return found

    def by_id(self, name: str) -> Element:
        """The element with this id."""
        for each in elements(self.tree):
            if each.get("id") == name:
                return each
        raise AssertionError(f"{self.path} has nothing with the id {name!r}")

    @cached_property
    def forms(self) -> list[Form]:
        return [Form(self, each) for each in elements(self.tree, "form")]

    def form(self, *, action: str | None = None, button: str | None = None, field: str | None = None) -> Form:
        """The one form that goes to this path, has this button, has this field; the only POST form when nothing is said."""
        candidates = [
            each
            for each in self.forms
            if (action is None or urlsplit(each.action).path == action)
            and (button is None or button in each.button_labels)
            and (field is None or field in each.fields)
        ]
        if action is None and button is None and field is None:
            candidates = [each for each in candidates if each.method == "POST"]
        if len(candidates) != 1:
            every = [(each.action, each.button_labels, sorted(each.fields)) for each in self.forms]
            raise AssertionError(f"{len(candidates)} forms of {self.path} fit; it has {every}")
        return candidates[0]

    @cached_property
    def tables(self) -> dict[str, list[list[str]]]:
        """The rows of each table, heads included, by its caption."""
        return {
            words(caption) if (caption := table.find("caption")) is not None else "": [
                [words(cell) for cell in elements(row, "th", "td")] for row in elements(table, "tr")
            ]
            for table in elements(self.tree, "table")
        }

    def json(self) -> Any:
        return self.response.json()


@dataclass
class Client:
    """Somebody at a browser. `visitor` is the address they come from; `app` is the whole application."""

    app: Any
    visitor: tuple[str, int] = VISITOR
    origin: str = ORIGIN
    raises: bool = True
    links_checked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=self.raises, client=self.visitor),
            base_url=self.origin,
            headers={"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "accept-language": "ja"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._http.cookies

    async def get(self, path: str, *, expect: int = 200, follow: bool = True, **options: Any) -> Page:
        """Open an address, as if typed in."""
        headers = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        return await self.request("GET", path, expect=expect, follow=follow, headers=headers, **options)

    async def post(
        self, path: str, data: Any = None, *, expect: int = 200, follow: bool = True, **options: Any
    ) -> Page:
        """Send form fields from a page of our own, without having looked at the form."""
        return await self.request(
            "POST", path, expect=expect, follow=follow, data=data, headers=self._same_origin(), **options
        )

    async def follow(self, page: Page, link: str, *, expect: int = 200) -> Page:
        """Click the link with these words."""
        if link not in page.links:
            raise AssertionError(f"{page.path} has no link {link!r}; it has {sorted(page.links)}")
        return await self.request("GET", page.links[link], expect=expect, headers=self._same_origin())

    async def submit(
        self,
        form: Form | Page,
        values: Values | None = None,
        *,
        button: str | None = None,
        files: Mapping[str, Sequence[tuple[str, bytes]]] | None = None,
        expect: int = 200,
        follow: bool = True,
    ) -> Page:
        """Fill in a form and press a button. Of a page with several forms, the one that has the button.

        `files` are the names and contents of those chosen in a field.
        """
        if isinstance(form, Page):
            form = form.form(button=button)
        fields = form.filled(values or {})
        pressed = form.button(button)
        if pressed is not None and pressed.get("name"):
            fields.setdefault(pressed.get("name", ""), []).append(pressed.get("value", ""))
        target = form.action if pressed is None else urljoin(form.action, pressed.get("formaction") or "")
        sent = [(name, value) for name, values_ in fields.items() for value in values_]
        if form.method == "GET":
            target = str(httpx.URL(target).copy_with(params=sent))
            return await self.request(
                "GET", target, expect=expect, follow=follow, headers=self._same_origin()
            )
        if form.brings_files:
            parts: list[tuple[str, tuple[str | None, str | bytes]]] = [
                (name, (None, value)) for name, value in sent if form.kind(name) != "file"
            ]
            parts += [(name, chosen) for name, several in (files or {}).items() for chosen in several]
            return await self.post(target, files=parts, expect=expect, follow=follow)
        assert not files, f"{describe(form.element)} brings no files"
        return await self.post(target, fields, expect=expect, follow=follow)

    async def request(
        self, method: str, path: str, *, expect: int | None = 200, follow: bool = True, **options: Any
    ) -> Page:
        """Ask for anything; the answer at the end of the redirects is checked. `expect=None` takes any status."""
        response = await self._http.request(method, path, follow_redirects=follow, **options)
        page = Page(response)
        if expect is not None and page.status != expect:
            said = page.text if page.is_html else response.text
            raise AssertionError(f"{method} {path} answered {page.status}, not {expect}: {said[:1500]}")
        if page.is_html and method != "HEAD":
            self._check(page)
            nu_checker.keep(response.text, f"{page.status} {method} {page.path}")
        return page

    def _same_origin(self) -> dict[str, str]:
        return {
            "origin": self.origin,
            "sec-fetch-site": "same-origin",
            "sec-fetch-mode": "navigate",
            "sec-fetch-dest": "document",
        }

    def _check(self, page: Page) -> None:
        faults = [*page.faults, *self._dead_links(page)]
        if faults:
            raise AssertionError(
                "\n".join([f"{page.response.request.method} {page.url} is not in order:", *faults])
            )

    def _dead_links(self, page: Page) -> Iterable[str]:
        """The links to ourselves that no route would answer."""
        for element in elements(page.tree):
            method = "GET"
            for attribute in ("href", "src", "action", "formaction"):
                given = element.get(attribute)
                if given is None or given.startswith("#"):
                    continue
                target = urlsplit(urljoin(str(page.url), given))
                if f"{target.scheme}://{target.netloc}" != self.origin:
                    continue
                if element.tag == "form":
                    method = element.get("method", "get").upper()
                elif attribute == "formaction":
                    method = "POST"
                key = f"{method} {target.path}"
                if key in self.links_checked:
                    continue
                if resolves(self.app, method, target.path):
                    self.links_checked.add(key)
                else:
                    yield f"{describe(element)}: nothing answers {key}"


def resolves(app: Any, method: str, path: str) -> bool:
    """Whether the application has a route, or a static file, for this address."""
    while not hasattr(app, "router") and hasattr(app, "app"):
        app = app.app
    routes = app.router.routes
    # Applications of the same routes answer the same; the routes are kept, so that nobody else gets their ids.
    _, known = _answered.setdefault(tuple(map(id, routes)), (list(routes), {}))
    if (method, path) not in known:
        scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
        known[method, path] = _matches(routes, scope)
    return known[method, path]


_answered: dict[tuple[int, ...], tuple[list[Any], dict[tuple[str, str], bool]]] = {}


def _matches(routes: Iterable[Any], scope: dict[str, Any]) -> bool:
    for route in routes:
        match, child = route.matches(scope)
        if match is not Match.FULL:
            continue
        if not isinstance(route, Mount):
            return True
        if isinstance(route.app, StaticFiles):
            inside = scope["path"].removeprefix(scope["root_path"]).removeprefix(route.path).lstrip("/")
            with suppress(OSError):
                return route.app.lookup_path(str(Path(inside)))[1] is not None
            return False
        if _matches(route.routes, {**scope, **child}):
            return True
    return False


def _kind(control: Element) -> str:
    return control.get("type", "text").lower() if control.tag == "input" else str(control.tag)


def _is_send_button(control: Element) -> bool:
    if control.tag == "button":
        return control.get("type", "submit").lower() == "submit"
    return _kind(control) in {"submit", "image"}


def _option_value(option: Element) -> str:
    given = option.get("value")
    return words(option) if given is None else given


def _standing_values(control: Element) -> list[str]:
    """What a control sends as the page left it."""
    kind = _kind(control)
    if kind in {"radio", "checkbox"}:
        return [control.get("value", "on")] if "checked" in control.attrib else []
    if kind == "select":
        options = list(elements(control, "option"))
        chosen = [each for each in options if "selected" in each.attrib]
        if not chosen and "multiple" not in control.attrib:
            chosen = options[:1]
        return [_option_value(each) for each in chosen]
    if kind == "textarea":
        # The parser has already dropped the line break that may follow the opening tag.
        return [(control.text or "").replace("\r\n", "\n").replace("\n", "\r\n")]
    return [control.get("value", "")]
