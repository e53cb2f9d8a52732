"""How much memory many files at once cost: a real server in a process of its own, read from the system's own count."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from meyasubako.cli import main
from tests.harness.files import pdf
from tests.harness.server import address_of, listening_socket
from tests.harness.site import DESK_FILES, TOYAMA

FILES = 5
FILE_BYTES = 10 * 1024 * 1024
MOST_GROWTH = 50 * 1024
PIECE = b"%" * 65_536


@asynccontextmanager
async def server(data: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, int]]:
    """Its address and the number of its process."""
    monkeypatch.setenv("MEYASUBAKO_DATA", str(data))
    monkeypatch.setenv("MEYASUBAKO_SUBMISSIONS_PER_HOUR", "1000")
    # A command runs a loop of its own, which the thread of this test already has.
    assert await asyncio.to_thread(main, ["migrate"]) == 0
    assert await asyncio.to_thread(main, ["desks", "apply", str(DESK_FILES / f"{TOYAMA}.toml")]) == 0
    with listening_socket() as listener:
        address = address_of(listener)
    command = (sys.executable, "-m", "meyasubako.cli", "serve", "--port", address.rpartition(":")[2])
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout
        await process.stdout.readline()
        yield address, process.pid
    finally:
        process.terminate()
        await process.wait()
        # A gigabyte is not kept for looking at it afterwards.
        shutil.rmtree(data)


def memory(pid: int, name: str) -> int:
    """What the system says of a process, in kilobytes: VmRSS now, VmHWM at most so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1])


async def body(token: str, number: int) -> AsyncIterator[bytes]:
    """A form with five files, each a little different, as it comes over a line."""
    texts = {"csrf_token": token, "form_key": f"key-{number}", "add_file": "yes"}
    for name, value in texts.items():
        yield f'--B\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for each in range(FILES):
        yield f'--B\r\ncontent-disposition: form-data; name="files"; filename="{each}.pdf"\r\n\r\n'.encode()
        start, end = f"%PDF-1.7 {number} {each}\n".encode(), pdf()[-6:]
        left = FILE_BYTES - len(start) - len(end)
        yield start
        while left:
            yield PIECE[:left]
            left -= min(left, len(PIECE))
        yield end + b"\r\n"
    yield b"--B--\r\n"


async def send(address: str, number: int) -> int:
    """One person; returns how many files their form then holds."""
    async with httpx.AsyncClient(base_url=address, timeout=600) as client:
        page = await client.get(f"/desks/{TOYAMA}/new")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token
        headers = {"content-type": "multipart/form-data; boundary=B", "sec-fetch-site": "same-origin"}
        answer = await client.post(f"/desks/{TOYAMA}/new", content=body(token[1], number), headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.text.count('name="remove_file"')


@pytest.mark.parametrize("people", [3, pytest.param(20, marks=pytest.mark.full)])
async def test_many_large_files_at_once_cost_little_memory(
    people: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("MEYASUBAKO_")]:
        monkeypatch.delenv(name)
    async with server(tmp_path / "var", monkeypatch) as (address, pid):
        await asyncio.gather(*(send_nothing(address) for _ in range(people)))
        before = memory(pid, "VmRSS")
        held = await asyncio.gather(*(send(address, number) for number in range(people)))
        grown = memory(pid, "VmHWM") - before
    assert held == [FILES] * people
    assert grown < MOST_GROWTH, f"{grown} kB"


async def send_nothing(address: str) -> None:
    """Whatever is loaded once is loaded."""
    async with httpx.AsyncClient(base_url=address) as client:
        assert (await client.get(f"/desks/{TOYAMA}/new")).status_code == 200
