"""Looking at a whole installation: nothing is found in one that is sound, and each check finds what was planted for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from meyasubako import indexing, summing, verifying
from meyasubako.casework import attachments, ledger, replies
from meyasubako.core.vocabulary import EventKind, Measure, Status
from meyasubako.edge.files import DiskCabinet
from meyasubako.store import search
from meyasubako.store.database import Database
from meyasubako.store.models import (
    Case,
    CaseTopic,
    Event,
    LedgerEntry,
    Note,
    Reply,
    SearchPart,
    Survey,
    TallySum,
)
from tests.harness.commands import Run
from tests.harness.story import BEGUN_AT, Story, open_story

ENTRY = LedgerEntry


async def busy_desk(database: Database) -> Story:
    """A desk at which something of everything happened that is counted."""
    story = await open_story(database)
    provider = await story.list_provider()
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, provider)
    await story.accept(offer_id, provider)
    await story.do(replies.reply, case_id, "回答です。", by=story.clerk)
    story.pass_time(days=40)
    await story.close(case_id)
    await story.do(replies.reopen, case_id, "続きがあるため", by=story.clerk)
    await story.triaged(title="もう1件の相談です")
    await database.write(
        lambda session: ledger.close_month(session, story.applied.id, 202607, by_id=None, at=story.at)
    )
    await story.receive()
    await indexing.index_all(database)
    await summing.sum_all(database)
    return story


def first(session: Session, column: Any, *where: Any) -> Any:
    return session.scalar(select(func.min(column)).where(*where))


def entry_of(session: Session, measure: Measure) -> int:
    return first(session, ENTRY.id, ENTRY.measure == measure)


def case_of(session: Session, measure: Measure) -> int:
    return first(session, ENTRY.case_id, ENTRY.measure == measure)


def lose_an_entry(measure: Measure) -> Callable[[Session], Any]:
    return lambda session: session.execute(delete(ENTRY).where(ENTRY.id == entry_of(session, measure)))


def change_an_entry(measure: Measure, **codes: Any) -> Callable[[Session], Any]:
    return lambda session: session.execute(
        update(ENTRY).where(ENTRY.id == entry_of(session, measure)).values(**codes)
    )


def change_a_case(**columns: Any) -> Callable[[Session], Any]:
    return lambda session: session.execute(
        update(Case).where(Case.id == first(session, Case.id)).values(**columns)
    )


def book_twice(session: Session) -> None:
    columns = [each for each in ENTRY.__table__.c if each.name != "id"]
    same = select(*columns).where(ENTRY.id == entry_of(session, Measure.CASES))
    session.execute(insert(ENTRY).from_select([each.name for each in columns], same))


def leave_a_row_alone(session: Session) -> None:
    session.execute(delete(Reply))
    session.add(Note(case_id=987654, author_id=1, author_name="-", body="-", written_at=BEGUN_AT))
    session.flush()


def allow_anything(session: Session) -> None:
    """Until the unit ends, rows may name what is not there."""
    allowing = "PRAGMA defer_foreign_keys = ON"
    if not search.on_sqlite(session):
        allowing = "SET LOCAL session_replication_role = replica"
    session.execute(text(allowing))


def tear_a_history(session: Session) -> None:
    moved = Event.kind == EventKind.TRIAGED
    session.execute(
        update(Event).where(Event.id == first(session, Event.id, moved)).values(from_status=Status.CLOSED)
    )


FAULTS: dict[str, tuple[str, Callable[[Session], Any], str]] = {
    "a row names one that is not there": (
        "表のつながり",
        leave_a_row_alone,
        "note の1行が、表 case にない行",
    ),
    "a status nobody gave": ("案件と履歴", change_a_case(status=Status.CLOSED), "履歴では「対応中」です"),
    "a case without events": (
        "案件と履歴",
        lambda session: session.execute(delete(Event).where(Event.case_id == first(session, Event.case_id))),
        "履歴がありません",
    ),
    "a history that is torn": ("案件と履歴", tear_a_history, "途中でつながっていません"),
    "a move no rule allows": ("案件と履歴", tear_a_history, "決まりにない動き（完了 → 振分済）"),
    "a purpose nobody gave": (
        "案件と履歴",
        change_a_case(purpose="tampered"),
        "内容が、最後の履歴と違います",
    ),
    "a topic nobody gave": (
        "案件と履歴",
        lambda session: session.execute(delete(CaseTopic)),
        "分野が、最後の履歴と違います",
    ),
    "a case the inbox hides": ("案件と履歴", change_a_case(is_unfinished=False), "受付箱に出るかどうか"),
    "a case merged into nothing": ("案件と履歴", change_a_case(merged_into_id=2), "統合した先"),
    **{
        f"no entry of {measure.value}": (
            "台帳と履歴",
            lose_an_entry(measure),
            f"「{measure.label}」",
        )
        for measure in (
            *(Measure.RECEIPTS, Measure.CASES, Measure.TOPICS, Measure.STATUSES, Measure.FIRST_ANSWERS),
            *(Measure.OFFERS, Measure.ACCEPTANCES, Measure.REPLIES, Measure.SURVEYS_ASKED),
        )
    },
    "counted twice": ("台帳と履歴", book_twice, "+2、台帳にはありますが"),
    "counted in another month": (
        "台帳と履歴",
        change_an_entry(Measure.CASES, effective_month=202601),
        "（2026-01、",
    ),
    "counted of another place": (
        "台帳と履歴",
        change_an_entry(Measure.REPLIES, municipality="伊勢市"),
        "「回答の数」の区分が",
    ),
    "counted under other topics": (
        "台帳と履歴",
        change_an_entry(Measure.OFFERS, topics=" tampered "),
        "「打診の数」の区分が",
    ),
    "a survey nobody counted": (
        "台帳と履歴",
        lambda session: session.execute(update(Survey).values(answered_at=BEGUN_AT)),
        "「答えのあったアンケート」",
    ),
    "a sum that is wrong": (
        "集計の合計と台帳",
        lambda session: session.execute(update(TallySum).values(number=TallySum.number + 1)),
        "台帳では",
    ),
    "a text that changed": ("検索の索引と文", change_a_case(body="別の文"), "索引の文が、いまの文と違います"),
    "a text without tokens": (
        "検索の索引と文",
        lambda session: search.remove(session, [first(session, SearchPart.id)]),
        "見出しのない文",
    ),
    "tokens without text": (
        "検索の索引と文",
        lambda session: session.execute(
            delete(SearchPart).where(SearchPart.id == first(session, SearchPart.id))
        ),
        "どの案件のものでもない行",
    ),
}


async def test_each_check_finds_what_was_planted(database: Database) -> None:
    await busy_desk(database)
    checks = dict(verifying.CHECKS)

    def plant(what: str, fault: Callable[[Session], Any]) -> Callable[[Session], list[str]]:
        def unit(session: Session) -> list[str]:
            planted = session.begin_nested()
            allow_anything(session)
            fault(session)
            found = list(checks[what](session))
            planted.rollback()
            return found

        return unit

    async def is_sound() -> bool:
        found = await database.read(lambda session: {what: list(checks[what](session)) for what in checks})
        assert not any(found.values()), found
        return True

    assert await is_sound()
    for name, (what, fault, said) in FAULTS.items():
        found = await database.write(plant(what, fault))
        assert any(said in each for each in found), (name, found)
    assert await is_sound()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_files_are_compared_with_their_rows(database: Database, run: Run, tmp_path: Path) -> None:
    story = await open_story(database)
    cabinet = DiskCabinet(tmp_path / "files")

    async def keep(content: bytes) -> Path:
        arriving = cabinet.begin()
        arriving.write(content)
        digest = cabinet.keep(arriving)
        await story.do(attachments.keep, digest=digest, size=len(content), is_scanned=False)
        return cabinet.local(digest)

    changed, lost = await keep(b"one"), await keep(b"two")
    assert (await run("verify"))[:2] == (0, "合わないところは、ありません。\n")
    changed.write_bytes(b"eno")
    lost.unlink()
    code, out, error = await run("verify")
    assert code == 1
    assert "の中身が、受け取ったときと違います。" in out
    assert "がありません。" in out
    assert "合わないところがあります（届いたファイル）。" in error


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_broken_database_file_is_told_in_a_sentence(
    database: Database, run: Run, database_url: str
) -> None:
    await busy_desk(database)
    await database.close()
    file = Path(database_url.removeprefix("sqlite:///"))
    for begins_at in (2, 0):
        spoil(file, begins_at)
        code, out, _ = await run("verify")
        assert (code, "データベースのファイルが壊れています" in out) == (1, True)


def spoil(file: Path, begins_at: int) -> None:
    """Overwrite the file from one of its thirds on."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(size * begins_at // 3)
        opened.write(b"\x5a" * 65_536)
