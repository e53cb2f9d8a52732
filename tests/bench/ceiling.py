"""How fast a form can be taken at all: Starlette's own parser reads it, the page with number and passcode is made, nothing is kept.

`python -m tests.bench.ceiling --port 8100 [--processes 2]`. The page always says the same: only the machine makes a difference.
"""

import argparse
import asyncio
import gc
import multiprocessing
import signal
import socket
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from meyasubako.core import dates
from meyasubako.store.database import Database
from meyasubako.web import page
from tests.harness import migrations
from tests.harness.site import TOYAMA, open_site


async def take(request: Request) -> Response:
    """Read the form, say the same as always."""
    applied = page.service(request).shelf.find(TOYAMA)
    async with request.form():
        request.state.request_id = "always the same"
        return page.render(
            request,
            "public/done.html",
            title="受け付けました",
            desk=applied,
            here=applied.desk,
            receipt=SimpleNamespace(
                number="347ACDEFG", title="件名", received_at=dates.now(), has_email=True, files=()
            ),
            passcode="347ACDEFGHJKMNP",
            due_on=None,
        )


def serve(port: int) -> None:
    """Take forms until told to stop."""
    asyncio.run(_serve(port))


async def _serve(port: int) -> None:
    with tempfile.TemporaryDirectory(prefix="meyasubako-bench-") as folder:
        url = f"sqlite:///{folder}/ceiling.sqlite3"
        await asyncio.to_thread(migrations.upgrade, url)
        database = Database(url)
        site = await open_site(database, Path(folder))
        app = Starlette(routes=[Route(f"/desks/{TOYAMA}/new", take, methods=["POST"])])
        app.state.service = site.app.state.service
        await app.state.service.shelf.look()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(("127.0.0.1", port))
        gc.collect()
        gc.freeze()
        config = uvicorn.Config(
            app, log_config=None, access_log=False, proxy_headers=False, server_header=False
        )
        await uvicorn.Server(config).serve([listener])
        await database.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    begun = [
        multiprocessing.get_context("spawn").Process(target=serve, args=(arguments.port,))
        for _ in range(arguments.processes)
    ]
    # Told to stop, it stops what it began first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        for each in begun:
            each.start()
        for each in begun:
            each.join()
    finally:
        for each in begun:
            each.terminate()
            each.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
