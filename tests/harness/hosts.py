"""Hosts of their own on this machine: network name spaces, each wired to ours, and what stands before several of them."""

import itertools
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.harness.installed import Installed

PORT = 8000
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - other hosts reach what a test lets listen there
ANSWERS_WITHIN = 60.0
HOP_BY_HOP = {b"connection", b"content-length", b"keep-alive", b"transfer-encoding"}

_numbers = itertools.count(1)


class Wire:
    """A name space with one wire to ours. Made by root; the machine must let root make name spaces."""

    def __init__(self) -> None:
        number = next(_numbers)
        self._near, self._far = (f"m{os.getpid()}{end}{number}" for end in "nf")
        network = f"10.{200 + os.getpid() % 50}.{number}"
        self.near, self.far = f"{network}.1", f"{network}.2"
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "nsenter", "unshare"))):
            raise RuntimeError(
                "Hosts of their own need root, ip (iproute2), nsenter and unshare (util-linux): sudo make torture"
            )
        # It says that it is inside before anything is wired to it.
        self._keeper = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"], stdout=subprocess.PIPE
        )
        assert self._keeper.stdout
        self._keeper.stdout.readline()
        try:
            _run("ip", "link", "add", self._near, "type", "veth", "peer", "name", self._far)
            _run("ip", "link", "set", self._far, "netns", str(self._keeper.pid))
            _run("ip", "address", "add", f"{self.near}/24", "dev", self._near)
            _run("ip", "link", "set", self._near, "up")
            _run(*self.inside, "ip", "link", "set", "lo", "up")
            _run(*self.inside, "ip", "address", "add", f"{self.far}/24", "dev", self._far)
            _run(*self.inside, "ip", "link", "set", self._far, "up")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    @property
    def inside(self) -> tuple[str, ...]:
        """What a program is started through to run there."""
        assert self._keeper
        return ("nsenter", f"--net=/proc/{self._keeper.pid}/ns/net")

    def cut(self) -> None:
        """Let nothing through any more: neither side is told."""
        _run("ip", "link", "set", self._near, "down")

    def mend(self) -> None:
        """Let everything through again."""
        _run("ip", "link", "set", self._near, "up")

    def _remove(self) -> None:
        subprocess.run(["ip", "link", "delete", self._near], check=False, capture_output=True)
        if self._keeper:
            self._keeper.kill()
            self._keeper.communicate()


@dataclass
class Host(Installed):
    """An installation on a host of its own: its folder, its programs; the files and the key are shared."""

    wire: Wire = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.port, self.before = PORT, self.wire.inside

    @property
    def address(self) -> str:
        return f"http://{self.wire.far}:{self.port}"

    def serve(self, *words: str) -> Any:
        """Start `serve` where other machines reach it."""
        return self.start("serve", "--host", self.wire.far, "--port", str(self.port), *words)


def furnish(
    folder: Path, shared_files: Path, database_url: str, wire: Wire, settings: dict[str, str]
) -> Host:
    """A host with the key of the installation and the files all hosts share."""
    folder.mkdir(mode=0o700)
    shared_files.mkdir(mode=0o700, exist_ok=True)
    (folder / "files").symlink_to(shared_files)
    host = Host(folder, seen_from(wire, database_url), settings, wire=wire)
    host.lay_key()
    return host


def seen_from(wire: Wire, address: str) -> str:
    """An address of a server of ours, as a host at the other end of this wire knows it."""
    return address.replace("127.0.0.1", wire.near)


class Balancer:
    """What stands before several hosts: each request goes to the next of them, also in the middle of a visit."""

    def __init__(self, *addresses: str) -> None:
        self._hosts = [
            httpx.AsyncClient(base_url=each, timeout=ANSWERS_WITHIN, trust_env=False) for each in addresses
        ]
        self._turns = itertools.cycle(self._hosts)
        self.asked = dict.fromkeys(addresses, 0)

    async def close(self) -> None:
        """Hang up."""
        for each in self._hosts:
            await each.aclose()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        host = next(self._turns)
        self.asked[str(host.base_url)] += 1
        query = scope["query_string"]
        path = scope["raw_path"] + (b"?" + query if query else b"")
        headers = [each for each in scope["headers"] if each[0] not in HOP_BY_HOP]
        headers.append((b"x-forwarded-for", scope["client"][0].encode()))
        body = await _whole_body(receive)
        asked = host.build_request(
            scope["method"], host.base_url.copy_with(raw_path=path), headers=headers, content=body
        )
        answer = await host.send(asked, stream=True)
        try:
            told = [each for each in answer.headers.raw if each[0].lower() not in HOP_BY_HOP]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": told})
            async for part in answer.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()


async def _whole_body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()}")
