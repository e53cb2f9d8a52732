"""A store for files as an office has one beside its machines: S3's interface over HTTP, with a bucket of its own for each test."""

import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import httpx

_numbers = itertools.count(1)


@dataclass
class Store:
    """A running store. `address` names a bucket of it, as MEYASUBAKO_FILES does."""

    host: str
    port: int

    @cached_property
    def address(self) -> str:
        """A new bucket, and the part of it below a prefix."""
        name = f"files-{next(_numbers)}"
        httpx.put(f"http://{self.host}:{self.port}/{name}").raise_for_status()
        return f"s3+plain://key:secret@{self.host}:{self.port}/{name}/meyasubako"


@contextmanager
def storing() -> Iterator[Store]:
    """A store on a free port, gone afterwards."""
    # Takes a second to load.
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield Store(*server.get_host_and_port())
    finally:
        server.stop()
