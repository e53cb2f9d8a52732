"""How to use the desks, and what the words mean that residents and staff use alike."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.core import vocabulary as v
from meyasubako.web import page

GLOSSARY: Final[Mapping[type[v.Word], str]] = {
    v.RequesterType: "どなたから",
    v.CaseKind: "案件の種類",
    v.Channel: "届いた方法（受付経路）",
    v.Language: "送った画面の言葉",
    v.FileType: "受け取るファイルの種類",
    v.ScanState: "ファイルのウイルス検査",
    v.QuarantineReason: "確かめてから受け付けるわけ",
    v.Status: "対応状況",
    v.Step: "送った方に見える段階",
    v.Outcome: "対応結果・反映区分",
    v.ProviderKind: "引き受け手の種類",
    v.OfferState: "打診のようす",
    v.MeetingWay: "面談の方法",
    v.Helpfulness: "アンケートの答え",
    v.Role: "職員の役割",
    v.EventKind: "対応履歴の出来事",
    v.Measure: "集計で数えるもの",
    v.Dimension: "集計の分け方",
    v.ActorKind: "だれがしたか",
    v.Message: "お送りするメール",
}
"""The heading each vocabulary stands under."""


async def home(request: Request) -> Response:
    """Help for residents, and the glossary."""
    return page.render(
        request,
        "public/help.html",
        title="使い方",
        desks=[applied.desk for applied in page.desks(request)],
        glossary=[(GLOSSARY[words], list(words)) for words in v.WORDS],
    )
