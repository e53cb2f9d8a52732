"""Notices: whom each happening is told to, by which way, and who is never told."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from meyasubako.casework import (
    accounts,
    bulk,
    casefiles,
    drafts,
    notices,
    tracking,
    triage,
)
from meyasubako.casework.bulk import Order
from meyasubako.core.errors import InvalidInput, NotFound
from meyasubako.core.notices import USUAL
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    Deed,
    Message,
    NoticeKind,
    NoticeWay,
    QuarantineReason,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Notice, OutboxMessage
from tests.harness.office import DIVISIONS, open_office
from tests.harness.story import Story, open_story

K = NoticeKind


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def join(story: Story, login: str, name: str, role: Role = Role.CLERK, *, mail: bool = True) -> Actor:
    def unit(session: Any) -> int:
        email = f"{login}@example.jp" if mail else ""
        staff_id = accounts.add_staff(
            session, login=login, name=name, password_hash="-", by=SYSTEM, at=story.at, email=email
        )
        accounts.grant(session, staff_id, story.applied.id, role, by=SYSTEM, at=story.at)
        return staff_id

    staff_id = await story.database.write(unit)
    return Actor(ActorKind.STAFF, staff_id, name, {story.applied.id: role})


async def told(story: Story, who: Actor) -> list[NoticeKind]:
    """Why somebody was told what they were, oldest first."""
    found = await story.see(lambda session: notices.listed(session, who))
    return [row.kind for row in reversed(found.rows)]


async def mails(story: Story, kind: Message = Message.NOTICE) -> list[int]:
    """The notices that wait to be sent, as the outbox holds them."""
    found = select(OutboxMessage.subject_id).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id)
    return list(await story.see(lambda session: session.scalars(found).all()))


async def letter(story: Story, notice_id: int) -> notices.NoticeLetter | None:
    return await story.see(lambda session: notices.letter(session, notice_id))


async def note(story: Story, case_id: int, body: str, *tell: int | None, by: Actor | None = None) -> Any:
    story.pass_time(minutes=1)
    return await story.do(triage.note, case_id, body, tell=tell, by=by or story.clerk)


async def test_a_note_tells_whom_it_calls_and_nobody_else(story: Story) -> None:
    sato = await join(story, "sato", "佐藤 健")
    suzuki = await join(story, "suzuki", "鈴木 一", Role.VIEWER)
    case_id = await story.triaged()
    noted = await note(story, case_id, "@佐藤さん、@田中さん、確かめてください", suzuki.id)
    assert (noted.called, noted.unknown, noted.is_told) == (("佐藤 健", "鈴木 一"), ("田中さん",), True)
    assert await told(story, sato) == await told(story, suzuki) == [K.MENTIONED]
    assert await told(story, story.clerk) == []
    # Calling oneself tells nobody.
    await note(story, case_id, "@sato 自分への覚え", by=sato)
    assert await told(story, sato) == [K.MENTIONED]
    file = await story.see(
        lambda session: casefiles.case_file(session, sato, story.applied, case_id, at=story.at)
    )
    assert [each.called for each in file.history if each.called] == [("佐藤 健", "鈴木 一"), ("佐藤 健",)]


async def test_only_people_who_may_open_the_case_can_be_called(story: Story) -> None:
    stranger = await join(story, "tanaka", "田中 花")
    await story.database.write(
        lambda session: accounts.revoke_grant(
            session, stranger.id or 0, story.applied.id, by=SYSTEM, at=story.at
        )
    )
    case_id = await story.triaged()
    with pytest.raises(InvalidInput) as refused:
        await note(story, case_id, "見てください", stranger.id)
    assert [each.field for each in refused.value.errors] == ["tell"]
    assert (await note(story, case_id, "@tanaka 見てください")).called == ()
    await join(story, "sato-a", "佐藤 愛")
    sato = await join(story, "sato-b", "佐藤 望")
    with pytest.raises(InvalidInput) as doubtful:
        await note(story, case_id, "@佐藤さんへ")
    assert "佐藤 愛さん、佐藤 望さん" in doubtful.value.message
    # Ticking one of them settles it.
    assert (await note(story, case_id, "@佐藤さんへ", sato.id)).called == ("佐藤 望",)


async def test_who_looks_after_a_case_is_told_what_others_do(story: Story) -> None:
    sato = await join(story, "sato", "佐藤 健")
    adviser = await story.list_provider()
    case_id = await story.triaged()
    await story.do(triage.assign, case_id, sato.id, by=story.clerk)
    offer_id = await story.offer(case_id, adviser)
    story.pass_time(hours=1)
    await story.accept(offer_id, adviser)
    story.pass_time(hours=1)
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "追記です。")
    story.pass_time(hours=1)
    await story.do(tracking.withdraw, story.numbers[case_id], 1, case_id)
    assert await told(story, sato) == [K.ASSIGNED, K.OFFER_ANSWERED, K.WROTE_BACK, K.WROTE_BACK]
    assert await told(story, story.clerk) == []
    # Whoever takes a case on is not told so, nor who gave their own away.
    story.pass_time(hours=1)
    other = await story.triaged()
    await story.do(triage.assign, other, sato.id, by=sato)
    await story.do(triage.assign, other, story.clerk.id, by=sato)
    assert (len(await told(story, sato)), await told(story, story.clerk)) == (4, [K.ASSIGNED])


async def test_watching_tells_of_what_moves_a_case_until_it_is_stopped(story: Story) -> None:
    sato = await join(story, "sato", "佐藤 健")
    case_id = await story.receive()
    await story.do(notices.watch, case_id, on=True, by=sato)
    await story.do(notices.watch, case_id, on=True, by=sato)
    await story.triage(case_id)
    await note(story, case_id, "@sato 見てください")
    assert await told(story, sato) == [K.WATCHED, K.MENTIONED]
    assert await story.see(lambda session: notices.watchers(session, case_id)) == ((sato.id, "佐藤 健"),)
    await story.do(notices.watch, case_id, on=False, by=sato)
    await note(story, case_id, "続き")
    assert len(await told(story, sato)) == 2
    with pytest.raises(NotFound):
        await story.do(notices.watch, case_id, on=True, by=Actor(ActorKind.STAFF, sato.id, "佐藤", {}))


async def test_answers_wait_for_their_divisions_and_for_those_who_decide(database: Database) -> None:
    office = await open_office(await open_story(database), contributions=True, review=True, approval=True)
    story = office.story
    case_id = await story.triaged()
    await story.do(drafts.save, case_id, "回答案です。", base=0, by=office.clerk)
    desk = story.applied.desk
    await story.do(
        drafts.ask_divisions, desk, case_id, DIVISIONS[:1], "見通しは。", "2026-07-10", by=office.clerk
    )
    asked, other = office.divisions
    assert (await told(story, asked), await told(story, other)) == ([K.CONTRIBUTION], [])
    (waiting,) = (
        await story.see(lambda session: drafts.waiting(session, asked, story.applied))
    ).rows.values()
    await story.do(drafts.contribute, waiting[0].contribution_id, "来年度です。", by=asked)
    assert await told(story, office.clerk) == [K.CAME_BACK]
    await story.do(drafts.submit, desk, case_id, version=1, by=office.clerk)
    assert await told(story, office.colleague) == [K.REVIEW]
    await story.do(drafts.review, desk, case_id, version=1, by=office.colleague)
    assert await told(story, office.chief) == await told(story, office.director) == [K.REVIEW, K.APPROVAL]
    await story.do(drafts.approve, desk, case_id, version=1, by=office.chief)
    # Who wrote it can neither check nor decide, and learns what became of it.
    assert await told(story, office.clerk) == [K.CAME_BACK, K.CAME_BACK]
    assert await told(story, office.chief) == [K.REVIEW, K.APPROVAL]


async def test_everybody_chooses_the_way(story: Story) -> None:
    sato = await join(story, "sato", "佐藤 健")
    case_id = await story.triaged()
    usual = {kind.value: way.value for kind, way in USUAL.items()}
    assert sato.id is not None

    async def choose(**ways: str) -> None:
        await story.database.write(lambda session: notices.choose(session, sato.id or 0, {**usual, **ways}))

    assert await story.see(lambda session: notices.choices_of(session, sato.id or 0)) == dict(USUAL)
    for way, mailed, posted, shown in (
        (NoticeWay.MAIL, 1, 0, 1),
        (NoticeWay.CHAT, 1, 1, 2),
        (NoticeWay.SCREEN, 1, 1, 3),
        (NoticeWay.NONE, 1, 1, 3),
    ):
        await choose(mentioned=way.value)
        await note(story, case_id, "@sato 見てください")
        counts = len(await mails(story)), len(await mails(story, Message.CHAT)), len(await told(story, sato))
        assert counts == (mailed, posted, shown)
    with pytest.raises(InvalidInput) as refused:
        await choose(mentioned="pigeon")
    assert [each.field for each in refused.value.errors] == ["mentioned"]


async def test_no_mail_goes_to_whom_it_no_longer_concerns(story: Story) -> None:
    sato = await join(story, "sato", "佐藤 健")
    assert sato.id is not None
    sato_id: int = sato.id
    silent = await join(story, "suzuki", "鈴木 一", mail=False)
    case_id = await story.triaged()
    await note(story, case_id, "@sato @suzuki 見てください")
    (notice_id,) = await mails(story)
    found = await letter(story, notice_id)
    assert found is not None
    assert (found.to, [line.told for line in found.lines]) == ("sato@example.jp", ["メモで呼ばれました"])
    assert "現場作業員" not in repr(found.lines)
    assert await told(story, silent) == [K.MENTIONED]

    # Each of these alone is enough; each is taken back again.
    async def moot(undo: Any, unit: Any) -> None:
        await story.database.write(unit)
        assert await letter(story, notice_id) is None
        await story.database.write(undo)
        assert await letter(story, notice_id) is not None

    def grant(session: Any) -> None:
        accounts.grant(session, sato_id, story.applied.id, Role.CLERK, by=SYSTEM, at=story.at)

    def put(status: Status) -> Any:
        return lambda session: session.execute(update(Case).where(Case.id == case_id).values(status=status))

    await moot(
        grant,
        lambda session: accounts.revoke_grant(session, sato_id, story.applied.id, by=SYSTEM, at=story.at),
    )
    await moot(put(Status.TRIAGED), put(Status.QUARANTINED))
    await moot(
        lambda session: session.execute(update(Notice).values(read_at=None)),
        lambda session: notices.read_case(session, case_id, until=None, by=sato, at=story.at),
    )
    await story.database.write(lambda session: accounts.deactivate(session, sato_id, by=SYSTEM, at=story.at))
    assert await letter(story, notice_id) is None
    before = await told(story, sato)
    with pytest.raises(InvalidInput):
        await note(story, case_id, "もういません", sato.id)
    assert await told(story, sato) == before


async def test_a_case_in_quarantine_tells_nobody(story: Story) -> None:
    sato = await join(story, "sato", "佐藤 健")
    case_id = await story.receive(quarantine=QuarantineReason.TRAP, confirmed=False)
    await story.do(notices.watch, case_id, on=True, by=sato)
    assert not (await note(story, case_id, "@sato 本物でしょうか")).is_told
    await story.do(
        triage.decline,
        story.applied.desk,
        case_id,
        story.applied.desk.open_decline_reasons[0].code,
        by=story.clerk,
    )
    assert (await told(story, sato), await mails(story)) == ([], [])
    other = await story.receive(quarantine=QuarantineReason.TRAP, confirmed=False)
    await story.do(notices.watch, other, on=True, by=sato)
    await story.do(triage.admit, other, by=story.clerk)
    assert await told(story, sato) == [K.WATCHED]


async def test_one_act_is_one_mail_and_none_when_it_is_taken_back(story: Story) -> None:
    sato = await join(story, "sato", "佐藤 健")
    case_ids = [await story.triaged() for _ in range(3)]
    story.pass_time(hours=1)
    versions = {each: (await story.case(each)).version for each in case_ids}
    order = Order(Deed.ASSIGN, assignee_id=sato.id)

    def act(session: Any, *, at: Any) -> int:
        done = bulk.perform(session, story.applied, order, versions, keys=story.keys, by=story.clerk, at=at)
        return done.act_id

    act_id = await story.do(act)
    assert await told(story, sato) == [K.ASSIGNED] * 3
    (notice_id,) = await mails(story)
    found = await letter(story, notice_id)
    assert found is not None
    assert [line.case_id for line in found.lines] == case_ids
    story.pass_time(minutes=1)
    undone = await story.do(bulk.undo, act_id, by=story.clerk)
    assert (undone.undone, undone.mails_gone, await mails(story)) == (3, 0, [])
    assert await letter(story, notice_id) is None


async def test_the_list_leads_on_and_is_read_as_a_whole_or_with_a_case(story: Story) -> None:
    sato = await join(story, "sato", "佐藤 健")
    case_id, other = await story.triaged(), await story.triaged()
    for number in range(notices.PAGE_SIZE + 3):
        await note(story, case_id if number else other, f"@sato {number}")

    async def page(**where: Any) -> notices.NoticePage:
        return await story.see(lambda session: notices.listed(session, sato, **where))

    async def unread() -> int:
        return await story.see(lambda session: session.scalar(select(notices.unread(sato.id))))

    first = await page()
    assert (len(first.rows), first.newer, await unread()) == (50, None, 53)
    second = await page(before=first.older)
    assert [row.case_id for row in second.rows] == [case_id, case_id, other]
    assert second.newer is not None
    assert (await page(after=second.newer)).rows == first.rows
    await story.do(notices.read_case, other, until=None, by=sato)
    assert (await unread(), len((await page(only_unread=True)).rows)) == (52, 50)
    await story.do(notices.read_all, until=first.older, by=sato)
    assert await unread() == 49
    story.pass_time(days=91)
    await story.do(notices.forget)
    left = await story.see(lambda session: session.scalar(select(func.count()).select_from(Notice)))
    assert (left, await unread()) == (49, 49)
