"""Every route of the site: it has a name and says what it needs, its address is well formed, and strangers get nothing."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.routing import Mount

from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from meyasubako.web import guard
from meyasubako.web.guard.envelope import HEADERS
from meyasubako.web.page.frame import SECTIONS
from meyasubako.web.routes import routes
from tests.harness.client import Client
from tests.harness.site import MIE, Site, open_site


def verbs(page: guard.Page) -> set[str]:
    return page.methods or set()


PAGES = [route for route in routes if isinstance(route, guard.Page)]
VALUES = {"desk": MIE, "token": "nobodys-token", "number": "M7K4TX9PA", "receipt_number": "M7K4TX9PA"}
WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)?")
PARAMETER = re.compile(r"\{([a-z_]+)(?::(int|path))?\}")
FOR_PEOPLE = [page for page in PAGES if not page.is_for_programs]
POSTS = [page for page in FOR_PEOPLE if "POST" in verbs(page)]
STAFF_PAGES = [page for page in PAGES if page.needs not in {Need.PUBLIC, Need.PROVIDER}]
DESK_PAGES = [page for page in PAGES if "{desk}" in page.path]


def named(page: guard.Page) -> str:
    return page.name


def address(page: guard.Page, **values: str) -> str:
    """The page's address with a value for each parameter; numbers that no row has."""
    given = {**VALUES, **values}
    return PARAMETER.sub(lambda found: given.get(found[1], "999999"), page.path)


def method(page: guard.Page) -> str:
    return "GET" if "GET" in verbs(page) else "POST"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> Site:
    return await open_site(database, tmp_path)


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[Client]:
    async with site.client() as client:
        yield client


def test_every_route_is_a_page_or_the_static_files() -> None:
    assert [route for route in routes if not isinstance(route, guard.Page | Mount)] == []
    assert [route.path for route in routes if isinstance(route, Mount)] == ["/static"]


def test_names_and_addresses_are_given_once() -> None:
    names = [page.name for page in PAGES]
    assert [
        name for name in names if names.count(name) > 1 or not re.fullmatch(r"[a-z][a-z0-9_]*", name)
    ] == []
    addresses = [(page.path, each) for page in PAGES for each in verbs(page)]
    assert [each for each in addresses if addresses.count(each) > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_an_address_is_lower_case_words_with_dashes(page: guard.Page) -> None:
    parts = page.path.strip("/").split("/")
    wrong = [part for part in parts if part and not WORD.fullmatch(part) and not PARAMETER.fullmatch(part)]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_is_read_by_get_and_acted_on_by_post(page: guard.Page) -> None:
    assert verbs(page) <= {"GET", "HEAD", "POST"}
    assert verbs(page) & {"GET", "POST"}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_needs_fits_where_it_stands(page: guard.Page) -> None:
    assert isinstance(page.needs, Need)
    top = page.path.split("/")[1]
    if page.name in {"staff_sign_in", "staff_sign_out", "provider_front"}:
        assert page.needs is Need.PUBLIC
    elif top == "staff":
        assert page in STAFF_PAGES
    elif top == "provider":
        assert page.needs is Need.PROVIDER
    else:
        assert page.needs is Need.PUBLIC
    assert page.name.startswith(f"{top}_") or top not in {"staff", "provider", "api"}


def test_the_sections_of_a_desk_need_what_their_pages_need() -> None:
    needs = {page.name: page.needs for page in PAGES}
    assert [(name, needs.get(name)) for _, name, _ in SECTIONS] == [
        (name, need) for _, name, need in SECTIONS
    ]


async def test_strangers_are_sent_to_sign_in(stranger: Client) -> None:
    wrong = []
    for page in STAFF_PAGES:
        found = await stranger.request(method(page), address(page), follow=False, expect=None)
        if method(page) == "GET":
            is_right = found.status == 303 and found.headers["location"].startswith("/staff/sign-in?next=")
        else:
            is_right = found.status == 403
        if not is_right:
            wrong.append((page.name, found.status))
    assert wrong == []


async def test_strangers_do_not_get_to_the_pages_of_providers(stranger: Client) -> None:
    pages = [page for page in PAGES if page.needs is Need.PROVIDER]
    found = [(await stranger.request(method(page), address(page), expect=None)).status for page in pages]
    assert found == [404] * len(pages)


async def test_staff_without_a_role_find_no_desk(site: Site) -> None:
    wrong = []
    client = await site.signed_in("nobody")
    for page in STAFF_PAGES:
        if page.needs is not Need.SIGNED_IN and method(page) == "GET":
            found = await client.request("GET", address(page), follow=False, expect=None)
            if found.status != (404 if page in DESK_PAGES else 403):
                wrong.append((page.name, found.status))
    assert wrong == []


async def test_whoever_may_only_look_may_not_act(site: Site) -> None:
    wrong = []
    client = await site.signed_in("viewer", {MIE: Role.VIEWER})
    viewer = {Need.SIGNED_IN, Need.VIEW_CASES, Need.VIEW_TALLIES, Need.VIEW_DIRECTORY}
    for page in STAFF_PAGES:
        if page.needs not in viewer:
            found = await client.request(method(page), address(page), follow=False, expect=None)
            if found.status != 403:
                wrong.append((page.name, found.status))
    assert wrong == []


async def test_a_desk_that_is_not_there_is_not_found(site: Site) -> None:
    client = await site.signed_in("admin", {MIE: Role.ADMIN})
    wrong = []
    for page in DESK_PAGES:
        found = await client.request(method(page), address(page, desk="nowhere"), follow=False, expect=None)
        if found.status != 404:
            wrong.append((page.name, found.status))
    assert wrong == []


async def test_no_form_is_taken_without_its_token(site: Site) -> None:
    client = await site.signed_in("admin", {MIE: Role.ADMIN})
    wrong = []
    for page in POSTS:
        for token in ("", "made-up"):
            found = await client.request(
                "POST",
                address(page),
                data={"csrf_token": token, "body": "text"},
                headers={"sec-fetch-site": "same-origin"},
                follow=False,
                expect=None,
            )
            refused = 404 if page.needs is Need.PROVIDER else 403
            if found.status != refused:
                wrong.append((page.name, found.status))
    assert wrong == []


async def test_no_form_is_taken_from_another_site(site: Site) -> None:
    client = await site.signed_in("admin", {MIE: Role.ADMIN})
    token = (await client.get("/staff/account")).form(field="new_password").fields["csrf_token"][0]
    wrong = []
    for page in POSTS:
        found = await client.request(
            "POST",
            address(page),
            data={"csrf_token": token},
            headers={"sec-fetch-site": "cross-site"},
            follow=False,
            expect=None,
        )
        if found.status != (404 if page.needs is Need.PROVIDER else 403):
            wrong.append((page.name, found.status))
    assert wrong == []


async def test_every_answer_carries_the_security_headers(stranger: Client) -> None:
    wrong = []
    addresses = [(method(page), address(page)) for page in PAGES]
    for verb, path in [
        *addresses,
        ("GET", "/nowhere"),
        ("DELETE", "/"),
        ("GET", "/static/app.css"),
        ("GET", "/static/no"),
    ]:
        found = await stranger.request(verb, path, follow=False, expect=None)
        if {name: found.headers.get(name) for name in HEADERS} != HEADERS:
            wrong.append((verb, path))
    assert wrong == []


async def test_no_public_page_breaks_down(stranger: Client) -> None:
    """With numbers and tokens nobody has, a page is shown or refused, but never an apology."""
    wrong = []
    for page in PAGES:
        if page.needs is Need.PUBLIC and method(page) == "GET":
            found = await stranger.request("GET", address(page), expect=None)
            if found.status >= 500:
                wrong.append((page.name, found.status))
    assert wrong == []
