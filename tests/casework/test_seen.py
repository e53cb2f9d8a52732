"""What a requester sees: the history on the desk's page and the requester's own page can never disagree."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from meyasubako.casework import (
    casefiles,
    deadlines,
    joining,
    lifecycle,
    matching,
    referrals,
    replies,
    tracking,
    triage,
)
from meyasubako.casework.casefiles import CaseFile
from meyasubako.casework.tracking.conversation import SAID
from meyasubako.core import seen
from meyasubako.core.policy import REQUESTER, SYSTEM
from meyasubako.core.seen import Sight
from meyasubako.core.vocabulary import EventKind, MeetingWay, ShortlistManner
from meyasubako.store.database import Database
from tests.harness.shipped import shipped_desk
from tests.harness.story import BRIEF, MIE, Story, open_story

sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

RULES = (seen.TOLD, frozenset(seen.TOLD_WHILE), seen.OWN, seen.STEP, seen.OURS)


@pytest.mark.parametrize("kind", EventKind)
def test_what_a_requester_sees_was_decided_once_for_every_kind_of_event(kind: EventKind) -> None:
    assert sum(kind in rule for rule in RULES) == 1
    is_told = kind in seen.TOLD or kind in seen.TOLD_WHILE
    assert (kind in SAID) is (is_told and kind is not EventKind.RECEIVED)


@dataclass
class Both:
    """A case from both sides."""

    story: Story
    case_id: int
    covered: set[EventKind] = field(default_factory=set)

    async def page(self) -> tracking.ReceiptView:
        desk, number = self.story.applied.desk, self.story.numbers[self.case_id]
        return await self.story.see(lambda session: tracking.view(session, desk, number, 1))

    async def file(self) -> CaseFile:
        story = self.story
        return await story.see(
            lambda session: casefiles.case_file(
                session, story.clerk, story.applied, self.case_id, at=story.at
            )
        )

    async def kinds(self) -> list[EventKind]:
        found = await self.story.see(lambda session: lifecycle.timeline(session, self.case_id))
        return [event.kind for event in found]

    async def after(self, act: Callable[[], Awaitable[Any]]) -> None:
        """Let something happen and compare what each side shows of it."""
        page, file, kinds = await self.page(), await self.file(), await self.kinds()
        self.story.pass_time(hours=1)
        await act()
        now = await self.file()
        self.covered |= set((await self.kinds())[len(kinds) :])
        if await self.page() != page:
            assert any(line.sight.is_theirs for line in now.history[len(file.history) :]), now.history[-1]
        await self.agree()

    async def agree(self) -> None:
        """Every word the requester reads stands in a line marked as told, and every such line is read."""
        events = [each for each in (await self.file()).history if not each.what.startswith("メール「")]
        told = [line for line in events[1:] if line.sight is Sight.TOLD]
        (matter,) = [each for each in (await self.page()).cases if each.ordinal == 1]
        assert [line.at for line in told] == [said.at for said in matter.conversation]
        for line, said in zip(told, matter.conversation, strict=True):
            # A reason for declining is put into the desk's words for the requester.
            assert line.what == EventKind.DECLINED.label or line.said in {"", said.body}


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database, desk=replace(shipped_desk(MIE), answer_within_office_days=10))


async def test_both_sides_agree_after_everything_that_happens(story: Story) -> None:
    adviser = await story.list_provider()
    by, desk = story.clerk, story.applied.desk
    case_id = await story.receive()
    both = Both(story, case_id)
    reason = desk.open_decline_reasons[0].code
    handover = referrals.Handover("", "サンプル窓口", True, "2026-07-03", "phone", "くわしい助言", False)
    offered: list[int] = []

    async def offer() -> None:
        offered.append(await story.offer(case_id, adviser))

    async def refer(*, has_consent: bool) -> None:
        told = handover if has_consent else replace(handover, has_consent=False)
        referral_id = await story.do(referrals.refer, desk, case_id, told, by=by)
        await story.do(referrals.answer, referral_id, accepted=True, note="", by=by)

    others = [(await story.list_provider(name)).id or 0 for name in ("候補い", "候補ろ")]
    order = matching.Order({others[0]: "no", others[1]: "1"}, "午前にお願いします。")

    async def ask_order() -> None:
        to_rank, options = matching.ToRank(date(2026, 7, 31), {}), {"keys": story.keys, "by": by}
        chosen = (desk, case_id, others, BRIEF, ShortlistManner.IN_TURN)
        await story.do(matching.shortlist, *chosen, to_rank=to_rank, **options)

    acts: list[Callable[[], Awaitable[Any]]] = [
        lambda: story.do(triage.note, case_id, "庁内で相談する", by=by),
        lambda: story.triage(case_id),
        lambda: story.do(triage.assign, case_id, by.id, by=by),
        lambda: story.do(replies.ask, case_id, "いつごろですか。", by=by),
        lambda: story.do(tracking.add, story.numbers[case_id], 1, case_id, "来月です。"),
        lambda: story.do(deadlines.move_due, desk, case_id, "2026-07-21", "調べるため", by=by),
        lambda: story.do(deadlines.send_interim, desk, case_id, "調べています。", "2026-07-24", by=by),
        offer,
        lambda: story.accept(offered[0], adviser),
        lambda: story.do(matching.advise, offered[0], "紙の様式をまず1つに。", by=adviser),
        lambda: story.do(matching.propose, desk, offered[0], wish("7/20 9:00"), by=adviser),
        lambda: story.do(matching.refuse_dates, case_id, 1, "8月なら"),
        lambda: story.do(matching.propose, desk, offered[0], wish("8/20 9:00"), by=by),
        lambda: story.do(matching.withdraw_dates, 2, by=by),
        lambda: story.do(matching.plan, desk, offered[0], wish("8/20 9:00"), by=adviser),
        lambda: story.do(matching.move, 1, wish("8/21 9:00"), "出張", by=by),
        lambda: story.do(matching.call_off, 1, "体調", by=REQUESTER, case_id=case_id),
        lambda: refer(has_consent=False),
        lambda: refer(has_consent=True),
        ask_order,
        lambda: story.do(matching.rank, story.numbers[case_id], 1, case_id, 1, order, keys=story.keys),
        lambda: story.do(replies.reply, case_id, "お答えします。", by=by),
        lambda: story.close(case_id),
        lambda: story.do(replies.reopen, case_id, "言い忘れ", by=by),
        lambda: story.do(tracking.withdraw_publish_consent, story.numbers[case_id], 1),
        lambda: story.do(tracking.withdraw, story.numbers[case_id], 1, case_id),
        lambda: story.do(triage.undo, case_id, "本人の電話", by=by),
    ]
    for act in acts:
        await both.after(act)

    other = Both(story, await story.receive())
    for act in (
        lambda: story.do(triage.decline, desk, other.case_id, reason, by=by),
        lambda: story.do(triage.undo, other.case_id, "取り違え", by=by),
        lambda: story.do(joining.merge, other.case_id, case_id, by=by),
        lambda: story.do(tracking.add, story.numbers[other.case_id], 1, other.case_id, "夜も暗いです。"),
        lambda: story.do(joining.unmerge, other.case_id, "別の件", by=by),
        lambda: story.do(triage.decline, desk, other.case_id, reason, by=by),
    ):
        await other.after(act)
        # What the sender of a merged case says is told in the main one as well, but not to its own sender.
        await both.agree()
    covered = both.covered | other.covered
    assert (seen.TOLD | set(seen.TOLD_WHILE)) - covered <= {
        EventKind.RECEIVED,
        EventKind.REPLY_SHARED,
    }


def wish(when: str) -> matching.Wish:
    return matching.Wish((when,), MeetingWay.VISIT, 60, "県庁")


@sqlite_only
async def test_no_event_that_is_ours_reaches_the_requester_whatever_it_holds(story: Story) -> None:
    both = Both(story, await story.triaged())
    page = await both.page()

    def record(session: Any, kind: EventKind, at: Any) -> None:
        case = lifecycle.cases.lock_case(session, both.case_id)
        by = REQUESTER if kind in seen.OWN else SYSTEM
        data = {"reason": "庁内の話", "message": "replied", "bounce": "hard", "state": "other_sender"}
        data |= {"grade": "helped", "fields": [], "referral_id": 0, "meeting_id": 0, "numbers": ["M"]}
        data |= {"kind_before": "suggestion", "agreed_on": "2026-07-03", "heard_by": "phone"}
        data |= {"due_on": "2026-07-21"} if kind is EventKind.DUE_MOVED else {}
        data |= {"outcome": "noted"} if kind is EventKind.CLOSED else {}
        data |= {"manner": "in_turn", "names": ["庁内の人"]} if kind is EventKind.SHORTLISTED else {}
        data |= {"month": 202606} if kind is EventKind.LEFT_UNTRIAGED else {}
        lifecycle.remark(session, case, kind, by=by, at=at, data=data)

    for kind in sorted(seen.OURS | seen.OWN | {EventKind.REFERRAL_ACCEPTED}):
        await story.do(lambda session, *, at, kind=kind: record(session, kind, at))
        assert await both.page() == page
        line = (await both.file()).history[-1]
        assert line.sight is (Sight.OWN if kind in seen.OWN else Sight.OURS), kind
