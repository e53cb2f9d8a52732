"""Examining an installation: nothing is wrong with one that is well, and each fault is found and said with what to do."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from meyasubako import examining
from meyasubako.app import create_app, prepare
from meyasubako.core import dates, places
from meyasubako.core.settings import Clamd, Settings, Smtp
from meyasubako.core.vocabulary import Role
from meyasubako.edge import trust
from meyasubako.edge.keyfile import draw_key, open_keys
from meyasubako.examining import Grade
from meyasubako.store import migrations
from meyasubako.store.database import Database
from tests.harness import certificates
from tests.harness.commands import Run
from tests.harness.mail_server import MailServer
from tests.harness.server import address_of, listening_socket, serving
from tests.harness.shipped import shipped_desk
from tests.harness.site import MIE, TOYAMA, open_site, settings_for
from tests.harness.story import open_story

NOBODY = 9
"""A port nothing listens on."""


@pytest.fixture
async def settings(database: Database, mail_server: MailServer, tmp_path: Path) -> AsyncIterator[Settings]:
    """Of an installation that runs, with its desks and an administrator of each."""
    site = await open_site(database, tmp_path)
    await site.signed_in("sato", {MIE: Role.ADMIN, TOYAMA: Role.ADMIN})
    listener = listening_socket()
    found = settings_for(tmp_path, public_url=address_of(listener), smtp=mail_server.url)
    found.data.chmod(0o700)
    draw_key(found.secret_file)
    app = create_app(found, database, open_keys(found.secret_file))
    await prepare(app)
    async with serving(app, listener):
        yield found


async def findings(database: Database, settings: Settings, **later: float) -> dict[str, tuple[Grade, str]]:
    """What was found, but for what is fine."""
    program = migrations.newest(places.migrations_folder())
    at = dates.now() + timedelta(**later)
    found = [each async for each in examining.examine(database, settings, program=program, at=at, patience=2)]
    return {each.what: (each.grade, each.says) for each in found if each.grade is not Grade.FINE}


async def test_one_that_is_well_has_only_advice(database: Database, settings: Settings) -> None:
    found = await findings(database, settings)
    assert {what: grade for what, (grade, _) in found.items()} == {
        "公開アドレス": Grade.ADVICE,
        "控え": Grade.ADVICE,
    }


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_each_fault_is_found(database: Database, settings: Settings, tmp_path: Path) -> None:
    settings.secret_file.chmod(0o644)
    backups = tmp_path / "backups"
    backups.mkdir()
    ill = replace(
        settings,
        public_url=f"http://desk.example.jp:{NOBODY}",
        smtp=Smtp("127.0.0.1", NOBODY, "plain", None, None),
        clamd=Clamd("127.0.0.1", NOBODY, None),
        backup=backups,
    )
    story = await open_story(database, desk=replace(shipped_desk(MIE), code="third"))
    await story.receive()
    found = await findings(database, ill, days=-400)
    assert {what for what, (grade, _) in found.items() if grade is Grade.TROUBLE} == {
        "公開アドレス",
        "鍵",
        "時計",
        "メールサーバー",
        "ウイルスの検査",
        "控え",
        "公開アドレスの画面",
    }
    for what in ("メールサーバー", "ウイルスの検査", "控え"):
        assert "Error" not in found[what][1]
    assert "待っているものがありません" in found["メールサーバー"][1]
    assert (
        found["鍵"][1]
        == f"{settings.secret_file} をほかの利用者が読めます。chmod 600 {settings.secret_file} で直してください。"
    )
    assert "窓口" not in found
    assert found["職員"][0] is Grade.ADVICE
    late = await findings(database, settings, days=400)
    assert "サーバーが答えているか" in late["送るもの"][1]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_database_somebody_holds_for_long_is_found(
    database: Database, database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meyasubako.store.database.BUSY_SECONDS", 0.1)
    path = make_url(database_url).database or ""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = await findings(database, settings)
    assert "書き込めません" in found["書き込み"][1]
    assert "データベース" not in found


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_server_that_only_reads_is_found(
    database: Database, database_url: str, settings: Settings
) -> None:
    setting = f'ALTER DATABASE "{make_url(database_url).database}" {{}} default_transaction_read_only'
    await database.write(lambda session: session.execute(text(f"{setting.format('SET')} = on")))
    reading = Database(database_url)
    try:
        found = await findings(reading, settings)
    finally:
        await reading.close()
        await database.write(lambda session: session.execute(text(setting.format("RESET"))))
    assert "書き込めません" in found["書き込み"][1]
    assert "データベース" not in found


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("password", "name", "reason"),
    [
        ("wrong", None, "利用者の名前かパスワードが違うか"),
        (None, "nowhere", "その名前のデータベースがありません"),
    ],
)
async def test_a_server_that_lets_nobody_in_is_found(
    database_url: str,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    password: str | None,
    name: str | None,
    reason: str,
) -> None:
    wrong = make_url(database_url).set(password=password, database=name)
    wrong_url = wrong.render_as_string(hide_password=False)
    closed = Database(wrong_url)
    try:
        found = await findings(closed, settings_for(tmp_path, public_url=f"http://127.0.0.1:{NOBODY}"))
    finally:
        await closed.close()
    says = f"データベース {wrong.render_as_string(hide_password=True)} が使えません。{reason}"
    assert found["データベース"][1].startswith(says)
    monkeypatch.setenv("MEYASUBAKO_DATABASE", wrong_url)
    for command in (["migrate"], ["staff", "list"], ["serve"], ["move", "--to", wrong_url]):
        code, _, complaint = await run(*command)
        assert (code, complaint[: len(says) + 12]) == (1, f"meyasubako: {says}"), command


async def test_certificates_of_the_office_are_believed(tmp_path: Path) -> None:
    with certificates.certificate(tmp_path) as certificate:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            writer.close()

        proxy = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=certificate)
        async with proxy:
            address = f"https://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
            believed = await examining.look_at_front("画面", address, patience=2)
            with pytest.MonkeyPatch.context() as environment:
                environment.delenv("SSL_CERT_FILE")
                trust.authorities.cache_clear()
                refused = await examining.look_at_front("画面", address, patience=2)
    assert believed.grade is Grade.FINE
    assert "証明書を確かめられません" in refused.says


async def test_many_cases_nobody_finds_yet_are_said(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "MANY_UNSEARCHABLE", 0)
    story = await open_story(database, desk=replace(shipped_desk(MIE), code="third"))
    await story.receive()
    found = await findings(database, settings)
    assert found["検索の準備"][1].startswith("1件の案件が、まだ今の文で見つかりません。")


async def test_an_empty_database_is_said_to_be_one(empty_database_url: str, tmp_path: Path) -> None:
    empty = Database(empty_database_url)
    try:
        found = await findings(
            empty, settings_for(tmp_path / "data", public_url=f"http://127.0.0.1:{NOBODY}")
        )
    finally:
        await empty.close()
    assert "meyasubako migrate" in found["データベース"][1]
    assert "がありません。はじめて動かすときは、meyasubako migrate が作ります。" in found["鍵"][1]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_command_ends_with_whether_something_is_wrong(run: Run) -> None:
    code, said, complaint = await run("doctor")
    assert (code, complaint) == (1, "直すところがあります。\n")
    assert "【直してください】窓口：窓口がありません。" in said
