"""What was learned follows cases that are divided, put together, merged and taken back, on either engine."""

from collections import Counter

import pytest

from meyasubako import learning
from meyasubako.casework import joining, triage
from meyasubako.casework.suggesting import learning as lessons
from meyasubako.core.vocabulary import CaseKind, RequesterType, Status
from meyasubako.insight import terms
from meyasubako.store.database import Database
from meyasubako.store.models import Case, CaseTerms
from tests.casework.joining_desk import BODY, BOTH, split
from tests.harness.story import Story, open_story
from tests.test_learning import sums

HEALTH, OTHER = BOTH.topic_leaves()[0].code, BOTH.topic_leaves()[-1].code


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database, desk=BOTH)


async def receive(story: Story, body: str = BODY) -> int:
    return await story.receive(title="お願い", body=body, kind=CaseKind.SUGGESTION, purpose="idea", topics=())


async def decide(story: Story, case_id: int, topic: str) -> None:
    decision = triage.Decision(RequesterType.RESIDENT, "idea", (topic,), None)
    await story.do(triage.triage, story.applied.desk, case_id, decision, by=story.clerk)


async def learned(story: Story) -> Counter[tuple[str, str, str]]:
    """What is learned once nothing is due; it is what the decisions that stand teach, and a new process finds it so."""
    await learning.learn_all(story.database)
    total, differences = await learning.verify(story.database)
    assert differences == ()
    kept = await sums(story)
    assert kept.get(("", "topics", ""), 0) == total
    return Counter(kept)


async def taught(story: Story, text: str, topic: str, title: str = "お願い") -> Counter[tuple[str, str, str]]:
    """What one text with this topic teaches."""
    answers = {"topics": [topic], "purpose": ["idea"], "requester_type": ["resident"], "division": ["-"]}
    found = lessons.sums(story.applied.id, answers, terms.weights(terms.terms(title, text)))
    return Counter({(term, question, label): weight for (_, term, question, label), weight in found.items()})


async def test_what_is_divided_and_put_together_teaches_what_it_taught_before(story: Story) -> None:
    case_id = await receive(story)
    await decide(story, case_id, HEALTH)
    before = await learned(story)
    assert before == await taught(story, BODY, HEALTH)

    [part] = await split(story, case_id, 2)
    divided = await learned(story)
    own = await story.see(lambda session: session.get_one(Case, case_id))
    assert divided == await taught(story, own.body, HEALTH, own.title)
    assert await story.see(lambda session: session.get(CaseTerms, part)) is not None

    await decide(story, part, OTHER)
    further = await story.see(lambda session: session.get_one(Case, part))
    assert await learned(story) == divided + await taught(story, further.body, OTHER, further.title)
    await story.do(joining.unsplit, case_id, by=story.clerk)
    # What was confirmed of the part stays confirmed; the whole teaches as a whole again.
    assert await learned(story) == before + await taught(story, further.body, OTHER, further.title)


async def test_what_is_merged_and_taken_out_again_teaches_once(story: Story) -> None:
    main, other = await receive(story), await receive(story, "バスの便を増やしてください。")
    await decide(story, main, HEALTH)
    await decide(story, other, OTHER)
    before = await learned(story)
    await story.do(joining.merge, other, main, by=story.clerk)
    assert await story.see(lambda session: session.get_one(Case, other).status) is Status.MERGED
    assert await learned(story) == before
    await story.do(joining.unmerge, other, "別のことでした", by=story.clerk)
    assert await learned(story) == before
    await decide(story, other, HEALTH)
    corrected = await taught(story, "バスの便を増やしてください。", HEALTH)
    assert await learned(story) == await taught(story, BODY, HEALTH) + corrected
    await learning.rebuild(story.database)
    assert await learned(story) == await taught(story, BODY, HEALTH) + corrected
