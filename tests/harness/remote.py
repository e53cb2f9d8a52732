"""Somebody at a browser of another machine: the same walk through the pages, over a real connection."""

from dataclasses import dataclass

import httpx

from tests.harness.client import Client, Page

PATIENCE = 90.0


@dataclass
class Remote(Client):
    """Asks a server that listens at `origin`; `app` is not looked into."""

    patience: float = PATIENCE

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(
            base_url=self.origin,
            timeout=self.patience,
            trust_env=False,
            headers={"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "accept-language": "ja"},
        )

    def _check(self, page: Page) -> None:
        """Whether pages are in order is asked where nobody waits for them."""


def at(address: str, *, patience: float = PATIENCE) -> Remote:
    """Somebody new, at this address."""
    return Remote(None, origin=address, patience=patience)
