"""What systemd is told: that the service answers now, and that it stops. Where there is no systemd, nobody is told."""

import os
import socket
from contextlib import suppress


def tell_ready() -> None:
    """The service takes connections."""
    _tell("READY=1")


def tell_stopping() -> None:
    """The service finishes what is under way."""
    _tell("STOPPING=1")


def _tell(what: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # A name that begins with @ is one of Linux' own, which stands in no folder.
    place = f"\0{address[1:]}" if address.startswith("@") else address
    # Whoever asked to be told may be gone; that is no reason to stop serving.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
        speaking.sendto(what.encode(), place)
