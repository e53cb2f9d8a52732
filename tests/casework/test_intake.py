"""Intake: what the desk's form takes, what it refuses and how it says so, and that one sending makes one receipt."""

import asyncio
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from meyasubako.casework import cases, desks, intake
from meyasubako.core import codes, text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.desk import Desk, parse_desk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, WrongState
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    CaseKind,
    Channel,
    EventKind,
    Measure,
    MeetingWay,
    Message,
    RequesterType,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Event, LedgerEntry, OutboxMessage, Receipt, Requester, Staff

AT = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)
KEYS = Keys(b"a key for tests, 32 bytes long..")
FOLDER = Path(desks.__file__).parents[1] / "desks"
DESKS = {
    path.stem: parse_desk(path.read_text(encoding="utf-8"), source=path.name)
    for path in FOLDER.glob("*.toml")
}
TOYAMA, MIE = DESKS["toyama-meyasubako"], DESKS["mie-dx-center"]

Values = Mapping[str, list[str]]

OPINION: Values = {
    "requester_type": ["resident"],
    "purpose": ["opinion"],
    "title": ["スマホ講座を増やしてほしい"],
    "body": ["公民館での講座が、いつも満員です。"],
    "reply_wanted": ["no"],
    "publish_consent": ["yes"],
}
CONSULTATION: Values = {
    "requester_type": ["business"],
    "organisation": ["サンプル製作所"],
    "name": ["見本 太郎"],
    "municipality": ["津市"],
    "reply_wanted": ["yes"],
    "email": ["Taro@Example.JP"],
    "phone": ["０５９－２２４－００００"],
    "purpose": ["training"],
    "topics": ["industry-data", "industry-other", "industry-data"],
    "title": ["現場作業員へのIT導入を進めたい"],
    "body": ["紙の日報を\r\nやめたい。"],
    "meeting_way": ["online"],
    "wished_dates": ["7月10日（金）の午後"],
    "share_consent": ["yes"],
}


def refusals(desk: Desk, values: Values, **options: Any) -> dict[str, str]:
    """What is said about a form that is not taken, by field."""
    with pytest.raises(InvalidInput) as refused:
        intake.check(desk, values, **options)
    return {error.field: error.message for error in refused.value.errors}


def without(values: Values, *names: str) -> Values:
    return {name: typed for name, typed in values.items() if name not in names}


# ---- The check ----


def test_a_full_form_is_read_as_typed_but_for_width_and_ends() -> None:
    assert intake.check(MIE, CONSULTATION) == intake.Submission(
        kind=CaseKind.CONSULTATION,
        requester_type=RequesterType.BUSINESS,
        purpose="training",
        topics=("industry-data", "industry-other"),
        title="現場作業員へのIT導入を進めたい",
        body="紙の日報を\nやめたい。",
        requester=cases.RequesterDetails(
            name="見本 太郎",
            organisation="サンプル製作所",
            municipality="津市",
            email="Taro@example.jp",
            phone="059-224-0000",
        ),
        meeting_way=MeetingWay.ONLINE,
        wished_dates="7月10日（金）の午後",
        reply_wanted=True,
        publish_consent=False,
        share_consent=True,
    )


def test_every_required_field_left_empty_is_named_at_once_in_the_order_of_the_form() -> None:
    with pytest.raises(InvalidInput) as refused:
        intake.check(TOYAMA, {})
    assert refused.value.errors == (
        FieldError("requester_type", "「どなたとして送りますか」を選んでください。"),
        FieldError("purpose", "「ご意見・ご提案の種類」を選んでください。"),
        FieldError("title", "「件名」を書いてください。"),
        FieldError("body", "「ご意見・ご提案の内容」を書いてください。"),
        FieldError("reply_wanted", "「お返事」について、どちらかを選んでください。"),
        FieldError("publish_consent", "「要旨の公表」について、どちらかを選んでください。"),
    )


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("requester_type", "municipality", "「どなたとして送りますか」を、一覧の中から選んでください。"),
        ("purpose", "training", "「ご意見・ご提案の種類」を、一覧の中から選んでください。"),
        ("topics", "industry-data", "「関係する分野」を、一覧の中から選んでください。"),
        ("title", "あ" * 103, "「件名」は100字までです。あと3字短くしてください。"),
        ("body", "あ" * 20_000, "「ご意見・ご提案の内容」は2,000字までです。あと18,000字短くしてください。"),
        ("body", " \u3000\r\n\u200b", "「ご意見・ご提案の内容」を書いてください。"),
        ("municipality", "津市", "「お住まい・所在地の市町村」を、一覧の中から選んでください。"),
        ("email", "taro@example", "「メールアドレス」は、name@example.jp のような形で書いてください。"),
        ("email", "taro@\x00.jp", "「メールアドレス」は、name@example.jp のような形で書いてください。"),
        (
            "email",
            "a" * 250 + "@example.jp",
            "「メールアドレス」は、name@example.jp のような形で書いてください。",
        ),
        ("phone", "わかりません", "「電話番号」は、市外局番から数字で書いてください。"),
        ("reply_wanted", "maybe", "「お返事」について、どちらかを選んでください。"),
        ("kind", "consultation", "「種類」が、内容の種類と合っていません。"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(name: str, typed: str, message: str) -> None:
    assert refusals(TOYAMA, {**OPINION, name: [typed]}) == {name: message}


def test_what_is_not_asked_of_this_person_is_dropped() -> None:
    submission = intake.check(
        TOYAMA, {**OPINION, "organisation": ["サンプル商店"], "meeting_way": ["online"], "unknown": ["x"]}
    )
    assert submission.requester.organisation == ""
    assert submission.meeting_way is None


def test_what_is_required_of_some_is_not_demanded_before_it_is_known_who_asks() -> None:
    organisation = replace(MIE.field("organisation"), required=True)
    desk = replace(
        MIE, fields=tuple(organisation if each.name == "organisation" else each for each in MIE.fields)
    )
    assert set(refusals(desk, without(CONSULTATION, "requester_type", "organisation"))) == {"requester_type"}
    assert set(refusals(desk, without(CONSULTATION, "organisation"))) == {"organisation"}
    resident = {**without(CONSULTATION, "organisation"), "requester_type": ["resident"]}
    assert intake.check(desk, resident).requester.organisation == ""


def test_staff_enter_what_the_letter_says_and_no_more() -> None:
    letter = {"requester_type": ["unknown"], "title": ["件名なし"], "body": ["本文"]}
    submission = intake.check(TOYAMA, letter, by_staff=True)
    assert (submission.requester_type, submission.purpose) == (RequesterType.UNKNOWN, None)
    assert submission.reply_wanted is True
    assert set(refusals(TOYAMA, letter)) == {"requester_type", "purpose", "reply_wanted", "publish_consent"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("😀🏽 よい", "😀🏽 よい"),
        ("葛\U000e0100城市の𠮷野さん", "葛\U000e0100城市の𠮷野さん"),
        ("か\u3099き\u3099", "か\u3099き\u3099"),
        ("\ue000外字", "\ue000外字"),
        ("右\x00か\x07ら\ufffe左\ud800へ\ufdd0", "右から左へ"),
        ("\tあ\u3000い  う\r\nえ", "あ い う え"),
    ],
)
def test_text_is_kept_as_written_but_for_what_cannot_be_kept(typed: str, kept: str) -> None:
    assert intake.check(TOYAMA, {**OPINION, "title": [typed]}).title == kept


def test_a_combining_mark_is_no_further_character() -> None:
    title = "か\u3099" * 99 + "葛\U000e0100"
    assert intake.check(TOYAMA, {**OPINION, "title": [title]}).title == title
    assert set(refusals(TOYAMA, {**OPINION, "title": [title + "き"]})) == {"title"}


FORM_NAMES = sorted({field.name for desk in DESKS.values() for field in desk.fields} | {"kind", "step"})
ANY_TEXT = st.text(st.characters(), max_size=60)
CHOICES = sorted(
    {
        code
        for desk in DESKS.values()
        for code in [each.code for each in (*desk.requester_types, *desk.purposes)]
    }
    | {"yes", "no", "online", "consultation", "taro@example.jp", "津市"}
)


@given(
    desk=st.sampled_from([TOYAMA, MIE]),
    values=st.dictionaries(
        st.sampled_from(FORM_NAMES), st.lists(st.one_of(ANY_TEXT, st.sampled_from(CHOICES)), max_size=3)
    ),
    by_staff=st.booleans(),
)
def test_whatever_is_sent_is_taken_or_refused_by_field(desk: Desk, values: Values, by_staff: bool) -> None:
    answer = checked(desk, values, by_staff=by_staff)
    if isinstance(answer, InvalidInput):
        assert answer.errors
        assert all(error.field in FORM_NAMES and error.message.endswith("。") for error in answer.errors)
    else:
        assert_can_be_kept(answer.title, answer.body, answer.wished_dates)


@given(title=st.text(st.characters(), max_size=80), body=st.text(st.characters(), max_size=300))
def test_any_unicode_is_kept_without_harm(title: str, body: str) -> None:
    answer = checked(TOYAMA, {**OPINION, "title": [title], "body": [body]})
    if isinstance(answer, InvalidInput):
        assert {error.field for error in answer.errors} <= {"title", "body"}
        return
    assert answer.title
    assert answer.body
    assert "\n" not in answer.title
    assert_can_be_kept(answer.title, answer.body)
    # What was taken is taken again unchanged: a form shown once more does not alter it.
    assert checked(TOYAMA, {**OPINION, "title": [answer.title], "body": [answer.body]}) == answer


def checked(desk: Desk, values: Values, *, by_staff: bool = False) -> intake.Submission | InvalidInput:
    try:
        return intake.check(desk, values, by_staff=by_staff)
    except InvalidInput as refused:
        return refused


def assert_can_be_kept(*texts: str) -> None:
    for each in texts:
        assert each.encode().decode() == each
        assert all(symbol == "\n" or unicodedata.category(symbol) not in {"Cc", "Cs"} for symbol in each)
        assert text.shown_again(each) == each


@given(st.text(st.sampled_from("-ー－‐ 　"), max_size=3), st.booleans(), st.booleans())
def test_a_number_is_read_in_any_width_and_case_with_any_dashes(dash: str, wide: bool, lower: bool) -> None:
    number = codes.draw_receipt_number()
    typed = dash.join(number[start : start + 3] for start in (0, 3, 6))
    typed = typed.lower() if lower else typed
    if wide:
        typed = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in typed)
    assert codes.clean_code(typed) == number


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
    with pytest.raises(InvalidInput) as refused:
        await receive(
            database, toyama, receive_as=intake.enter, **{"channel": Channel.FAX, "by": clerk, **options}
        )
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
