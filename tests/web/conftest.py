"""The pages are tested over SQLite; that both engines keep the same is shown where the data is."""

from pathlib import Path

import pytest

from meyasubako.store.database import Database
from tests.harness.site import Site, open_site


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> Site:
    """An installation with both desks, behind https."""
    return await open_site(database, tmp_path)
