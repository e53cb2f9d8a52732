"""Where the service listens: one socket for each process that answers, all of them on one address."""

import errno
import os
import socket

from meyasubako.core.errors import WrongSetting

BACKLOG = 2_048


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
        raise WrongSetting(_why(host, port, error)) from None
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
    return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=is_shared)


def _why(host: str, port: int, error: OSError | OverflowError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return f"{host} の {port} 番は、ほかのプログラムが使っています。--port で別の番号を選んでください。"
    if number == errno.EACCES:
        return f"{port} 番で待ち受ける権限がありません。--port で 1024 以上の番号を選んでください。"
    said = os.strerror(number) if number and number > 0 else str(error)
    return f"{host} の {port} 番で待ち受けられません（{said}）。--host と --port を確かめてください。"
