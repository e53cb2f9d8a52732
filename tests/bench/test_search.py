"""What search finds equals a full scan, on both engines; whatever is typed, something comes of it."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, event, select
from sqlalchemy.orm import Session

from meyasubako.casework import searching
from meyasubako.casework.searching import Part, index, parts
from meyasubako.core import dates
from meyasubako.core.desk import Desk
from meyasubako.core.policy import SYSTEM
from meyasubako.insight.normal import align, normalise
from meyasubako.store import search
from meyasubako.store.database import Database
from meyasubako.store.models import Case, SearchPart
from tests.bench.search import Scan, compare, load, made_up, sampled
from tests.harness.shipped import shipped_desk
from tests.harness.story import BEGUN_AT, MIE, open_story

ALPHABET = "防災申し込みかがｶﾞー-－−〜~ 　\n\tAａéß①㍿髙葛\U000e0100゙\u200b。「」\"'\\&|!()*:<>^%_\ue000\U0010ff22😀👨\u200d👩"
TODAY = dates.japan_day(BEGUN_AT)


async def test_hits_equal_a_full_scan_and_other_spellings(database: Database) -> None:
    story = await open_story(database)
    documents = made_up(120, wanted=9)
    await load([(database, story.applied.id)], documents)
    words = [*sampled(documents, 60), "申込み", "引越", "子ども", "サーバ", "wi-fi"]
    compared = await compare(database, story.clerk, story.applied, Scan(documents, first=1), words)
    assert compared.differing == ()
    assert compared.other_spellings > 0


async def test_every_part_of_any_text_is_found(database: Database) -> None:
    """The same texts on both engines, with every sign either of them knows."""
    story = await open_story(database)
    chance = Random(7)
    texts = ["".join(chance.choices(ALPHABET, k=chance.randint(1, 30))) for _ in range(60)]

    def unit(session: Session) -> None:
        for number, text in enumerate(texts, 1):
            _index(session, number, text)
        for number, text in enumerate(texts, 1):
            for _ in range(4):
                literal = _part_of(text, chance)
                assert not literal or number in _found(session, literal), (literal, text)

    await story.database.write(unit)


@pytest.fixture(scope="module")
def session(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A migrated database for many small examples."""
    path = tmp_path_factory.mktemp("search") / "search.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    with Session(engine) as opened:
        yield opened
        opened.rollback()
    engine.dispose()


@pytest.fixture(scope="module")
def desk() -> Desk:
    return shipped_desk(MIE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(st.sampled_from(ALPHABET) | st.characters(codec="utf-8"), max_size=60), st.randoms())
def test_every_part_of_whatever_is_written_is_found(session: Session, text: str, chance: Random) -> None:
    _index(session, 1, text)
    for _ in range(5):
        literal = _part_of(text, chance)
        assert not literal or _found(session, literal) == {1}
    search.remove(session, [parts.row_id(1, Part.BODY, 0)])
    session.execute(delete(SearchPart))


SIGNS = st.sampled_from(
    [
        "防災",
        "申込み",
        "件名:",
        "受付：",
        "状態:受付",
        "担当:",
        "除く",
        "または",
        "OR",
        " ",
        "　",
        "-",
        "「",
        "」",
        '"',
        ":",
        "..",
        "先月",
        "9",
        "M7K-4TX-9PA",
        "\x00",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(SIGNS | st.text(max_size=8), max_size=12).map("".join))
def test_nothing_typed_ever_fails(session: Session, desk: Desk, typed: str) -> None:
    asked = searching.read(typed, desk, today=TODAY)
    assert asked.is_empty or asked.terms or asked.node is not None
    wanted = searching.condition(asked, actor=SYSTEM, desk_id=1)
    assert session.scalars(select(Case.id).where(wanted)).all() == []


def _index(session: Session, case_id: int, text: str) -> None:
    """Index a text as the body of a case."""
    due = index.Due(case_id, None, {Part.BODY: [text]})
    for row in index.make(due).made:
        session.add(SearchPart(id=row.id, text=row.text, words=row.words))
        session.flush()
        search.add(session, [row.tokens])


def _part_of(text: str, chance: Random) -> str:
    """One to six letters of a text, as they are looked for."""
    aligned = align(text)
    bounds = sorted({0, len(text), *aligned.starts, *aligned.ends})
    start = chance.randrange(len(bounds))
    end = min(len(bounds) - 1, start + chance.randint(1, 6))
    return normalise(text[bounds[start] : bounds[end]])


def _found(session: Session, literal: str) -> set[int]:
    asked = searching.Asked(literal, searching.Term(literal))
    condition = searching.condition(asked, actor=SYSTEM, desk_id=1)
    # The cases themselves are not there: what is asked is the index alone.
    return set(session.scalars(condition.right.element))  # type: ignore[attr-defined]
