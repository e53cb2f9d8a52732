"""The whole site: every address, what opens it, and what it needs."""

from starlette.routing import BaseRoute, Mount

from meyasubako.core.places import static_folder
from meyasubako.web.guard.kept_files import KeptFiles
from meyasubako.web.routes import cases, indicators, programs, providers, residents, staff

routes: list[BaseRoute] = [
    *residents.pages,
    *staff.pages,
    *indicators.pages,
    *cases.pages,
    *providers.pages,
    *programs.pages,
    Mount("/static", KeptFiles(directory=static_folder()), name="static"),
]
