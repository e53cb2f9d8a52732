"""The command that examines an installation and says what is wrong."""

import asyncio
import sys

from meyasubako import examining
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, settings_of_environment
from meyasubako.core import dates, places
from meyasubako.examining import Finding, Grade
from meyasubako.store import migrations
from meyasubako.store.database import Database


def add(commands: Commands) -> None:
    """Add the command of this module."""
    commands.add(
        "doctor",
        _doctor,
        "設定と、まわりの機械とのつながりを調べ、おかしいところを文で示します",
        "データは何も変えません。動いている間も使えます。サービスと同じ利用者で実行してください。"
        "直すところがあれば、終わりの値は 1 です。データの中身は verify で確かめます。",
    )


def _doctor(_: Arguments) -> int:
    settings = settings_of_environment()
    program = migrations.newest(places.migrations_folder())

    async def run() -> set[Grade]:
        database = Database(settings.database, pool_size=1, read_url=settings.database_read)
        grades = set()
        try:
            async for finding in examining.examine(database, settings, program=program, at=dates.now()):
                _tell(finding)
                grades.add(finding.grade)
        finally:
            await database.close()
        return grades

    found = asyncio.run(run())
    if Grade.TROUBLE in found:
        print("直すところがあります。", file=sys.stderr)
        return 1
    print("直すところはありません。")
    return 0


def _tell(finding: Finding) -> None:
    mark = "" if finding.grade is Grade.FINE else f"【{finding.grade.value}】"
    says = f"：{finding.says}" if finding.says else "：よし"
    print(f"{mark}{finding.what}{says}", flush=True)
