"""Case files as somebody of a desk reads them."""

from typing import Any

from meyasubako.casework import (
    casefiles,
)
from meyasubako.casework.casefiles import (
    CaseFile,
    InboxPage,
)
from meyasubako.core.conditions import Conditions
from meyasubako.core.policy import Actor
from tests.harness.story import Story


async def inbox(story: Story, wanted: Conditions | None = None, **options: Any) -> InboxPage:
    by = options.pop("by", story.clerk)
    return await story.see(
        lambda session: casefiles.inbox(
            session, by, story.applied, wanted or Conditions(), at=story.at, **options
        )
    )


async def file_of(story: Story, case_id: int, *, by: Actor | None = None) -> CaseFile:
    return await story.see(
        lambda session: casefiles.case_file(session, by or story.clerk, story.applied, case_id, at=story.at)
    )
