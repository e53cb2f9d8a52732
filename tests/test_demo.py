"""The demonstration: believable, invented, different every text, and never mixed with anything else."""

import re
from collections import Counter
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import select

from meyasubako.casework import outbox
from meyasubako.core import dates
from meyasubako.core.vocabulary import (
    Channel,
    MailState,
    OfferState,
    QuarantineReason,
    ReferralState,
    Role,
    Status,
)
from meyasubako.demo import build, material
from meyasubako.demo.empty import holds_data
from meyasubako.store.database import Database
from meyasubako.store.models import Case, IncomingMail, InterimNotice, Offer, Provider, Receipt, Referral
from tests.harness.site import settings_for
from tests.harness.story import KEYS

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
CODES = [desk.code for desk in material.desk_definitions()]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_three_years_at_both_desks(database: Database, tmp_path: Path) -> None:
    assert not await database.read(holds_data)
    built = await build.build(database, settings_for(tmp_path), KEYS, password="a demo password 26", at=NOW)
    assert (built.receipts, built.quarantined) == (306, 12)
    assert {(person.desk, person.role) for person in built.people} == {
        (desk.name, role) for desk in material.desk_definitions() for role in Role
    }
    assert "a demo password 26" in built.text()
    received = await database.read(lambda session: list(session.scalars(select(Receipt.received_at))))
    assert len(received) == 318
    reasons = await database.read(lambda session: set(session.scalars(select(Receipt.quarantine_reason))))
    assert reasons == {None, *QuarantineReason}
    assert {dates.fiscal_year(dates.month_of(instant)) for instant in received} == {2024, 2025, 2026}
    assert max(received) < NOW
    statuses = await database.read(lambda session: Counter(session.scalars(select(Case.status))))
    for status in (Status.RECEIVED, Status.IN_PROGRESS, Status.ANSWERED, Status.CLOSED, Status.DECLINED):
        assert statuses[status] > 0, status
    offered_to = await database.read(
        lambda session: set(
            session.scalars(select(Provider.name).join(Offer, Offer.provider_id == Provider.id))
        )
    )
    assert all(name.startswith("サンプル") for name in offered_to)
    refused = await database.read(
        lambda session: list(session.scalars(select(Offer.id).where(Offer.state == OfferState.TURNED_DOWN)))
    )
    assert refused
    assert statuses[Status.MERGED] == 1
    bundled = select(Case.id).where(Case.bundle_id.is_not(None))
    assert len(await database.read(lambda session: session.scalars(bundled).all())) == 4
    await look_at_the_letters(database)
    handed_over = await database.read(lambda session: set(session.scalars(select(Referral.state))))
    assert handed_over == {ReferralState.ASKED, ReferralState.ACCEPTED, ReferralState.TURNED_DOWN}
    await look_at_deadlines_and_mails(database)
    # Nobody is written to about the past.
    assert await database.read(outbox.waiting) == 0
    assert await database.read(holds_data)
    # The published rosters are directory entries without contact data, so that nothing can be offered to them.
    listed = await database.read(
        lambda session: list(
            session.execute(select(Provider.kind, Provider.email).where(Provider.listed_on.is_not(None)))
        )
    )
    assert Counter(kind.value for kind, _ in listed) == {"adviser": 17, "partner": 11}
    assert {email for _, email in listed} == {""}


async def look_at_deadlines_and_mails(database: Database) -> None:
    cases = await database.read(lambda session: list(session.scalars(select(Case))))
    today = dates.japan_day(NOW)
    owed = Counter(each.owed_on < today for each in cases if each.owed_on and each.owed_on <= today)
    assert owed == {True: 2, False: 2}
    paused = Counter(each.status for each in cases if each.paused_days_left is not None)
    assert paused.keys() == {Status.WAITING, Status.WITHDRAWN}
    assert paused[Status.WAITING] == 1
    notices = await database.read(lambda session: list(session.scalars(select(InterimNotice))))
    assert [each.answer_by > today for each in notices] == [True]
    mails = await database.read(lambda session: list(session.scalars(select(IncomingMail))))
    for desk_id in {each.desk_id for each in cases}:
        states = {each.state for each in mails if each.desk_id == desk_id}
        assert states == {MailState.ADDED, MailState.BOUNCED, MailState.RECEIVED}, desk_id


async def look_at_the_letters(database: Database) -> None:
    receipts, cases = await database.read(
        lambda session: (list(session.scalars(select(Receipt))), list(session.scalars(select(Case))))
    )
    assert all(each.postmarked_on for each in receipts if each.channel is Channel.LETTER)
    assert all(each.event_name for each in receipts if each.channel is Channel.EVENT)
    parts: dict[int, list[Case]] = {}
    for case in sorted(cases, key=lambda case: case.ordinal):
        parts.setdefault(case.receipt_id, []).append(case)
    several = [each for each in receipts if len(parts[each.id]) > 1]
    assert Counter((each.desk_id, len(parts[each.id])) for each in several) == {
        (1, 2): 2,
        (1, 3): 1,
        (2, 2): 2,
        (2, 3): 1,
    }
    for receipt in several:
        assert (
            "".join(receipt.body[each.span_start : each.span_end] for each in parts[receipt.id])
            == receipt.body
        )
        assert len({each.title for each in parts[receipt.id]}) == len(parts[receipt.id])


def test_no_two_texts_share_more_than_half_their_bigrams() -> None:
    texts = [story["body"] for code in CODES for story in material.stories(code)]
    assert len(texts) == 300
    assert all(50 <= len(text) <= 2_000 for text in texts)
    pairs = [
        {text[at : at + 2] for at in range(len(text) - 1)} for text in map("".join, map(str.split, texts))
    ]
    closest = max(len(one & two) / min(len(one), len(two)) for one, two in combinations(pairs, 2))
    assert closest <= 0.5


def test_nobody_real_is_in_it() -> None:
    invented = material.fictional()
    for person in invented["requesters"]:
        assert person["name"].startswith("サンプル")
        assert person["organisation"].startswith("サンプル") or not person["organisation"]
    for code in CODES:
        assert all(member.name.startswith("サンプル") for member in material.staff(code))
        for story in material.stories(code):
            assert story["organisation"].startswith("サンプル") or not story["organisation"]
            written = "".join(
                f"{each['title']}{each['body']}{each.get('reply', '')}{each.get('advice', '')}"
                for each in (story, *story.get("more", []))
            )
            for address in re.findall(r"[\w.+-]+@[\w.-]+|https?://[\w.-]+", written):
                assert address.endswith("example.jp"), address
            assert not re.search(r"0\d{1,4}-\d{1,4}-\d{4}", written), story["title"]
