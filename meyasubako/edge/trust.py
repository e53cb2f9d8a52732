"""Whom to believe when another machine says who it is: the authorities this machine trusts, those of the office among them."""

import ssl
from functools import cache


@cache
def authorities() -> ssl.SSLContext:
    """What checks certificates. Kept: reading the authorities takes longer than sending a mail."""
    return ssl.create_default_context()
