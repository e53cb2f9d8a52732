"""The pages are tested over SQLite; that both engines keep the same is shown where the data is."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from meyasubako.store.database import Database
from tests.harness.site import Site, add_desks, open_site


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture(scope="session")
def sqlite_template(sqlite_template: Path) -> Path:
    """A file in which the real migrations ran and both desks stand, as every site begins."""
    path = sqlite_template.with_name("with_desks.sqlite3")
    shutil.copyfile(sqlite_template, path)
    engine = create_engine(f"sqlite:///{path}")
    with Session(engine) as session, session.begin():
        add_desks(session)
    engine.dispose()
    return path


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> Site:
    """An installation with both desks, behind https."""
    return await open_site(database, tmp_path)
