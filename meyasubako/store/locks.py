"""The numbers PostgreSQL knows our advisory locks by. A lock belongs to one database, so installations do not meet."""

import hashlib
from typing import Final

MIGRATING: Final = "migrating"
"""One `migrate` at a time."""


def number_of(name: str) -> int:
    """The number of a lock, as PostgreSQL wants it: 64 bits with a sign."""
    digest = hashlib.sha256(f"meyasubako {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
