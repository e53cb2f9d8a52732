"""Brings a database to the shape this version needs, and says whether a program of this version can work with it.

A database may be newer than the program: what only adds (a migration of the phase "expand") leaves older versions working,
and what takes away (the phase "contract") says since which version a program can do without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import exc, inspect, make_url, text
from sqlalchemy.orm import Session

from meyasubako.core.errors import Unavailable, WrongState
from meyasubako.store.database import is_away, make_place, name_of, not_usable

if TYPE_CHECKING:
    from alembic.config import Config

NAME: Final = "meyasubako "
"""What the connections of a program are called, followed by its newest migration: so a later one sees who is at work."""

# Not to be had in time, or each waiting for what the other holds.
_LOCKED: Final = frozenset({"55P03", "40P01"})
_SQLITE_BUSY: Final = frozenset({5, 6})


@dataclass(frozen=True, slots=True)
class Shape:
    """The revision a database has, and the oldest version of the program that can work with it; "" is any."""

    revision: str
    works_since: str

    def fits(self, program: str) -> bool:
        """Whether a program whose newest migration is `program` can work with it."""
        return self.works_since <= program <= self.revision


def _config(folder: Path, url: str = "", tell: Callable[[str], None] | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["url"] = url
    config.attributes["tell"] = tell
    return config


def upgrade(folder: Path, url: str, *, tell: Callable[[str], None] | None = None) -> None:
    """Run every migration in `folder` the database at `url` has not had yet. Must not be called inside a running loop.

    `tell` hears what is waited for. Raises WrongState when the tables stay in use or an older version is still at work with
    what would go, Unavailable when the database does not answer; what was done until then stays, and the next try goes on.
    """
    from alembic import command

    make_place(make_url(url))
    try:
        command.upgrade(_config(folder, url, tell), "head")
    except Exception as error:
        if is_in_use(error):
            raise WrongState(
                "表が使われていて、形を変えられませんでした。データはそのままです。"
                "長くかかる仕事（書き出しや控え）が終わってから、もう一度 meyasubako migrate を実行してください。"
            ) from error
        if is_away(error, writing=True):
            raise Unavailable(
                f"{not_usable(name_of(url), error)}途中までのことは残り、こわれてはいません。"
                "もう一度 meyasubako migrate を実行すると、続きから行います。"
            ) from error
        raise


def calls_itself(program: str) -> str:
    """What the connections of a program whose newest migration is `program` are called."""
    return f"{NAME}{program}"


def newest(folder: Path) -> str:
    """The revision this version of the program needs."""
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(_config(folder)).get_current_head()
    assert head is not None, "a release without migrations was never made"
    return head


def present(session: Session) -> Shape | None:
    """The shape the database has; None when it was never migrated."""
    found = inspect(session.connection())
    if not found.has_table("alembic_version"):
        return None
    columns = {column["name"] for column in found.get_columns("alembic_version")}
    oldest = "works_since" if "works_since" in columns else "NULL"
    row = session.execute(text(f"SELECT version_num, {oldest} FROM alembic_version")).one_or_none()  # noqa: S608
    return None if row is None else Shape(row[0], row[1] or "")


def is_in_use(error: BaseException) -> bool:
    """Whether somebody else held what a migration wanted to change."""
    if not isinstance(error, exc.DBAPIError):
        return False
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    is_locked = code is not None and code & 0xFF in _SQLITE_BUSY
    return is_locked or getattr(error.orig, "sqlstate", None) in _LOCKED
