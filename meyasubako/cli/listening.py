"""Where the service listens: one socket for each process that answers, all of them on one address."""

import errno
import os
import socket
from dataclasses import dataclass
from typing import NoReturn

from meyasubako.core.errors import WrongSetting

BACKLOG = 2_048


@dataclass(frozen=True, slots=True)
class Place:
    """An address of this machine and a number there."""

    host: str
    port: int


def listen(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """`count` sockets on one address, among which the system shares out connections. Raises WrongSetting.

    One socket for all would let whichever process wakes first take every connection of a burst, and keep it.
    """
    if count > 1 and not hasattr(socket, "SO_REUSEPORT"):
        raise WrongSetting("このシステムでは、--processes に 1 だけを使えます。")
    try:
        if count == 1:
            return [_bind(host, port, is_shared=False)]
        # Sockets that may be shared would also be shared with a service that already runs here.
        _bind(host, port, is_shared=False).close()
        found = [_bind(host, port, is_shared=True)]
        found += [_bind(host, port_of(found[0]), is_shared=True) for _ in range(count - 1)]
    except (OSError, OverflowError) as error:
        refuse(Place(host, port), error, "--port")
    return found


def port_of(listener: socket.socket) -> int:
    """The number it listens at."""
    return listener.getsockname()[1]


def address_to_open(host: str, port: int) -> str:
    """Where somebody at this machine opens the service; links in mails lead there unless the settings name a place."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104  compared with, not bound to
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bind(host: str, port: int, *, is_shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=is_shared)
    # Connections have it from here. An answer is sent in two pieces, and its second would wait 40 ms for the first one's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def read_place(text: str) -> Place:
    """The place meant by 127.0.0.1:9464 or [::1]:9464. Raises WrongSetting."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise WrongSetting("--metrics は 127.0.0.1:9464 のように、アドレスと番号で書いてください。")
    return Place(host, int(port))


def refuse(place: Place, error: OSError | OverflowError, option: str) -> NoReturn:
    """Raises WrongSetting saying why nobody can listen there, and what to write with which option instead."""
    raise WrongSetting(_why(place, error, option)) from None


def _why(place: Place, error: OSError | OverflowError, option: str) -> str:
    host, port = place.host, place.port
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return f"{host} の {port} 番は、ほかのプログラムが使っています。{option} で別の番号を選んでください。"
    if number == errno.EACCES:
        return f"{port} 番で待ち受ける権限がありません。{option} で 1024 以上の番号を選んでください。"
    said = os.strerror(number) if number and number > 0 else str(error)
    return f"{host} の {port} 番で待ち受けられません（{said}）。アドレスと番号を確かめてください。"
