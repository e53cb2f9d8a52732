"""Runs commands of the service inside a test, on the database of the test."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from meyasubako.cli import main

Run = Callable[..., Awaitable[tuple[int, str, str]]]


def commands(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; its exit code, what it said, and what it complained of."""

    async def run(*words: str) -> tuple[int, str, str]:
        # A command runs a loop of its own, which the thread of this test already has.
        code = await asyncio.to_thread(main, words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
