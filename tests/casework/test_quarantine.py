"""What looks like a machine's: it is kept, counts nowhere, writes to nobody, and staff decide about many at once."""

import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako.casework import casefiles, intake, tracking, triage
from meyasubako.casework.casefiles import QuarantinePage
from meyasubako.casework.intake import Pace, Signs, Submission
from meyasubako.core.conditions import Conditions, Queue, Scope
from meyasubako.core.errors import DeskError, InvalidInput, NotAllowed, NotFound, TooMany, WrongState
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    CaseKind,
    Channel,
    EventKind,
    Measure,
    Message,
    QuarantineReason,
    RequesterType,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Event, GuardCounter, LedgerEntry, OutboxMessage, Receipt
from tests.harness.story import REQUESTER_DETAILS, TOYAMA, Story, open_story

R = QuarantineReason
PACE = Pace(network=2, desk=4, most=6)
HERE, THERE = "203.0.113.10", "198.51.100.7"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


def submission(title: str = "スマホ講座を増やしてほしい", body: str = "いつも満員です。") -> Submission:
    return Submission(
        kind=CaseKind.CONSULTATION,
        requester_type=RequesterType.RESIDENT,
        purpose=None,
        topics=(),
        title=title,
        body=body,
        requester=REQUESTER_DETAILS,
        meeting_way=None,
        wished_dates="",
        reply_wanted=True,
        publish_consent=False,
        share_consent=False,
    )


async def weigh(story: Story, title: str = "", *, pace: Pace = PACE, **signs: Any) -> R | None:
    """One sending; each with a text of its own unless a title is given."""
    sent = submission(title or f"件名 {await counters(story)}")
    signs.setdefault("network", HERE)
    given = Signs(**signs)
    weighed = intake.Weighed(story.applied.id, sent, given, pace, story.at)
    [found] = await story.database.write(lambda session: intake.weigh_each(session, [weighed]))
    if isinstance(found, TooMany):
        raise found
    return found


async def counters(story: Story) -> int:
    return await story.see(lambda session: session.scalar(select(func.count()).select_from(GuardCounter)))


async def mails(story: Story) -> list[Message]:
    return await story.see(lambda session: list(session.scalars(select(OutboxMessage.kind))))


async def figures(story: Story) -> dict[Measure, int]:
    rows = await story.see(
        lambda session: session.execute(
            select(LedgerEntry.measure, func.sum(LedgerEntry.sign)).group_by(LedgerEntry.measure)
        ).all()
    )
    return {measure: int(total) for measure, total in rows if total}


async def waiting(story: Story, *, by: Actor | None = None, **places: Any) -> QuarantinePage:
    return await story.see(
        lambda session: casefiles.quarantine(session, by or story.clerk, story.applied, **places)
    )


async def inbox(story: Story, **wanted: Any) -> list[int]:
    found = await story.see(
        lambda session: casefiles.inbox(
            session, story.clerk, story.applied, Conditions(**wanted), at=story.at
        )
    )
    return [row.id for row in found.rows]


async def refused(story: Story, kind: type[DeskError], verb: Any, *arguments: Any, by: Actor) -> DeskError:
    """What is refused leaves nothing."""

    async def traces() -> list[int]:
        tables = (Event, LedgerEntry, OutboxMessage)
        return await story.see(
            lambda session: [session.scalar(select(func.count()).select_from(table)) for table in tables]
        )

    before = await traces()
    with pytest.raises(kind) as caught:
        await story.do(verb, *arguments, by=by)
    assert await traces() == before
    return caught.value


# ---- Weighing ----


async def test_what_a_person_sends_is_a_person_s(story: Story) -> None:
    assert [await weigh(story) for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("signs", "reason"),
    [
        ({"is_trapped": True}, R.TRAP),
        ({"is_too_fast": True}, R.TOO_FAST),
        ({"is_trapped": True, "is_too_fast": True}, R.TRAP),
        ({"is_trapped": True, "is_proved": True}, R.TRAP),
        ({"is_too_fast": True, "is_proved": True}, R.TOO_FAST),
    ],
)
async def test_what_gives_a_machine_away(story: Story, signs: dict[str, Any], reason: R) -> None:
    assert await weigh(story, **signs) is reason


async def test_beyond_the_pace_of_a_network_a_proof_is_wanted_and_beyond_the_limit_nothing_taken(
    story: Story,
) -> None:
    assert [await weigh(story) for _ in range(3)] == [None, None, R.FLOOD]
    assert await weigh(story, is_proved=True) is None
    assert await weigh(story, network=THERE) is None
    assert [await weigh(story, is_proved=True) for _ in range(2)] == [None, None]
    with pytest.raises(TooMany) as limited:
        await weigh(story, is_proved=True)
    assert limited.value.retry_after == 3_600
    story.pass_time(hours=1)
    assert await weigh(story) is None


async def test_beyond_the_pace_of_a_desk_everybody_brings_a_proof(story: Story) -> None:
    for _ in range(4):
        await story.receive(confirmed=False)
    await story.receive(confirmed=False, received_at=story.at - timedelta(days=2), channel=Channel.LETTER)
    assert await weigh(story) is R.FLOOD
    assert await weigh(story, is_proved=True) is None
    other = await open_story(story.database, TOYAMA)
    assert await weigh(other, network=THERE) is None
    story.pass_time(hours=2)
    assert await weigh(story) is None


async def test_letters_of_the_day_are_no_flood(story: Story) -> None:
    for _ in range(5):
        await story.receive(confirmed=False, channel=Channel.LETTER)
    assert await weigh(story) is None


async def test_the_same_text_again_and_again_is_a_machine_s_however_it_is_dressed(story: Story) -> None:
    pace = Pace(network=50, desk=50, most=50)
    dressed = ["ＤＸ の\n講座", "dx の講座", "DXの　講座", "ＤＸの講座", "Dx\tの講座", "dｘの講座"]
    assert [await weigh(story, each, pace=pace) for each in dressed] == [None] * 5 + [R.REPEATED]
    assert await weigh(story, dressed[0], pace=pace, is_proved=True) is R.REPEATED
    assert await weigh(story, dressed[0], pace=pace, network=THERE) is None
    assert await weigh(story, "DXの講演", pace=pace) is None
    story.pass_time(days=1)
    assert await weigh(story, dressed[0], pace=pace) is None


async def test_a_sending_writes_two_small_rows(story: Story) -> None:
    await weigh(story)
    assert await counters(story) == 2


async def test_a_proof_is_asked_for_before_it_is_needed(story: Story) -> None:
    async def wanted(network: str = HERE, pace: Pace = PACE) -> bool:
        return await story.see(
            lambda session: intake.wants_proof(session, story.applied.id, network, pace, at=story.at)
        )

    assert not await wanted()
    await weigh(story)
    assert (await wanted(), await wanted(THERE)) == (True, False)
    story.pass_time(hours=1)
    assert not await wanted()
    for _ in range(2):
        await story.receive(confirmed=False)
    assert await wanted(THERE)
    assert await wanted(THERE, Pace(network=0, desk=99, most=99))


# ---- Put aside ----


@pytest.mark.parametrize("reason", R)
async def test_what_is_put_aside_is_kept_whole_and_counts_nowhere(story: Story, reason: R) -> None:
    case_id = await story.receive(quarantine=reason)
    case = await story.case(case_id)
    receipt = await story.see(lambda session: session.get_one(Receipt, case.receipt_id))
    assert (case.status, receipt.quarantine_reason) == (Status.QUARANTINED, reason)
    assert (await figures(story), await mails(story)) == ({}, [])
    seen = await story.see(
        lambda session: tracking.view(session, story.applied.desk, story.numbers[case_id], 1)
    )
    assert seen.cases[0].sentence == "受け付けました。これから内容を確かめます。"
    assert "確かめ待ち" not in str(seen)


async def test_the_same_form_sent_again_is_the_same_receipt_whatever_it_looks_like_now(story: Story) -> None:
    async def send(reason: R | None) -> intake.Received:
        return await story.do(
            intake.receive,
            story.applied,
            submission(),
            channel=Channel.WEB,
            received_at=story.at,
            keys=story.keys,
            idempotency_key="one-form",
            by=REQUESTER,
            quarantine=reason,
        )

    first, again = await send(None), await send(R.FLOOD)
    assert (again.receipt_id, again.is_new) == (first.receipt_id, False)
    assert (await story.case(first.case_ids[0])).status is Status.RECEIVED


async def test_admitting_counts_it_and_writes_to_its_sender_once(story: Story) -> None:
    case_id = await story.receive(quarantine=R.TRAP)
    story.pass_time(days=40)
    await story.do(triage.admit, case_id, by=story.clerk)
    assert (await story.case(case_id)).status is Status.RECEIVED
    found = await figures(story)
    assert (found[Measure.RECEIPTS], found[Measure.CASES]) == (1, 1)
    months = await story.see(lambda session: set(session.scalars(select(LedgerEntry.effective_month))))
    # In the month it came in, not in the month somebody looked at it.
    assert months == {202607}
    assert await mails(story) == [Message.CONFIRM]
    await refused(story, WrongState, triage.admit, case_id, by=story.clerk)


async def test_without_an_address_nobody_is_written_to(story: Story) -> None:
    details = replace(REQUESTER_DETAILS, email="")
    case_id = await story.receive(quarantine=R.FLOOD, requester=details)
    await story.do(triage.admit, case_id, by=story.clerk)
    assert await mails(story) == []


async def test_declined_from_there_it_never_counted_and_can_come_back(story: Story) -> None:
    case_id = await story.receive(quarantine=R.TOO_FAST)
    await story.do(triage.decline, story.applied.desk, case_id, "unclear", by=story.clerk)
    assert (await figures(story), await mails(story)) == ({}, [])
    await story.do(triage.undo, case_id, "人が書いたものでした。", by=story.clerk)
    await story.do(triage.admit, case_id, by=story.clerk)
    assert ((await figures(story))[Measure.CASES], await mails(story)) == (1, [Message.CONFIRM])


# ---- Many at once ----


async def test_many_are_received_together_and_what_a_colleague_did_is_left_alone(story: Story) -> None:
    first, second, third, fourth = [await story.receive(quarantine=R.FLOOD) for _ in range(4)]
    await story.do(triage.decline, story.applied.desk, second, "unclear", by=story.clerk)
    await story.do(triage.admit, third, by=story.clerk)
    done = await story.do(triage.admit_many, story.applied, [third, second, first, first], by=story.clerk)
    assert done == (1, 2)
    statuses = [(await story.case(each)).status for each in (first, second, third, fourth)]
    assert statuses == [Status.RECEIVED, Status.DECLINED, Status.RECEIVED, Status.QUARANTINED]
    assert ((await figures(story))[Measure.RECEIPTS], await mails(story)) == (2, [Message.CONFIRM] * 2)
    happened = await story.see(lambda session: set(session.scalars(select(Event.kind))))
    assert happened == {EventKind.RECEIVED, EventKind.ADMITTED, EventKind.DECLINED}


async def test_many_are_declined_together_without_a_word_to_anybody(story: Story) -> None:
    sent = [await story.receive(quarantine=R.REPEATED) for _ in range(3)]
    assert await story.do(triage.decline_many, story.applied, sent, "unclear", by=story.clerk) == (3, 0)
    assert {(await story.case(each)).decline_reason for each in sent} == {"unclear"}
    assert (await figures(story), await mails(story), (await waiting(story)).total) == ({}, [], 0)
    assert await story.do(triage.decline_many, story.applied, sent, "unclear", by=story.clerk) == (0, 3)


async def test_who_may_not_decides_about_none_and_what_is_of_another_desk_is_not_there(story: Story) -> None:
    ours = await story.receive(quarantine=R.TRAP)
    other = await open_story(story.database, TOYAMA)
    theirs = await other.receive(quarantine=R.TRAP)
    viewer = Actor(ActorKind.STAFF, story.clerk.id, "見る人", {story.applied.id: Role.VIEWER})
    both = replace(story.clerk, roles={**story.clerk.roles, **other.clerk.roles})
    for verb, reason in ((triage.admit_many, ()), (triage.decline_many, ("unclear",))):
        await refused(story, NotAllowed, verb, story.applied, [ours], *reason, by=viewer)
        await refused(story, NotFound, verb, story.applied, [ours, theirs], *reason, by=story.clerk)
        await refused(story, NotFound, verb, story.applied, [ours, theirs], *reason, by=both)
        await refused(story, NotFound, verb, story.applied, [ours, 2**31 - 1], *reason, by=story.clerk)
        await refused(story, InvalidInput, verb, story.applied, [], *reason, by=story.clerk)
        await refused(story, InvalidInput, verb, story.applied, range(1, 102), *reason, by=story.clerk)
    wrong = await refused(story, InvalidInput, triage.decline_many, story.applied, [], "gone", by=story.clerk)
    assert isinstance(wrong, InvalidInput)
    assert {error.field for error in wrong.errors} == {"case", "reason"}


# ---- The list ----


async def test_the_list_is_apart_from_the_work(story: Story) -> None:
    ordinary = await story.receive()
    long = await story.receive(quarantine=R.FLOOD, body="あ" * 200)
    short = await story.receive(quarantine=R.TRAP, title="ちらし", body="買いませんか。")
    found = await waiting(story)
    assert [(row.id, row.reason, row.title) for row in found.rows] == [
        (short, R.TRAP, "ちらし"),
        (long, R.FLOOD, "現場作業員へのIT導入を進めたい"),
    ]
    assert (found.rows[0].beginning, found.rows[0].goes_on) == ("買いませんか。", False)
    assert (found.rows[1].beginning, found.rows[1].goes_on) == ("あ" * 160, True)
    assert found.rows[0].requester_label == "県内の事業者"

    assert await inbox(story) == await inbox(story, scope=Scope.ALL) == [ordinary]
    assert await inbox(story, scope=Scope.ALL, statuses=(Status.QUARANTINED,)) == [short, long]
    # Who knows a number finds it wherever it stands.
    assert await inbox(story, number=story.numbers[long]) == [long]
    counts = (
        await story.see(
            lambda session: casefiles.inbox(session, story.clerk, story.applied, Conditions(), at=story.at)
        )
    ).counts
    assert (counts[Queue.NEW].number, counts.quarantined.number) == (1, 2)
    stranger = Actor(ActorKind.STAFF, 1, "よその人", {})
    assert (await waiting(story, by=stranger)).total == 0


async def test_a_flood_is_read_page_by_page(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["meyasubako.casework.casefiles.quarantine"], "PAGE_SIZE", 2)
    sent = [await story.receive(quarantine=R.FLOOD) for _ in range(5)]
    pages = [await waiting(story)]
    while pages[-1].older:
        pages.append(await waiting(story, after=pages[-1].older))
    assert [row.id for page in pages for row in page.rows] == sent[::-1]
    assert ([len(page.rows) for page in pages], {page.total for page in pages}) == ([2, 2, 1], {5})
    back = await waiting(story, before=pages[-1].newer)
    assert back.rows == pages[1].rows


async def test_the_file_says_why_it_was_put_aside(story: Story) -> None:
    case_id = await story.receive(quarantine=R.REPEATED)
    file = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )
    assert (file.quarantine_reason, file.next_action) == (R.REPEATED, casefiles.Action.ADMIT)
