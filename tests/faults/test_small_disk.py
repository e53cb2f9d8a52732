"""The same on a disk that really is full, again and again, with files on their way, and programs that start on it."""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from meyasubako.edge.files.cabinet import RESERVE
from meyasubako.store.database import Database
from tests.faults.test_full_disk import live_through, mails_come, send_by_api
from tests.faults.test_kill import holds
from tests.harness.chance import chance
from tests.harness.client import Client
from tests.harness.files import jpeg
from tests.harness.installed import Installed, Program
from tests.harness.load import Load, Sending
from tests.harness.mail_server import MailServer
from tests.harness.remote import at
from tests.harness.site import MIE, Site, open_site
from tests.harness.small_disk import PLACE, SmallDisk, small_disk

ROOM = 48 * 1024 * 1024
ROUNDS, AT_ONCE = 12, 10
SMALL = 256 * 1024
PIECE = 64 * 1024

pytestmark = [
    pytest.mark.torture,
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
]


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(RESERVE + ROOM) as made:
        yield made


@pytest.fixture
def there(installed: Installed, disk: SmallDisk, tmp_path: Path) -> Installed:
    """The installation, moved to the small disk."""
    shutil.copytree(installed.data, disk.seen / "data")
    for each in tmp_path.glob("meyasubako.sqlite3*"):
        shutil.copy(each, disk.seen / "data")
    place = Path(PLACE) / "data"
    url = f"sqlite:///{place / 'meyasubako.sqlite3'}"
    return Installed(place, url, installed.settings, before=disk.inside, log=installed.log)


@pytest.fixture
async def load(site: Site, there: Installed) -> AsyncIterator[Load]:
    made = Load(site, there.address, random.Random())
    yield made
    await made.close()


@contextmanager
def full(disk: SmallDisk) -> Iterator[None]:
    disk.fill()
    try:
        yield
    finally:
        disk.free_again()


async def all_holds(
    load: Load, there: Installed, disk: SmallDisk, mail_server: MailServer, tmp_path: Path
) -> None:
    """Look at everything that lies on the disk, once nobody works on it."""
    copied = tmp_path / "copied"
    shutil.copytree(disk.seen / "data", copied)
    database = Database(f"sqlite:///{copied / 'meyasubako.sqlite3'}")
    try:
        load.site = await open_site(database, copied)
        await holds(load, mail_server, there)
    finally:
        await database.close()


async def test_a_disk_without_room(
    there: Installed, load: Load, disk: SmallDisk, mail_server: MailServer, tmp_path: Path
) -> None:
    with there.running("serve", "--port", str(there.port)) as program:
        await program.answers()
        await live_through(load, lambda: full(disk))
        await files_find_no_room(there, disk)
        await mails_come(load, mail_server)
        program.terminate()
        assert await program.ended() == 0
    await all_holds(load, there, disk, mail_server, tmp_path)


async def files_find_no_room(there: Installed, disk: SmallDisk) -> None:
    """A file that finds no room, at its beginning or in its middle, is named; what was typed beside it stays."""
    client = at(there.address)
    disk.fill(leaving=RESERVE - SMALL)
    page = await client.get(f"/desks/{MIE}/new")
    files = {"files": [("写真.jpg", jpeg())]}
    page = await client.submit(page, {"body": "書いた文"}, button="ファイルを追加", files=files, expect=503)
    assert "ファイルを保存できません" in page.text
    assert page.form(button="内容を確かめる").fields["body"] == ["書いた文"]
    disk.free_again()
    arriving = disk.seen / "data" / "files" / "arriving"
    sent = asyncio.Event()
    boundary = "-----------------------------7"

    async def body() -> AsyncIterator[bytes]:
        for name, values in page.form(button="内容を確かめる").fields.items():
            for value in values if name != "files" else []:
                yield f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        yield f'--{boundary}\r\ncontent-disposition: form-data; name="add_file"\r\n\r\nyes\r\n'.encode()
        head = 'content-disposition: form-data; name="files"; filename="a.jpg"'
        yield f"--{boundary}\r\n{head}\r\ncontent-type: image/jpeg\r\n\r\n".encode() + jpeg()[:20]
        for number in range(96):
            if number == 32:
                while not any(each.stat().st_size for each in arriving.iterdir()):
                    yield bytes(PIECE)
                    await asyncio.sleep(0.05)
                disk.fill()
                sent.set()
            yield bytes(PIECE)
        yield f"\r\n--{boundary}--\r\n".encode()

    headers = {"content-type": f"multipart/form-data; boundary={boundary}", "sec-fetch-site": "same-origin"}
    answer = await client.request("POST", f"/desks/{MIE}/new", content=body(), headers=headers, expect=503)
    assert sent.is_set()
    assert "ファイルを保存できません" in answer.text
    assert "書いた文" in answer.text
    disk.free_again()
    assert list(arriving.iterdir()) == []
    page = await client.submit(answer, button="ファイルを追加", files=files)
    assert "写真.jpg" in page.text
    await client.__aexit__(None, None, None)


async def send_many(load: Load, sendings: list[Sending]) -> None:
    """Send all of these at once; each is either received or told to come again."""

    async def one(sending: Sending) -> None:
        sending.is_sent = True
        answer = await send_by_api(sending.client, sending, expect=None)
        assert answer.status in {httpx.codes.CREATED, httpx.codes.SERVICE_UNAVAILABLE}, answer.response.text
        sending.told = sending.told or answer.status == httpx.codes.CREATED

    async with asyncio.TaskGroup() as group:
        for each in sendings:
            group.create_task(one(each))


async def begin(there: Installed) -> Program | None:
    """Start where there may be no room to start; None if it said so and ended."""
    program = there.serve()
    try:
        await program.answers()
    except AssertionError:
        assert not program.is_running
        assert program.process.returncode == 1, there.logged()[-3000:]
        return None
    return program


async def test_a_disk_with_hardly_any_room_again_and_again(
    there: Installed, load: Load, disk: SmallDisk, mail_server: MailServer, tmp_path: Path
) -> None:
    draw = load.draw = chance("small disk", drawn=True)
    client: Client = at(there.address)
    program = await begin(there)
    assert program, there.logged()[-3000:]
    refused = failed_starts = 0
    for number in range(ROUNDS):
        disk.fill(leaving=draw.choice([0, draw.randrange(SMALL), draw.randrange(8 * SMALL)]))
        fresh = [Sending(f"s{number}x{each}", client) for each in range(AT_ONCE)]
        load.sendings += fresh
        await send_many(load, fresh)
        refused += sum(not each.told for each in fresh)
        if draw.random() < 0.3:
            program.kill()
            again = await begin(there)
            failed_starts += again is None
            disk.free_again()
            program = again or await begin(there)
            assert program, there.logged()[-3000:]
        disk.free_again()
        await send_many(load, load.unsure)
        assert load.unsure == []
        print(
            f"{number + 1} times full, {refused} refused and sent again, {failed_starts} failed starts",
            flush=True,
        )
    program.terminate()
    assert await program.ended() == 0
    await client.__aexit__(None, None, None)
    await all_holds(load, there, disk, mail_server, tmp_path)
