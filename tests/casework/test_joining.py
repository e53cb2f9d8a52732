"""One case becomes several, several become one, and what its sender learns of it; each taken back exactly."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import casefiles, joining, lifecycle, replies, tracking, triage
from meyasubako.core.codes import grouped
from meyasubako.core.conditions import Queue
from meyasubako.core.errors import DeskError, InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    EventKind,
    Measure,
    Message,
    QuarantineReason,
    Status,
    Step,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case, CaseNews, LedgerEntry, OutboxMessage, Receipt
from tests.casework.joining_desk import BODY, BOTH, conversion, split
from tests.harness.story import BRIEF, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database, desk=BOTH)


async def receive(story: Story, **changes: Any) -> int:
    given: dict[str, Any] = {"title": "灯りとバス", "body": BODY, "kind": CaseKind.SUGGESTION, **changes}
    return await story.receive(**given)


async def figures(story: Story) -> tuple[int, int]:
    """件数 and 項目数 as they stand."""
    rows = await story.see(
        lambda session: session.execute(select(LedgerEntry.measure, LedgerEntry.sign)).all()
    )
    sums: Counter[Measure] = Counter()
    for measure, sign in rows:
        sums[measure] += sign
    return sums[Measure.RECEIPTS], sums[Measure.CASES]


async def happened(story: Story, case_id: int) -> list[EventKind]:
    return [each.kind for each in await story.see(lambda session: lifecycle.timeline(session, case_id))]


async def seen(story: Story, case_id: int) -> tracking.ReceiptView:
    """What its sender sees on the status page."""
    number = story.numbers[case_id]
    return await story.see(lambda session: tracking.view(session, story.applied.desk, number, 1))


async def written_to(story: Story, kind: Message) -> list[int | None]:
    """The receipts whose senders get a mail of this kind."""
    mails = select(OutboxMessage.receipt_id).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id)
    return list(await story.see(lambda session: session.scalars(mails).all()))


def as_it_stands(case: Case) -> dict[str, Any]:
    return {
        column.key: getattr(case, column.key)
        for column in Case.__table__.columns
        if column.key not in {"version", "changed_at", "changed_by_id"}
    }


# ---- Splitting ----


async def test_a_case_is_divided_and_put_together_again(story: Story) -> None:
    case_id = await receive(story)
    await story.triage(case_id)
    await story.do(triage.assign, case_id, story.clerk.id, by=story.clerk)
    before = await story.case(case_id)
    (bus, course) = await split(story, case_id, 2, 3, m2_title="バスの便", m2_purpose="help")

    assert await figures(story) == (1, 3)
    first, second, third = [await story.case(each) for each in (case_id, bus, course)]
    assert [each.body for each in (first, second, third)] == BODY.split("\n")
    assert (first.status, second.status, second.ordinal, third.ordinal) == (
        Status.TRIAGED,
        Status.RECEIVED,
        2,
        3,
    )
    assert (second.title, second.kind, second.purpose) == ("バスの便", CaseKind.CONSULTATION, "help")
    # What was decided of the whole is where the triage of a part starts.
    assert (second.assignee_id, second.due_on) == (before.assignee_id, before.due_on)
    assert await happened(story, bus) == [EventKind.RECEIVED, EventKind.SPLIT_OFF]
    assert [each.title for each in (await seen(story, case_id)).cases][1] == "バスの便"

    await story.do(triage.note, bus, "バス会社に聞く", by=story.clerk)
    await story.do(joining.unsplit, case_id, by=story.clerk)
    assert as_it_stands(await story.case(case_id)) == as_it_stands(before)
    assert await figures(story) == (1, 1)
    assert await happened(story, bus) == [
        EventKind.RECEIVED,
        EventKind.SPLIT_OFF,
        EventKind.NOTED,
        EventKind.MERGED,
    ]
    assert [(each.ordinal, each.body) for each in (await seen(story, case_id)).cases] == [(1, BODY)]
    with pytest.raises(WrongState):
        await story.do(joining.unsplit, case_id, by=story.clerk)


async def test_a_part_can_be_divided_again_and_ordinals_are_never_given_twice(story: Story) -> None:
    case_id = await receive(story)
    (rest,) = await split(story, case_id, 2)
    (course,) = await split(story, rest, 2)
    with pytest.raises(WrongState, match="さらに分けられています"):
        await story.do(joining.unsplit, case_id, by=story.clerk)
    await story.do(joining.unsplit, rest, by=story.clerk)
    (again,) = await split(story, rest, 2)
    assert [(await story.case(each)).ordinal for each in (case_id, rest, course, again)] == [1, 2, 3, 4]
    assert (await story.case(again)).body == BODY.split("\n")[2]
    assert await figures(story) == (1, 3)


async def test_what_an_adviser_works_on_stays_divided(story: Story) -> None:
    case_id = await receive(story)
    (part,) = await split(story, case_id, 2)
    await story.triage(part)
    adviser = await story.list_provider()
    offer_id = await story.offer(part, adviser)
    await story.accept(offer_id, adviser)
    with pytest.raises(WrongState, match="引き受けた人"):
        await story.do(joining.unsplit, case_id, by=story.clerk)
    assert (await story.case(part)).status is Status.IN_PROGRESS


async def test_what_was_answered_meanwhile_stays_divided(story: Story) -> None:
    case_id = await receive(story)
    (rest,) = await split(story, case_id, 2)
    await story.triage(rest)
    await story.do(replies.reply, rest, "回答です。", by=story.clerk)
    with pytest.raises(WrongState, match="回答済"):
        await story.do(joining.unsplit, case_id, by=story.clerk)
    with pytest.raises(InvalidInput):
        await split(story, case_id, 9)


# ---- Merging ----


async def two(story: Story) -> tuple[int, int]:
    main, case_id = await receive(story), await receive(story, body="同じことを、もう一度お願いします。")
    for each in (main, case_id):
        await story.triage(each)
    return main, case_id


async def test_what_was_merged_follows_its_main_case_and_learns_nothing_of_its_sender(story: Story) -> None:
    main, case_id = await two(story)
    before = await story.case(case_id)
    await story.do(joining.merge, case_id, main, by=story.clerk)
    assert await figures(story) == (2, 1)
    merged = await story.case(case_id)
    assert (merged.status, merged.merged_into_id) == (Status.MERGED, main)

    (matter,) = (await seen(story, case_id)).cases
    assert (matter.step, matter.can_withdraw) == (Step.CHECKING, False)
    await story.do(replies.ask, main, "山田様のお電話番号は。", by=story.clerk)
    await story.do(replies.reply, main, "山田様だけへの回答です。", by=story.clerk)
    (matter,) = (await seen(story, case_id)).cases
    assert (matter.step, matter.conversation, "山田" in repr(matter)) == (Step.WORKING, (), False)
    assert matter.sentence == "同じ内容のものとまとめて対応しています。"

    reply_id = await story.do(replies.reply, main, "みなさまへの回答です。", by=story.clerk)
    await story.do(joining.share_reply, main, reply_id, by=story.clerk)
    (matter,) = (await seen(story, case_id)).cases
    assert matter.step is Step.ANSWERED
    assert [each.body for each in matter.conversation] == ["みなさまへの回答です。"]
    assert (await written_to(story, Message.REPLIED))[-1] == before.receipt_id

    await story.do(joining.unmerge, case_id, "別の件だった", by=story.clerk)
    assert as_it_stands(await story.case(case_id)) == as_it_stands(before)
    assert await figures(story) == (2, 2)
    assert (await happened(story, main))[-1] is EventKind.LET_GO


async def test_what_the_sender_of_a_merged_case_adds_reaches_the_main_one_as_theirs(story: Story) -> None:
    main, case_id = await two(story)
    await story.do(joining.merge, case_id, main, by=story.clerk)
    number, main_number = story.numbers[case_id], story.numbers[main]
    await story.do(replies.ask, main, "どの道ですか。", by=story.clerk)
    assert (await seen(story, case_id)).cases[0].can_add
    for _ in range(2):
        await story.do(tracking.add, number, 1, case_id, "夜も暗いです。")
    assert await story.do(tracking.add_by_mail, case_id, "写真を送ります。", mail_id=1)
    # It was the sender of the main case who was asked.
    assert (await story.case(main)).status is Status.WAITING
    (own,), (others,) = (await seen(story, case_id)).cases, (await seen(story, main)).cases
    assert [each.body for each in own.conversation] == ["夜も暗いです。", "写真を送ります。"]
    assert [each.body for each in others.conversation] == ["どの道ですか。"]

    async def told() -> list[tuple[str, str, str]]:
        file = await story.see(
            lambda session: casefiles.case_file(session, story.clerk, story.applied, main, at=story.at)
        )
        added = [each for each in file.history if "追記" in each.what]
        assert [each.who for each in file.additions[:2]] == [f"{grouped(number)}の送り主"] * 2
        return [(each.what, each.by, each.said) for each in added]

    whose, by = f"追記がありました（{grouped(number)}）", "統合した案件の送り主"
    stands = [(whose, by, "夜も暗いです。"), (f"メールで、{whose}", by, "写真を送ります。")]
    assert await told() == stands
    news = select(CaseNews.case_id, CaseNews.queue, CaseNews.ended_waiting)
    assert await story.see(lambda s: s.execute(news).all()) == [(main, Queue.ADDED, False)]

    await story.do(tracking.add, main_number, 1, main, "あの坂です。")
    assert (await story.case(main)).status is Status.TRIAGED
    await story.do(joining.unmerge, case_id, "別の件だった", by=story.clerk)
    await story.do(tracking.add, number, 1, case_id, "もう一言です。")
    assert await told() == stands

    await story.do(joining.merge, case_id, main, by=story.clerk)
    await story.do(replies.reply, main, "直します。", by=story.clerk)
    await story.close(main)
    assert not (await seen(story, case_id)).cases[0].can_add
    with pytest.raises(WrongState, match="対応が終わっている"):
        await story.do(tracking.add, number, 1, case_id, "まだ暗いです。")
    assert await story.do(tracking.add_by_mail, case_id, "まだ暗いです。", mail_id=2) is None


async def test_there_are_no_chains_and_what_was_taken_along_comes_back(story: Story) -> None:
    main, middle = await two(story)
    last = await receive(story)
    await story.do(joining.merge, last, middle, by=story.clerk)
    await story.do(joining.merge, middle, main, by=story.clerk)
    assert {(await story.case(each)).merged_into_id for each in (middle, last)} == {main}
    another = await receive(story)
    assert await story.do(joining.merge, another, last, by=story.clerk) == main
    with pytest.raises(WrongState, match="同じ案件"):
        await story.do(joining.merge, main, last, by=story.clerk)
    await story.do(joining.unmerge, middle, "別の件だった", by=story.clerk)
    found = [(await story.case(each)).merged_into_id for each in (middle, last, another)]
    assert found == [None, middle, main]
    assert await figures(story) == (4, 2)


@pytest.mark.parametrize("end", ["withdraw", "decline"])
async def test_when_a_main_case_ends_without_an_answer_the_others_go_on(story: Story, end: str) -> None:
    main, case_id = await two(story)
    await story.do(joining.merge, case_id, main, by=story.clerk)
    if end == "withdraw":
        await story.do(tracking.withdraw, story.numbers[main], 1, main)
    else:
        await story.do(triage.decline, story.applied.desk, main, "unclear", by=story.clerk)
    case = await story.case(case_id)
    assert (case.status, case.merged_into_id) == (Status.TRIAGED, None)
    assert (await happened(story, case_id))[-1] is EventKind.RELEASED
    assert await figures(story) == (2, 2)


async def test_what_cannot_be_merged_says_why(story: Story) -> None:
    main, case_id = await two(story)
    adviser = await story.list_provider()

    async def refused(case: int, into: int) -> str:
        with pytest.raises(WrongState) as caught:
            await story.do(joining.merge, case, into, by=story.clerk)
        return caught.value.message

    assert "同じ案件" in await refused(main, main)
    put_aside = await receive(story, quarantine=QuarantineReason.FLOOD)
    assert "確かめ待ち" in await refused(case_id, put_aside)
    await story.accept(await story.offer(case_id, adviser, BRIEF), adviser)
    assert "逆に" in await refused(case_id, main)
    # The other way round it can be done.
    await story.do(joining.merge, main, case_id, by=story.clerk)
    with pytest.raises(InvalidInput):
        await story.see(lambda s: joining.find(s, "M7K-4TX-9PA", by=story.clerk, desk_id=story.applied.id))
    stranger = replace(story.clerk, roles={})
    with pytest.raises(NotFound):
        await story.do(joining.unmerge, main, "x", by=stranger)


async def test_two_clerks_who_merge_each_into_the_other_make_no_circle(story: Story) -> None:
    one, other = await two(story)
    pairs = [(one, other), (other, one)]
    outcomes = await asyncio.gather(
        *(story.do(joining.merge, *pair, by=story.clerk) for pair in pairs), return_exceptions=True
    )
    assert sum(isinstance(each, DeskError) for each in outcomes) == 1
    assert sorted([(await story.case(each)).status for each in (one, other)]) == [
        Status.MERGED,
        Status.TRIAGED,
    ]
    assert await figures(story) == (2, 1)


# ---- Bundles ----


async def test_the_members_of_a_bundle_are_counted_each_and_one_can_leave(story: Story) -> None:
    members = [await receive(story) for _ in range(3)]
    assert len({(await story.case(each)).likeness for each in members}) == 1
    await story.do(joining.bundle, story.applied.id, members[:2], by=story.clerk)
    await story.do(joining.bundle, story.applied.id, members[1:], by=story.clerk)
    assert await figures(story) == (3, 3)
    assert len({(await story.case(each)).bundle_id for each in members}) == 1
    with pytest.raises(WrongState, match="外すと"):
        await story.do(joining.merge, members[0], members[1], by=story.clerk)
    await story.do(joining.take_out, members[0], by=story.clerk)
    await story.do(joining.take_out, members[1], by=story.clerk)
    # A bundle of one is none.
    assert [(await story.case(each)).bundle_id for each in members] == [None, None, None]
    assert (await happened(story, members[2]))[-1] is EventKind.UNBUNDLED
    with pytest.raises(WrongState):
        await story.do(joining.bundle, story.applied.id, members[:1], by=story.clerk)


# ---- Converting ----


async def by_kind(story: Story) -> dict[tuple[Measure, CaseKind], int]:
    columns = LedgerEntry.measure, LedgerEntry.kind, LedgerEntry.sign
    rows = await story.see(lambda session: session.execute(select(*columns)).all())
    sums: Counter[tuple[Measure, CaseKind]] = Counter()
    for measure, kind, sign in rows:
        if measure in {Measure.RECEIPTS, Measure.CASES}:
            sums[measure, kind] += sign
    return dict(+sums)


async def test_a_suggestion_becomes_a_consultation_in_both_figures(story: Story) -> None:
    case_id = await receive(story)
    await story.do(joining.convert, story.applied, case_id, conversion(story), by=story.clerk)
    assert await by_kind(story) == {
        (Measure.RECEIPTS, CaseKind.CONSULTATION): 1,
        (Measure.CASES, CaseKind.CONSULTATION): 1,
    }
    told = (await story.see(lambda session: lifecycle.timeline(session, case_id)))[-1]
    assert (told.kind, told.data["heard_by"], told.data["agreed_on"]) == (
        EventKind.CONVERTED,
        Channel.PHONE,
        "2026-07-03",
    )
    assert (await story.see(lambda session: session.scalar(select(Receipt.kind)))) is CaseKind.CONSULTATION
    with pytest.raises(WrongState, match="もう「相談」"):
        await story.do(joining.convert, story.applied, case_id, conversion(story), by=story.clerk)


async def test_a_letter_with_matters_of_both_kinds_stays_what_it_was(story: Story) -> None:
    case_id = await receive(story)
    await split(story, case_id, 2)
    await story.do(joining.convert, story.applied, case_id, conversion(story), by=story.clerk)
    assert await by_kind(story) == {
        (Measure.RECEIPTS, CaseKind.SUGGESTION): 1,
        (Measure.CASES, CaseKind.SUGGESTION): 1,
        (Measure.CASES, CaseKind.CONSULTATION): 1,
    }


async def test_consent_and_the_codes_of_the_new_kind_are_asked_for(story: Story) -> None:
    desk = story.applied.desk
    with pytest.raises(InvalidInput) as refused:
        joining.check(desk, CaseKind.CONSULTATION, {"purpose": ["idea"], "agreed_on": ["8/1"]}, at=story.at)
    assert [each.field for each in refused.value.errors] == ["purpose", "topics", "heard_by", "agreed_on"]
    assert joining.other_kind(desk, CaseKind.SUGGESTION) is CaseKind.CONSULTATION
