"""kill -9 of a move at any moment: the same command goes on, and in the end everything is there."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako import indexing
from meyasubako.casework import attachments
from meyasubako.edge.files import DiskCabinet
from meyasubako.store.database import Database
from meyasubako.store.models import Event, Receipt
from tests.harness.buckets import storing
from tests.harness.chance import chance
from tests.harness.installed import Installed
from tests.harness.postgres import PostgresServer
from tests.test_verifying import busy_desk

KILLS = 15
RECEIPTS = 300
FILES = 60


@pytest.fixture
def elsewhere(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """Two databases of the other engine that have no tables yet."""
    if engine_name == "postgresql":
        yield [f"sqlite:///{tmp_path / name}.sqlite3" for name in ("tried", "moved")]
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    yield [server.create(name) for name in ("tried", "moved")]
    for name in ("tried", "moved"):
        server.drop(name)


@pytest.mark.torture
async def test_a_move_killed_again_and_again_goes_on(
    database: Database, database_url: str, elsewhere: list[str], tmp_path: Path
) -> None:
    draw = chance("move killed", drawn=True)
    story, cabinet = await busy_desk(database), DiskCabinet(tmp_path / "data" / "files")
    for _ in range(RECEIPTS):
        await story.receive()
    for number in range(FILES):
        arriving = cabinet.begin()
        arriving.write(b"%d" % number)
        size, digest = arriving.size, cabinet.keep(arriving)
        await story.do(attachments.keep, digest=digest, size=size, is_scanned=False)
    await indexing.index_all(database)
    before = await database.read(everything)
    await database.close()

    here = Installed(tmp_path / "data", database_url)
    here.lay_key()
    tried, moved = elsewhere
    with storing() as store:
        began = time.monotonic()
        with here.running("move", "--to", tried, "--files-to", str(tmp_path / "tried")) as program:
            assert await program.ended() == 0, here.logged()[-3000:]
        longest = time.monotonic() - began
        words, kills = ("move", "--to", moved, "--files-to", store.address), 0
        while True:
            with here.running(*words) as program:
                try:
                    code = await program.ended(draw.uniform(0, longest) if kills < KILLS else 600)
                except subprocess.TimeoutExpired:
                    kills += 1
                    continue
            # Of one that was killed at its very end nothing is left to do.
            was_done = kills and "前の引っ越しが終わっていたのなら" in here.logged().splitlines()[-1]
            assert code == 0 or was_done, here.logged()[-3000:]
            break
        print(f"killed {kills} times; a whole move takes {longest:.1f} s")
        there = Installed(tmp_path / "data", moved, {"MEYASUBAKO_FILES": store.address})
        with there.running("verify") as program:
            assert await program.ended() == 0, there.logged()[-3000:]
    opened = Database(moved)
    try:
        assert await opened.read(everything) == before
    finally:
        await opened.close()


def everything(session: Session) -> list[tuple[object, ...]]:
    """What was received and what happened, as it is told apart."""
    receipts = select(Receipt.id, Receipt.number, Receipt.received_at).order_by(Receipt.id)
    events = select(Event.id, Event.case_id, Event.kind, Event.at).order_by(Event.id)
    return [tuple(row) for rows in (receipts, events) for row in session.execute(rows)]
