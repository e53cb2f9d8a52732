"""Receipt numbers, passcodes and link tokens: what a person reads over the telephone or follows from a mail.

None of the secrets is stored. Each is derived from the installation's key, so that a mail can be rendered when it is delivered.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: what looks alike on paper is not used at all. 23 is prime,
# so that the weighted check character finds every wrong character and every swapped pair.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
NUMBER_LENGTH = 9
PASSCODE_LENGTH = 15
SIGN_IN_LASTS = timedelta(minutes=30)
"""How long a link somebody asked for opens anything."""
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}


class TokenPurpose(StrEnum):
    """What a link is for. A token of one purpose never fits another."""

    CONFIRM = "confirm"
    OFFER = "offer"
    SURVEY = "survey"


def draw_receipt_number() -> str:
    """A new random receipt number (nine symbols, the last one the check character)."""
    body = draw_symbols(NUMBER_LENGTH - 1)
    return body + check_character(body)


def draw_symbols(count: int) -> str:
    """So many random symbols, drawn at once: each drawing asks the operating system."""
    number = secrets.randbelow(len(ALPHABET) ** count)
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(count))


def draw_marks(count: int) -> list[int]:
    """So many random numbers that nobody needs to guess, of 62 bits each."""
    drawn = secrets.token_bytes(8 * count)
    return [int.from_bytes(drawn[at : at + 8], "big") >> 2 for at in range(0, 8 * count, 8)]


def check_character(body: str) -> str:
    """The check character over `body`: weighted sum modulo 23."""
    return ALPHABET[
        sum(weight * _VALUE[symbol] for weight, symbol in enumerate(body, start=2)) % len(ALPHABET)
    ]


def clean_code(typed: str) -> str:
    """What a person typed, without width, case, spaces and dashes (the long vowel sign ー among them)."""
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(symbol for symbol in folded if symbol.isascii() and symbol.isalnum())


def is_receipt_number(number: str) -> bool:
    """Whether a cleaned number has the right length, symbols and check character."""
    return (
        len(number) == NUMBER_LENGTH
        and all(symbol in _VALUE for symbol in number)
        and check_character(number[:-1]) == number[-1]
    )


def grouped(code: str) -> str:
    """In groups of three: M7K-4TX-9PA."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


@dataclass(frozen=True, slots=True)
class Keys:
    """The installation's key. Losing it invalidates every passcode and link; leaking it opens them."""

    secret: bytes

    def _derive(self, *parts: str) -> bytes:
        return hmac.new(self.secret, "\x1f".join(parts).encode(), hashlib.sha256).digest()

    def passcode(self, receipt_number: str, generation: int) -> str:
        """The passcode (合言葉) of a receipt: 15 symbols, 67 bits."""
        number = int.from_bytes(self._derive("passcode", receipt_number, str(generation)), "big")
        symbols = []
        for _ in range(PASSCODE_LENGTH):
            number, value = divmod(number, len(ALPHABET))
            symbols.append(ALPHABET[value])
        return "".join(symbols)

    def is_passcode(self, receipt_number: str, generation: int, typed: str) -> bool:
        """Compare in constant time what was typed with the passcode."""
        return hmac.compare_digest(
            self.passcode(receipt_number, generation).encode(), clean_code(typed).encode()
        )

    def token(self, purpose: TokenPurpose, subject: str) -> str:
        """The token of a link, 43 characters; `subject` names the row it opens."""
        return _url_text(self._derive("token", purpose, subject))

    def confirm_token(self, receipt_number: str, address: str) -> str:
        """The token of the link that confirms this mail address of a receipt, and no other address it may get."""
        return self.token(TokenPurpose.CONFIRM, f"{receipt_number} {address}")

    def offer_token(self, offer_id: int) -> str:
        """The token of the link in the mail of an offer."""
        return self.token(TokenPurpose.OFFER, str(offer_id))

    def sign_in_token(self, provider_id: int, address: str, asked_at: datetime) -> str:
        """The token of the link an adviser or partner asked for; it says when, and dies with the address."""
        return self.sign(f"provider sign-in {address}", f"{provider_id}-{int(asked_at.timestamp())}")

    def survey_token(self, survey_id: int) -> str:
        """The token of the link in the mail of a survey."""
        return self.token(TokenPurpose.SURVEY, str(survey_id))

    def mail_signature(self, way: str, outbox_id: int) -> str:
        """What makes an address for answers ours: 80 bits that survive servers which do not keep upper and lower case."""
        return base64.b32encode(self._derive("mail", way, str(outbox_id))[:10]).decode().lower()

    def secret_for(self, purpose: str) -> bytes:
        """A key of its own for one purpose, for what signs by itself."""
        return self._derive("secret", purpose)

    def sign(self, context: str, value: str) -> str:
        """`value` with a signature, for cookies and form tokens of one `context`."""
        return f"{value}.{_url_text(self._derive('sign', context, value))}"

    def unsign(self, context: str, signed: str) -> str | None:
        """The value if the signature is ours, else None."""
        value, _, _ = signed.rpartition(".")
        return (
            value
            if value and hmac.compare_digest(self.sign(context, value).encode(), signed.encode())
            else None
        )


def token_hash(token: str) -> str:
    """What the database holds of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def address_hash(address: str) -> str:
    """What the database holds of an address that is to be known again and not read."""
    return token_hash(address.lower())


def draw_token() -> str:
    """A random secret for a session or a form, 43 characters."""
    return secrets.token_urlsafe(32)


def _url_text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
