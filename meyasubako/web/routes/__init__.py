"""The whole site: every address, what opens it, and what it needs."""

from enum import StrEnum

from starlette.routing import BaseRoute, Mount

from meyasubako.core.places import static_folder
from meyasubako.web.guard import Page
from meyasubako.web.guard.kept_files import KeptFiles
from meyasubako.web.routes import cases, indicators, programs, providers, residents, staff


class Half(StrEnum):
    """A part of the site that processes of its own may answer, so that it can be kept inside a network."""

    PUBLIC = "public"
    STAFF = "staff"


pages: dict[Half, list[Page]] = {
    Half.PUBLIC: [*residents.pages, *providers.pages, *programs.pages],
    Half.STAFF: [*staff.pages, *indicators.pages, *cases.pages],
}
"""What is asked for from outside, and what only staff ask for."""


def routes_of(only: Half | None) -> list[BaseRoute]:
    """The routes of one half, or of the whole site. Files of the pages and signs of life belong to both."""
    chosen = [page for half, found in pages.items() if only in {None, half} for page in found]
    return [*chosen, *programs.signs, Mount("/static", KeptFiles(directory=static_folder()), name="static")]


routes = routes_of(None)
