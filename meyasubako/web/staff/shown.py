"""How the pages of the desk put things: short dates, deadlines, statuses by shape, the topic tree of a form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from starlette.requests import Request

from meyasubako.casework.casefiles import CaseFile, Count, Deadline, InboxRow
from meyasubako.casework.looks import Other
from meyasubako.core import dates
from meyasubako.core.condition_words import QUEUE_WORDS
from meyasubako.core.conditions import Queue
from meyasubako.core.desk import DeclineReason, Desk
from meyasubako.core.notices import ON_ANSWERS, TOLD
from meyasubako.core.vocabulary import Deed, NoticeKind, OfferState, ReferralState, ShortlistState, Status
from meyasubako.web import page

Options = list[tuple[str, str]]

STATUS_SHAPES: Final = {
    Status.QUARANTINED: "draft",
    Status.RECEIVED: "new",
    Status.TRIAGED: "open",
    Status.OFFERED: "offered",
    Status.IN_PROGRESS: "open",
    Status.WAITING: "wait",
    Status.ANSWERED: "done",
    Status.CLOSED: "closed",
    Status.DECLINED: "stop",
    Status.MERGED: "back",
    Status.WITHDRAWN: "back",
}
"""A status is told by its word and this shape."""

OFFER_SHAPES: Final = {
    OfferState.OPEN: "wait",
    OfferState.ACCEPTED: "done",
    OfferState.TURNED_DOWN: "stop",
    OfferState.EXPIRED: "late",
    OfferState.REVOKED: "back",
    OfferState.ENDED: "closed",
    OfferState.TAKEN_ELSEWHERE: "back",
}

SHORTLIST_SHAPES: Final = {
    ShortlistState.RANKING: "wait",
    ShortlistState.READY: "wait",
    ShortlistState.ASKING: "offered",
    ShortlistState.TAKEN: "done",
    ShortlistState.EXHAUSTED: "stop",
    ShortlistState.DROPPED: "back",
}

DEED_WORDS: Final = {
    Deed.TRIAGE: "振り分けました",
    Deed.ASSIGN: "担当者を決めました",
    Deed.REPLY: "回答しました",
    Deed.CLOSE: "完了にしました",
    Deed.DECLINE: "対象外としました",
    Deed.MERGE: "統合しました",
    Deed.BUNDLE: "同じ内容としてまとめました",
}
"""What was done with many cases at once."""

REFERRAL_SHAPES: Final = {
    ReferralState.ASKED: "wait",
    ReferralState.ACCEPTED: "open",
    ReferralState.TURNED_DOWN: "stop",
    ReferralState.ENDED: "done",
}

_ERA_LETTERS: Final = {"令和": "R", "平成": "H", "昭和": "S"}


@dataclass(frozen=True, slots=True)
class Words:
    """What templates ask for while a page of today is written."""

    today: date

    def day(self, day: date) -> str:
        """7/3 this year, R7.7.3 before and after."""
        if day.year == self.today.year:
            return f"{day.month}/{day.day}"
        era, year = dates.era_year(day)
        return f"{_ERA_LETTERS[era]}{year}.{day.month}.{day.day}"

    def day_of(self, instant: datetime) -> str:
        """The same for an instant."""
        return self.day(dates.japan_day(instant))

    def moment(self, instant: datetime, *, has_time: bool = True) -> str:
        """7月3日 10:12 this year, with the year before and after."""
        local = instant.astimezone(dates.JAPAN)
        day = local.date()
        words = f"{day.month}月{day.day}日" if day.year == self.today.year else dates.wareki(day)
        return f"{words} {local:%H:%M}" if has_time else words

    def deadline(self, deadline: Deadline) -> tuple[str, str]:
        """A deadline in words, and its shape ("" for none)."""
        if deadline.is_past:
            return f"{self.day(deadline.on)} 期限切れ", "late"
        if deadline.is_today:
            return "期限きょう", "soon"
        return f"{self.day(deadline.on)}（あと{deadline.office_days_left}開庁日）", ""

    def arrival(self, row: InboxRow | CaseFile) -> str:
        """How it came, with what a letter or a card says of itself: 郵便（消印 6/30）."""
        if row.postmarked_on:
            return f"{row.channel.label}（消印 {self.day(row.postmarked_on)}）"
        return f"{row.channel.label}（{row.event_name}）" if row.event_name else row.channel.label

    def status(self, status: Status) -> str:
        """The shape of a status."""
        return STATUS_SHAPES[status]

    def offer(self, state: OfferState) -> str:
        """The shape of an offer's state."""
        return OFFER_SHAPES[state]

    def shortlist(self, state: ShortlistState) -> str:
        """The shape of how far several candidates were asked."""
        return SHORTLIST_SHAPES[state]

    def deed(self, deed: Deed) -> str:
        """What was done with many cases: 完了にしました."""
        return DEED_WORDS[deed]

    def why_told(self, kind: NoticeKind) -> str:
        """Why somebody was told of something: メモで呼ばれました."""
        return TOLD[kind]

    def is_on_answer(self, kind: NoticeKind) -> bool:
        """Whether it is dealt with on the page of an answer."""
        return kind in ON_ANSWERS

    def referral(self, state: ReferralState) -> str:
        """The shape of a referral's state."""
        return REFERRAL_SHAPES[state]

    def news(self, row: InboxRow) -> list[str]:
        """What others did since the desk last acted, in words."""
        added = "返事が来た" if row.has_answer else "追記あり"
        return [added if queue is Queue.ADDED else QUEUE_WORDS[queue] for queue in row.news]


def people_here(others: Sequence[Other], at: datetime) -> list[str]:
    """Who else is on a case: 山田さんも開いています。"""
    said = []
    here = [other.name for other in others if other.is_here]
    if here:
        said.append(f"{'さん、'.join(here)}さんも、いま開いています。")
    said += [
        f"{other.name}さんが、{max(int((at - other.seen_at).total_seconds() // 60), 1)}分前に開いていました。"
        for other in others
        if not other.is_here
    ]
    return said


def count(found: Count) -> str:
    """A number that was counted up to a limit: 38, 1,000以上."""
    return f"{found.number:,}以上" if found.is_more else f"{found.number:,}"


def pointers(desk: Desk, reason: DeclineReason) -> str:
    """The offices a requester is pointed to, for the clerk to see before: 案内先：消費者ホットライン（電話 188）."""
    offices = [
        f"{office.label}（電話 {office.phone}）" if office.phone else office.label
        for office in desk.offices_for(reason)
    ]
    return f"　案内先：{'、'.join(offices)}" if offices else ""


def words(request: Request) -> Words:
    """The words of today."""
    return Words(dates.japan_day(page.at(request)))
