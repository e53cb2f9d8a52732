"""An answer under way: kept in versions, asked about in the divisions, checked and decided by others, sent once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako.casework import casefiles, drafts, lifecycle, replies, tracking, triage
from meyasubako.casework.drafts import Act, AnswerFile, Queue
from meyasubako.core.desk import Answering
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ContributionState, DraftState, EventKind, Measure, Role, Status
from meyasubako.store.database import Database
from meyasubako.store.models import AnswerVersion, Contribution, LedgerEntry, OutboxMessage, Reply
from tests.harness.office import DIVISIONS, Office, open_office, take_steps
from tests.harness.story import TOYAMA, Story, open_story

TEXT = "補助金の窓口をご案内します。\n𠮷野家の前です😀。"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def save(
    office: Office, case_id: int, body: str = TEXT, *, base: int = 0, by: Actor | None = None
) -> bool:
    return await office.story.do(drafts.save, case_id, body, base=base, by=by or office.clerk)


async def submit(office: Office, case_id: int, version: int = 1, by: Actor | None = None) -> DraftState:
    desk = office.story.applied.desk
    return await office.story.do(drafts.submit, desk, case_id, version=version, by=by or office.clerk)


async def decide(office: Office, verb: Any, case_id: int, *more: Any, by: Actor, version: int = 1) -> Any:
    return await office.story.do(verb, office.story.applied.desk, case_id, *more, version=version, by=by)


async def ask(office: Office, case_id: int, *codes: str, day: str = "2026-07-10") -> int:
    desk = office.story.applied.desk
    return await office.story.do(
        drafts.ask_divisions, desk, case_id, codes, "見通しを教えてください。", day, by=office.clerk
    )


async def send(office: Office, case_id: int, *, version: int, by: Actor) -> int:
    desk, at = office.story.applied.desk, office.story.at

    def unit(session: Any) -> int:
        body = drafts.text_to_send(session, desk, case_id, version=version, by=by)
        reply_id = replies.reply(session, case_id, body, by=by, at=at)
        drafts.mark_sent(session, case_id, reply_id, body, by=by, at=at)
        return reply_id

    return await office.story.database.write(unit)


async def file_of(office: Office, case_id: int, by: Actor | None = None) -> AnswerFile:
    story = office.story
    return await story.see(
        lambda session: drafts.answer_file(session, by or office.clerk, story.applied, case_id, at=story.at)
    )


async def waiting(office: Office, by: Actor) -> dict[Queue, int]:
    story = office.story
    found = await story.see(lambda session: drafts.waiting(session, by, story.applied))
    assert {queue: len(rows) for queue, rows in found.rows.items()} == found.counts
    return {queue: count for queue, count in found.counts.items() if count}


async def requests(story: Story) -> list[int]:
    return await story.see(
        lambda session: list(session.scalars(select(Contribution.id).order_by(Contribution.id)))
    )


async def contribute(
    office: Office, contribution_id: int, by: Actor, body: str = "前向きに考えます。"
) -> bool:
    return await office.story.do(drafts.contribute, contribution_id, body, by=by)


async def standing(story: Story, measure: Measure) -> int:
    found = select(func.coalesce(func.sum(LedgerEntry.sign), 0)).where(LedgerEntry.measure == measure)
    return await story.see(lambda session: session.scalar(found))


async def test_the_whole_way_of_an_answer(story: Story) -> None:
    office = await open_office(story, contributions=True, review=True, approval=True)
    case_id = await story.triaged()
    before = await standing(story, Measure.CASES), await standing(story, Measure.REPLIES)
    await save(office, case_id, "書きかけ")
    assert await ask(office, case_id, *DIVISIONS) == 2
    assert [await waiting(office, by) for by in office.divisions] == [{Queue.ASKED: 1}] * 2
    first, second = await requests(story)
    assert await contribute(office, first, office.divisions[0]) is False
    # Somebody of the desk writes down what the second said on the telephone.
    assert await contribute(office, second, office.clerk, "来年度に始めます。") is True
    await save(office, case_id, base=1)
    assert await submit(office, case_id, 2) is DraftState.IN_REVIEW

    assert await waiting(office, office.colleague) == {Queue.REVIEW: 1}
    assert await waiting(office, office.clerk) == {}
    assert (
        await decide(office, drafts.review, case_id, by=office.colleague, version=2) is DraftState.IN_APPROVAL
    )
    assert await waiting(office, office.chief) == {Queue.APPROVAL: 1}
    await decide(office, drafts.approve, case_id, by=office.chief, version=2)
    assert await waiting(office, office.clerk) == {Queue.READY: 1}
    reply_id = await send(office, case_id, version=2, by=office.clerk)

    reply = await story.see(lambda session: session.get_one(Reply, reply_id))
    assert (reply.body, reply.author_id) == (TEXT, office.clerk.id)
    file = await file_of(office, case_id)
    assert [(each.kind, each.who) for each in file.course] == [
        (EventKind.DRAFTED, "見本clerk"),
        (EventKind.CONTRIBUTION_ASKED, "見本clerk"),
        (EventKind.CONTRIBUTION_ASKED, "見本clerk"),
        (EventKind.CONTRIBUTION_GIVEN, "見本strategy"),
        (EventKind.CONTRIBUTION_GIVEN, "見本clerk"),
        (EventKind.SUBMITTED, "見本clerk"),
        (EventKind.REVIEWED, "見本colleague"),
        (EventKind.APPROVED, "見本chief"),
        (EventKind.REPLIED, "見本clerk"),
    ]
    assert (file.state, await waiting(office, office.clerk)) == (None, {})
    # Only what was sent is counted, and the requester reads nothing else.
    after = await standing(story, Measure.CASES), await standing(story, Measure.REPLIES)
    assert (before, after) == ((1, 0), (1, 1))
    number = story.numbers[case_id]
    seen = await story.see(lambda session: tracking.view(session, story.applied.desk, number, 1))
    assert [said.body for said in seen.cases[0].conversation] == [TEXT]
    history = (
        await story.see(
            lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
        )
    ).history
    assert "考え方をたずねました（スマート改革推進課、7月10日（金）まで）" in [each.what for each in history]
    assert "来年度に始めます。" in [each.said for each in history]


async def test_nobody_agrees_to_their_own_unless_the_desk_lets_them(story: Story) -> None:
    office = await open_office(story, review=True, approval=True)
    case_id = await story.triaged()
    await save(office, case_id, by=office.chief)
    await submit(office, case_id, by=office.clerk)
    for own in (office.clerk, office.chief):
        with pytest.raises(NotAllowed, match="自分で書いた"):
            await decide(office, drafts.review, case_id, by=own)
        assert not {Act.REVIEW, Act.SEND_BACK} & (await file_of(office, case_id, own)).acts
    await decide(office, drafts.review, case_id, by=office.director)
    for own in (office.chief, office.director):
        with pytest.raises(NotAllowed):
            await decide(office, drafts.approve, case_id, by=own)
    with pytest.raises(NotAllowed):
        await decide(office, drafts.approve, case_id, by=office.colleague)
    assert await waiting(office, office.director) == {}
    rules = Answering(approval=True, own_approval=True)
    story.applied = await story.database.write(lambda session: take_steps(session, rules))
    await decide(office, drafts.approve, case_id, by=office.chief)
    assert (await file_of(office, case_id)).state is DraftState.READY


async def test_it_is_sent_back_with_a_reason_and_pulled_back_to_be_written_on(story: Story) -> None:
    office = await open_office(story, approval=True)
    case_id = await story.triaged()
    await save(office, case_id)
    await submit(office, case_id)
    with pytest.raises(WrongState, match="先に引き戻してください"):
        await save(office, case_id, "こっそり直した文", base=1)
    with pytest.raises(InvalidInput) as caught:
        await decide(office, drafts.send_back, case_id, " ", by=office.chief)
    assert caught.value.field == "reason"
    await decide(office, drafts.send_back, case_id, "根拠を書いてください。", by=office.chief)
    assert (await file_of(office, case_id)).returned == "根拠を書いてください。"
    assert await waiting(office, office.clerk) == {Queue.RETURNED: 1}
    await save(office, case_id, "根拠つきの文", base=1)
    await submit(office, case_id, 2)
    await decide(office, drafts.approve, case_id, by=office.chief, version=2)
    await story.do(drafts.pull_back, case_id, version=2, by=office.clerk)
    await save(office, case_id, "もっとよい文", base=2)
    # What was agreed to is another text: it has to be agreed to again.
    with pytest.raises(WrongState):
        await send(office, case_id, version=3, by=office.clerk)
    with pytest.raises(WrongState, match="決裁の済んだ回答だけ"):
        await story.do(replies.reply, case_id, "もっとよい文", by=office.chief)
    await submit(office, case_id, 3)
    with pytest.raises(WrongState, match="開いたあとに"):
        await decide(office, drafts.approve, case_id, by=office.chief, version=2)


async def test_a_stale_draft_is_refused_and_both_are_kept(story: Story) -> None:
    office = await open_office(story)
    case_id = await story.triaged()
    results = await asyncio.gather(
        save(office, case_id, "一人めの文"),
        save(office, case_id, "二人めの文", by=office.colleague),
        return_exceptions=True,
    )
    assert [type(each) for each in results if isinstance(each, BaseException)] == [WrongState]
    file = await file_of(office, case_id)
    assert (file.version, len(file.versions)) == (1, 1)
    # Saved twice, it is one version; saved over the one that stands, it is another.
    assert await save(office, case_id, file.text) is False
    await save(office, case_id, "二人の文", base=1, by=office.colleague)
    file = await file_of(office, case_id)
    assert [(each.number, each.who) for each in file.versions][1:] == [(2, "見本colleague")]
    assert [each.kind for each in file.course] == [EventKind.DRAFTED]


async def test_an_answer_from_elsewhere_waits_for_the_divisions_too(story: Story) -> None:
    office = await open_office(story, contributions=True)
    case_id = await story.triaged()
    await ask(office, case_id, DIVISIONS[0])

    def unit(session: Any) -> None:
        reply_id = replies.reply(session, case_id, "回答です。", by=office.clerk, at=story.at)
        drafts.mark_sent(session, case_id, reply_id, "回答です。", by=office.clerk, at=story.at)

    with pytest.raises(WrongState, match="まだ出ていません"):
        await story.database.write(unit)
    assert (await story.case(case_id)).status is Status.TRIAGED


async def test_nothing_is_handed_on_that_is_not_finished(story: Story) -> None:
    office = await open_office(story, contributions=True, approval=True)
    case_id = await story.triaged()
    assert await ask(office, case_id, DIVISIONS[0]) == 1
    with pytest.raises(WrongState, match="まだ書かれていません"):
        await submit(office, case_id, 0)
    await save(office, case_id, "{ここに理由を書く}")
    with pytest.raises(InvalidInput, match="残っています"):
        await submit(office, case_id)
    await save(office, case_id, base=1)
    with pytest.raises(
        WrongState, match="デジタル戦略企画課（みえDXセンター事務局）の考え方が、まだ出ていません"
    ):
        await submit(office, case_id, 2)
    [request] = await requests(story)
    with pytest.raises(NotFound):
        await contribute(office, request, office.divisions[1])
    with pytest.raises(InvalidInput, match="もうたずねています"):
        await ask(office, case_id, DIVISIONS[0])
    await story.do(drafts.drop, request, by=office.clerk)
    with pytest.raises(WrongState, match="取り下げられました"):
        await contribute(office, request, office.divisions[0])
    await submit(office, case_id, 2)
    assert (
        await story.see(lambda session: session.scalar(select(Contribution.state)))
        is ContributionState.DROPPED
    )


@pytest.mark.parametrize(
    ("codes", "day", "field"),
    [
        ((), "7/10", "divisions"),
        (("nowhere",), "7/10", "divisions"),
        (DIVISIONS, "7/2", "answer_by"),
        (DIVISIONS, "あした", "answer_by"),
    ],
)
async def test_who_is_asked_by_when_is_checked(
    story: Story, codes: tuple[str, ...], day: str, field: str
) -> None:
    office = await open_office(story, contributions=True)
    case_id = await story.triaged()
    with pytest.raises(InvalidInput) as caught:
        await ask(office, case_id, *codes, day=day)
    assert [each.field for each in caught.value.errors] == [field]
    assert await requests(story) == []


async def test_what_ended_is_kept_and_waits_for_nobody_until_it_is_taken_up_again(story: Story) -> None:
    office = await open_office(story, contributions=True, approval=True)
    declined, withdrawn = await story.triaged(), await story.triaged()
    await ask(office, declined, DIVISIONS[0])
    await save(office, declined)
    await save(office, withdrawn)
    await submit(office, withdrawn)
    await story.do(triage.decline, story.applied.desk, declined, "unclear", by=story.clerk)
    await story.do(tracking.withdraw, story.numbers[withdrawn], 1, withdrawn)
    assert [await waiting(office, by) for by in (office.chief, office.divisions[0])] == [{}, {}]
    [request] = await requests(story)
    with pytest.raises(WrongState):
        await contribute(office, request, office.divisions[0])
    with pytest.raises(WrongState):
        await decide(office, drafts.approve, withdrawn, by=office.chief)
    file = await file_of(office, withdrawn)
    assert (file.is_resting, file.acts, file.text) == (True, frozenset(), TEXT)
    await story.do(triage.undo, withdrawn, "電話で続けると聞きました。", by=story.clerk)
    await decide(office, drafts.approve, withdrawn, by=office.chief)


async def test_whoever_answers_reads_what_was_added_since(story: Story) -> None:
    office = await open_office(story, contributions=True)
    case_id = await story.triaged()
    await ask(office, case_id, DIVISIONS[0])
    [request] = await requests(story)
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "停留所は「総曲輪」です。")
    asked = await story.see(
        lambda session: drafts.requested_view(session, office.divisions[0], request, at=story.at)
    )
    for found in (await file_of(office, case_id), asked):
        assert [(each.is_question, each.body) for each in found.exchange] == [
            (False, "停留所は「総曲輪」です。")
        ]


async def test_what_is_not_ones_own_is_not_there_and_leaves_nothing(story: Story) -> None:
    office = await open_office(story, contributions=True, approval=True)
    case_id = await story.triaged()
    await save(office, case_id)
    await ask(office, case_id, DIVISIONS[0])
    [request] = await requests(story)
    elsewhere = (await open_story(story.database, TOYAMA)).clerk
    viewer = replace(office.clerk, roles={story.applied.id: Role.VIEWER})
    version = (await story.case(case_id)).version
    for by, kind in ((elsewhere, NotFound), (viewer, NotAllowed)):
        with pytest.raises(kind):
            await save(office, case_id, "別の文", base=1, by=by)
        with pytest.raises(kind):
            await submit(office, case_id, by=by)
        with pytest.raises(kind):
            await contribute(office, request, by)
        with pytest.raises(kind):
            await story.do(drafts.drop, request, by=by)
    with pytest.raises(NotFound):
        await file_of(office, case_id, elsewhere)
    # A division answers, and does nothing else.
    with pytest.raises(NotAllowed):
        await save(office, case_id, "別の文", base=1, by=office.divisions[0])
    assert (await story.case(case_id)).version == version


async def test_a_desk_without_steps_keeps_its_quick_answer(story: Story) -> None:
    office = await open_office(story)
    case_id = await story.triaged()
    with pytest.raises(WrongState):
        await ask(office, case_id, DIVISIONS[0])
    await save(office, case_id, "下書き")
    with pytest.raises(WrongState):
        await submit(office, case_id)
    assert await waiting(office, office.chief) == {}
    at = story.at

    def unit(session: Any) -> None:
        reply_id = replies.reply(session, case_id, "送った文", by=office.clerk, at=at)
        drafts.mark_sent(session, case_id, reply_id, "送った文", by=office.clerk, at=at)

    await story.database.write(unit)
    kept = await story.see(
        lambda session: list(session.scalars(select(AnswerVersion.body).order_by(AnswerVersion.number)))
    )
    assert kept == ["下書き", "送った文"]
    assert (await story.case(case_id)).status is Status.ANSWERED
    # The next answer begins anew, and mails went out for the sent one only.
    await save(office, case_id, "追伸の下書き")
    assert (await file_of(office, case_id)).version == 1
    kinds = await story.see(lambda session: [each.kind for each in lifecycle.timeline(session, case_id)])
    assert kinds.count(EventKind.DRAFTED) == 2
    mails = select(func.count()).where(OutboxMessage.kind == "replied")
    assert await story.see(lambda session: session.scalar(mails)) == 1
