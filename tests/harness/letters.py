"""What a desk writes to people: everything it may ever have to send, what waits, and how it would read now."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako import worker
from meyasubako.casework import correspondence, deadlines, matching, replies, tracking, triage
from meyasubako.casework.outbox import Claimed
from meyasubako.core.policy import Actor
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import MeetingWay, Message, ShortlistManner
from meyasubako.store.models import OutboxMessage
from meyasubako.worker import Delivered
from tests.harness.story import ADDRESS, BRIEF, Story

PATIENCE = 20.0


async def deliver(story: Story, settings: Settings, **options: Any) -> Delivered:
    options = {"at": story.at, "limit": 100, "patience": PATIENCE, **options}
    return await worker.deliver(story.database, settings, story.keys, **options)


async def rows(story: Story, kind: Message) -> list[OutboxMessage]:
    return await story.see(
        lambda session: list(
            session.scalars(
                select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id)
            )
        )
    )


async def wordings(story: Story, kind: Message, settings: Settings) -> list[str | None]:
    """What the waiting messages of a kind would say now: subject and text; None for those that are moot."""
    claimed = [
        Claimed(
            row.id, row.kind, row.message_id, row.receipt_id, row.case_id, row.subject_id, row.created_at, 1
        )
        for row in await rows(story, kind)
    ]

    def compose(session: Session) -> list[correspondence.Letter | None]:
        return [
            correspondence.compose(
                session, message, keys=story.keys, public_url=settings.public_url, at=story.at
            )
            for message in claimed
        ]

    letters = await story.see(compose)
    mails = [
        None if letter is None else worker.word(letter, message, settings, story.keys, at=story.at)
        for letter, message in zip(letters, claimed, strict=True)
    ]
    return [None if mail is None else f"{mail.subject}\n{mail.body}" for mail in mails]


async def wording(story: Story, kind: Message, settings: Settings) -> str:
    (text,) = await wordings(story, kind, settings)
    assert text is not None
    return text


async def ask(story: Story, case_id: int) -> None:
    await story.do(replies.ask, case_id, "何人でお使いですか。\n日報は何枚ですか。", by=story.clerk)


async def answer(story: Story, case_id: int) -> None:
    await story.do(replies.reply, case_id, "ないしょの回答です。\n\n2行目です。", by=story.clerk)


async def interim(story: Story, case_id: int, *, until: str = "2026-07-17") -> None:
    desk = replace(story.applied.desk, answer_within_office_days=6)
    options = {"by": story.clerk}
    await story.do(deadlines.send_interim, desk, case_id, "調べて\nいます。", until, **options)


async def decline(story: Story, case_id: int) -> None:
    desk = story.applied.desk
    await story.do(triage.decline, desk, case_id, desk.open_decline_reasons[0].code, by=story.clerk)


async def correct(story: Story, case_id: int, **typed: str) -> tuple[str, ...]:
    """The sender corrects contact data, on the form as it stands now."""
    desk, number = story.applied.desk, story.numbers[case_id]
    now = await story.see(lambda session: tracking.contact(session, desk, number, 1))
    values = {name: [value] for name, value in {**now.values, **typed}.items()}
    return await story.do(tracking.correct, desk, number, 1, values, seen=now.seen, keys=story.keys)


async def ask_order(story: Story, case_id: int, adviser: Actor) -> None:
    chosen = [adviser.id or 0, (await story.list_provider("ほかの専門家", email="b@example.jp")).id or 0]
    to_rank = matching.ToRank(date(2026, 7, 31), dict.fromkeys(chosen, "工場の現場に詳しい人です。"))
    options = {"keys": story.keys, "by": story.clerk, "to_rank": to_rank}
    manner = ShortlistManner.IN_TURN
    await story.do(matching.shortlist, story.applied.desk, case_id, chosen, BRIEF, manner, **options)


async def remind(story: Story, adviser: Actor) -> None:
    """An offer that is to be answered today."""
    days = story.applied.desk.offer_valid_days
    story.pass_time(days=-days)
    await story.offer(await story.triaged(), adviser)
    story.pass_time(days=days)
    await story.do(matching.remind_open)


async def all_kinds(story: Story) -> None:
    """Everything a desk may ever write."""
    adviser = await story.list_provider()
    case_id = await story.triaged()
    await story.do(tracking.reissue_passcode, story.numbers[case_id], ADDRESS)
    await correct(story, await story.triaged(), email="new@example.jp")
    await story.offer(await story.triaged(), adviser)
    await story.accept(await story.offer(await story.triaged(), adviser), adviser)
    await meetings(story, adviser)
    await story.do(matching.revoke, await story.offer(await story.triaged(), adviser), by=story.clerk)
    await answer(story, case_id)
    await story.close(case_id)
    await ask(story, await story.triaged())
    await decline(story, await story.triaged())
    await interim(story, await story.triaged())
    await answer(story, await story.triaged(confirmed=False))
    await ask_order(story, await story.triaged(), adviser)
    await remind(story, adviser)


async def meetings(story: Story, adviser: Actor) -> None:
    """Times wait to be chosen, others did not fit; one meeting is planned, and one is called off."""
    desk, case_id, other = story.applied.desk, await story.triaged(), await story.triaged()
    first, second = await story.offer(case_id, adviser), await story.offer(other, adviser)
    await story.accept(first, adviser)
    await story.accept(second, adviser)

    def wish(*times: str) -> matching.Wish:
        return matching.Wish(times, MeetingWay.ONLINE, 60, "https://example.jp/room")

    await story.do(matching.propose, desk, first, wish("7/10 14:00", "7/13 10:30"), by=adviser)
    await story.do(matching.propose, desk, second, wish("7/11 14:00"), by=adviser)
    await story.do(matching.refuse_dates, other, 2, "8月なら行けます。")
    await story.do(matching.plan, desk, second, wish("8/3 9:00"), by=adviser)
    off = await story.do(matching.plan, desk, second, wish("8/4 9:00"), by=adviser)
    await story.do(matching.call_off, off, "体調", by=adviser)
