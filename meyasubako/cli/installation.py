"""The installation the environment names, opened for one command."""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from meyasubako.core import places
from meyasubako.core.codes import Keys
from meyasubako.core.errors import WrongState
from meyasubako.core.settings import Settings, read_settings
from meyasubako.edge.keyfile import open_keys
from meyasubako.store import migrations
from meyasubako.store.database import Database

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


def with_installation(work: Callable[[Installation], Awaitable[T]]) -> T:
    """Run `work` on the installation; WrongState unless its database has the shape of this version."""

    async def run() -> T:
        settings = settings_of_environment()
        database = Database(settings.database)
        try:
            await _check_migrated(database)
            return await work(Installation(settings, database, open_keys(settings.secret_file)))
        finally:
            await database.close()

    return asyncio.run(run())


async def _check_migrated(database: Database) -> None:
    has = await database.read(migrations.present)
    if has != migrations.newest(places.migrations_folder()):
        raise WrongState(
            "データベースがこの版の形になっていません。先に meyasubako migrate を実行してください。"
        )
