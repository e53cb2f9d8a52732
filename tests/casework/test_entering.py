"""A letter that raises several matters: one receipt, a case for each; what cannot be is refused without a trace."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from meyasubako.casework import accounts, desks, intake, triage
from meyasubako.casework.intake import Matter, Paper, Received, Submission
from meyasubako.core import matters
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.desk import parse_desk
from meyasubako.core.errors import InvalidInput, NotAllowed, WrongState
from meyasubako.core.matters import Span
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.text import clean_text
from meyasubako.core.vocabulary import (
    ActorKind,
    CaseKind,
    Channel,
    EventKind,
    Measure,
    RequesterType,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case, CaseTopic, Event, LedgerEntry, Receipt, Requester
from tests.core.small_desk import changed

AT = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)
KEYS = Keys(b"a key for tests, 32 bytes long..")
# A desk that is a suggestion box and a consultation desk in one, and promises an answer.
BOTH = parse_desk(
    changed(
        ('offers = ["adviser"]', 'answer_within_office_days = 6\noffers = ["adviser"]'),
        (
            "[[requester_groups]]",
            '[[kinds]]\ncode = "consultation"\nlabel = "相談"\ndescription = "ご相談"\n\n[[requester_groups]]',
        ),
        (
            'label = "アイデア"',
            'kind = "suggestion"\nlabel = "アイデア"',
        ),
        (
            "[[topics]]",
            '[[purposes]]\ncode = "help"\nkind = "consultation"\nlabel = "助け"\ndescription = "困りごと"\n\n[[topics]]',
        ),
        (
            '[[fields]]\nname = "title"',
            '[[fields]]\nname = "purpose"\nlabel = "種類"\nrequired = true\n\n[[fields]]\nname = "title"',
        ),
        (
            '[[fields]]\nname = "body"',
            '[[fields]]\nname = "topics"\nlabel = "分野"\n\n[[fields]]\nname = "body"',
        ),
    ),
    source="both.toml",
)
BODY = "一つ目は、道の暗さです。😀\r\n\r\n二つ目は、バスの便です。葛\U000e0100城まで。\n\nまた、\ue000外字の講座を。"
LETTER = {"requester_type": ["unknown"], "purpose": ["idea"], "title": ["お願い"], "body": [BODY]}
THREE = {
    "begins": ["3", "5"],
    "m1_purpose": ["idea"],
    "m3_purpose": ["help"],
    "m3_title": ["バスの便"],
    "m3_topics": ["life-health", "life-health"],
}


@dataclass
class Office:
    """The desk and its clerk."""

    database: Database
    applied: AppliedDesk
    clerk: Actor

    async def enter(
        self, submission: Submission | None = None, *, key: str | None = "key", **options: Any
    ) -> Received:
        given_: dict[str, Any] = {
            "channel": Channel.LETTER,
            "received_at": AT,
            "by": self.clerk,
            "at": AT,
            **options,
        }
        return await self.database.write(
            lambda session: intake.enter(
                session, self.applied, submission or letter(), keys=KEYS, idempotency_key=key, **given_
            )
        )

    async def count(self, table: Any) -> int:
        return await self.database.read(
            lambda session: session.scalar(select(func.count()).select_from(table)) or 0
        )

    async def sums(self) -> Counter[tuple[Measure, CaseKind]]:
        """What stands in the ledger, of the figures by kind."""

        def look(session: Any) -> Counter[tuple[Measure, CaseKind]]:
            found: Counter[tuple[Measure, CaseKind]] = Counter()
            for entry in session.scalars(select(LedgerEntry)):
                if entry.measure in {Measure.RECEIPTS, Measure.CASES}:
                    found[entry.measure, entry.kind] += entry.sign
            return found

        return await self.database.read(look)


@pytest.fixture
async def office(database: Database) -> Office:
    def unit(session: Any) -> Office:
        desks.apply(session, BOTH, at=AT)
        applied = desks.find(session, BOTH.code)
        clerk = accounts.add_staff(session, login="yamada", name="山田", password_hash="x", by=SYSTEM, at=AT)
        accounts.grant(session, clerk, applied.id, Role.CLERK, by=SYSTEM, at=AT)
        return Office(database, applied, Actor(ActorKind.STAFF, clerk, "山田", {applied.id: Role.CLERK}))

    return await database.write(unit)


def letter(**changes: list[str]) -> Submission:
    return intake.check(BOTH, {**LETTER, **changes}, by_staff=True)


def three() -> tuple[Matter, ...]:
    return intake.divide(BOTH, letter(), THREE)


# ---- Dividing ----


def test_each_matter_has_its_part_its_title_and_its_kind() -> None:
    first, second, third = three()
    assert [(each.title, each.kind, each.purpose, each.topics) for each in (first, second, third)] == [
        ("道の暗さです", CaseKind.SUGGESTION, "idea", ()),
        ("バスの便", CaseKind.CONSULTATION, "help", ("life-health",)),
        # Of what kind the letter is, where nothing else is known.
        ("\ue000外字の講座を", CaseKind.SUGGESTION, None, ()),
    ]
    assert "".join(each.span.of(letter().body) for each in three()) == letter().body == clean_text(BODY)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "begins"),
        ({"begins": ["1"]}, "begins"),
        ({"begins": ["6"]}, "begins"),
        ({"begins": ["0"]}, "begins"),
        ({"begins": ["二", "-3", "3.0", ""]}, "begins"),
        ({"begins": [str(number) for number in range(2, 30)]}, "begins"),
        ({"begins": ["3"], "m3_title": ["題" * 201]}, "m3_title"),
        ({"begins": ["3"], "m1_purpose": ["training"]}, "m1_purpose"),
        ({"begins": ["3"], "m3_topics": ["life-health", "nowhere"]}, "m3_topics"),
    ],
)
def test_what_cannot_be_divided_so_is_said(values: dict[str, list[str]], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        intake.divide(BOTH, letter(), values)
    assert [error.field for error in refused.value.errors] == [field]


@given(st.text(st.characters(), max_size=200), st.lists(st.integers(-1, 30).map(str), max_size=25))
def test_any_text_is_divided_whole_or_refused(body: str, begins: list[str]) -> None:
    try:
        submission = letter(body=[f"{body}。\r\nまた、ほか。"])
        divided = intake.divide(BOTH, submission, {"begins": begins})
    except InvalidInput:
        return
    assert matters.covers(submission.body, [each.span for each in divided])
    assert all(each.title for each in divided)


# ---- Receiving ----


async def test_one_letter_with_three_matters_is_one_receipt_and_three_items(office: Office) -> None:
    posted = date(2026, 6, 30)
    received = await office.enter(paper=Paper(postmarked_on=posted, matters=three()))
    assert len(received.case_ids) == 3

    def look(session: Any) -> None:
        receipt = session.get_one(Receipt, received.receipt_id)
        assert (receipt.title, receipt.body) == ("お願い", clean_text(BODY))
        assert (receipt.postmarked_on, receipt.kind, receipt.purpose) == (
            posted,
            CaseKind.SUGGESTION,
            "idea",
        )
        cases = list(session.scalars(select(Case).order_by(Case.ordinal)))
        assert [case.id for case in cases] == list(received.case_ids)
        assert [case.ordinal for case in cases] == [1, 2, 3]
        spans = [(case.span_start or 0, case.span_end or 0) for case in cases]
        assert "".join(receipt.body[start:end] for start, end in spans) == receipt.body
        assert [case.body for case in cases] == [clean_text(receipt.body[start:end]) for start, end in spans]
        assert {(case.status, case.due_on) for case in cases} == {(Status.RECEIVED, date(2026, 7, 10))}
        topics = session.execute(select(CaseTopic.case_id, CaseTopic.topic)).all()
        assert [tuple(each) for each in topics] == [(cases[1].id, "life-health")]
        events = list(session.scalars(select(Event).order_by(Event.id)))
        assert [(event.case_id, event.kind) for event in events] == [
            (case.id, EventKind.RECEIVED) for case in cases
        ]
        assert all("暗さ" not in str(event.data) for event in events)

    await office.database.read(look)
    assert await office.sums() == {
        (Measure.RECEIPTS, CaseKind.SUGGESTION): 1,
        (Measure.CASES, CaseKind.SUGGESTION): 2,
        (Measure.CASES, CaseKind.CONSULTATION): 1,
    }


async def test_the_receipt_counts_as_its_first_matter_whatever_is_triaged_later(office: Office) -> None:
    values = {**THREE, "m1_purpose": ["help"], "m3_purpose": ["idea"]}
    received = await office.enter(paper=Paper(matters=intake.divide(BOTH, letter(), values)))
    before = await office.sums()
    assert before[Measure.RECEIPTS, CaseKind.CONSULTATION] == 1
    coordinator = replace(office.clerk, roles={office.applied.id: Role.COORDINATOR})
    decision = triage.check(
        BOTH, {"requester_type": ["resident"], "purpose": ["idea"], "topics": ["life-health"]}
    )
    await office.database.write(
        lambda session: triage.triage(
            session, BOTH, received.case_ids[1], decision, by=coordinator, at=AT + timedelta(hours=1)
        )
    )
    after = await office.sums()
    assert +after == before
    types = await office.database.read(
        lambda session: set(session.scalars(select(LedgerEntry.requester_type)))
    )
    assert types == {RequesterType.UNKNOWN, RequesterType.RESIDENT}


async def test_the_same_letter_sent_again_is_the_same_receipt(office: Office) -> None:
    paper = Paper(postmarked_on=date(2026, 7, 1), matters=three())
    first = await office.enter(paper=paper)
    coordinator = replace(office.clerk, roles={office.applied.id: Role.COORDINATOR})
    decision = triage.check(
        BOTH, {"requester_type": ["unknown"], "purpose": ["help"], "topics": ["life-health"]}
    )
    # What was decided since does not make it another letter.
    await office.database.write(
        lambda session: triage.triage(session, BOTH, first.case_ids[0], decision, by=coordinator, at=AT)
    )
    again = await office.enter(paper=paper)
    assert again == replace(first, is_new=False)
    one, two, last = paper.matters
    others = [
        Paper(),
        replace(paper, postmarked_on=None),
        replace(paper, matters=()),
        replace(paper, matters=(one, replace(two, title="別の題"), last)),
        replace(paper, matters=(one, two, replace(last, topics=("life-health",)))),
        replace(paper, matters=(one, replace(two, span=Span(two.span.start, last.span.end)))),
    ]
    for other in others:
        with pytest.raises(WrongState, match="先に別の内容"):
            await office.enter(paper=other)
    assert (await office.count(Receipt), await office.count(Case)) == (1, 3)


async def test_a_letter_not_divided_is_not_the_one_that_was(office: Office) -> None:
    await office.enter()
    with pytest.raises(WrongState, match="先に別の内容"):
        await office.enter(paper=Paper(matters=three()))


def shifted(by: int) -> tuple[Matter, ...]:
    one, two, last = three()
    return one, replace(two, span=Span(two.span.start + by, two.span.end)), last


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"paper": Paper(postmarked_on=date(2026, 7, 4))}, ["postmarked_on"]),
        ({"paper": Paper(postmarked_on=date(2025, 7, 1))}, ["postmarked_on"]),
        ({"paper": Paper(postmarked_on=date.min)}, ["postmarked_on"]),
        ({"paper": Paper(postmarked_on=date(2026, 7, 1)), "channel": Channel.FAX}, ["postmarked_on"]),
        ({"paper": Paper(event_name="体験会")}, ["event_name"]),
        ({"paper": Paper(event_name="催" * 201), "channel": Channel.EVENT}, ["event_name"]),
        ({"received_at": datetime(2022, 3, 31, tzinfo=UTC)}, ["received_on"]),
        ({"received_at": AT + timedelta(seconds=1), "channel": Channel.WEB}, ["channel", "received_on"]),
        ({"paper": Paper(matters=three()[:2])}, ["begins"]),
        ({"paper": Paper(matters=three()[1:])}, ["begins"]),
        ({"paper": Paper(matters=three()[::-1])}, ["begins"]),
        ({"paper": Paper(matters=shifted(1))}, ["begins"]),
        ({"paper": Paper(matters=shifted(-1))}, ["begins"]),
        ({"paper": Paper(matters=(*three(), three()[2]))}, ["begins"]),
    ],
)
async def test_what_cannot_be_leaves_no_trace(
    office: Office, options: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await office.enter(**options)
    assert [error.field for error in refused.value.errors] == fields
    for table in (Receipt, Requester, Case, Event, LedgerEntry):
        assert await office.count(table) == 0


async def test_a_postmark_of_the_day_itself_and_of_a_year_ago(office: Office) -> None:
    for key, posted in (("a", date(2026, 7, 3)), ("b", date(2025, 7, 3))):
        await office.enter(key=key, paper=Paper(postmarked_on=posted))
    assert await office.count(Receipt) == 2


async def test_only_who_may_enter_letters_divides_them(office: Office) -> None:
    viewer = replace(office.clerk, roles={office.applied.id: Role.VIEWER})
    with pytest.raises(NotAllowed):
        await office.enter(by=viewer, paper=Paper(matters=three()))
    assert await office.count(Receipt) == 0


# ---- What was entered before ----


async def test_the_last_ten_of_today_are_mine_and_of_this_desk(office: Office) -> None:
    def add(session: Any) -> Actor:
        other = accounts.add_staff(session, login="suzuki", name="鈴木", password_hash="x", by=SYSTEM, at=AT)
        return replace(office.clerk, id=other)

    other = await office.database.write(add)
    yesterday = AT - timedelta(hours=11)
    await office.enter(letter(title=["きのう"]), key=None, at=yesterday, received_at=yesterday)
    await office.enter(letter(title=["ほかの人"]), key=None, by=other)
    for number in range(11):
        await office.enter(letter(title=[str(number)]), key=None)
    last = await office.enter(key=None, paper=Paper(matters=three()))
    listed = await office.database.read(
        lambda session: intake.entered_today(session, office.applied.id, by=office.clerk, at=AT)
    )
    assert [each.title for each in listed] == ["道の暗さです", *map(str, range(10, 1, -1))]
    assert (listed[0].case_id, listed[0].number, listed[0].matters) == (last.case_ids[0], last.number, 3)
    assert {each.matters for each in listed[1:]} == {1}
    elsewhere = await office.database.read(
        lambda session: intake.entered_today(session, office.applied.id + 1, by=office.clerk, at=AT)
    )
    assert elsewhere == ()


async def test_the_names_of_events_are_offered_the_last_first(office: Office) -> None:
    for name in ("春の会", "夏の会", "春の会", ""):
        await office.enter(key=None, channel=Channel.EVENT, paper=Paper(event_name=name))
    names = await office.database.read(lambda session: intake.event_names(session, office.applied.id))
    assert names == ("春の会", "夏の会")
