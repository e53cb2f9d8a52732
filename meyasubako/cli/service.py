"""Commands beside the running service: migrate, demo, deliver."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import (
    Arguments,
    Installation,
    look_for_newer,
    settings_of_environment,
    with_installation,
)
from meyasubako.core import dates, log, places
from meyasubako.core.errors import WrongState
from meyasubako.demo.empty import holds_data
from meyasubako.edge.keyfile import draw_key, open_keys
from meyasubako.store import migrations
from meyasubako.store.database import Database


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    commands.add(
        "migrate",
        _migrate,
        "データベースを、この版の形にします",
        "何度実行しても同じです。更新のたびに、serve の前に実行します。",
    )
    demo_command = commands.add(
        "demo",
        _demo,
        "試すための窓口、職員、受付300件を入れます",
        "ほかのデータがあるときは、何もせずに断ります。",
    )
    demo_command.add_argument(
        "--password", metavar="パスワード", help="職員のパスワード。無ければ選んで表示します"
    )
    demo_command.add_argument(
        "--if-empty", action="store_true", help="データがあるときは、断らずに何もしません"
    )
    deliver = commands.add(
        "deliver", _deliver, "たまったメールを送ります", "serve が送るので、ふだんは要りません。"
    )
    deliver.add_argument("--watch", action="store_true", help="止めるまで送り続けます")


def _migrate(_: Arguments) -> int:
    settings = settings_of_environment()
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    program = migrations.newest(places.migrations_folder())

    async def ask(question: Callable[[Database], Awaitable[bool]]) -> bool:
        database = Database(settings.database)
        try:
            return await question(database)
        finally:
            await database.close()

    if asyncio.run(ask(lambda database: look_for_newer(database, program))):
        print("データベースは、この版より新しい形になっています。この版もそのまま動きます。")
        return 0
    migrations.upgrade(places.migrations_folder(), settings.database, tell=_tell)
    if not asyncio.run(ask(lambda database: database.read(holds_data))):
        draw_key(settings.secret_file)
    open_keys(settings.secret_file)
    print("データベースは、この版の形になっています。")
    return 0


def _tell(said: str) -> None:
    print(said, flush=True)


def _demo(arguments: Arguments) -> int:
    async def run(installation: Installation) -> int:
        if await installation.database.read(holds_data):
            if arguments.if_empty:
                return 0
            raise WrongState("データベースに、ほかのデータがあります。空のデータベースで試してください。")
        from meyasubako.demo import build as demo

        print("試すためのデータを入れています。")
        accounts_made = await demo.build(
            installation.database,
            installation.settings,
            installation.keys,
            password=arguments.password,
            at=dates.now(),
        )
        print(accounts_made.text())
        return 0

    return with_installation(run)


def _deliver(arguments: Arguments) -> int:
    from meyasubako import worker

    log.configure(settings_of_environment().log_level, sys.stderr)

    async def run(installation: Installation) -> int:
        if arguments.watch:
            await worker.run_until_told(installation.database, installation.settings, installation.keys)
        else:
            done = await worker.deliver_all(
                installation.database, installation.settings, installation.keys, at=dates.now()
            )
            print(
                f"送ったもの {done.sent}通、あとで送り直すもの {done.postponed}通、送れないもの {done.given_up}通"
            )
        return 0

    return with_installation(run)
