"""One half of the site: the other is not there, and links across lead to where it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from meyasubako.app import create_app
from meyasubako.casework.correspondence import Links
from meyasubako.core.errors import WrongSetting
from meyasubako.core.settings import Settings
from meyasubako.store.database import Database
from meyasubako.web.routes import Half, pages, programs, routes
from tests.harness.client import ORIGIN
from tests.harness.site import MIE, Site, open_site, settings_for

STAFF = "https://desk.example.internal"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> Site:
    return await open_site(database, tmp_path, staff_url=STAFF)


def only(site: Site, half: Half, settings: Settings | None = None) -> Site:
    return replace(site, app=create_app(settings or site.settings, site.database, site.keys, only=half))


def test_every_page_belongs_to_one_half() -> None:
    halves = [page for half in Half for page in pages[half]]
    assert [*halves, *programs.signs] == routes[:-1]
    assert [page.path for page in pages[Half.STAFF] if not page.path.startswith("/staff/")] == []
    assert [page.path for page in pages[Half.PUBLIC] if page.path.startswith("/staff")] == []


async def test_the_half_for_staff(site: Site) -> None:
    half = only(site, Half.STAFF)
    async with half.client(origin=STAFF) as stranger:
        for path in ("/", f"/desks/{MIE}/new", "/status", "/provider", "/offers/token", "/api/v1/desks"):
            assert (await stranger.request("GET", path, expect=None)).status == 404, path
        assert (await stranger.request("POST", f"/api/v1/desks/{MIE}/receipts", expect=None)).status == 404
        for path in ("/healthz", "/readyz", "/static/app.css"):
            assert (await stranger.request("GET", path, expect=None)).status == 200, path
        lost = await stranger.request("GET", "/", expect=None)
        assert 'href="/staff/"' in lost.response.text
        assert f'href="{ORIGIN}/status"' in lost.response.text
        assert f'href="{ORIGIN}/"' in (await stranger.get("/staff/sign-in")).response.text
    clerk = await half.signed_in("clerk", origin=STAFF)
    assert f'href="{ORIGIN}/help#words"' in (await clerk.get("/staff/help")).response.text


async def test_the_half_for_everybody(site: Site) -> None:
    async with only(site, Half.PUBLIC).client() as stranger:
        for path in ("/staff", "/staff/", "/staff/sign-in", "/staff/cases/1"):
            assert (await stranger.request("GET", path, expect=None)).status == 404, path
        assert (await stranger.request("POST", "/staff/sign-in", expect=None)).status == 404
        for path in ("/", f"/desks/{MIE}/new", "/status", "/provider", "/api/v1/desks", "/readyz"):
            assert (await stranger.request("GET", path, expect=None)).status == 200, path
        assert 'href="/"' in (await stranger.request("GET", "/nowhere", expect=None)).response.text


def test_mails_lead_staff_to_their_own_address(site: Site) -> None:
    links = Links(site.settings.public_url, site.keys, site.settings.staff_url)
    assert (links.case(7), links.status) == (f"{STAFF}/staff/cases/7", f"{ORIGIN}/status")
    assert Links(ORIGIN, site.keys).notices == f"{ORIGIN}/staff/notices"


def test_both_addresses_are_reached_in_the_same_way(tmp_path: Path) -> None:
    assert settings_for(tmp_path).staff_url == ORIGIN
    with pytest.raises(WrongSetting, match="両方を https"):
        settings_for(tmp_path, staff_url="http://desk.example.internal")
