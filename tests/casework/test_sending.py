"""A flood is received in bulk, and each sending of it still by itself: kept whole, or refused without a trace."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import attachments, desks, intake
from meyasubako.casework.intake import Pace, Received, Sending, Signs
from meyasubako.core.codes import token_hash
from meyasubako.core.errors import DeskError, InvalidInput, TooMany, WrongState
from meyasubako.core.policy import REQUESTER
from meyasubako.core.vocabulary import Channel, FileType, Language, QuarantineReason
from meyasubako.store.database import Database
from meyasubako.store.models import (
    Base,
    Case,
    CaseTopic,
    Event,
    GuardCounter,
    LearningDue,
    LedgerEntry,
    OutboxMessage,
    Receipt,
    Requester,
    SearchDue,
    table_of,
)
from tests.casework.forms_sent import CONSULTATION, MIE
from tests.harness.story import Story, open_story

PACE = Pace(network=10, desk=60, most=30)
STORED = (Requester, Receipt, Case, CaseTopic, Event, LedgerEntry, OutboxMessage, SearchDue, LearningDue)
DRAWN = {
    *("number", "idempotency_key", "confirm_token_hash", "message_id", "mark"),
    *("id", "receipt_id", "case_id", "requester_id", "event_id"),
}
"""What differs from one receipt to the next."""


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
async def sending(story: Story) -> Sending:
    await story.database.write(lambda session: desks.apply(session, MIE, at=story.at))
    applied = await story.database.read(lambda session: desks.find(session, MIE.code))
    return Sending(
        applied,
        intake.check(MIE, CONSULTATION),
        Channel.WEB,
        Signs("203.0.113.10"),
        PACE,
        story.keys,
        token_hash("the form"),
        Language.JAPANESE,
        story.at,
        frozenset(),
    )


def other(sending: Sending, number: int, **changes: Any) -> Sending:
    """Somebody else's, from elsewhere."""
    given: dict[str, Any] = {
        "idempotency_key": token_hash(f"form {number}"),
        "signs": Signs(f"198.51.100.{number}"),
        **changes,
    }
    return replace(sending, **given)


async def send(story: Story, *sendings: Sending) -> list[Received | DeskError]:
    return await story.database.write(lambda session: intake.send(session, sendings))


async def counts(story: Story) -> dict[str, int]:
    def look(session: Session) -> dict[str, int]:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in STORED
        }

    return await story.database.read(look)


def stored(session: Session, received: Received) -> dict[str, list[dict[str, Any]]]:
    """Every row of a receipt, without what differs from one receipt to the next."""
    requester_id = session.get_one(Receipt, received.receipt_id).requester_id
    of: dict[type[Base], tuple[str, int]]
    of = {Requester: ("id", requester_id), Case: ("id", received.case_ids[0])}
    of[Receipt] = "id", received.receipt_id
    of[LedgerEntry] = of[OutboxMessage] = "receipt_id", received.receipt_id
    found = {}
    for table in STORED:
        rows_of = table_of(table)
        name, id_ = of.get(table, ("case_id", received.case_ids[0]))
        rows = session.execute(
            select(rows_of).where(rows_of.c[name] == id_).order_by(*rows_of.primary_key)
        ).mappings()
        found[table.__tablename__] = [
            {name: value for name, value in row.items() if name not in DRAWN} for row in rows
        ]
    return found


async def test_what_is_received_in_bulk_is_what_is_received_alone(story: Story, sending: Sending) -> None:
    alone = await story.database.write(
        lambda session: intake.receive(
            session,
            sending.applied,
            sending.submission,
            channel=sending.channel,
            received_at=sending.at,
            keys=sending.keys,
            idempotency_key=sending.idempotency_key,
            by=REQUESTER,
            at=sending.at,
        )
    )
    for one in await send(story, *(other(sending, number) for number in range(3))):
        assert isinstance(one, Received)
        assert one.is_new
        in_bulk, by_itself = await story.database.read(
            lambda session, one=one: (stored(session, one), stored(session, alone))
        )
        assert in_bulk == by_itself
        assert all(in_bulk.values())
        opens = story.keys.confirm_token(one.number, sending.submission.requester.email)
        held = select(Requester.confirm_token_hash).join(Receipt, Receipt.requester_id == Requester.id)
        its = held.where(Receipt.id == one.receipt_id)
        assert await story.database.read(lambda session, its=its: session.scalar(its)) == token_hash(opens)


async def test_what_is_refused_leaves_nothing_and_the_others_of_the_batch_stay(
    story: Story, sending: Sending
) -> None:
    before = await counts(story)
    [kept] = await send(story, other(sending, 0))
    of_one = {name: count - before[name] for name, count in (await counts(story)).items()}
    assert isinstance(kept, Received)
    gone = replace(sending.submission, purpose="no longer offered")
    at_an_older_desk = replace(sending.applied, revision=sending.applied.revision - 1)
    found = await send(
        story,
        other(sending, 1),
        other(sending, 2, submission=gone, applied=at_an_older_desk),
        other(sending, 3, pace=replace(PACE, most=0)),
        other(sending, 4, idempotency_key="not a key"),
        other(sending, 5, shown=frozenset({99})),
        # Only the desk is another: what was chosen is still offered.
        other(sending, 6, applied=at_an_older_desk),
    )
    assert [type(each) for each in found] == [
        *(Received, InvalidInput, TooMany, InvalidInput, InvalidInput, Received)
    ]
    after = await counts(story)
    assert after == {name: before[name] + 3 * count for name, count in of_one.items()}
    # That somebody tried stays counted, whatever came of it.
    counted = select(func.sum(GuardCounter.count))
    assert await story.database.read(lambda session: session.scalar(counted)) == 2 * 7


async def test_the_same_form_twice_in_one_batch_makes_one_receipt(story: Story, sending: Sending) -> None:
    another = replace(sending, submission=replace(sending.submission, title="ほかの件名"))
    first, again, changed = await send(story, sending, sending, another)
    assert isinstance(first, Received)
    assert again == replace(first, is_new=False)
    assert isinstance(changed, WrongState)
    later, new = await send(story, sending, other(sending, 1))
    assert later == again
    assert isinstance(new, Received)
    assert new.is_new


async def test_limits_are_those_of_one_after_another(story: Story, sending: Sending) -> None:
    here = [
        replace(
            sending,
            idempotency_key=token_hash(f"{number}"),
            submission=replace(sending.submission, title=f"{number}件目"),
            pace=Pace(network=2, desk=60, most=4),
        )
        for number in range(6)
    ]
    found = await send(story, *here)
    assert [type(each) for each in found] == [*[Received] * 4, TooMany, TooMany]
    reasons = select(Receipt.quarantine_reason).order_by(Receipt.id)
    flood = QuarantineReason.FLOOD
    assert await story.see(lambda session: list(session.scalars(reasons))) == [None, None, flood, flood]
    crowd = [other(sending, number, pace=Pace(network=10, desk=6, most=30)) for number in range(4)]
    await send(story, *crowd)
    # Four were there: two more are usual at this desk.
    assert await story.see(lambda session: list(session.scalars(reasons))) == [
        *(None, None, flood, flood, None, None, flood, flood)
    ]


async def test_files_go_with_their_form_in_the_midst_of_a_batch(story: Story, sending: Sending) -> None:
    def hold(session: Session) -> int:
        attachments.hold(
            session,
            sending.applied.id,
            sending.idempotency_key or "",
            digest="0" * 64,
            size=1,
            file_type=FileType.PDF,
            name="図.pdf",
            most=5,
            is_scanned=False,
            at=story.at,
        )
        [held] = attachments.held(session, sending.idempotency_key or "")
        return held.id

    file_id = await story.database.write(hold)
    with_file = replace(sending, shown=frozenset({file_id}))
    first, received, again = await send(story, other(sending, 1), with_file, with_file)
    assert isinstance(received, Received)
    assert isinstance(first, Received)
    assert again == replace(received, is_new=False)
    listed = await story.see(lambda session: attachments.of_receipt(session, received.receipt_id))
    assert [each.name for each in listed] == ["図.pdf"]
