"""Triage: what a decision changes, what is refused and leaves nothing, and how a mistake is taken back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from meyasubako.casework import cases, lifecycle, matching, triage
from meyasubako.casework.triage import Decision
from meyasubako.core.errors import DeskError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import (
    ActorKind,
    EventKind,
    Measure,
    Message,
    QuarantineReason,
    RequesterType,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Event, LedgerEntry, Note, OutboxMessage, Staff, StaffGrant
from tests.harness.matters import raise_another
from tests.harness.story import Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


def form(story: Story, **changes: str | Sequence[str]) -> dict[str, Sequence[str]]:
    desk = story.applied.desk
    values: dict[str, str | Sequence[str]] = {
        "requester_type": "business",
        "purpose": desk.purposes[0].code,
        "topics": [desk.topic_leaves()[0].code],
        "division": desk.divisions[0].code,
        **changes,
    }
    return {name: [each] if isinstance(each, str) else each for name, each in values.items()}


def decision(story: Story, **changes: str | Sequence[str]) -> Decision:
    return triage.check(story.applied.desk, form(story, **changes))


async def decide(story: Story, case_id: int, *, by: Actor | None = None, **changes: Any) -> None:
    version = changes.pop("expected_version", None)
    await story.do(
        triage.triage,
        story.applied.desk,
        case_id,
        decision(story, **changes),
        by=by or story.clerk,
        expected_version=version,
    )


async def happened(story: Story, case_id: int) -> list[EventKind]:
    return [each.kind for each in await story.see(lambda session: lifecycle.timeline(session, case_id))]


async def counted(story: Story, measure: Measure, column: Any) -> dict[Any, int]:
    """The figures of a measure as they stand, by one column of the ledger."""
    rows = await story.see(
        lambda session: session.execute(
            select(column, LedgerEntry.sign).where(LedgerEntry.measure == measure)
        ).all()
    )
    found: Counter[Any] = Counter()
    for code, sign in rows:
        found[code] += sign
    return {code: sum_ for code, sum_ in found.items() if sum_}


async def two_matters(story: Story, status: Status) -> tuple[int, int]:
    """Two cases of one receipt; those put aside for checking are not counted yet."""
    reason = QuarantineReason.FLOOD if status is Status.QUARANTINED else None
    first = await story.receive(quarantine=reason)
    second = await story.do(raise_another, first, by=story.clerk, status=status)
    return first, second


@asynccontextmanager
async def in_hand(story: Story, case_id: int) -> AsyncIterator[AsyncSession]:
    """A unit that has the case in hand and is slow to end."""
    async with (
        AsyncSession(story.database._server.write_engine, expire_on_commit=False) as slow,
        slow.begin(),
    ):
        await slow.run_sync(lambda s: cases.open_case(s, case_id, Need.TRIAGE, by=story.clerk))
        yield slow


async def traces(story: Story) -> tuple[int, ...]:
    """How much there is of everything a refused action might leave behind."""
    tables = (Event, LedgerEntry, Note, OutboxMessage)
    return await story.see(
        lambda session: (
            *(session.scalar(select(func.count()).select_from(table)) for table in tables),
            session.scalar(select(func.sum(Case.version))),
        )
    )


async def refused(story: Story, kind: type[DeskError], verb: Any, *arguments: Any, **options: Any) -> str:
    """The sentence of a refusal that left no trace."""
    before = await traces(story)
    with pytest.raises(kind) as caught:
        await story.do(verb, *arguments, **{"by": story.clerk, **options})
    assert await traces(story) == before
    return caught.value.message


def viewer(story: Story) -> Actor:
    return replace(story.clerk, roles={story.applied.id: Role.VIEWER})


def stranger(story: Story) -> Actor:
    return replace(story.clerk, roles={story.applied.id + 1: Role.ADMIN})


async def test_a_decision_confirms_the_codes_and_moves_the_case(story: Story) -> None:
    case_id = await story.receive()
    desk = story.applied.desk
    topics = [desk.topic_leaves()[3].code, desk.topic_leaves()[1].code]
    await decide(story, case_id, requester_type="municipality", purpose=desk.purposes[1].code, topics=topics)

    case = await story.case(case_id)
    assert (case.status, case.triaged_at, case.version) == (Status.TRIAGED, story.at, 2)
    assert (case.requester_type, case.purpose) == (RequesterType.MUNICIPALITY, desk.purposes[1].code)
    assert (case.division_code, case.division_label) == (desk.divisions[0].code, desk.divisions[0].label)
    assert await story.see(lambda session: cases.topics_of(session, case_id)) == tuple(topics)
    assert await happened(story, case_id) == [EventKind.RECEIVED, EventKind.TRIAGED]


async def test_the_figures_follow_the_decision(story: Story) -> None:
    case_id = await story.receive()
    assert await counted(story, Measure.RECEIPTS, LedgerEntry.requester_type) == {RequesterType.BUSINESS: 1}
    await decide(story, case_id, requester_type="municipality")
    await decide(
        story, case_id, requester_type="prefecture", topics=[story.applied.desk.topic_leaves()[2].code]
    )
    for measure in (Measure.RECEIPTS, Measure.CASES):
        assert await counted(story, measure, LedgerEntry.requester_type) == {RequesterType.PREFECTURE: 1}
    assert await counted(story, Measure.TOPICS, LedgerEntry.topic) == {
        story.applied.desk.topic_leaves()[2].code: 1
    }
    assert await happened(story, case_id) == [
        EventKind.RECEIVED,
        EventKind.TRIAGED,
        EventKind.RETRIAGED,
    ]


async def test_correcting_later_keeps_the_status(story: Story) -> None:
    case_id = await story.receive()
    await decide(story, case_id)
    first = (await story.case(case_id)).triaged_at
    await story.do(triage.start, case_id, by=story.clerk)
    story.pass_time(days=1)
    await decide(story, case_id, requester_type="other")
    case = await story.case(case_id)
    assert (case.status, case.triaged_at, case.requester_type) == (
        Status.IN_PROGRESS,
        first,
        RequesterType.OTHER,
    )


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"requester_type": ""}, ["requester_type"]),
        ({"requester_type": "mayor"}, ["requester_type"]),
        ({"requester_type": "business_outside"}, ["requester_type"]),
        ({"purpose": ""}, ["purpose"]),
        ({"purpose": "praise"}, ["purpose"]),
        ({"topics": []}, ["topics"]),
        ({"topics": ["nowhere"]}, ["topics"]),
        ({"division": "nowhere"}, ["division"]),
        ({"requester_type": "", "purpose": "", "topics": []}, ["requester_type", "purpose", "topics"]),
    ],
)
async def test_a_decision_needs_codes_of_the_desk(
    story: Story, changes: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        decision(story, **changes)
    assert [error.field for error in caught.value.errors] == fields


async def test_unknown_requesters_and_no_division_can_be_decided(story: Story) -> None:
    found = decision(story, requester_type="unknown", division="")
    assert (found.requester_type, found.division) == (RequesterType.UNKNOWN, None)


async def test_a_stale_form_is_refused_and_told_what_happened(story: Story) -> None:
    case_id = await story.receive()
    await story.do(triage.note, case_id, "電話中です。", by=story.clerk, expected_version=1)
    for verb, arguments in (
        (triage.triage, (story.applied.desk, case_id, decision(story))),
        (triage.decline, (story.applied.desk, case_id, story.applied.desk.decline_reasons[0].code)),
        (triage.assign, (case_id, None)),
        (triage.note, (case_id, "もう一度")),
    ):
        message = await refused(story, WrongState, verb, *arguments, expected_version=1)
        assert "サンプル山田さん：メモを書きました" in message
        assert "いまは「受付」です" in message


async def test_of_two_clerks_at_once_one_wins(story: Story) -> None:
    case_id = await story.receive()
    other = replace(story.clerk, name="ほかの人")
    results = await asyncio.gather(
        decide(story, case_id, expected_version=1, requester_type="municipality"),
        decide(story, case_id, expected_version=1, requester_type="prefecture", by=other),
        return_exceptions=True,
    )
    lost = [each for each in results if each is not None]
    assert [type(each) for each in lost] == [WrongState]
    assert "いまは「振分済」です" in str(lost[0])
    assert await happened(story, case_id) == [EventKind.RECEIVED, EventKind.TRIAGED]
    assert sum((await counted(story, Measure.CASES, LedgerEntry.requester_type)).values()) == 1


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_two_matters_of_one_receipt_triaged_at_once_take_turns(story: Story) -> None:
    first, second = await two_matters(story, Status.RECEIVED)
    of_second = decision(story, requester_type="prefecture")
    async with in_hand(story, first) as slow:
        other = asyncio.create_task(
            story.do(triage.triage, story.applied.desk, second, of_second, by=story.clerk)
        )
        await asyncio.sleep(0.2)
        of_first = decision(story, requester_type="municipality")
        await slow.run_sync(
            lambda s: triage.triage(s, story.applied.desk, first, of_first, by=story.clerk, at=story.at)
        )
    await other
    for measure, number in (Measure.RECEIPTS, 1), (Measure.CASES, 2):
        found = await counted(story, measure, LedgerEntry.requester_type)
        assert found == {RequesterType.PREFECTURE: number}
    assert {(await story.case(each)).requester_type for each in (first, second)} == {RequesterType.PREFECTURE}


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_two_matters_put_aside_admitted_at_once_are_one_receipt(story: Story) -> None:
    first, second = await two_matters(story, Status.QUARANTINED)
    async with in_hand(story, first) as slow:
        other = asyncio.create_task(story.do(triage.admit, second, by=story.clerk))
        await slow.run_sync(lambda s: triage.admit(s, first, by=story.clerk, at=story.at))
        await asyncio.sleep(0.2)
    await other
    assert await counted(story, Measure.RECEIPTS, LedgerEntry.status) == {None: 1}
    assert await counted(story, Measure.CASES, LedgerEntry.status) == {None: 2}
    sent = await story.see(lambda session: list(session.scalars(select(OutboxMessage.kind))))
    assert sent == [Message.CONFIRM]


async def test_who_may_not_is_refused_and_who_has_nothing_there_finds_nothing(story: Story) -> None:
    case_id = await story.receive()
    verbs: list[tuple[Any, tuple[Any, ...]]] = [
        (triage.triage, (story.applied.desk, case_id, decision(story))),
        (triage.admit, (case_id,)),
        (triage.decline, (story.applied.desk, case_id, "unclear")),
        (triage.undo, (case_id, "理由")),
        (triage.start, (case_id,)),
        (matching.hand_back, (case_id,)),
        (triage.assign, (case_id, None)),
        (triage.note, (case_id, "メモ")),
    ]
    for verb, arguments in verbs:
        await refused(story, NotAllowed, verb, *arguments, by=viewer(story))
        await refused(story, NotFound, verb, *arguments, by=stranger(story))


async def test_declining_tells_why_and_can_be_undone(story: Story) -> None:
    desk, case_id = story.applied.desk, await story.receive()
    await refused(story, InvalidInput, triage.decline, desk, case_id, "because")
    await story.do(triage.decline, desk, case_id, "unclear", by=story.clerk)
    case = await story.case(case_id)
    assert (case.status, case.decline_reason) == (Status.DECLINED, "unclear")
    sent = await story.see(lambda session: list(session.scalars(select(OutboxMessage.kind))))
    assert sent == [Message.CONFIRM, Message.DECLINED]
    # It stays a matter that was raised.
    assert await counted(story, Measure.CASES, LedgerEntry.status) == {None: 1}

    await refused(story, InvalidInput, triage.undo, case_id, "　")
    await story.do(triage.undo, case_id, "内容を読み直しました。", by=story.clerk)
    case = await story.case(case_id)
    assert (case.status, case.decline_reason, case.came_from) == (Status.RECEIVED, None, [])
    await refused(story, WrongState, triage.undo, case_id, "もう一度")


async def test_starting_and_handing_back(story: Story) -> None:
    case_id = await story.receive()
    await refused(story, WrongState, triage.start, case_id)
    await story.triage(case_id)
    await refused(story, WrongState, matching.hand_back, case_id)
    await story.do(triage.start, case_id, by=story.clerk)
    await story.do(matching.hand_back, case_id, by=story.clerk)
    assert (await story.case(case_id)).status is Status.TRIAGED
    assert (await happened(story, case_id))[-2:] == [EventKind.STARTED, EventKind.HANDED_BACK]


async def test_only_what_was_put_aside_can_be_admitted(story: Story) -> None:
    case_id = await story.receive()
    await refused(story, WrongState, triage.admit, case_id)


async def test_a_case_is_given_to_staff_of_its_desk_or_to_nobody(story: Story) -> None:
    case_id = await story.receive()

    def hold(session: Any, staff_id: int, *, at: Any) -> None:
        session.add(StaffGrant(staff_id=staff_id, desk_id=story.applied.id, role=Role.VIEWER))

    def hire(session: Any, login: str, *, at: Any) -> int:
        member = Staff(login=login, name="よその人", password_hash="-", is_active=True, created_at=at)
        session.add(member)
        session.flush()
        return member.id

    elsewhere, viewer = await story.do(hire, "elsewhere"), await story.do(hire, "viewer")
    await story.do(hold, viewer)
    await story.do(triage.assign, case_id, story.clerk.id, by=story.clerk)
    assert (await story.case(case_id)).assignee_id == story.clerk.id
    for each in (elsewhere, viewer):
        assert "一覧の中から" in await refused(story, InvalidInput, triage.assign, case_id, each)
    await story.do(triage.assign, case_id, None, by=story.clerk)
    assert (await story.case(case_id)).assignee_id is None
    assert (await happened(story, case_id))[1:] == [EventKind.ASSIGNED, EventKind.ASSIGNED]


async def test_a_note_changes_nothing_the_requester_sees(story: Story) -> None:
    case_id = await story.receive()
    await refused(story, InvalidInput, triage.note, case_id, " \n ")
    await story.do(triage.note, case_id, "電話で聞いた。\n\n折り返す。", by=story.clerk)
    (kept,) = await story.see(lambda session: session.scalars(select(Note)).all())
    assert (kept.body, kept.author_name) == ("電話で聞いた。\n\n折り返す。", "サンプル山田")
    assert (await story.case(case_id)).status is Status.RECEIVED
    actors = await story.see(
        lambda session: [each.actor_kind for each in lifecycle.timeline(session, case_id)]
    )
    assert actors == [ActorKind.REQUESTER, ActorKind.STAFF]


async def test_a_matter_not_yet_triaged_is_told_only_of_its_requester(story: Story) -> None:
    first, second = await two_matters(story, Status.RECEIVED)
    await decide(story, first, requester_type="municipality")
    case = await story.case(second)
    assert (case.status, case.requester_type) == (Status.RECEIVED, RequesterType.MUNICIPALITY)
    assert await happened(story, second) == [EventKind.RECEIVED, EventKind.REQUESTER_TYPE_CHANGED]
    await decide(story, second, requester_type="municipality")
    assert (await happened(story, second))[-1] is EventKind.TRIAGED
