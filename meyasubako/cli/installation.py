"""The installation the environment names, opened for one command."""

import argparse
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import uvloop

from meyasubako.core import places
from meyasubako.core.codes import Keys
from meyasubako.core.errors import WrongState
from meyasubako.core.settings import Settings, read_settings
from meyasubako.edge.keyfile import open_keys
from meyasubako.store import copying, migrations
from meyasubako.store.database import Database
from meyasubako.store.postgres import ANSWER_SECONDS

Arguments = argparse.Namespace
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Installation:
    """What a command works on."""

    settings: Settings
    database: Database
    keys: Keys


def settings_of_environment() -> Settings:
    """The settings, read from the environment. Raises WrongSetting."""
    return read_settings(os.environ)


def names_public_url() -> bool:
    """Whether the environment says where people open the service."""
    return bool(os.environ.get("MEYASUBAKO_PUBLIC_URL"))


def with_installation(
    work: Callable[[Installation], Awaitable[T]], *, answer_seconds: float | None = ANSWER_SECONDS
) -> T:
    """Run `work` on the installation; WrongState unless a program of this version can work with its database.

    `answer_seconds` is how long PostgreSQL may take over one question; None is any time.
    """

    async def run() -> T:
        settings = settings_of_environment()
        program = migrations.newest(places.migrations_folder())
        database = Database(
            settings.database,
            name=migrations.calls_itself(program),
            read_url=settings.database_read,
            answer_seconds=answer_seconds,
        )
        try:
            await _check_migrated(database, program)
            return await work(Installation(settings, database, open_keys(settings.secret_file)))
        finally:
            await database.close()

    return uvloop.run(run())


async def look_for_newer(database: Database, program: str) -> bool:
    """Whether the database is newer than a program whose newest migration is `program`, which can work with it.

    Raises WrongState when it has left this version behind.
    """
    shape = await database.read(migrations.present)
    if shape is None or shape.revision <= program:
        return False
    if not shape.fits(program):
        raise WrongState(
            "データベースが、この版より新しい形になっています。この版では動かせません。新しい版を入れてください。"
        )
    return True


async def _check_migrated(database: Database, program: str) -> None:
    shape = await database.read(migrations.present)
    if shape is None or shape.revision < program:
        raise WrongState(
            "データベースがこの版の形になっていません。先に meyasubako migrate を実行してください。"
        )
    await look_for_newer(database, program)
    if source := await database.read(copying.moving_from):
        raise WrongState(
            f"このデータベースには、{source} からの引っ越しの途中のデータがあります。"
            "meyasubako move をもう一度実行して、終わらせてください。"
        )
