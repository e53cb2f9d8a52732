"""Whatever is split, merged, bundled, converted, done to many at once and taken back: the figures are those of the events."""

import contextlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import bulk, cases, intake, joining, lifecycle, replies, tracking, triage
from meyasubako.core.errors import DeskError
from meyasubako.core.text import clean_text
from meyasubako.core.vocabulary import CaseKind, Channel, Deed, Measure, RequesterType, Status
from meyasubako.store.database import Database
from meyasubako.store.models import BulkAct, Case, CaseSplit, Event, LedgerEntry, Receipt
from tests.casework.joining_desk import BODY, BOTH, conversion
from tests.harness import recount
from tests.harness.story import KEYS, REQUESTER_DETAILS, Story, open_story

RECEIVED = 5
VERBS = ("split", "unsplit", "merge", "unmerge", "take_out", "convert", "reply", "start", "ask", "withdraw")
numbers_of_desks = iter(range(1, 1_000_000))
steps = st.lists(
    st.tuples(
        st.sampled_from([*VERBS, "undo", "undo", *Deed]),
        st.lists(st.integers(0, 30), min_size=2, max_size=6),
    ),
    min_size=4,
    max_size=24,
)


class History:
    """A desk on which these steps are taken one after the other, each leaving nothing when it is refused."""

    def __init__(self, session: Session, story: Story) -> None:
        self.session, self.story, self.at = session, story, story.at
        self.applied, self.clerk = story.applied, story.clerk
        self.numbers: dict[int, str] = {}

    def receive(self) -> None:
        for number in range(RECEIVED):
            submission = intake.Submission(
                kind=CaseKind.SUGGESTION,
                requester_type=RequesterType.RESIDENT,
                purpose="idea",
                topics=("life-health",),
                title="お願い",
                body=BODY if number else "短い。",
                requester=REQUESTER_DETAILS,
                meeting_way=None,
                wished_dates="",
                reply_wanted=True,
                publish_consent=False,
                share_consent=False,
            )
            received = intake.receive(
                self.session,
                self.applied,
                submission,
                channel=Channel.WEB,
                received_at=self.at - timedelta(days=20 * number),
                keys=KEYS,
                idempotency_key=None,
                by=self.clerk,
                at=self.at,
            )
            self.numbers[received.receipt_id] = received.number
        # One just received, the others further on.
        for number, case_id in enumerate(self._cases()):
            if number:
                self._bulk(Deed.TRIAGE, {case_id}, 0)
            if number > 2:
                replies.reply(self.session, case_id, "回答です。", by=self.clerk, at=self.at)

    def take(self, step: tuple[Any, ...]) -> None:
        self.at += timedelta(minutes=1)
        with contextlib.suppress(DeskError), self.session.begin_nested():
            self._take(*step)

    def case(self, which: int, *where: Any) -> int:
        ids = self._cases(*where) or self._cases()
        return ids[which % len(ids)]

    def _cases(self, *where: Any) -> list[int]:
        own = select(Case.id).where(Case.desk_id == self.applied.id, *where).order_by(Case.id)
        return list(self.session.scalars(own))

    def _take(self, verb: str | Deed, chosen: list[int]) -> None:
        session, common = self.session, {"by": self.clerk, "at": self.at}
        first, second = chosen[:2]
        if isinstance(verb, Deed):
            self._bulk(verb, {self.case(each) for each in chosen}, first)
            return
        if verb == "undo":
            acts = session.scalars(
                select(BulkAct.id).where(BulkAct.desk_id == self.applied.id).order_by(BulkAct.id.desc())
            ).all()
            bulk.undo(session, acts[first % 3 % len(acts)], **common)
            return
        fitting = {
            "unsplit": Case.id.in_(select(CaseSplit.case_id)),
            "unmerge": Case.merged_into_id.is_not(None),
            "take_out": Case.bundle_id.is_not(None),
        }
        case_id = self.case(first, *(where for name, where in fitting.items() if name == verb))
        match verb:
            case "split":
                found = joining.divisible(session, case_id, by=self.clerk)
                values = {"begins": [["2"], ["3"], ["2", "3"]][second % 3], "m2_purpose": ["help"]}
                joining.split(
                    session, self.applied, case_id, joining.divide(self.applied.desk, found, values), **common
                )
            case "unsplit":
                joining.unsplit(session, case_id, **common)
            case "merge":
                joining.merge(session, case_id, self.case(second), **common)
            case "unmerge":
                joining.unmerge(session, case_id, "別の件だった", **common)
            case "take_out":
                joining.take_out(session, case_id, **common)
            case "convert":
                kind = session.get_one(Case, case_id).kind
                to = joining.other_kind(self.applied.desk, kind)
                assert to
                joining.convert(session, self.applied, case_id, conversion(self.story, to), **common)
            case "reply":
                reply_id = replies.reply(session, case_id, "回答です。", **common)
                joining.share_reply(session, case_id, reply_id, **common)
            case "start":
                triage.start(session, case_id, **common)
            case "ask":
                replies.ask(session, case_id, "いつですか。", **common)
            case _:
                receipt_id = session.get_one(Case, case_id).receipt_id
                tracking.withdraw(session, self.numbers[receipt_id], 1, case_id, at=self.at)

    def _bulk(self, deed: Deed, case_ids: set[int], chosen: int) -> None:
        ids = sorted(case_ids)
        values = {
            "deed": [deed.value],
            "purpose": [["idea", "help", ""][chosen % 3]],
            "topics": ["life-health"] if chosen % 2 else [],
            "division": [["digital", "none", ""][chosen % 3]],
            "assignee": [str(self.clerk.id) if chosen % 2 else bulk.NOBODY],
            "outcome": ["noted"],
            "reason": ["unclear"],
            "body": ["みなさまへの回答です。"],
            "main": [str(ids[chosen % len(ids)])],
        }
        order = bulk.check(self.session, self.applied, values, ids)
        seen = bulk.preview(self.session, self.clerk, self.applied, order, ids)
        versions = {
            each.id: each.version for each in bulk.chosen(self.session, self.clerk, self.applied, ids)
        }
        done = bulk.perform(self.session, self.applied, order, versions, keys=KEYS, by=self.clerk, at=self.at)
        # What the preview says is what is done.
        assert (done.done, done.left) == (len(seen.can), len(seen.cannot))


def check(session: Session, desk_id: int) -> None:
    rows = session.scalars(select(Case).where(Case.desk_id == desk_id)).all()
    by_id = {case.id: case for case in rows}
    texts = {row.id: row.body for row in session.scalars(select(Receipt).where(Receipt.desk_id == desk_id))}
    sums: Counter[Measure] = Counter()
    for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.desk_id == desk_id)):
        sums[entry.measure] += entry.sign
    assert sums[Measure.RECEIPTS] == RECEIVED
    assert sums[Measure.CASES] == sum(cases.is_counted(case) for case in rows)
    for case in rows:
        assert (case.status is Status.MERGED) == (case.merged_into_id is not None)
        if case.merged_into_id is not None:
            assert by_id[case.merged_into_id].status is not Status.MERGED
        if case.span_start is not None:
            assert case.body == clean_text(texts[case.receipt_id][case.span_start : case.span_end])
        assert case.version >= 1
    bundles = Counter(case.bundle_id for case in rows if case.bundle_id is not None)
    assert 1 not in bundles.values()
    last = {case.id: lifecycle.timeline(session, case.id) for case in rows}
    for case_id, told in last.items():
        moves = [(event.from_status, event.to_status) for event in told if event.to_status]
        assert [before for before, _ in moves[1:]] == [after for _, after in moves[:-1]]
        assert moves[-1][1] is by_id[case_id].status
    assert recount.standing(session, desk_id) == recount.recount(session, desk_id)


@pytest.mark.parametrize(
    ("engine_name", "examples"),
    [("sqlite", 10), ("postgresql", 5), pytest.param("sqlite", 25, marks=pytest.mark.full)],
    indirect=["engine_name"],
)
async def test_the_figures_are_those_of_the_events_after_any_history(
    database: Database, examples: int
) -> None:
    @settings(
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.nested_given],
        max_examples=examples,
        derandomize=True,
    )
    @given(histories=steps)
    def drawn(histories: list[Any]) -> None:
        found.append(histories)

    found: list[list[Any]] = []
    drawn()
    for history in found:
        number = next(numbers_of_desks)
        story = await open_story(database, desk=replace(BOTH, code=f"desk-{number}"))

        def live(session: Session, story: Story = story, history: list[Any] = history) -> None:
            told = History(session, story)
            told.receive()
            events = 0
            for step in history:
                told.take(step)
                kept = session.scalar(select(func.count()).select_from(Event)) or 0
                assert kept >= events
                events = kept
            check(session, story.applied.id)

        await database.write(live)
