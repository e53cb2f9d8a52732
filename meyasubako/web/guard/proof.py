"""Proof of work: a browser spends a second on one sending by itself, so that sending thousands costs hours.

ALTCHA's protocol without anybody else's server. A proof is good for one form in one browser at one desk, and sending
the same form again makes no second receipt: nothing needs to be remembered of those that were used.
"""

import json
import secrets
from datetime import timedelta
from typing import Final

import altcha
from starlette.requests import Request

from meyasubako.core.codes import token_hash
from meyasubako.web import page

FIELD: Final = "proof"
LASTS: Final = timedelta(hours=1)
LONGEST: Final = 4_000

ALGORITHM: Final = "PBKDF2/SHA-256"
ROUNDS: Final = 2_000
FEWEST_TRIES: Final = 200
MOST_TRIES: Final = 600
"""The number to find lies between the two: half a second on a desk, two or three on a telephone."""


def challenge(request: Request, form_key: str) -> str:
    """What the browser has to solve before it sends this form, as JSON."""
    made = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=FEWEST_TRIES + secrets.randbelow(MOST_TRIES - FEWEST_TRIES),
        expires_at=page.at(request) + LASTS,
        data={"for": _subject(request, form_key)},
        hmac_secret=page.keys(request).secret_for("proof"),
        hmac_key_secret=page.keys(request).secret_for("proof solved"),
    )
    return json.dumps(made.to_dict())


def is_proved(request: Request, typed: str, form_key: str) -> bool:
    """Whether this is the solution of a challenge we gave for this form."""
    if not typed or len(typed) > LONGEST:
        return False
    try:
        payload = altcha.Payload.from_base64(typed)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    if payload.challenge.parameters.data != {"for": _subject(request, form_key)}:
        return False
    found = altcha.verify_solution(
        payload,
        page.keys(request).secret_for("proof"),
        hmac_key_secret=page.keys(request).secret_for("proof solved"),
    )
    return found.verified


def _subject(request: Request, form_key: str) -> str:
    return token_hash(f"{page.desk(request).code} {page.browser(request)} {form_key}")
