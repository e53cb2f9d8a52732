"""Pages added to the site by a test."""

from typing import Any

from meyasubako.core.policy import Need
from meyasubako.web import guard
from tests.harness.site import Site

SIGN_IN = "/staff/sign-in"


def add_page(site: Site, path: str, view: Any, *, needs: Need = Need.PUBLIC, **options: Any) -> None:
    """One more page on this site, for what no page of ours does on its own."""
    site.app.router.routes.insert(0, guard.Page(path, view, name="extra", needs=needs, **options))
