"""The directory as a file: what is written is read back as it was, what is wrong is refused by row, nothing is taken in half."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.casework import directory
from meyasubako.casework.directory import Entry, Fate, Listed, ProviderKind
from meyasubako.core import sheets
from meyasubako.core.errors import InvalidInput, NotAllowed, WrongState
from meyasubako.core.vocabulary import AuditAction, MeetingWay, Role, Spoken
from meyasubako.edge import tables
from meyasubako.edge.tables import Row
from meyasubako.edge.workbook import Workbook
from meyasubako.store.database import Database
from meyasubako.store.models import AuditEntry
from tests.harness.shipped import shipped_desk
from tests.harness.story import MIE, Story, open_story

DESK = shipped_desk(MIE)
TODAY = date(2026, 7, 3)
ENTRY = Entry(ProviderKind.ADVISER, "見本 花子", "サンプル大学 教授", topics=("industry-data",), capacity=2)
WORDS = st.text(st.characters(codec="utf-8"), max_size=40)
CODES = {
    "topics": [topic.code for topic in DESK.all_topics()],
    "purposes": [each.code for each in DESK.purposes],
    "areas": [code for code, _ in directory.areas_of(DESK)],
    "ways": list(MeetingWay),
    "languages": list(Spoken),
}


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Anything the form takes."""
    spans = draw(st.lists(st.tuples(st.dates(date(2020, 1, 1)), st.integers(0, 99)), max_size=3))
    form = {
        "kind": [draw(st.sampled_from(list(ProviderKind))).value],
        "name": [draw(WORDS)],
        "position": [draw(WORDS)],
        "profile": [draw(WORDS)],
        "sells": [draw(WORDS)],
        "avoids": [draw(WORDS)],
        "capacity": [draw(st.sampled_from(["", "0", "3", "99"]))],
        "absences": [str(first) for first, _ in spans],
        "email": [draw(st.sampled_from(["", "a@example.jp"]))],
        "is_active": [draw(st.sampled_from(["", "yes"]))],
        **{name: draw(st.lists(st.sampled_from(codes), max_size=3)) for name, codes in CODES.items()},
        "sold_topics": draw(st.lists(st.sampled_from(CODES["topics"]), max_size=3)),
    }
    try:
        return directory.check(DESK, form, today=TODAY)
    except InvalidInput:
        return replace(ENTRY, name=f"{ENTRY.name}{draw(st.integers(0, 99))}")


def as_csv(listed: Sequence[Listed]) -> tuple[Row, ...]:
    table = directory.Table(DESK)
    written = sheets.csv_head(directory.COLUMNS) + sheets.csv_lines_to_edit(map(table.row, listed))
    return read(written.encode())


def as_excel(listed: Sequence[Listed], path: Path) -> tuple[Row, ...]:
    book = Workbook(path, "名簿", directory.COLUMNS)
    book.add(map(directory.Table(DESK).row, listed))
    book.close()
    return read(path.read_bytes())


def read(content: bytes, name: str = "directory.csv") -> tuple[Row, ...]:
    return tables.read(io.BytesIO(content), len(content), name)


def rows(text: str) -> tuple[Row, ...]:
    return read(text.encode())


@settings(max_examples=60, deadline=None)
@given(st.lists(entries(), max_size=4))
def test_any_directory_taken_along_and_in_again_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, found: list[Entry]
) -> None:
    listed = [Listed(number, 1, entry) for number, entry in enumerate(found, start=1)]
    excel = as_excel(listed, tmp_path_factory.mktemp("book") / "directory.xlsx")
    for lines in (as_csv(listed), excel):
        plan = directory.plan(DESK, listed, lines, today=TODAY)
        assert {row.fate for row in plan.rows} <= {Fate.UNCHANGED}
        assert len(plan.rows) == len(listed)


@given(WORDS)
def test_no_text_is_taken_for_a_formula_and_none_is_lost(text: str) -> None:
    assert sheets.undefused(sheets.escaped(text)) == text
    assert not sheets.escaped(text).startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


def test_what_changes_is_told_field_by_field() -> None:
    listed = [Listed(7, 1, ENTRY), Listed(8, 1, replace(ENTRY, name="見本 次郎"))]
    lines = rows(
        "番号,種類,名前,肩書きなど,分野,月の上限\n"
        "7,アドバイザー,見本 花子,サンプル研究所,ICT/データ活用；防災対策の推進,3\n"
        ",アドバイザー,見本 次郎,サンプル大学 教授,ICT/データ活用,2\n"
        ",パートナー,サンプル株式会社,,,\n"
    )
    plan = directory.plan(DESK, listed, lines, today=TODAY)
    assert [(row.number, row.fate, row.told) for row in plan.rows] == [
        (
            2,
            Fate.CHANGED,
            (
                "肩書きなど：「サンプル大学 教授」 → 「サンプル研究所」",
                "分野：「ICT/データ活用」 → 「ICT/データ活用、防災対策の推進」",
                "月の上限：「2件」 → 「3件」",
            ),
        ),
        (3, Fate.UNCHANGED, ()),
        (4, Fate.NEW, ("種類：パートナー", "名前：サンプル株式会社", "打診の候補：候補にする")),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("99,アドバイザー,見本,", "番号99は、この窓口の名簿にありません。"),
        (",市長,見本,", "種類：アドバイザー、パートナー、支援機関のどれかを書いてください。"),
        (",アドバイザー,,", "名前：名前を書いてください。"),
        (",アドバイザー,見本,宇宙", "分野：「宇宙」は、一覧にありません。"),
        (",アドバイザー,見本,,あふれた", "見出しのない列に、何か書かれています。"),
        ("7,,,\n7,アドバイザー,見本,", "同じ人の行が、上にもあります。"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(line: str, why: str) -> None:
    plan = directory.plan(DESK, [Listed(7, 1, ENTRY)], rows(f"番号,種類,名前,分野\n{line}\n"), today=TODAY)
    assert (plan.rows[-1].fate, plan.rows[-1].told) == (Fate.REFUSED, (why,))


@pytest.mark.parametrize("text", ["名前,電話\n見本,1\n", "名前,名前\n", "肩書きなど\n"])
def test_what_is_no_directory_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(InvalidInput):
        directory.plan(DESK, [], rows(text), today=TODAY)


async def test_all_is_taken_in_at_once_and_on_record(story: Story) -> None:
    first = await story.do(directory.add, story.applied.id, ENTRY, by=story.clerk)
    lines = rows(
        f"番号,種類,名前,月の上限\n{first},アドバイザー,見本 花子,5\n,パートナー,サンプル株式会社,\n,,,\n,,だれか,\n"
    )
    listed = await story.see(lambda session: directory.entries(session, story.applied.id))
    seen = directory.fingerprint(listed)
    done = await story.do(directory.carry_out, story.applied, lines, seen=seen, by=story.clerk)
    assert [row.fate for row in done.rows] == [Fate.CHANGED, Fate.NEW, Fate.REFUSED]
    now = await story.see(lambda session: directory.entries(session, story.applied.id))
    assert [(each.entry.name, each.entry.capacity) for each in now] == [
        ("見本 花子", 5),
        ("サンプル株式会社", None),
    ]
    # Pressed twice, or changed by somebody else meanwhile.
    with pytest.raises(WrongState):
        await story.do(directory.carry_out, story.applied, lines, seen=seen, by=story.clerk)
    clerk = replace(story.clerk, roles={story.applied.id: Role.CLERK})
    with pytest.raises(NotAllowed):
        await story.do(directory.carry_out, story.applied, lines, seen=seen, by=clerk)
    told = await story.see(
        lambda session: [
            each.subject
            for each in session.query(AuditEntry)
            .filter_by(action=AuditAction.DIRECTORY_KEPT)
            .order_by(AuditEntry.id)
        ]
    )
    assert told[1:] == [
        "見本 花子：改めた",
        "サンプル株式会社：加えた",
        "ファイルから取り入れた（新しい1、変わった1）",
    ]
