"""Correcting contact data and seeing everything held: what changes, who is written to, and what stays internal."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import casefiles, matching, replies, tracking, triage
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import (
    Channel,
    EventKind,
    MeetingWay,
    Message,
    QuarantineReason,
    RequesterType,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Event, OutboxMessage, Requester
from tests.harness.letters import correct
from tests.harness.matters import raise_another
from tests.harness.story import ADDRESS, REQUESTER_DETAILS, Story, open_story

NEW = "new@example.jp"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def requester(story: Story) -> Requester:
    return await story.see(lambda session: session.scalars(select(Requester)).one())


async def corrections(story: Story) -> list[tuple[int, list[str]]]:
    rows = await story.see(
        lambda session: session.execute(
            select(Event.case_id, Event.data).where(Event.kind == EventKind.CONTACT_CORRECTED)
        ).all()
    )
    return [(case_id, data["fields"]) for case_id, data in rows]


async def kinds(story: Story) -> list[Message]:
    return await story.see(
        lambda session: list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))
    )


async def confirm(story: Story, number: str, address: str) -> None:
    await story.do(tracking.confirm_email, story.keys.confirm_token(number, address))


async def seen(story: Story, number: str) -> tracking.Contact:
    return await story.see(lambda session: tracking.contact(session, story.applied.desk, number, 1))


async def test_what_was_corrected_is_kept_as_the_form_keeps_it(story: Story) -> None:
    case_id = await story.triaged()
    changed = await correct(
        story,
        case_id,
        name=" 見本　次郎 ",
        phone="（０５９）１１１−２２２２",
        postal_code="〒５１４ー８５７０",
        address="津市広明町13番地\r\nサンプル荘",
    )
    assert changed == ("name", "phone", "postal_code", "address")
    held = await requester(story)
    assert (held.name, held.phone, held.postal_code) == ("見本 次郎", "(059)111-2222", "514-8570")
    assert (held.address, held.organisation) == ("津市広明町13番地\nサンプル荘", "サンプル製作所")
    assert (held.email, held.municipality) == (ADDRESS, "津市")
    assert held.email_confirmed_at is not None
    assert await corrections(story) == [(case_id, list(changed))]
    assert await kinds(story) == [Message.CONFIRM]
    # Which fields is said to staff, never what stood there.
    applied = story.applied
    file = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, applied, case_id, at=story.at)
    )
    line = next(each for each in file.history if each.what == EventKind.CONTACT_CORRECTED.label)
    assert line.said == "お名前（ご担当者）、電話番号、郵便番号、ご住所"
    events = await story.see(lambda session: repr([row.data for row in session.scalars(select(Event))]))
    assert "次郎" not in events
    assert "514-8570" not in events


async def test_pressing_twice_corrects_once(story: Story) -> None:
    case_id = await story.receive()
    stale = await seen(story, story.numbers[case_id])
    assert await correct(story, case_id, email=NEW) == ("email",)
    again: dict[str, Any] = {name: [value] for name, value in {**stale.values, "email": NEW}.items()}
    desk, number = story.applied.desk, story.numbers[case_id]
    assert await story.do(tracking.correct, desk, number, 1, again, seen=stale.seen, keys=story.keys) == ()
    assert len(await corrections(story)) == 1
    assert (await kinds(story)).count(Message.CONFIRM) == 2


async def test_a_form_that_shows_what_no_longer_stands_changes_nothing(story: Story) -> None:
    case_id = await story.receive()
    desk, number = story.applied.desk, story.numbers[case_id]
    stale = await seen(story, number)
    await correct(story, case_id, phone="059-111-1111")
    typed = {name: [value] for name, value in {**stale.values, "name": "見本次郎"}.items()}
    with pytest.raises(WrongState):
        await story.do(tracking.correct, desk, number, 1, typed, seen=stale.seen, keys=story.keys)
    held = await requester(story)
    assert (held.name, held.phone) == ("見本太郎", "059-111-1111")


async def test_two_forms_at_once_never_mix(story: Story) -> None:
    case_id = await story.receive()
    results = await asyncio.gather(
        correct(story, case_id, phone="059-111-1111"),
        correct(story, case_id, phone="059-222-2222"),
        return_exceptions=True,
    )
    assert [each for each in results if isinstance(each, BaseException)] == [
        each for each in results if isinstance(each, WrongState)
    ]
    done = [each for each in results if each == ("phone",)]
    assert len(done) == len(await corrections(story)) >= 1


async def test_another_address_is_confirmed_by_its_own_link_only(story: Story) -> None:
    case_id = await story.receive()
    number = story.numbers[case_id]
    assert await correct(story, case_id, email=NEW) == ("email",)
    held = await story.see(
        lambda session: session.scalars(select(Requester).where(Requester.email == NEW)).one()
    )
    assert held.email_confirmed_at is None
    with pytest.raises(NotFound):
        await confirm(story, number, ADDRESS)
    assert not (await seen(story, number)).is_confirmed
    # A new passcode goes to a confirmed address only.
    before = await kinds(story)
    for address in (ADDRESS, NEW):
        await story.do(tracking.reissue_passcode, number, address)
    assert await kinds(story) == before == [Message.CONFIRM, Message.CONFIRM, Message.ADDRESS_CHANGED]
    await confirm(story, number, NEW)
    assert (await seen(story, number)).is_confirmed
    # Back again: the link that reached the first address proves the same as before.
    assert await correct(story, case_id, email=ADDRESS) == ("email",)
    with pytest.raises(NotFound):
        await confirm(story, number, NEW)
    await confirm(story, number, ADDRESS)


async def test_confirming_while_the_address_is_corrected_never_confirms_the_new_one(story: Story) -> None:
    case_id = await story.receive(confirmed=False)
    number = story.numbers[case_id]
    await asyncio.gather(
        confirm(story, number, ADDRESS), correct(story, case_id, email=NEW), return_exceptions=True
    )
    held = await seen(story, number)
    assert (held.values["email"], held.is_confirmed) == (NEW, False)


async def test_an_address_nobody_confirmed_is_not_told(story: Story) -> None:
    case_id = await story.receive(confirmed=False)
    await correct(story, case_id, email=NEW)
    assert await kinds(story) == [Message.CONFIRM, Message.CONFIRM]
    await correct(story, case_id, email="")
    assert await kinds(story) == [Message.CONFIRM, Message.CONFIRM]
    for address in (ADDRESS, NEW, ""):
        with pytest.raises(NotFound):
            await confirm(story, story.numbers[case_id], address)


async def test_every_mistake_is_said_at_once_and_nothing_is_kept(story: Story) -> None:
    case_id = await story.receive()
    with pytest.raises(InvalidInput) as refused:
        await correct(
            story, case_id, name=" ", email="taro@", phone="12", postal_code="514", address="あ" * 201
        )
    assert {each.field: each.message for each in refused.value.errors} == {
        "name": "「お名前（ご担当者）」を書いてください。",
        "email": "「メールアドレス」は、name@example.jp のような形で書いてください。",
        "phone": "「電話番号」は、市外局番から数字で書いてください。",
        "postal_code": "「郵便番号」は、7けたの数字で書いてください（例：514-8570）。",
        "address": "「ご住所」は200字までです。あと1字短くしてください。",
    }
    assert (await requester(story)).phone == "059-000-0000"
    assert await corrections(story) == []


async def test_each_open_matter_is_told_and_a_finished_one_only_if_all_are(story: Story) -> None:
    first = await story.triaged()
    second = await story.database.write(
        lambda session: raise_another(session, first, by=story.clerk, at=story.at)
    )
    await story.do(tracking.withdraw, story.numbers[first], 1, first)
    await correct(story, first, name="見本次郎")
    assert await corrections(story) == [(second, ["name"])]
    await story.do(tracking.withdraw, story.numbers[first], 1, second)
    await correct(story, first, name="見本三郎")
    assert [case_id for case_id, _ in await corrections(story)] == [second, first, second]


async def test_what_waits_to_be_admitted_is_corrected_without_a_mail(story: Story) -> None:
    case_id = await story.receive(confirmed=False, quarantine=QuarantineReason.TRAP)
    await correct(story, case_id, email=NEW)
    await story.do(triage.decline, story.applied.desk, case_id, "unclear", by=story.clerk)
    await correct(story, case_id, email="victim@example.jp")
    assert await kinds(story) == []


async def test_only_what_is_asked_of_this_person_or_held_can_be_corrected(story: Story) -> None:
    bare = replace(REQUESTER_DETAILS, organisation="")
    case_id = await story.receive(requester=bare, requester_type=RequesterType.RESIDENT)
    now = await seen(story, story.numbers[case_id])
    assert list(now.values) == ["name", "email", "phone", "postal_code", "address"]
    assert await correct(story, case_id, organisation="サンプル商店") == ()
    written = await story.receive(
        requester=replace(REQUESTER_DETAILS, name="", email=""),
        requester_type=RequesterType.UNKNOWN,
        by=story.clerk,
        channel=Channel.LETTER,
    )
    names = [field.name for field in (await seen(story, story.numbers[written])).fields]
    assert "organisation" in names
    with pytest.raises(NotFound):
        await story.see(
            lambda session: tracking.contact(session, story.applied.desk, story.numbers[written], 2)
        )


async def test_who_accepted_sees_what_was_corrected_and_no_postal_address(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    await correct(story, case_id, name="見本次郎", email=NEW, postal_code="5148570", address="津市広明町")
    contact = (await story.view(offer_id, adviser)).contact
    assert contact is not None
    assert (contact.name, contact.email, contact.phone) == ("見本次郎", NEW, "059-000-0000")
    assert "広明町" not in repr(contact)


async def test_everything_held_is_shown_and_nothing_internal(story: Story) -> None:
    case_id = await story.triaged()
    number = story.numbers[case_id]
    asked, taken = await story.list_provider("サンプル辞退"), await story.list_provider()
    await story.do(
        matching.turn_down, await story.offer(case_id, asked), "忙しいため", keys=story.keys, by=asked
    )
    offer_id = await story.offer(case_id, taken)
    await story.accept(offer_id, taken)
    meeting = {
        "held_on": japan_day(story.at),
        "way": MeetingWay.ONLINE,
        "minutes": 45,
        "summary": "ないしょのまとめ",
    }
    await story.do(matching.meet, story.applied.desk, offer_id, **meeting, by=taken)
    await story.do(matching.advise, offer_id, "ないしょの助言", by=taken)
    await story.do(replies.reply, case_id, "回答です。", by=story.clerk)
    held = await story.see(lambda session: tracking.held(session, number, 1))
    assert held.requester == REQUESTER_DETAILS
    assert (held.channel, held.wished_dates, held.share_consent) == (Channel.WEB, "7月10日（金）の午後", True)
    (matter,) = held.matters
    assert (matter.requester_type, matter.purpose) == (RequesterType.BUSINESS, "information")
    (met,) = matter.meetings
    assert (met.way, met.minutes, met.provider_name) == (MeetingWay.ONLINE, 45, "サンプル専門家")
    shown = repr(held)
    assert not [word for word in ("ないしょ", "サンプル辞退", "サンプル山田", "忙しい") if word in shown]
    with pytest.raises(NotFound):
        await story.see(lambda session: tracking.held(session, number, 2))
