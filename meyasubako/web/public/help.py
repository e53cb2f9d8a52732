"""How to use the desks, and what the words mean that residents and staff use alike."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.core import vocabulary as v
from meyasubako.core.sentences import say
from meyasubako.web import page

GLOSSARY: Final[Mapping[type[v.Word], str]] = {
    v.RequesterType: say("どなたから"),
    v.CaseKind: say("案件の種類"),
    v.Channel: say("届いた方法（受付経路）"),
    v.Language: say("送った画面の言葉"),
    v.FileType: "受け取るファイルの種類",
    v.ScanState: "ファイルのウイルス検査",
    v.QuarantineReason: "確かめてから受け付けるわけ",
    v.Status: "対応状況",
    v.Priority: "優先度",
    v.Step: say("送った方に見える段階"),
    v.Outcome: "対応結果・反映区分",
    v.ProviderKind: say("引き受け手の種類"),
    v.OfferState: "打診のようす",
    v.ShortlistManner: "何人かの候補への打診のしかた",
    v.ShortlistState: "何人かの候補への打診のようす",
    v.ReferralState: "引継ぎのようす",
    v.ConsentWay: "引継ぎの同意を得た方法",
    v.MeetingWay: say("面談の方法"),
    v.MeetingState: "面談のようす",
    v.DatesState: "面談の日時の候補のようす",
    v.Spoken: "アドバイザーなどが話せる言葉",
    v.Helpfulness: say("アンケートの答え"),
    v.Practice: say("助言や案内のその後"),
    v.SurveyQuestion: "アンケートでたずねること",
    v.Role: "職員の役割",
    v.EventKind: "対応履歴の出来事",
    v.Deed: "まとめて行うこと",
    v.DraftState: "回答案のようす",
    v.ContributionState: "担当課の考え方のようす",
    v.Timeliness: "回答が期限内だったか",
    v.Measure: "集計で数えるもの",
    v.Dimension: "集計の分け方",
    v.Quantity: "集計の数字",
    v.Aim: "指標のよい方向",
    v.Gauge: "指標の実績のとり方",
    v.Verdict: "指標の達成状況",
    v.AuditAction: "操作の記録に残ること",
    v.ActorKind: "だれがしたか",
    v.Message: "お送りするメール",
    v.MailState: "届いたメールがどうなったか",
    v.Bounce: "メールが届かなかったわけ",
    v.NoticeKind: "職員に知らせるとき",
    v.NoticeWay: "職員への知らせ方",
}
"""The heading each vocabulary stands under."""

FOR_RESIDENTS: Final = (
    v.RequesterType,
    v.CaseKind,
    v.Channel,
    v.Language,
    v.Step,
    v.ProviderKind,
    v.MeetingWay,
    v.Helpfulness,
    v.Practice,
)
"""What residents meet. The other words are those of the staff, whose pages are Japanese."""


async def home(request: Request) -> Response:
    """Help for residents, and the glossary."""
    shown = v.WORDS if page.language(request) is v.Language.JAPANESE else FOR_RESIDENTS
    return page.render(
        request,
        "public/help.html",
        title=say("使い方"),
        desks=[applied.desk for applied in page.desks(request)],
        glossary=[(GLOSSARY[words], list(words)) for words in shown],
    )
