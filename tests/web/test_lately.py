"""Figures may come from a second server; whoever has just written something reads where it was written."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.orm import Session

from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from tests.harness.site import MIE, Site, open_site

T = TypeVar("T")


class Followed(Database):
    """A database that counts how often its second server would have been asked."""

    asked = 0

    async def look_back(self, unit: Callable[[Session], T]) -> T:
        self.asked += 1
        return await super().look_back(unit)


@pytest.fixture
async def followed(database_url: str) -> AsyncIterator[Followed]:
    database = Followed(database_url)
    yield database
    await database.close()


async def test_whoever_wrote_something_lately_reads_it_where_it_was_written(
    followed: Followed, tmp_path: Path
) -> None:
    site: Site = await open_site(followed, tmp_path)
    figures = f"/staff/desks/{MIE}/tallies"
    clerk = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    await clerk.get(figures)
    await clerk.get(f"{figures}/forms/monthly/files/csv")
    assert followed.asked == 2
    page = await clerk.get("/staff/account")
    await clerk.submit(page, button="キーボードの設定を改める")
    assert clerk.cookies["__Host-lately"] == "1"
    await clerk.get(figures)
    assert followed.asked == 2
    clerk.cookies.delete("__Host-lately")
    await clerk.get(figures)
    assert followed.asked == 3
