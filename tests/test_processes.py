"""Several processes of one service: real copies of a real process, killed as an operator or the system would kill them."""

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from meyasubako.cli import main
from tests.harness.server import address_of, listening_socket

# Two that live until they are told to stop or their parent is gone, and say who they are.
LIVING = r"""
    import os, signal, sys
    from meyasubako.cli import processes

    def live(lifeline, ready):
        os.write(1, f"{os.getpid()}\n".encode())
        ready()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        os.read(lifeline, 1)
        return 0

    tasks = [processes.Task("one", live), processes.Task("other", live)]
    said = lambda word: lambda: print(word, flush=True)
    sys.exit(processes.keep(tasks, all_ready=said("ready"), stopping=said("stopping")))
"""
FAILING = LIVING.replace("(lifeline, ready):", "(lifeline, ready):\n        raise SystemExit(3)")


@asynccontextmanager
async def running(program: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(process: asyncio.subprocess.Process, count: int) -> list[str]:
    assert process.stdout
    return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


def is_running(pid: int) -> bool:
    """A process that ended and was not asked after yet does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_who_dies_is_begun_again_and_all_stop_together() -> None:
    async with running(LIVING) as process:
        begun = await said(process, 3)
        assert begun[-1] == "ready"
        first, other = (int(each) for each in begun[:2])
        os.kill(first, signal.SIGKILL)
        again = int((await said(process, 1))[0])
        assert again not in {first, other}
        process.terminate()
        assert await said(process, 1) == ["stopping"]
        assert await process.wait() == 0
        assert [pid for pid in (other, again) if is_running(pid)] == []


async def test_nobody_outlives_the_process_that_began_them() -> None:
    async with running(LIVING) as process:
        begun = [int(each) for each in (await said(process, 3))[:2]]
        process.kill()
        await until(lambda: not any(is_running(pid) for pid in begun))


async def test_where_one_cannot_begin_all_are_stopped() -> None:
    async with running(FAILING) as process:
        assert await process.wait() == 1
        assert process.stdout
        assert (await process.stdout.read()).decode() == "stopping\n"


@pytest.mark.full
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_service_of_two_processes_goes_on_without_one(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEYASUBAKO_DATA", str(tmp_path))
    monkeypatch.setenv("MEYASUBAKO_DATABASE", database_url)
    assert await asyncio.to_thread(main, ["migrate"]) == 0
    with listening_socket() as listener:
        address = address_of(listener)
    with listening_socket() as listener:
        shown_at = address_of(listener)
    port, metrics = (each.removeprefix("http://") for each in (address.rpartition(":")[2], shown_at))
    arguments = ("serve", "--processes", "2", "--no-deliver", "--port", port, "--metrics", metrics)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "meyasubako.cli", *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert address in (await said(process, 1))[0]
        first, *_ = children(process.pid)
        os.kill(first, signal.SIGKILL)

        await until(lambda: len(found := children(process.pid)) == 3 and first not in found)
        # Connections the dead one had not taken yet wait for the one that follows it.
        for _ in range(8):
            async with httpx.AsyncClient(base_url=address, timeout=60) as client:
                assert (await client.get("/readyz")).status_code == 200
                assert (await client.get("/metrics")).status_code == 404
        async with httpx.AsyncClient() as client:
            shown = (await client.get(f"{shown_at}/metrics")).text
        assert 'meyasubako_requests_total{method="GET",route="/readyz",status="200"} 8.0' in shown
        assert "meyasubako_database_up 1.0" in shown
        refused = await asyncio.to_thread(main, list(arguments))
        assert refused == 1
        process.terminate()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def children(pid: int) -> list[int]:
    return [
        int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    ]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
