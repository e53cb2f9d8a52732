"""What staff are told about (お知らせ): which happenings, by which way, and whom of those who have to do with a case."""

from collections.abc import Mapping
from typing import Final

from meyasubako.core.vocabulary import EventKind, NoticeKind, NoticeWay

USUAL: Final[Mapping[NoticeKind, NoticeWay]] = {
    NoticeKind.MENTIONED: NoticeWay.MAIL,
    NoticeKind.ASSIGNED: NoticeWay.MAIL,
    NoticeKind.CONTRIBUTION: NoticeWay.MAIL,
    NoticeKind.REVIEW: NoticeWay.MAIL,
    NoticeKind.APPROVAL: NoticeWay.MAIL,
    NoticeKind.CAME_BACK: NoticeWay.SCREEN,
    NoticeKind.WROTE_BACK: NoticeWay.MAIL,
    NoticeKind.OFFER_ANSWERED: NoticeWay.SCREEN,
    NoticeKind.WATCHED: NoticeWay.SCREEN,
}
"""As long as somebody chooses nothing: what waits for just this person is mailed, the rest waits on the screen."""

TOLD: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.MENTIONED: "メモで呼ばれました",
    NoticeKind.ASSIGNED: "担当になりました",
    NoticeKind.CONTRIBUTION: "担当課の考え方をたずねられています",
    NoticeKind.REVIEW: "回答案が確認を待っています",
    NoticeKind.APPROVAL: "回答案が決裁を待っています",
    NoticeKind.CAME_BACK: "回答案に動きがありました",
    NoticeKind.WROTE_BACK: "担当の案件に連絡がありました",
    NoticeKind.OFFER_ANSWERED: "打診に動きがありました",
    NoticeKind.WATCHED: "見守っている案件が動きました",
}
"""What a mail and the chat say: the kind of happening, and nothing of the case."""

ON_ANSWERS: Final = frozenset(
    {NoticeKind.CONTRIBUTION, NoticeKind.REVIEW, NoticeKind.APPROVAL, NoticeKind.CAME_BACK}
)
"""What is done on the page of an answer rather than on that of its case."""

FOR_ASSIGNEE: Final[Mapping[EventKind, NoticeKind]] = {
    EventKind.ADDED: NoticeKind.WROTE_BACK,
    EventKind.WITHDRAWN: NoticeKind.WROTE_BACK,
    EventKind.CONSENT_WITHDRAWN: NoticeKind.WROTE_BACK,
    EventKind.MAIL_KEPT: NoticeKind.WROTE_BACK,
    EventKind.BOUNCED: NoticeKind.WROTE_BACK,
    EventKind.ACCEPTED: NoticeKind.OFFER_ANSWERED,
    EventKind.TURNED_DOWN: NoticeKind.OFFER_ANSWERED,
    EventKind.EXPIRED: NoticeKind.OFFER_ANSWERED,
    EventKind.RANKED: NoticeKind.WROTE_BACK,
    EventKind.NOBODY_LEFT: NoticeKind.OFFER_ANSWERED,
    EventKind.ACCEPTANCE_STOPPED: NoticeKind.OFFER_ANSWERED,
    EventKind.ADVISED: NoticeKind.OFFER_ANSWERED,
    EventKind.MET: NoticeKind.OFFER_ANSWERED,
    EventKind.REPORTED: NoticeKind.OFFER_ANSWERED,
    EventKind.DATES_PROPOSED: NoticeKind.OFFER_ANSWERED,
    EventKind.DATES_REFUSED: NoticeKind.WROTE_BACK,
    EventKind.MEETING_PLANNED: NoticeKind.OFFER_ANSWERED,
    EventKind.MEETING_MOVED: NoticeKind.OFFER_ANSWERED,
    EventKind.MEETING_CALLED_OFF: NoticeKind.OFFER_ANSWERED,
}
"""What others do that whoever looks after the case should know."""

UNREMARKABLE: Final = frozenset(
    {
        EventKind.CONTACT_SEEN,
        EventKind.OFFER_REMINDED,
        EventKind.AUTO_REPLIED,
        EventKind.REQUESTER_TYPE_CHANGED,
        EventKind.DRAFTED,
        EventKind.CONTRIBUTION_DROPPED,
        EventKind.MERGED_ON,
        EventKind.SURVEY_CORRECTED,
        EventKind.BUNDLED,
        EventKind.UNBUNDLED,
        EventKind.LEFT_UNTRIAGED,
    }
)
"""What moves a case no further: those who watch it are not told."""
