"""Mails taken in, and what is found of them afterwards."""

from typing import Any

from sqlalchemy import func, select

from tests.harness.story import Story

IN = "voice@example.lg.jp"


async def count(story: Story, table: Any) -> int:
    return await story.see(lambda session: session.scalar(select(func.count()).select_from(table)))
