"""Passwords of staff: what may be one, how it is kept, and comparing what somebody typed."""

import secrets
from dataclasses import dataclass
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from meyasubako.core.codes import ALPHABET, grouped
from meyasubako.core.errors import FieldError, InvalidInput

SHORTEST_PASSWORD: Final = 12


LONGEST_PASSWORD: Final = 200


_DRAWN_LENGTH: Final = 15


_HASHES = PasswordHash((Argon2Hasher(),))


# Verified for a login nobody has, so that the answer takes as long as for one that exists.
_NOBODYS_HASH: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$wLzmaMR7GqEdQQBYpgRgLw$q3Kf3gfwr/ekSd8IS6LqDNtdMLDWTvjhiTtmd/ccPyw"
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a typed password is compared with."""

    staff_id: int
    password_hash: str


def hash_password(password: str) -> str:
    """The argon2id hash of a password. Slow by intent: call it outside a unit, in a thread."""
    return _HASHES.hash(password)


def is_password(credentials: Credentials | None, password: str) -> bool:
    """Whether the password is right, after the same time for somebody who does not exist. As slow as hashing."""
    is_right = _HASHES.verify(password, credentials.password_hash if credentials else _NOBODYS_HASH)
    return is_right and credentials is not None


def check_new_password(password: str, *, login: str, field: str = "password") -> None:
    """Raises InvalidInput if a password is too easy to guess."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(FieldError(field, f"パスワードは{SHORTEST_PASSWORD}文字以上にしてください。"))
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput(FieldError(field, f"パスワードは{LONGEST_PASSWORD}文字までにしてください。"))
    if len(set(password)) < 5:
        raise InvalidInput(FieldError(field, "パスワードに、もっといろいろな文字を使ってください。"))
    if login and login in password.casefold():
        raise InvalidInput(FieldError(field, "パスワードに、利用者IDを入れないでください。"))


def draw_password() -> str:
    """A password to begin with, easy to read over the telephone."""
    return grouped("".join(secrets.choice(ALPHABET.lower()) for _ in range(_DRAWN_LENGTH)))
