"""Brings a database to the shape this version needs, and says whether it has it."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, make_url, text
from sqlalchemy.orm import Session

from meyasubako.store.database import make_place

if TYPE_CHECKING:
    from alembic.config import Config


def _config(folder: Path, url: str = "") -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(folder: Path, url: str) -> None:
    """Run every migration in `folder` the database at `url` has not had yet. Must not be called inside a running loop."""
    from alembic import command

    make_place(make_url(url))
    command.upgrade(_config(folder, url), "head")


def newest(folder: Path) -> str:
    """The revision this version of the program needs."""
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(_config(folder)).get_current_head()
    assert head is not None, "a release without migrations was never made"
    return head


def present(session: Session) -> str | None:
    """The revision the database has; None when it was never migrated."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    return session.execute(text("SELECT version_num FROM alembic_version")).scalar()
