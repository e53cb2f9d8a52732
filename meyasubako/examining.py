"""Examines an installation for its operator: what is wrong is said in a sentence each, with what to do about it.

It changes no data, and asks what stands around the service (mail server, virus scanner, the public address) as the service does.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from stat import S_IMODE
from typing import Final

import httpx
from sqlalchemy.orm import Session

from meyasubako.casework import accounts, desks, standing
from meyasubako.core import dates, reasons
from meyasubako.core.errors import DeskError, Unavailable
from meyasubako.core.numbers import things
from meyasubako.core.settings import Clamd, Settings
from meyasubako.core.vocabulary import Role
from meyasubako.edge import mailer, trust
from meyasubako.edge.backups import Shelf
from meyasubako.edge.files import RESERVE, open_cabinet
from meyasubako.edge.keyfile import open_keys
from meyasubako.edge.mail_in import Mailbox, MailboxAway
from meyasubako.store import migrations
from meyasubako.store.database import Database
from meyasubako.store.size import size
from meyasubako.store.writable import is_writable

PATIENCE: Final = 5.0
"""Seconds to wait for whatever stands around the service."""

LATE_MAIL: Final = timedelta(minutes=10)
OLD_BACKUP: Final = timedelta(hours=48)
MANY_UNSEARCHABLE: Final = 1_000
CLOCKS_APART: Final = timedelta(seconds=30)
LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
GIGABYTE: Final = 1024**3
MEGABYTE: Final = 1024**2

NO_KEY: Final = (
    "鍵のファイル {} がありません。はじめて動かすときは、meyasubako migrate が作ります。"
    "前から動かしているなら、控えてある鍵を戻してください。"
)
REFUSED: Final = "断られました。利用者の名前、パスワード、フォルダの名前を確かめてください"
ENGINES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Grade(StrEnum):
    """How bad a finding is. TROUBLE must be mended; ADVICE can be left for a reason."""

    FINE = "よし"
    ADVICE = "確かめてください"
    TROUBLE = "直してください"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look came to."""

    what: str
    grade: Grade
    says: str = ""


def fine(what: str, says: str = "") -> Finding:
    """Nothing is wrong."""
    return Finding(what, Grade.FINE, says)


def advice(what: str, says: str) -> Finding:
    """Something unusual, which may be meant so."""
    return Finding(what, Grade.ADVICE, says)


def trouble(what: str, says: str) -> Finding:
    """Something is wrong."""
    return Finding(what, Grade.TROUBLE, says)


async def examine(
    database: Database, settings: Settings, *, program: str, at: datetime, patience: float = PATIENCE
) -> AsyncIterator[Finding]:
    """Look at everything, one thing after the other. `program` is the newest migration of this version."""
    for finding in (*_settings(settings), *_places(settings)):
        yield finding
    async for finding in _database(database, program, at):
        yield finding
    if settings.data.is_dir():
        yield await asyncio.to_thread(_files, settings)
    yield await _mail_server(settings, patience)
    if settings.imap:
        yield await asyncio.to_thread(_mailbox, settings, patience)
    if settings.clamd:
        yield await _scanner(settings.clamd, patience)
    yield _backups(settings, at)
    yield await look_at_front("公開アドレスの画面", settings.public_url, patience=patience)
    if settings.staff_url != settings.public_url:
        yield await look_at_front("職員のアドレスの画面", settings.staff_url, patience=patience)


def _settings(settings: Settings) -> Iterator[Finding]:
    what = "公開アドレス"
    if settings.is_https:
        yield fine(what, settings.public_url)
        if not settings.trusted_proxies:
            yield advice(
                "代理サーバー",
                "MEYASUBAKO_TRUSTED_PROXIES がありません。前に代理サーバーを置いているなら、すべての人が1つの接続元に見え、"
                "送信の制限にかかります。代理サーバーのアドレスを書いてください。",
            )
    elif settings.host in LOCAL:
        yield advice(
            what,
            f"{settings.public_url} は、この機械からしか開けません。本番では MEYASUBAKO_PUBLIC_URL を書いてください。",
        )
    else:
        yield trouble(
            what,
            f"{settings.public_url} は暗号化されていません。前に TLS の代理サーバーを置き、https:// で書いてください。",
        )


def _places(settings: Settings) -> Iterator[Finding]:
    yield _private("データのフォルダ", settings.data, 0o700)
    try:
        open_keys(settings.secret_file)
    except DeskError as error:
        says = error.message if settings.secret_file.exists() else NO_KEY.format(settings.secret_file)
        yield trouble("鍵", says)
    else:
        yield _private("鍵", settings.secret_file, 0o600)
    if settings.data.is_dir():
        usage = shutil.disk_usage(settings.data)
        room = f"空きは {usage.free / GIGABYTE:.1f}GB です"
        if usage.free < RESERVE:
            yield trouble("ディスク", f"{room}。ファイルを受け取れません。空きを作ってください。")
        elif usage.free < max(GIGABYTE, usage.total // 20):
            yield advice("ディスク", f"{room}。早めに空きを作ってください。")
        else:
            yield fine("ディスク", room)


def _private(what: str, path: Path, mode: int) -> Finding:
    try:
        found = path.stat()
    except OSError as error:
        return trouble(what, f"{path} を見られません（{reasons.of_file(error)}）。")
    if S_IMODE(found.st_mode) & 0o077:
        return trouble(what, f"{path} をほかの利用者が読めます。chmod {mode:o} {path} で直してください。")
    return fine(what)


async def _database(database: Database, program: str, at: datetime) -> AsyncIterator[Finding]:
    what = "データベース"
    try:
        shape = await database.read(migrations.present)
        if shape is None or shape.revision < program:
            yield trouble(what, "この版の形になっていません。meyasubako migrate を実行してください。")
            return
        if not shape.fits(program):
            yield trouble(what, "この版より新しい形になっています。新しい版を入れてください。")
            return
        held = await database.read(size)
        yield fine(what, f"{ENGINES[database.engine_name]}、{held / MEGABYTE:,.1f}MB")
        yield await _writing(database)
        for look in (_clock, _desks, _deliveries, _search):
            for finding in await database.read(lambda session, look=look: look(session, at)):
                yield finding
    except Unavailable as away:
        yield trouble(
            what,
            f"{away.reason or away.message}データベースが動いているか、MEYASUBAKO_DATABASE が正しいかを確かめてください。",
        )


async def _writing(database: Database) -> Finding:
    what = "書き込み"
    with suppress(Unavailable):
        if await database.write(is_writable):
            return fine(what)
    return trouble(
        what,
        "データベースを読めますが、書き込めません。いまは、だれも送れません。SQLite では、ファイルとフォルダの権限と、"
        "ほかのプログラムが長く使っていないかを、PostgreSQL では、予備のサーバーを指していないかを確かめてください。",
    )


def _clock(session: Session, at: datetime) -> list[Finding]:
    """A clock that was set back puts what comes now before what is there: months and deadlines would be wrong."""
    newest = standing.newest_record(session)
    if newest and newest - at > CLOCKS_APART:
        return [
            trouble(
                "時計",
                f"この機械の時計が、いちばん新しい受付（{dates.wareki(dates.japan_day(newest))}）より遅れています。"
                "時刻合わせ（NTP）を確かめてください。",
            )
        ]
    return [fine("時計")]


def _desks(session: Session, _: datetime) -> list[Finding]:
    found = desks.every(session)
    if not found:
        return [trouble("窓口", "窓口がありません。meyasubako desks apply で作ってください。")]
    admins = [
        each.roles
        for each in accounts.list_staff(session)
        if each.is_active and Role.ADMIN in each.roles.values()
    ]
    without = [each for each in found if not any(roles.get(each.id) is Role.ADMIN for roles in admins)]
    return [
        advice("職員", f"窓口「{each.desk.name}」に、動いている管理者の職員がいません。") for each in without
    ] or [fine("窓口", things(len(found)))]


def _deliveries(session: Session, at: datetime) -> list[Finding]:
    messages = standing.look(session, at=at).messages
    what = "送るもの"
    if messages.oldest_seconds > LATE_MAIL.total_seconds():
        return [
            trouble(
                what,
                f"{messages.waiting:,}通が待っていて、いちばん古いものは{messages.oldest_seconds / 60:.0f}分前に送るはずでした。"
                "serve（または deliver --watch）が動いているか、メールサーバーが答えているかを確かめてください。",
            )
        ]
    if messages.given_up:
        return [
            advice(
                what,
                f"この1日に、{messages.given_up:,}通を送れませんでした。受付箱の「メールを確かめる」で、宛先を確かめてください。",
            )
        ]
    return [fine(what, f"{messages.waiting:,}通が待っています")]


def _search(session: Session, _: datetime) -> list[Finding]:
    waiting = standing.unsearchable(session)
    what = "検索の準備"
    if waiting > MANY_UNSEARCHABLE:
        return [
            advice(
                what,
                f"{waiting:,}件の案件が、まだ今の文で見つかりません。serve（または deliver --watch）が動いていれば、"
                "少しずつ減ります。減らないときは、記録（ログ）を確かめてください。",
            )
        ]
    return [fine(what, f"{waiting:,}件が待っています")]


def _files(settings: Settings) -> Finding:
    what = "ファイルの置き場所"
    cabinet = open_cabinet(settings)
    try:
        arriving = cabinet.begin()
        arriving.discard()
        next(cabinet.digests(0), None)
    except OSError as error:
        return trouble(
            what, f"使えません（{reasons.of_file(error)}）。置き場所と、その権限を確かめてください。"
        )
    return fine(what)


async def _mail_server(settings: Settings, patience: float) -> Finding:
    what = "メールサーバー"
    if settings.smtp is None:
        return advice(
            what,
            f"MEYASUBAKO_SMTP がないので、メールは送られず {settings.data / 'mail'} に置かれます。",
        )
    if reason := await mailer.reach(settings.smtp, settings.mail_from, patience=patience):
        return trouble(
            what,
            f"{settings.smtp.host}:{settings.smtp.port} に渡せません（{reason}）。メールは、答えるようになるまで待ちます。",
        )
    return fine(what)


def _mailbox(settings: Settings, patience: float) -> Finding:
    what = "郵便受け"
    assert settings.imap
    try:
        Mailbox(settings.imap, patience=patience).leave()
    except MailboxAway as error:
        reason = reasons.in_words(error, otherwise=REFUSED)
        return trouble(
            what,
            f"{settings.imap.host} を開けません（{reason}）。メールは、開けるようになるまで入ってきません。",
        )
    return fine(what)


async def _scanner(clamd: Clamd, patience: float) -> Finding:
    what = "ウイルスの検査"
    try:
        async with asyncio.timeout(patience):
            if clamd.socket:
                _, writer = await asyncio.open_unix_connection(clamd.socket)
            else:
                _, writer = await asyncio.open_connection(clamd.host, clamd.port)
    except (OSError, TimeoutError) as error:
        return trouble(
            what, f"clamd が答えません（{reasons.in_words(error)}）。届いたファイルは検査待ちのままです。"
        )
    writer.close()
    return fine(what)


def _backups(settings: Settings, at: datetime) -> Finding:
    what = "控え"
    if settings.backup is None:
        return advice(
            what, "MEYASUBAKO_BACKUP がないので、確かめられません。毎日 meyasubako backup をとってください。"
        )
    found = Shelf(settings.backup).all()
    if not found:
        return trouble(what, f"{settings.backup} に控えがありません。meyasubako backup をとってください。")
    newest = max(each.made_at for each in found)
    hours = (at - newest) / timedelta(hours=1)
    if at - newest > OLD_BACKUP:
        return trouble(
            what,
            f"いちばん新しい控えが{hours:,.0f}時間前のものです。毎晩の控えが動いているかを確かめてください。",
        )
    return fine(what, f"いちばん新しいものは{hours:,.0f}時間前")


async def look_at_front(what: str, address: str, *, patience: float) -> Finding:
    """Open the service as people do."""
    try:
        async with httpx.AsyncClient(timeout=patience, verify=trust.authorities()) as client:
            answer = await client.get(f"{address}/readyz")
    except httpx.HTTPError as error:
        return trouble(
            what,
            f"{address} が開けません（{reasons.in_words(error)}）。serve と代理サーバー、名前（DNS）と証明書を確かめてください。",
        )
    if answer.status_code != httpx.codes.OK:
        return trouble(what, f"{address} が {answer.status_code} を返します。")
    return fine(what)
