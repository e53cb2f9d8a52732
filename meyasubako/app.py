"""The application put together from its parts; whoever runs it brings settings, database and key."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from meyasubako.core.codes import Keys
from meyasubako.core.errors import DeskError
from meyasubako.core.places import static_folder, templates_folder
from meyasubako.core.settings import Settings
from meyasubako.edge.files import open_cabinet
from meyasubako.store.database import Database
from meyasubako.web import guard
from meyasubako.web.page import DeskShelf, Door, Service, Statics
from meyasubako.web.routes import Half, pages, routes, routes_of


def create_app(settings: Settings, database: Database, keys: Keys, *, only: Half | None = None) -> Starlette:
    """The application, or one half of it, ready without a lifespan; the caller closes the database."""
    app = Starlette(
        routes=routes_of(only),
        middleware=[Middleware(guard.Envelope, settings)],
        exception_handlers={DeskError: guard.refusal, HTTPException: guard.refusal},
    )
    # A redirect would be built from the Host header, which anybody can write.
    app.router.redirect_slashes = False
    app.state.admission = guard.Admission(guard.Gate(guard.rooms(database.units_at_once)))
    app.state.service = Service(
        settings=settings,
        database=database,
        keys=keys,
        templates=templates_folder(),
        statics=Statics(static_folder()),
        shelf=DeskShelf(database),
        door=Door(settings.data),
        cabinet=open_cabinet(settings),
        addresses={route.name: route for route in routes if isinstance(route, Route)},
        elsewhere=_elsewhere(settings, only),
    )
    return app


def _elsewhere(settings: Settings, only: Half | None) -> dict[str, str]:
    """The pages of the other half, by the address at which it is opened."""
    addresses = {Half.PUBLIC: settings.public_url, Half.STAFF: settings.staff_url}
    others = [half for half in Half if only not in {None, half}]
    return {page.name: addresses[half] for half in others for page in pages[half]}


async def prepare(app: Starlette) -> None:
    """Make ready what is said when the database is gone or too many ask at once, while everything is still there."""
    service: Service = app.state.service
    await service.shelf.look()
    guard.prepare(service)
