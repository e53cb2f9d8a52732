"""Attachments: held for a form, claimed once by its receipt, seen by those who may, swept when nobody needs them."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako import filing
from meyasubako.casework import attachments
from meyasubako.casework.attachments import DRAFT_LASTS, GRACE, Attached
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.settings import Clamd
from meyasubako.core.vocabulary import ActorKind, FileType, Role, ScanState
from meyasubako.edge.files import DiskCabinet, Kept, take_in
from meyasubako.edge.scanner import ScannerAway
from meyasubako.store.database import Database
from meyasubako.store.models import Attachment, Draft, Receipt, StoredFile
from tests.harness.clamd import VIRUS, scanning
from tests.harness.files import jpeg, pdf
from tests.harness.story import Story, open_story

KEY = "a" * 64
OTHER = "b" * 64
MOST = 5


@dataclass
class Office:
    """A desk with its cabinet."""

    story: Story
    cabinet: DiskCabinet

    def keep(self, content: bytes, name: str) -> Kept:
        arriving = self.cabinet.begin()
        arriving.write(content)
        return take_in(self.cabinet, arriving, name)

    async def hold(
        self, content: bytes = b"", name: str = "資料.pdf", *, key: str = KEY, is_scanned: bool = False
    ) -> Kept:
        kept = self.keep(content or pdf(), name)
        await self.hold_row(kept, key=key, is_scanned=is_scanned)
        return kept

    async def hold_row(self, kept: Kept, *, key: str = KEY, is_scanned: bool = False) -> None:
        await self.story.do(
            attachments.hold,
            self.story.applied.id,
            key,
            digest=kept.digest,
            size=kept.size,
            file_type=kept.file_type,
            name=kept.name,
            most=MOST,
            is_scanned=is_scanned,
        )

    async def held(self, key: str = KEY) -> tuple[Attached, ...]:
        return await self.story.see(lambda session: attachments.held(session, key))

    async def claim(self, case_id: int, *, key: str = KEY, shown: Iterable[int] = ()) -> int:
        receipt_id = await self.receipt_of(case_id)
        await self.story.database.write(
            lambda session: attachments.claim(session, key, receipt_id, shown=shown)
        )
        return receipt_id

    async def receipt_of(self, case_id: int) -> int:
        number = self.story.numbers[case_id]
        return await self.story.see(
            lambda session: session.scalar(select(Receipt.id).where(Receipt.number == number))
        )

    async def of_receipt(self, receipt_id: int) -> list[str]:
        return await self.story.see(
            lambda session: [each.name for each in attachments.of_receipt(session, receipt_id)]
        )

    async def counts(self) -> tuple[int, int, int]:
        """Drafts, attachments, contents."""

        def count(session: Any) -> tuple[int, ...]:
            tables = (Draft, Attachment, StoredFile)
            return tuple(session.scalar(select(func.count()).select_from(table)) for table in tables)

        return await self.story.see(count)

    async def sweep(self) -> None:
        """The worker goes at the story's time over each part of the cabinet in which anything lies, and over one more."""
        ever = datetime.max.replace(tzinfo=UTC)
        lying = {part for part in range(filing.PARTS) if [*self.cabinet.digests(part, before=ever)]}
        for part in sorted(lying | {0}):
            await filing.sweep(self.story.database, self.cabinet, at=self.story.at, part=part)

    def lies(self, kept: Kept) -> bool:
        return self.cabinet.local(kept.digest).is_file()

    async def scan(self, clamd: Clamd, **options: Any) -> filing.Scanned:
        return await filing.scan(
            self.story.database, self.cabinet, clamd, at=self.story.at, patience=30, **options
        )


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    story = await open_story(database)
    # Files carry the time of this machine.
    story.at = datetime.now(UTC)
    return Office(story, DiskCabinet(tmp_path / "files"))


async def test_a_form_holds_files_in_their_order_and_each_content_once(office: Office) -> None:
    await office.hold(pdf(), "提案書.pdf")
    await office.hold(jpeg(), "写真.jpg")
    await office.hold(pdf(), "同じもの.pdf")
    first, second = await office.held()
    assert (first.name, first.file_type, first.size) == ("提案書.pdf", FileType.PDF, len(pdf()))
    assert (second.name, second.scan_state, second.is_open) == ("写真.jpg", ScanState.NOT_ASKED, True)
    assert await office.held(OTHER) == ()
    assert await office.counts() == (1, 2, 2)


async def test_only_so_many_are_held_even_when_they_come_together(office: Office) -> None:
    kept = [office.keep(pdf() + b"%" * more, f"{more}.pdf") for more in range(8)]
    done = await asyncio.gather(*(office.hold_row(each) for each in kept), return_exceptions=True)
    refused = [each for each in done if isinstance(each, InvalidInput)]
    assert len(refused) == 3
    assert "5つを超える" in refused[0].message
    assert len(await office.held()) == MOST
    assert [each for each in done if each is not None and each not in refused] == []


async def test_a_form_lets_go_of_its_own_files_only(office: Office) -> None:
    await office.hold()
    await office.hold(jpeg(), "写真.jpg", key=OTHER)
    [mine], [theirs] = await office.held(), await office.held(OTHER)

    def let_go(key: str, file_id: int) -> Any:
        return office.story.database.write(lambda session: attachments.let_go(session, key, {file_id}))

    await let_go(KEY, theirs.id)
    await let_go(KEY, mine.id)
    await let_go(KEY, mine.id)
    assert await office.held() == ()
    assert await office.held(OTHER) == (theirs,)


async def test_the_receipt_claims_what_its_form_held_once(office: Office) -> None:
    case_id = await office.story.receive()
    await office.hold(pdf(), "提案書.pdf")
    await office.hold(jpeg(), "写真.jpg")
    shown = [each.id for each in await office.held()]
    receipt_id = await office.claim(case_id, shown=shown)
    assert await office.of_receipt(receipt_id) == ["提案書.pdf", "写真.jpg"]
    assert await office.counts() == (0, 2, 2)
    # Another sending of a form that holds nothing any more changes nothing.
    await office.claim(case_id)
    assert await office.of_receipt(receipt_id) == ["提案書.pdf", "写真.jpg"]


async def test_nobody_sends_less_than_they_saw(office: Office) -> None:
    case_id = await office.story.receive()
    await office.hold()
    [file] = await office.held()
    with pytest.raises(InvalidInput, match="残っていません"):
        await office.claim(case_id, shown=[file.id, file.id + 1])
    assert await office.held() == (file,)


async def test_files_go_over_to_the_form_that_takes_the_place_of_theirs(office: Office) -> None:
    await office.hold()
    files = await office.held()
    await office.story.database.write(lambda session: attachments.hand_over(session, KEY, OTHER))
    assert (await office.held(), await office.held(OTHER)) == ((), files)


async def test_a_file_is_opened_by_those_who_see_its_case(office: Office) -> None:
    story = office.story
    case_id, another = await story.receive(), await story.receive()
    kept = await office.hold()
    [file] = await office.held()
    number = story.numbers[case_id]

    def for_staff(actor: Actor, case: int = case_id) -> Any:
        return story.see(lambda session: attachments.open_for_staff(session, actor, case, file.id))

    def for_sender(of: str = number, generation: int = 1) -> Any:
        return story.see(lambda session: attachments.open_for_requester(session, of, generation, file.id))

    for attempt in (for_staff(story.clerk), for_sender()):
        with pytest.raises(NotFound):
            await attempt
    await office.claim(case_id)
    viewer = Actor(ActorKind.STAFF, 99, "見る人", {story.applied.id: Role.VIEWER})
    for found in (await for_staff(story.clerk), await for_staff(viewer), await for_sender()):
        assert (found.digest, found.name, found.file_type) == (kept.digest, "資料.pdf", FileType.PDF)
    stranger = Actor(ActorKind.STAFF, 99, "ほかの窓口の人", {story.applied.id + 1: Role.ADMIN})
    for attempt in (
        for_staff(stranger),
        for_staff(story.clerk, another),
        for_sender(story.numbers[another]),
        for_sender(generation=2),
    ):
        with pytest.raises(NotFound):
            await attempt


# ---- Sweeping ----


async def test_what_nobody_sent_within_a_day_goes_with_its_files(office: Office) -> None:
    case_id = await office.story.receive()
    sent = await office.hold(pdf() + b"%sent", "送った.pdf", key=OTHER)
    receipt_id = await office.claim(case_id, key=OTHER)
    unsent = await office.hold(jpeg(), "送らなかった.jpg")
    office.story.at += DRAFT_LASTS - timedelta(minutes=1)
    await office.sweep()
    assert office.lies(unsent)
    office.story.at += timedelta(minutes=2)
    await office.sweep()
    assert (office.lies(sent), office.lies(unsent)) == (True, False)
    assert await office.held() == ()
    assert await office.of_receipt(receipt_id) == ["送った.pdf"]
    assert await office.counts() == (0, 1, 1)


async def test_what_lies_there_without_a_row_goes_and_what_is_just_handed_in_stays(office: Office) -> None:
    stray = office.keep(pdf(), "row が無い.pdf")
    await office.sweep()
    assert office.lies(stray)
    office.story.at += GRACE + timedelta(minutes=1)
    await office.sweep()
    assert not office.lies(stray)


async def test_the_same_content_handed_in_again_while_it_is_swept_survives(office: Office) -> None:
    kept = await office.hold()
    [file] = await office.held()
    await office.story.database.write(lambda session: attachments.let_go(session, KEY, {file.id}))
    later = office.story.at + GRACE + timedelta(minutes=1)
    digests = await office.story.database.write(
        lambda session: attachments.forget_contents(session, at=later, limit=10)
    )
    assert digests == [kept.digest]
    # The row is gone, the file not yet: this moment somebody hands in the same.
    await office.hold(key=OTHER)
    office.cabinet.discard(kept.digest, before=office.story.at - GRACE)
    assert office.lies(kept)
    assert len(await office.held(OTHER)) == 1


async def test_holding_and_sweeping_the_same_content_at_once_loses_nothing(office: Office) -> None:
    later = office.story.at + GRACE + timedelta(minutes=1)
    kept = await office.hold(key="0" * 64)
    for turn in range(8):
        key, before = f"{turn + 1:064d}", f"{turn:064d}"
        [file] = await office.held(before)
        await office.story.database.write(
            lambda session, before=before, file=file: attachments.let_go(session, before, {file.id})
        )
        await asyncio.gather(
            office.hold_row(kept, key=key),
            office.story.database.write(
                lambda session: attachments.forget_contents(session, at=later, limit=10)
            ),
        )
        assert [each.name for each in await office.held(key)] == ["資料.pdf"]


# ---- Viruses ----


async def state(office: Office) -> ScanState:
    [file] = await office.held()
    return file.scan_state


async def test_what_is_clean_may_be_opened_and_what_was_not_scanned_may_not(office: Office) -> None:
    story = office.story
    case_id = await story.receive()
    await office.hold(is_scanned=True)
    [file] = await office.held()
    assert (file.scan_state, file.is_open) == (ScanState.PENDING, False)
    await office.claim(case_id)

    async def open_it() -> Any:
        return await story.see(
            lambda session: attachments.open_for_staff(session, story.clerk, case_id, file.id)
        )

    with pytest.raises(WrongState, match="検査が終わるまで"):
        await open_it()
    async with scanning() as scanner:
        scanner.limit = 10
        assert (await office.scan(scanner.address)).decided == 0
        with pytest.raises(WrongState):
            await open_it()
        scanner.limit = 10_000
        done = await office.scan(scanner.address)
        assert done.decided == 1
        assert (await office.scan(scanner.address, after=done.last)).last == 0
        assert len(scanner.seen) == 1
    assert (await open_it()).name == "資料.pdf"


async def test_a_virus_is_removed_and_not_taken_again(office: Office) -> None:
    story = office.story
    case_id = await story.receive()
    kept = await office.hold(VIRUS, "悪い.txt", is_scanned=True)
    [file] = await office.held()
    async with scanning() as scanner:
        await office.scan(scanner.address)
    assert await state(office) is ScanState.INFECTED
    assert not office.lies(kept)
    await office.claim(case_id)
    with pytest.raises(WrongState, match="ウイルス"):
        await story.see(
            lambda session: attachments.open_for_requester(session, story.numbers[case_id], 1, file.id)
        )
    with pytest.raises(InvalidInput, match="ウイルス"):
        await office.hold(VIRUS, "また.txt", key=OTHER, is_scanned=True)
    # What came with the second try does not stay on the disk either.
    assert office.lies(kept)
    story.at += GRACE + timedelta(minutes=1)
    await office.sweep()
    assert not office.lies(kept)
    assert await office.counts() == (0, 1, 1)


async def test_while_the_scanner_is_away_everything_waits(office: Office) -> None:
    await office.hold(is_scanned=True)
    async with scanning() as scanner:
        address = scanner.address
    with pytest.raises(ScannerAway):
        await office.scan(address)
    assert await state(office) is ScanState.PENDING


async def test_what_came_before_the_scanner_is_scanned_when_it_comes_again(office: Office) -> None:
    await office.hold()
    assert await state(office) is ScanState.NOT_ASKED
    await office.hold(is_scanned=True)
    assert await state(office) is ScanState.PENDING


async def test_a_file_that_is_missing_waits_and_holds_up_nobody(office: Office) -> None:
    lost = await office.hold(is_scanned=True)
    await office.hold(jpeg(), "写真.jpg", is_scanned=True)
    office.cabinet.discard(lost.digest)
    async with scanning() as scanner:
        assert (await office.scan(scanner.address)).decided == 1
    assert [each.scan_state for each in await office.held()] == [ScanState.PENDING, ScanState.CLEAN]
