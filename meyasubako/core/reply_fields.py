"""Fields of a reply template (定型文の差し込み): names in braces, {受付番号}, that are filled in from the case.

Whatever could not be filled in stays as it is written, so that whoever edits the text sees it; no answer leaves with one.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from meyasubako.core.errors import FieldError, InvalidInput

FIELDS: Final[Mapping[str, str]] = {
    "相手の名前": "お名前。名前がなければ所属、どちらもなければ「相談者」など",
    "受付番号": "受付番号",
    "件名": "案件の件名",
    "受付日": "受け付けた日",
    "担当課": "振分けで決めた担当課",
    "担当者": "回答を書く職員の氏名",
    "期限": "回答期限",
    "窓口名": "窓口の名前",
    "担当部署": "窓口を受け持つ部署",
    "電話": "窓口の電話番号",
    "メール": "窓口のメールアドレス",
    "今日": "回答を書く日",
}
"""Every field, with what stands in its place."""

BLANK: Final = "ここに"
"""A field that begins so, {ここに理由を書く}, is never filled in: it holds the place of what a person writes."""

_FIELD = re.compile(r"[{｛]([^{}｛｝\n]*)[}｝]")
_BRACE = re.compile(r"[{}｛｝]")


def mistakes_in(text: str) -> list[str]:
    """What is wrong with the fields of a template, in sentences."""
    found = []
    for written in dict.fromkeys(_FIELD.findall(text)):
        name = _name(written)
        if not _is_known(name):
            near = get_close_matches(name, FIELDS, n=1, cutoff=0.4)
            hint = f"「{{{near[0]}}}」のことではありませんか。" if near else "下の一覧から選んでください。"
            found.append(f"「{{{written}}}」という差し込みはありません。{hint}")
    if _BRACE.search(_FIELD.sub("", text)):
        found.append("「{」と「}」の組が合っていません。差し込みは {受付番号} のように書いてください。")
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every field filled in that there is a value for."""

    def value_of(found: re.Match[str]) -> str:
        return values.get(_name(found[1])) or found[0]

    return _FIELD.sub(value_of, text)


def left_in(text: str) -> list[str]:
    """The fields that still stand in a text, each once."""
    return [name for name in dict.fromkeys(map(_name, _FIELD.findall(text))) if _is_known(name)]


def refuse_left(text: str, *, field: str) -> None:
    """Raises InvalidInput when a field still stands in a text that is to leave the house."""
    if left := left_in(text):
        raise InvalidInput(FieldError(field, f"{named(left)}が残っています。言葉を書くか、消してください。"))


def named(names: Iterable[str]) -> str:
    """These fields as people read them: 「{期限}」「{電話}」."""
    return "".join(f"「{{{name}}}」" for name in names)


def _is_known(name: str) -> bool:
    return name in FIELDS or name.startswith(BLANK)


def _name(written: str) -> str:
    return "".join(unicodedata.normalize("NFKC", written).split())
