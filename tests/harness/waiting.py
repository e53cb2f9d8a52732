"""Time passes for a cookie: it is signed again with an end that lies behind us."""

from tests.harness.client import Client
from tests.harness.site import Site


def half_an_hour_passes(site: Site, client: Client, name: str) -> None:
    """The signed cookie has ended, though the browser still sends it."""
    cookie = next(each for each in client.cookies.jar if each.name == f"__Host-{name}")
    content = site.keys.unsign(f"cookie {name}", cookie.value or "")
    assert content, "the cookie is signed by this site"
    ends_at, _, value = content.partition(".")
    cookie.value = site.keys.sign(f"cookie {name}", f"{int(ends_at) - 1_801}.{value}")
