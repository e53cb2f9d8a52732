"""Where a request comes from, believing only the proxies the installation trusts."""

import ipaddress

from starlette.requests import Request

from meyasubako.core.settings import Network
from meyasubako.web import page

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client(request: Request) -> str:
    """The address of whoever asks; "" where the server does not say (a Unix socket without proxies in front)."""
    trusted = page.settings(request).trusted_proxies
    peer = request.client.host if request.client else ""
    # Each proxy appends the address it saw: going back from the end, the first that is not one of ours is the client.
    path = [*",".join(request.headers.getlist("x-forwarded-for")).split(","), peer]
    while len(path) > 1 and _is_trusted(path[-1], trusted):
        if _address(path[-2]) is None:
            break
        path.pop()
    found = _address(path[-1])
    return str(found) if found else peer


def network(request: Request) -> str:
    """What limits are counted by: an IPv4 address, or the network an IPv6 subscriber chooses addresses from."""
    found = _address(client(request))
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found or "")


def _is_trusted(text: str, trusted: tuple[Network, ...]) -> bool:
    found = _address(text)
    return found is not None and any(found in each for each in trusted)


def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
