"""Receipts: stored whole, counted once, whoever sends or enters them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako.casework import desks, intake
from meyasubako.core import codes
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.desk import Desk
from meyasubako.core.errors import InvalidInput, NotAllowed, WrongState
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    Channel,
    EventKind,
    Measure,
    Message,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Event, LedgerEntry, OutboxMessage, Receipt, Requester, Staff
from tests.casework.forms_sent import CONSULTATION, MIE, OPINION, TOYAMA, Values

AT = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)


KEYS = Keys(b"a key for tests, 32 bytes long..")


# ---- Receiving ----


@pytest.fixture
async def toyama(database: Database) -> AppliedDesk:
    return await applied(database, TOYAMA)


async def applied(database: Database, desk: Desk) -> AppliedDesk:
    await database.write(lambda session: desks.apply(session, desk, at=AT))
    return await database.read(lambda session: desks.find(session, desk.code))


async def receive(
    database: Database,
    desk: AppliedDesk,
    values: Values = OPINION,
    *,
    key: str | None = "key",
    receive_as: Callable[..., intake.Received] = intake.receive,
    **options: Any,
) -> intake.Received:
    submission = intake.check(desk.desk, values, by_staff=receive_as is intake.enter)
    given_ = {"channel": Channel.WEB, "received_at": AT, "by": REQUESTER, "at": AT, **options}
    return await database.write(
        lambda session: receive_as(session, desk, submission, keys=KEYS, idempotency_key=key, **given_)
    )


async def count(database: Database, table: Any) -> int:
    return await database.read(lambda session: session.scalar(select(func.count()).select_from(table)) or 0)


async def test_a_receipt_has_a_case_an_event_and_its_ledger_entries(
    database: Database, toyama: AppliedDesk
) -> None:
    received = await receive(database, toyama)
    assert received.is_new
    assert codes.is_receipt_number(received.number)

    def look(session: Any) -> None:
        receipt = session.get_one(Receipt, received.receipt_id)
        assert (receipt.number, receipt.passcode_generation) == (received.number, 1)
        case = session.get_one(Case, received.case_ids[0])
        assert (case.status, case.title, case.due_on) == (Status.RECEIVED, OPINION["title"][0], None)
        events = session.scalars(select(Event)).all()
        assert [(event.kind, event.to_status) for event in events] == [(EventKind.RECEIVED, Status.RECEIVED)]
        assert "満員" not in str(events[0].data)
        entries = session.scalars(select(LedgerEntry)).all()
        assert {(entry.measure, entry.sign) for entry in entries} == {
            (Measure.RECEIPTS, 1),
            (Measure.CASES, 1),
            (Measure.TOPICS, 1),
            (Measure.STATUSES, 1),
        }
        assert {entry.effective_month for entry in entries} == {202607}
        assert session.scalars(select(OutboxMessage)).all() == []

    await database.read(look)


async def test_with_an_address_a_mail_waits_to_be_sent(database: Database) -> None:
    desk = await applied(database, MIE)
    received = await receive(database, desk, CONSULTATION)
    kinds = await database.read(lambda session: session.scalars(select(OutboxMessage.kind)).all())
    assert kinds == [Message.CONFIRM]
    stored = await database.read(lambda session: session.scalars(select(Requester.confirm_token_hash)).all())
    assert stored == [codes.token_hash(KEYS.confirm_token(received.number, "Taro@example.jp"))]


async def test_a_promised_deadline_counts_office_days(database: Database) -> None:
    # Friday 17 July; Monday 20 July is 海の日: 17, 21, 22, 23, 24, 27.
    desk = await applied(database, replace(TOYAMA, answer_within_office_days=6))
    received = await receive(database, desk, received_at=datetime(2026, 7, 17, 3, tzinfo=UTC))
    due_on = await database.read(lambda session: session.get_one(Case, received.case_ids[0]).due_on)
    assert due_on == date(2026, 7, 27)


async def test_the_same_form_sent_again_is_the_same_receipt(database: Database, toyama: AppliedDesk) -> None:
    first = await receive(database, toyama)
    second = await receive(database, toyama, at=AT + timedelta(minutes=5))
    assert second == replace(first, is_new=False)
    assert (await count(database, Receipt), await count(database, Requester)) == (1, 1)


async def test_the_same_form_sent_at_the_same_time_is_one_receipt(
    database: Database, toyama: AppliedDesk
) -> None:
    results = await asyncio.gather(*(receive(database, toyama) for _ in range(8)))
    assert len({(each.number, each.case_ids) for each in results}) == 1
    assert sum(each.is_new for each in results) == 1
    assert (await count(database, Receipt), await count(database, Requester)) == (1, 1)
    assert await count(database, Event) == 1


async def test_another_text_under_the_same_key_is_refused_and_leaves_nothing(
    database: Database, toyama: AppliedDesk
) -> None:
    await receive(database, toyama)
    with pytest.raises(WrongState, match="先に別の内容"):
        await receive(database, toyama, {**OPINION, "body": ["別の内容"]})
    assert (await count(database, Receipt), await count(database, Requester)) == (1, 1)


async def test_a_key_of_another_desk_is_another_key(database: Database, toyama: AppliedDesk) -> None:
    mie = await applied(database, MIE)
    first = await receive(database, toyama)
    second = await receive(database, mie, CONSULTATION)
    assert first.number != second.number


@pytest.mark.parametrize("key", ["", "a" * 81, "ふつうの文字", "a b", "a\x00"])
async def test_a_key_that_is_none_is_refused(database: Database, toyama: AppliedDesk, key: str) -> None:
    with pytest.raises(InvalidInput, match="入力画面を開き直して"):
        await receive(database, toyama, key=key)
    assert await count(database, Receipt) == 0


async def test_without_a_key_every_sending_is_a_receipt(database: Database, toyama: AppliedDesk) -> None:
    numbers = {(await receive(database, toyama, key=None)).number for _ in range(3)}
    assert len(numbers) == 3


# ---- What staff enter ----


@pytest.fixture
async def clerk(database: Database, toyama: AppliedDesk) -> Actor:
    def add(session: Any) -> int:
        staff = Staff(login="yamada", name="山田", password_hash="x", is_active=True, created_at=AT)
        session.add(staff)
        session.flush()
        return staff.id

    return Actor(ActorKind.STAFF, await database.write(add), "山田", {toyama.id: Role.CLERK})


async def test_a_letter_counts_in_the_month_it_was_received(
    database: Database, toyama: AppliedDesk, clerk: Actor
) -> None:
    letter = {"requester_type": ["unknown"], "title": ["手紙"], "body": ["本文"]}
    received = await receive(
        database,
        toyama,
        letter,
        receive_as=intake.enter,
        channel=Channel.LETTER,
        received_at=datetime(2026, 5, 31, 15, tzinfo=UTC),
        by=clerk,
    )

    def look(session: Any) -> None:
        receipt = session.get_one(Receipt, received.receipt_id)
        assert (receipt.channel, receipt.entered_by_id, receipt.recorded_at) == (Channel.LETTER, clerk.id, AT)
        months = {
            (entry.effective_month, entry.booked_month) for entry in session.scalars(select(LedgerEntry))
        }
        assert {effective for effective, _ in months} == {202606}

    await database.read(look)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"channel": Channel.WEB}, "channel"),
        ({"channel": Channel.API}, "channel"),
        ({"received_at": AT + timedelta(seconds=1)}, "received_on"),
        ({"received_at": datetime(2021, 11, 29, 14, tzinfo=UTC)}, "received_on"),
    ],
)
async def test_what_cannot_have_come_this_way_is_refused(
    database: Database, toyama: AppliedDesk, clerk: Actor, options: dict[str, Any], field: str
) -> None:
    given: dict[str, Any] = {"channel": Channel.FAX, "by": clerk, **options}
    with pytest.raises(InvalidInput) as refused:
        await receive(database, toyama, receive_as=intake.enter, **given)
    assert refused.value.field == field
    assert await count(database, Receipt) == 0


async def test_only_who_may_enter_receipts_enters_them(
    database: Database, toyama: AppliedDesk, clerk: Actor
) -> None:
    viewer = replace(clerk, roles={toyama.id: Role.VIEWER})
    elsewhere = replace(clerk, roles={toyama.id + 1: Role.ADMIN})
    for actor in (viewer, elsewhere, REQUESTER):
        with pytest.raises(NotAllowed):
            await receive(database, toyama, receive_as=intake.enter, channel=Channel.FAX, by=actor)
    assert await count(database, Receipt) == 0
