"""設定: where the people who run a desk find what they can set."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.core.policy import Need
from meyasubako.web import page

ENTRIES: Final = (
    (
        "staff_templates",
        Need.EDIT_TEMPLATES,
        "定型文",
        "回答を書きはじめるときの文を、加えたり直したりします。",
    ),
    (
        "staff_suggestions",
        Need.VIEW_CASES,
        "振分けの案の確かさ",
        "振り分けるときの案が、決めた内容とどれだけ合っていたかを見ます。",
    ),
    (
        "staff_divisions",
        Need.MANAGE_DESK,
        "担当課",
        "課が新しくできた、名前が変わった、終わったときに改めます。",
    ),
    (
        "staff_topics",
        Need.MANAGE_DESK,
        "分野",
        "分野を加える、名前を変える、ほかの分野の下に移す、使わないことにする、ができます。いつ何という名前だったかも分かります。",
    ),
    (
        "staff_calendar",
        Need.MANAGE_DESK,
        "開庁日と休みの日",
        "年度の開庁日を確かめ、祝日などのほかに窓口を閉める日を加えます。",
    ),
    (
        "staff_people",
        Need.MANAGE_STAFF,
        "職員と役割",
        "職員を加え、役割を決め、異動のときに案件をまとめて引き継ぎます。",
    ),
    (
        "staff_audit",
        Need.VIEW_AUDIT,
        "操作の記録",
        "だれが設定を改め、一覧を書き出し、連絡先を開いたかが分かります。",
    ),
)


async def front(request: Request) -> Response:
    """What this person may set."""
    applied, actor = page.desk(request), page.actor(request)
    return page.render(
        request,
        "staff/settings.html",
        title="設定",
        desk=applied,
        entries=[
            (label, page.url(request, route, desk=applied.code), meaning)
            for route, need, label, meaning in ENTRIES
            if actor.may(need, applied.id)
        ],
    )
