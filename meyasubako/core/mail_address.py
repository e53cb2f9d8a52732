"""Addresses that carry a signature: what comes to one of them belongs to the mail of ours it names.

`voice+r12-…@example.lg.jp` takes the answer to our mail 12, `voice+b12-…` what mail systems say of it. Nobody can make
one without the installation's key, and a number in a subject decides nothing.
"""

import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from meyasubako.core.codes import Keys

LONGEST_LOCAL = 30
"""Mail servers take 64 characters before the @; the rest holds the number and its signature."""


class Way(StrEnum):
    """Why a mail comes to a signed address."""

    REPLY = "r"
    BOUNCE = "b"


@dataclass(frozen=True, slots=True)
class Meant:
    """The mail of ours an address names."""

    way: Way
    outbox_id: int


@dataclass(frozen=True, slots=True)
class MailIn:
    """Where mails come in: `local` is what stands before number and signature, with its sign (`voice+`)."""

    local: str
    host: str

    def address(self, way: Way, outbox_id: int, *, keys: Keys) -> str:
        """The address for what comes back of a mail of ours."""
        signature = keys.mail_signature(way, outbox_id)
        return f"{self.local}{way}{outbox_id}-{signature}@{self.host}"

    def read(self, address: str, *, keys: Keys) -> Meant | None:
        """What a signed address means; None for every other one. Servers may have changed its case."""
        pattern = rf"{re.escape(self.local)}([rb])([1-9][0-9]{{0,8}})-([a-z2-7]{{16}})@{re.escape(self.host)}"
        found = re.fullmatch(pattern.lower(), address.lower())
        if found is None:
            return None
        meant = Meant(Way(found[1]), int(found[2]))
        is_ours = hmac.compare_digest(keys.mail_signature(meant.way, meant.outbox_id), found[3])
        return meant if is_ours else None
