"""The virus scanner: what it says is believed, and nothing is taken for clean that it did not say so of."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from meyasubako.core.settings import Clamd
from meyasubako.edge.scanner import ScannerAway, Verdict, scan
from tests.harness.clamd import VIRUS, scanning

PATIENCE = 30.0


CONTENT = b"harmless " * 40_000


@pytest.fixture
def file() -> BinaryIO:
    return BytesIO(CONTENT)


@pytest.fixture
def infected() -> BinaryIO:
    return BytesIO(CONTENT + VIRUS)


async def test_a_harmless_file_is_clean_and_was_seen_whole(file: BinaryIO) -> None:
    async with scanning() as scanner:
        assert await scan(file, clamd=scanner.address, patience=PATIENCE) is Verdict.CLEAN
        assert scanner.seen == [CONTENT]


async def test_a_virus_anywhere_in_it_is_found(infected: BinaryIO) -> None:
    async with scanning() as scanner:
        assert await scan(infected, clamd=scanner.address, patience=PATIENCE) is Verdict.INFECTED


async def test_over_a_socket_of_this_machine(file: BinaryIO) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # The path of a socket must be short.
        async with scanning(Clamd("", 0, Path(folder) / "clamd.ctl")) as scanner:
            assert await scan(file, clamd=scanner.address, patience=PATIENCE) is Verdict.CLEAN


async def test_what_is_too_large_for_it_is_not_clean(file: BinaryIO) -> None:
    async with scanning() as scanner:
        scanner.limit = 100_000
        assert await scan(file, clamd=scanner.address, patience=PATIENCE) is Verdict.UNDECIDED


async def test_no_answer_is_no_verdict(file: BinaryIO, tmp_path: Path) -> None:
    async with scanning() as scanner:
        scanner.is_mute = True
        with pytest.raises(ScannerAway, match="TimeoutError"):
            await scan(file, clamd=scanner.address, patience=0.3)
        address = scanner.address
    with pytest.raises(ScannerAway, match="ConnectionRefusedError"):
        await scan(file, clamd=address, patience=PATIENCE)
    with pytest.raises(ScannerAway, match="FileNotFoundError"):
        await scan(file, clamd=Clamd("", 0, tmp_path / "nowhere"), patience=PATIENCE)
