"""The service as an operator runs it: migrated, with a desk, behind a proxy it trusts, in processes of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from meyasubako.core.codes import Keys
from meyasubako.edge.keyfile import open_keys
from tests.harness.server import address_of, listening_socket
from tests.harness.shipped import DESK_FILES

PROGRAM: Final = Path(sys.executable).with_name("meyasubako")
HOST: Final = "voice.example.lg.jp"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 60.0


class Installation:
    """A place with a key, a database and a desk."""

    def __init__(self, folder: Path, url: str, desk: str, **environment: str) -> None:
        self.folder, self.url, self.desk = folder, url, desk
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MEYASUBAKO_")},
            "MEYASUBAKO_DATA": str(folder),
            "MEYASUBAKO_DATABASE": url,
            "MEYASUBAKO_PUBLIC_URL": f"https://{HOST}",
            "MEYASUBAKO_TRUSTED_PROXIES": "127.0.0.1/32",
            **{f"MEYASUBAKO_{name.upper()}": value for name, value in environment.items()},
        }
        self.run("migrate")
        self.run("desks", "apply", str(DESK_FILES / f"{desk}.toml"))

    @property
    def keys(self) -> Keys:
        """Its key."""
        return open_keys(self.folder / "secret")

    def run(self, *words: str) -> None:
        """A command of it, to its end."""
        subprocess.run(
            [PROGRAM, *words],
            env=self._environment,
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )

    @contextmanager
    def serving(self, *words: str) -> Iterator[str]:
        """Its service, until left; gives the address."""
        with started([PROGRAM, "serve", *words], self.folder / "log", self._environment) as address:
            yield address


@contextmanager
def started(
    command: Sequence[str | Path], log: Path, environment: dict[str, str] | None = None
) -> Iterator[str]:
    """A server started on a free port, until left; gives the address. What it says is kept in the file `log`."""
    with listening_socket() as listener:
        address = address_of(listener)
    port = address.rpartition(":")[2]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "--port", port],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait_for(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(f"{address}/healthz"):  # noqa: S310  an address of ours
                return
        except OSError as error:
            # Whatever it answers, it answers.
            if hasattr(error, "code"):
                return
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)
