"""What was typed into a field that is written, not chosen: cleaned, and held against what the field takes."""

import re

from meyasubako.core import text
from meyasubako.core.desk.fields import Control, Field
from meyasubako.core.errors import FieldError, InvalidInput

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)
_PHONE = re.compile(r"[+(]?[0-9][0-9() -]{7,20}")
_POSTAL_CODE = re.compile(r"[0-9]{3}-[0-9]{4}")


def written(field: Field, typed: str, *, required: bool) -> str:
    """The text as it is kept, "" where nothing was written. Raises InvalidInput with what to do."""
    cleaned = _cleaned(field, typed)
    wrong = _what_is_wrong(field, cleaned) if cleaned else "を書いてください。" if required else ""
    if wrong:
        raise InvalidInput(FieldError(field.name, f"「{field.label}」{wrong}"))
    return cleaned


def _cleaned(field: Field, typed: str) -> str:
    match field.name:
        case "email":
            return text.clean_email(typed)
        case "phone":
            return text.clean_phone(typed)
        case "postal_code":
            return text.clean_postal_code(typed)
    return (text.clean_text if field.control is Control.TEXTAREA else text.clean_line)(typed)


def _what_is_wrong(field: Field, cleaned: str) -> str:
    match field.name:
        case "email":
            fits = len(cleaned) <= 254 and _EMAIL.fullmatch(cleaned)
            return "" if fits else "は、name@example.jp のような形で書いてください。"
        case "phone":
            return "" if _PHONE.fullmatch(cleaned) else "は、市外局番から数字で書いてください。"
        case "postal_code":
            fits = _POSTAL_CODE.fullmatch(cleaned)
            return "" if fits else "は、7けたの数字で書いてください（例：514-8570）。"
    if field.limit and (over := text.length(cleaned) - field.limit) > 0:
        return f"は{field.limit:,}字までです。あと{over:,}字短くしてください。"
    return ""
