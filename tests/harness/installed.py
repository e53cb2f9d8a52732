"""An installation on a disk, and the real programs that work on it: started, killed, stopped as an operator would."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.harness.server import listening_socket
from tests.harness.threaded import WAIT_SECONDS

KEY = b"a key for tests, 32 bytes long.."

BUSY = {
    "MEYASUBAKO_SUBMISSIONS_PER_HOUR": "1000000",
    "MEYASUBAKO_PROOF_FROM_NETWORK": "1000000",
    "MEYASUBAKO_PROOF_FROM_DESK": "1000000",
    "MEYASUBAKO_LEAST_SECONDS": "0",
}
"""Whoever sends thousands from one place is let in; what guards against that is tested where it is."""


@dataclass
class Installed:
    """An installation in a folder. `before` is what its programs are started through."""

    data: Path
    database_url: str
    settings: dict[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    log: Path = Path()

    def __post_init__(self) -> None:
        with listening_socket() as listener:
            self.port = int(listener.getsockname()[1])
        if self.log == Path():
            self.log = self.data.parent / f"{self.data.name}.log"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lay_key(self) -> None:
        """The key every test knows."""
        secret = self.data / "secret"
        secret.write_text(KEY.hex(), encoding="ascii")
        secret.chmod(0o600)

    @contextmanager
    def running(self, *words: str) -> Iterator["Program"]:
        """A program of this installation, killed at the end if it still runs."""
        program = self.start(*words)
        try:
            yield program
        finally:
            program.kill()

    def start(self, *words: str) -> "Program":
        """Start `meyasubako` with these words, in a group of processes of its own."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("MEYASUBAKO_")
        }
        environment |= {
            "MEYASUBAKO_DATA": str(self.data),
            "MEYASUBAKO_DATABASE": self.database_url,
            "MEYASUBAKO_PUBLIC_URL": self.address,
            **self.settings,
        }
        command = [*self.before, sys.executable, "-m", "meyasubako.cli", *words]
        with self.log.open("ab") as log:
            begins = log.tell()
            process = subprocess.Popen(
                command, env=environment, stderr=log, stdout=log, start_new_session=True
            )
        return Program(process, self, begins)

    def serve(self, *words: str) -> "Program":
        """Start `serve` at the address of this installation."""
        return self.start("serve", "--port", str(self.port), *words)

    def logged(self) -> str:
        """What its programs wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True)
class Program:
    """A running program of the service."""

    process: "subprocess.Popen[bytes]"
    of: Installed
    log_begins: int
    """Where in the log its lines begin."""

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def children(self) -> list[int]:
        """The processes it began."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        return [int(each) for each in listed.split()]

    def kill(self) -> None:
        """kill -9, with every process it started."""
        with suppress(ProcessLookupError):
            # Those it began may outlive it.
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(WAIT_SECONDS)

    def terminate(self) -> None:
        """Ask it to stop, as the system does."""
        self.process.send_signal(signal.SIGTERM)

    async def ended(self, seconds: float = WAIT_SECONDS) -> int:
        """Wait for its end; the exit code."""
        return await asyncio.to_thread(self.process.wait, seconds)

    async def has_begun(self, seconds: float = WAIT_SECONDS) -> None:
        """Wait until every process of it takes requests: the first one that does answers before the others are there."""
        await self.answers(seconds)
        until = time.monotonic() + seconds
        while "で動いています" not in self.of.log.read_bytes()[self.log_begins :].decode(errors="replace"):
            assert time.monotonic() < until, f"not all of it has begun:\n{self.of.logged()[-2000:]}"
            await asyncio.sleep(0.05)

    async def answers(self, seconds: float = WAIT_SECONDS) -> None:
        """Wait until it says that it is ready."""
        until = time.monotonic() + seconds
        async with httpx.AsyncClient(base_url=self.of.address, timeout=10, trust_env=False) as client:
            while True:
                try:
                    if (await client.get("/readyz")).status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                said = self.of.logged()[-2000:]
                assert self.is_running, f"it ended before it answered:\n{said}"
                assert time.monotonic() < until, f"it does not answer:\n{said}"
                await asyncio.sleep(0.05)
