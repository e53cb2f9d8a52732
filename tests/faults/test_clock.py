"""A clock that is set back, by minutes or by weeks: nothing waits for a time that will not come, and every figure holds."""

import contextlib
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from meyasubako import summing, worker
from meyasubako.casework import accounts, deadlines, ledger, limits, outbox, replies, tracking, triage
from meyasubako.core import dates
from meyasubako.core.errors import DeskError, TooMany
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Message
from meyasubako.store.database import Database
from tests.harness.agreement import doubts
from tests.harness.chance import chance
from tests.harness.letters import deliver, rows
from tests.harness.mail_server import MailServer
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story

LONG = timedelta(days=40)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, smtp=mail_server.url)


async def test_no_mail_waits_for_the_time_to_come_again(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    for _ in range(4):
        await story.receive()
    mail_server.refuse = "451 4.3.0 later"
    assert (await deliver(story, settings, limit=2)).postponed == 2
    await story.do(outbox.claim, limit=1)
    mail_server.refuse = ""
    story.at -= timedelta(days=3)
    await worker.sweep(story.database, story.keys, at=story.at)
    assert (await deliver(story, settings)).sent == 4
    names = {str(each.message["Message-ID"]) for each in mail_server.deliveries}
    assert len(names) == len(mail_server.deliveries) == 4


async def test_what_another_machine_sends_is_left_to_it(story: Story, settings: Settings) -> None:
    await story.receive()
    await story.do(outbox.claim, limit=1)
    story.at -= dates.CLOCKS_APART - timedelta(seconds=1)
    await worker.sweep(story.database, story.keys, at=story.at)
    assert (await deliver(story, settings)).total == 0


async def test_a_clock_set_ahead_gives_up_no_mail(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    await story.receive()
    mail_server.refuse = "451 4.3.0 later"
    story.at += LONG
    assert (await deliver(story, settings)).postponed == 1
    story.at -= LONG
    mail_server.refuse = ""
    await worker.sweep(story.database, story.keys, at=story.at)
    assert (await deliver(story, settings)).sent == 1


async def test_nobody_waits_longer_than_the_longest_wait(story: Story) -> None:
    window = timedelta(minutes=10)
    for _ in range(limits.FREE_TRIES + 1):
        await count(story, limits.attempt, "wrong")
    with pytest.raises(TooMany):
        await count(story, limits.attempt, "wrong")
    for _ in range(3):
        await count(story, limits.hit, "sent", limit=3, window=window)
    with pytest.raises(TooMany):
        await count(story, limits.hit, "sent", limit=3, window=window)
    story.at -= timedelta(days=2)
    await count(story, limits.attempt, "wrong")
    await count(story, limits.hit, "sent", limit=3, window=window)


async def count(story: Story, verb: Any, key: str, **options: Any) -> None:
    """A count stays although what it guards is refused."""
    refused: list[DeskError] = []

    def unit(session: Any, *, at: Any) -> None:
        try:
            verb(session, key, at=at, **options)
        except TooMany as error:
            refused.append(error)

    await story.do(unit)
    for each in refused:
        raise each


async def test_no_session_outlasts_its_hours(story: Story) -> None:
    token = await story.do(accounts.sign_in, story.clerk.id)
    for back, is_open in ((timedelta(minutes=4), True), (timedelta(days=1), False)):
        at = story.at - back
        found = await story.see(lambda session, at=at: accounts.open_session(session, token, at=at))
        assert (found is not None, found is None or found.is_due(at)) == (is_open, True)


async def live_on(story: Story, draw: random.Random, steps: int) -> None:
    """Staff and requesters act in any order, at times in any order."""
    desk = story.applied.desk
    cases = [await story.receive() for _ in range(3)]
    by = {"by": story.clerk}
    month = dates.month_of(story.at)
    verbs: list[tuple[Any, ...]] = [
        (triage.start,),
        (replies.ask, "いつですか。"),
        (replies.resume,),
        (replies.reply, "回答です。"),
        (replies.reopen, "続きがあった。"),
        (triage.undo, "間違えた。"),
    ]
    for _ in range(steps):
        days = draw.choice([-40, -2, -0.1, -0.001, 0, 0.001, 0.1, 2, 40])
        story.at += timedelta(days=days)
        case_id = draw.choice(cases)
        verb, *typed = draw.choice(verbs)
        with contextlib.suppress(DeskError):
            await story.do(verb, case_id, *typed, **by)
        with contextlib.suppress(DeskError):
            match draw.randrange(8):
                case 0:
                    cases.append(await story.receive())
                case 1:
                    await story.triage(case_id)
                case 2:
                    outcome = desk.open_outcomes[0].code
                    await story.do(replies.close, desk, case_id, outcome, **by)
                case 3:
                    reason = desk.open_decline_reasons[0].code
                    await story.do(triage.decline, desk, case_id, reason, **by)
                case 4:
                    await story.do(tracking.withdraw, story.numbers[case_id], 1, case_id)
                case 5:
                    until = dates.japan_day(story.at + timedelta(days=9)).isoformat()
                    await story.do(deadlines.send_interim, desk, case_id, "調べています。", until, **by)
                case 6:
                    month = dates.next_month(month, draw.choice([0, 1]))
                    await story.do(
                        lambda session, month=month, *, at: ledger.close_month(
                            session, story.applied.id, month, by_id=None, at=at
                        )
                    )
                case _:
                    await worker.sweep(story.database, story.keys, at=story.at)


async def agrees(story: Story) -> None:
    assert await story.see(doubts) == []
    await summing.sum_all(story.database)
    assert (await summing.verify(story.database))[1] == ()
    numbers = list(story.numbers.values())
    assert len(set(numbers)) == len(numbers)


async def test_whatever_happens_in_whatever_order_of_times_the_figures_hold(story: Story) -> None:
    await live_on(story, chance("clock"), 25)
    await agrees(story)
    assert {row.message_id for row in await rows(story, Message.CONFIRM)}


@pytest.mark.torture
@pytest.mark.parametrize("part", range(30))
async def test_it_holds_again_and_again(story: Story, part: int) -> None:
    await live_on(story, chance("clock, often", drawn=True), 120)
    await agrees(story)


async def test_what_was_said_stands_in_the_order_it_was_said(story: Story) -> None:
    case_id = await story.triaged()
    await story.do(replies.ask, case_id, "何人ですか。", by=story.clerk)
    story.at -= LONG
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "五人です。")
    story.at -= LONG
    await story.do(replies.reply, case_id, "ご案内します。", by=story.clerk)
    desk, number = story.applied.desk, story.numbers[case_id]
    seen = await story.see(lambda session: tracking.view(session, desk, number, 1))
    assert [said.body for said in seen.cases[0].conversation] == [
        "何人ですか。",
        "五人です。",
        "ご案内します。",
    ]
