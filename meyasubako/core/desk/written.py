"""What was typed into a field that is written, not chosen: cleaned, and held against what the field takes."""

import re

from meyasubako.core import text
from meyasubako.core.desk.fields import Control, Field
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.sentences import say

_PHONE = re.compile(r"[+(]?[0-9][0-9() -]{7,20}")
_POSTAL_CODE = re.compile(r"[0-9]{3}-[0-9]{4}")


def written(field: Field, typed: str, *, required: bool) -> str:
    """The text as it is kept, "" where nothing was written. Raises InvalidInput with what to do."""
    cleaned = _cleaned(field, typed)
    missing = say("「%(label)s」を書いてください。", label=field.label) if required else ""
    if wrong := _what_is_wrong(field, cleaned) if cleaned else missing:
        raise InvalidInput(FieldError(field.name, wrong))
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
    label = field.label
    match field.name:
        case "email":
            return (
                ""
                if text.is_email(cleaned)
                else say("「%(label)s」は、name@example.jp のような形で書いてください。", label=label)
            )
        case "phone":
            fits = _PHONE.fullmatch(cleaned)
            return "" if fits else say("「%(label)s」は、市外局番から数字で書いてください。", label=label)
        case "postal_code":
            fits = _POSTAL_CODE.fullmatch(cleaned)
            return (
                ""
                if fits
                else say("「%(label)s」は、7けたの数字で書いてください（例：514-8570）。", label=label)
            )
    if field.limit and (over := text.length(cleaned) - field.limit) > 0:
        return say(
            "「%(label)s」は%(limit)s字までです。あと%(over)s字短くしてください。",
            label=label,
            limit=f"{field.limit:,}",
            over=f"{over:,}",
        )
    return ""
