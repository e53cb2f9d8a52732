"""The fields of the form as JSON: what kind of value each takes, read from the same list the form is made of."""

import json
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

from meyasubako.core import text
from meyasubako.core.desk import FIELD_SHAPES, Control, Desk, Field, Option
from meyasubako.core.errors import FieldError
from meyasubako.core.vocabulary import CaseKind, Language, RequesterType

JSON_TYPES: Final = {Control.CHECKBOXES: "array", Control.YES_NO: "boolean"}
"""What is not a string."""

LANGUAGE: Final = "language"
"""Said beside the fields: the language somebody wrote in, and will be written to."""

ALWAYS_TAKEN: Final = frozenset({"kind"})
"""Fields that mean the same at every desk, asked or not."""

_TYPES: Final = {"boolean": bool, "string": str}
_WRITE_AS: Final = {
    "array": "文字列の配列で書いてください。",
    "boolean": "true か false（または yes か no）で書いてください。",
    "string": "文字列で書いてください。",
}

Values = dict[str, list[str]]


SENT_HERE: Final = tuple(name for name, shape in FIELD_SHAPES.items() if shape.control is not Control.FILES)
"""The fields programs send; files are sent on the page only."""


def type_of(name: str) -> str:
    """The JSON type of a field."""
    return JSON_TYPES.get(FIELD_SHAPES[name].control, "string")


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises HTTPException 415 or 400."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != "application/json":
        raise HTTPException(415)
    try:
        body = json.loads((await request.body()).decode("utf-8"))
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(body, dict):
        raise HTTPException(400)
    return body


def read_language(body: dict[str, Any]) -> tuple[Language, list[FieldError]]:
    """The language it was written in, Japanese where nothing is said; taken out of the object."""
    code = body.pop(LANGUAGE, None)
    if code is None:
        return Language.JAPANESE, []
    if code not in list(Language):
        known = "、".join(Language)
        return Language.JAPANESE, [FieldError(LANGUAGE, f"{known} のどれかを書いてください。")]
    return Language(code), []


def read(desk: Desk, body: dict[str, Any]) -> tuple[Values, list[FieldError]]:
    """The object as the form would have sent it, and what cannot be taken as it is."""
    values: Values = {}
    errors: list[FieldError] = []
    for name, value in body.items():
        if name not in SENT_HERE:
            errors.append(FieldError(text.clean_line(name)[:80], "この名前の項目はありません。"))
        elif not desk.has_field(name) and name not in ALWAYS_TAKEN:
            # A program that serves many desks may name every field; only what would be lost is refused.
            if value:
                errors.append(FieldError(name, "この窓口ではたずねていない項目です。"))
        elif value is not None:
            kind = type_of(name)
            if not _fits(kind, value):
                errors.append(FieldError(name, _WRITE_AS[kind]))
            elif kind == "boolean":
                values[name] = ["yes" if value in {True, "yes"} else "no"]
            else:
                values[name] = value if kind == "array" else [value]
    return values, errors


def _fits(kind: str, value: Any) -> bool:
    if kind == "array":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, _TYPES[kind]) or (kind == "boolean" and value in ("yes", "no"))


def described(desk: Desk) -> list[dict[str, Any]]:
    """The form of a desk, field by field, in its order."""
    return [
        _described(desk, field)
        for field in desk.fields
        if not field.retired and field.control is not Control.FILES
    ]


def _described(desk: Desk, field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": type_of(field.name),
        "label": field.label,
        "hint": field.hint,
        "section": field.section,
        "required": field.required,
        "max_length": field.limit,
        "requester_types": [each.value for each in field.requester_types],
        "kinds": [each.value for each in field.kinds],
        "options": [{"code": each.code, "label": each.label} for each in _options(desk, field)],
    }


def _options(desk: Desk, field: Field) -> list[Option]:
    """What can be chosen, by the code that is sent. Yes and no are sent as true and false."""
    match field.name:
        case "requester_type":
            return [Option(each.code.value, each.label) for each in desk.open_requester_types]
        case "kind":
            return [Option(each.code.value, each.label) for each in desk.open_kinds]
        case "purpose":
            return [Option(each.code, each.label) for each in desk.open_purposes()]
        case "topics":
            offered = desk.open_topic_codes
            return [Option(each.code, each.label) for each in desk.all_topics() if each.code in offered]
        case _:
            return [] if field.control is Control.YES_NO else list(field.open_options)


def input_schema() -> dict[str, Any]:
    """The JSON schema of what can be handed in; a desk asks for some of it, and may ask for more than is required here."""
    properties: dict[str, Any] = {}
    for name in SENT_HERE:
        shape, kind = FIELD_SHAPES[name], type_of(name)
        schema: dict[str, Any] = {"type": [kind, "null"]}
        if shape.is_essential:
            schema = {"type": kind}
        if kind == "array":
            schema["items"] = {"type": "string"}
        elif kind == "boolean":
            schema = {"enum": [True, False, "yes", "no", None]}
        if shape.ceiling:
            schema["maxLength"] = shape.ceiling
        schema["description"] = DESCRIPTIONS[name]
        properties[name] = schema
    properties["requester_type"]["enum"] = [
        each.value for each in RequesterType if each is not RequesterType.UNKNOWN
    ]
    properties["kind"]["enum"] = [*(each.value for each in CaseKind), None]
    properties["meeting_way"]["enum"] = [
        *(option.code for option in FIELD_SHAPES["meeting_way"].default_options),
        None,
    ]
    properties[LANGUAGE] = {
        "enum": [*(each.value for each in Language), None],
        "description": "送る人の言葉。メールもこの言葉で送ります。書かなければ日本語",
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name, shape in FIELD_SHAPES.items() if shape.is_essential],
        "additionalProperties": False,
    }


DESCRIPTIONS: Final = {
    "requester_type": "どなたとして送るか。窓口の requester_types の code",
    "kind": "提案・意見か相談か。内容の種類から決まる窓口では要りません",
    "purpose": "内容の種類。窓口の purposes の code",
    "topics": "分野。窓口の topics の code をいくつでも",
    "title": "件名",
    "body": "内容",
    "name": "お名前",
    "organisation": "会社・団体の名前",
    "municipality": "市町村の名前",
    "email": "メールアドレス。受付のお知らせと、アドレスを確かめるリンクを送ります",
    "phone": "電話番号",
    "postal_code": "郵便番号。7けたの数字。郵便で返事を受け取る人だけ",
    "address": "住所。郵便で返事を受け取る人だけ",
    "reply_wanted": "返事を希望するか",
    "publish_consent": "要旨を公表してよいか",
    "share_consent": "引き受けた専門家などに、名前と連絡先を伝えてよいか",
    "meeting_way": "希望する相談方法",
    "wished_dates": "希望する日時",
}
