"""Lists taken along: whole, in pieces, on either engine, with contact data only for those who may, and recorded."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from meyasubako.casework import audit, exports
from meyasubako.casework.audit import Sought
from meyasubako.casework.exports import Wanted
from meyasubako.core import sheets
from meyasubako.core.conditions import Conditions, Scope
from meyasubako.core.errors import InvalidInput, NotAllowed
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, AuditAction, Role
from meyasubako.edge.workbook import Workbook
from meyasubako.store.database import Database
from meyasubako.store.models import AuditEntry
from tests.harness.story import ADDRESS, Story, open_story

EVERY = Conditions(scope=Scope.ALL)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def taken(story: Story, wanted: Wanted) -> list[dict[str, sheets.Cell]]:
    names = [column.name for column in exports.columns(wanted)]
    after: int | None = 0
    rows: list[dict[str, sheets.Cell]] = []
    while after is not None:
        begun = after
        piece = await story.see(
            lambda session, begun=begun: exports.piece(
                session, story.clerk, story.applied, wanted, at=story.at, after=begun
            )
        )
        rows += [dict(zip(names, row, strict=True)) for row in piece.rows]
        after = piece.after
    return rows


async def test_every_case_goes_along_whatever_the_size_of_a_piece(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PIECE", 2)
    case_ids = [await story.receive(title=f"件名{number}") for number in range(4)]
    await story.triage(case_ids[0])
    rows = await taken(story, Wanted(EVERY, has_texts=True, has_contact=True))
    assert [row["title"] for row in rows] == ["件名0", "件名1", "件名2", "件名3"]
    assert [row["status"] for row in rows] == ["振分済", "受付", "受付", "受付"]
    assert rows[0]["email"] == ADDRESS
    assert rows[0]["topics"]
    assert len(await taken(story, Wanted(replace(EVERY, number=story.numbers[case_ids[2]])))) == 1


async def test_contact_data_goes_along_only_with_those_who_may_and_each_export_is_recorded(
    story: Story,
) -> None:
    await story.receive()
    desk_id = story.applied.id
    clerk = Actor(ActorKind.STAFF, 77, "窓口", {desk_id: Role.CLERK})
    viewer = Actor(ActorKind.STAFF, 78, "閲覧", {desk_id: Role.VIEWER})
    for actor, wanted in ((clerk, Wanted(EVERY, has_contact=True)), (viewer, Wanted(EVERY))):
        with pytest.raises(NotAllowed):
            await story.do(exports.begin, story.applied, wanted, form="csv", by=actor)
    assert "email" not in {column.name for column in exports.columns(Wanted(EVERY, has_texts=True))}
    with pytest.raises(InvalidInput) as refused:
        await story.do(exports.begin, story.applied, Wanted(EVERY), form="xlsx", by=clerk, most=0)
    assert [each.field for each in refused.value.errors] == ["form"]
    await story.do(exports.begin, story.applied, Wanted(EVERY), form="csv", by=clerk)
    recorded = await story.see(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.action == AuditAction.EXPORTED)
        ).all()
    )
    assert [(each.actor_name, each.subject) for each in recorded] == [("窓口", "1件（番号と区分）")]
    admin = Actor(ActorKind.STAFF, 79, "管理", {desk_id: Role.ADMIN})
    page = await story.see(
        lambda session: audit.page(session, admin, desk_id, Sought(action=AuditAction.EXPORTED))
    )
    assert [entry.who for entry in page.entries] == ["窓口"]
    with pytest.raises(NotAllowed):
        await story.see(lambda session: audit.page(session, clerk, desk_id, Sought()))


async def test_a_look_at_contact_data_is_recorded_once_for_as_long_as_it_lasts(story: Story) -> None:
    case_id = await story.receive()
    for minutes in (0, 5, 20):
        at = story.at + audit.SAME_LOOK * minutes / 15
        await story.do(audit.note_look, case_id, by=story.clerk, at=at)
    looks = await story.see(
        lambda session: session.scalars(
            select(AuditEntry.at).where(AuditEntry.action == AuditAction.CONTACT_SEEN)
        ).all()
    )
    assert len(looks) == 2


def test_what_looks_like_a_formula_stays_text_in_both_forms(tmp_path: Path) -> None:
    column = sheets.Column("title", "件名", "書かれたままの件名")
    nasty = ["=1+1", "+81", "@x", "＝1+1", "－1", "\n=1+1", "https://example.jp/", "007", "😀𠮷"]
    text = sheets.csv_head([column]) + sheets.csv_lines([each] for each in nasty)
    assert text.startswith("\ufeff件名\r\n'=1+1\r\n'+81\r\n'@x\r\n'＝1+1\r\n'－1\r\n\"'\n=1+1\"\r\nhttps")
    book = Workbook(tmp_path / "a.xlsx", "案件", [column])
    book.add([each] for each in nasty)
    book.close()
    read = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for (cell,) in read["案件"].iter_rows()]
    assert [cell.value for cell in cells] == ["件名", *nasty]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    assert [[cell.value for cell in row] for row in read["項目の説明"].iter_rows()] == [
        ["記号", "見出し", "意味"],
        ["title", "件名", "書かれたままの件名"],
    ]
