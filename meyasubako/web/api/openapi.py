"""What the JSON interface is, for programs and those who write them: OpenAPI 3.1, made from the same lists as the form."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from meyasubako.casework.tallies import MOST_MONTHS
from meyasubako.core.desk.statistics import DIVIDED_BY
from meyasubako.core.vocabulary import CaseKind, RequesterType, Step
from meyasubako.web import page
from meyasubako.web.api import fields
from meyasubako.web.guard.errors import TITLES

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
TEXT_OR_NONE: Final[Schema] = {"type": ["string", "null"]}
ADDRESS: Final[Schema] = {"type": "string", "format": "uri"}
INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
DAY: Final[Schema] = {"type": "string", "format": "date"}
MONTH: Final[Schema] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}
NUMBER: Final[Schema] = {"type": "integer"}
FLAG: Final[Schema] = {"type": "boolean"}

HAND_IN: Final = (
    "短い時間に同じ接続元や同じ窓口へたくさん送られたときは、職員が確かめてから受け付けます。"
    "その間も答えは同じで、受付番号と合言葉が使えます。メールのお知らせは、受け付けてから送ります。"
    "さらに多いときは 429 です。窓口がお手入れなどで閉じている間は 503 で、Retry-After に再び送れるまでの秒数が入ります。"
)


async def document(request: Request) -> Response:
    """The description of this interface."""
    return JSONResponse(openapi(page.settings(request).public_url))


def openapi(public_url: str) -> Schema:
    """The whole document for an installation at this address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "目安箱・相談窓口",
            "version": "1",
            "description": "窓口の入力画面と同じことを、ほかのシステムから行うためのものです。項目の名前は入力画面と同じです。",
        },
        "servers": [{"url": f"{public_url}/api/v1"}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "passcode": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "受付のときに渡した合言葉",
                }
            },
        },
    }


def _paths() -> Schema:
    desk = {
        "name": "desk",
        "in": "path",
        "required": True,
        "schema": TEXT,
        "description": "窓口の code",
    }
    months = [
        {
            "name": name,
            "in": "query",
            "schema": MONTH,
            "description": f"{words}（YYYY-MM）。どちらも無ければ今年度。{MOST_MONTHS // 12}年分まで",
        }
        for name, words in (("from", "初めの月"), ("to", "終わりの月"))
    ]
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "送るたびに選ぶ値。同じ値で送り直しても、受付は1つです",
    }
    return {
        "/desks": {"get": _operation("listDesks", "窓口の一覧", {"200": _json("DeskList")})},
        "/desks/{desk}": {
            "parameters": [desk],
            "get": _operation("showDesk", "窓口と、その入力項目", {"200": _json("Desk")}, 404),
        },
        "/desks/{desk}/receipts": {
            "parameters": [desk],
            "post": {
                **_operation(
                    "handIn",
                    "提案・意見または相談を送る",
                    {"201": _json("Received", "受け付けた")},
                    *(400, 404, 409, 413, 415, 422, 429, 503),
                ),
                "description": HAND_IN,
                "parameters": [key],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _ref("ReceiptInput")}},
                },
            },
        },
        "/desks/{desk}/tallies": {
            "parameters": [desk],
            "get": {
                **_operation(
                    "showTallies", "公開統計（締めた月の確定値）", {"200": _json("Tally")}, 404, 422, 429
                ),
                "description": "公開していない窓口では 404 です。小さい数は、だれのことか分からないように秘匿しています。",
                "parameters": months,
            },
        },
        "/receipts/{receipt_number}": {
            "parameters": [
                {
                    "name": "receipt_number",
                    "in": "path",
                    "required": True,
                    "schema": TEXT,
                    "description": "受付番号。区切りの - は、あってもなくてもかまいません",
                }
            ],
            "get": {
                **_operation("showReceipt", "受付のようす", {"200": _json("Receipt")}, 401, 429),
                "security": [{"passcode": []}],
            },
        },
        "/openapi.json": {
            "get": _operation(
                "describe",
                "この説明",
                {
                    "200": {
                        "description": "OpenAPI 3.1",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            )
        },
    }


def _operation(name: str, summary: str, answers: Schema, *problems: int) -> Schema:
    said = {
        str(status): {
            "description": TITLES[status],
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
        for status in problems
    }
    return {"operationId": name, "summary": summary, "responses": {**answers, **said}}


def _json(schema: str, description: str = "答え") -> Schema:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _object(**properties: Schema) -> Schema:
    """An object that has all of these and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(*codes: str) -> Schema:
    return {"type": "string", "enum": list(codes)}


def _about(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _schemas() -> Schema:
    kind = _one_of(*(each.value for each in CaseKind))
    brief = {
        "code": TEXT,
        "name": TEXT,
        "prefecture": TEXT,
        "about": TEXT,
        "opened_on": DAY,
        "url": ADDRESS,
        "page_url": _about(ADDRESS, "人が開くページ"),
    }
    option = _object(code=TEXT, label=TEXT)
    problem = _object(
        type=TEXT,
        title=TEXT,
        status=NUMBER,
        detail=TEXT,
        request_id=TEXT,
        errors=_list(_object(field=_about(TEXT, "項目の名前。空なら全体"), message=TEXT)),
    )
    problem["required"] = ["type", "title", "status"]
    return {
        "DeskList": _object(desks=_list(_object(**brief))),
        "Desk": _object(
            **brief,
            office=_object(name=TEXT, phone=TEXT_OR_NONE, fax=TEXT_OR_NONE, email=TEXT_OR_NONE, hours=TEXT),
            steps=_about(_list(TEXT), "送ったあとにどうなるか"),
            privacy_purpose=_about(TEXT, "利用目的"),
            privacy_audience=_about(TEXT, "だれが見るか"),
            answer_within_office_days={"type": ["integer", "null"]},
            kinds=_list(_object(code=kind, label=TEXT, description=TEXT)),
            requester_types=_list(option),
            purposes=_list(
                _object(
                    code=TEXT,
                    label=TEXT,
                    description=TEXT,
                    kind={"type": ["string", "null"], "enum": [*(each.value for each in CaseKind), None]},
                )
            ),
            topics=_list(_ref("Topic")),
            fields=_about(_list(_ref("Field")), "入力項目。書いた順に並びます"),
            receipts_url=ADDRESS,
            tallies_url=_about(
                {"type": ["string", "null"], "format": "uri"}, "公開統計。公開していない窓口では null"
            ),
        ),
        "Topic": _object(code=TEXT, label=TEXT, description=TEXT, children=_list(_ref("Topic"))),
        "Field": _object(
            name=TEXT,
            type=_one_of("string", "boolean", "array"),
            label=TEXT,
            hint=TEXT,
            section=TEXT,
            required=FLAG,
            max_length={"type": ["integer", "null"]},
            requester_types=_about(
                _list(_one_of(*(each.value for each in RequesterType))),
                "この区分の人だけにたずねる。空なら全員",
            ),
            kinds=_about(_list(kind), "この種類のときだけにたずねる。空ならいつも"),
            options=_about(_list(option), "選ぶ項目の選択肢。code を送ります"),
        ),
        "ReceiptInput": fields.input_schema(),
        "Received": _object(
            receipt_number=_about(TEXT, "受付番号"),
            passcode=_about(TEXT, "合言葉。ほかでは表示できません"),
            status_url=_about(ADDRESS, "状況を確かめるページ"),
        ),
        "Receipt": _object(
            receipt_number=TEXT,
            desk=TEXT,
            kind=kind,
            received_at=INSTANT,
            title=TEXT,
            reply_wanted=FLAG,
            publish_consent=FLAG,
            email_confirmed=FLAG,
            cases=_list(_ref("Case")),
        ),
        "Case": _object(
            ordinal=NUMBER,
            title=TEXT,
            step=_one_of(*(each.value for each in Step)),
            step_label=TEXT,
            sentence=_about(TEXT, "いまの状況を、そのまま表示できる言葉で"),
            due_on=_about({"type": ["string", "null"], "format": "date"}, "お返事の期限"),
            waits_for_requester=_about(FLAG, "送った人の返事を待っているか"),
            messages=_list(_object(**{"at": INSTANT, "kind": TEXT, "from": TEXT, "body": TEXT})),
        ),
        **_tally_schemas(),
        "Problem": problem,
    }


def _tally_schemas() -> Schema:
    quantity = _one_of(*(each.value for each in DIVIDED_BY))
    dimensions = dict.fromkeys(each.value for of in DIVIDED_BY.values() for each in of)
    return {
        "Tally": _object(
            **{
                "desk": TEXT,
                "desk_name": TEXT,
                "from": MONTH,
                "to": MONTH,
                "licence": TEXT,
                "page_url": _about(ADDRESS, "人が開くページ。CSV などのデータもここにある"),
                "months": _about(_list(_ref("PublishedMonth")), "公開した月。古い順"),
            }
        ),
        "PublishedMonth": _object(
            month=MONTH,
            published_at=INSTANT,
            smallest=_about(NUMBER, "内訳に出すいちばん小さい数"),
            totals=_list(_object(quantity=quantity, label=TEXT, unit=TEXT, value=NUMBER)),
            tables=_about(
                _list(_ref("PublishedTable")), "この月までの内訳。月、四半期、年度のどれかが終わったもの"
            ),
        ),
        "PublishedTable": _object(
            **{
                "quantity": quantity,
                "label": TEXT,
                "unit": TEXT,
                "dimension": _one_of(*dimensions),
                "dimension_label": TEXT,
                "from": MONTH,
                "to": MONTH,
                "rows": _list(
                    _object(
                        code=_about(TEXT, "unknown は不明、_former はいまは選べない区分"),
                        label=TEXT,
                        value=_about({"type": ["integer", "null"]}, "秘匿した数は null"),
                        is_hidden=_about(FLAG, "秘匿したか"),
                    )
                ),
                "total": _about(NUMBER, "行の和ではなく、数えたもの"),
            }
        ),
    }
