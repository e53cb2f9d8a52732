"""What the desk's own experience says beside a case: suggestions for triage, similar cases; and how right it has been."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import suggesting
from meyasubako.casework.casefiles import Action, CaseFile
from meyasubako.casework.suggesting import NearCase, Question, Suggestion, Suggestions, questions, thinking
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.vocabulary import RequesterType
from meyasubako.web import page


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a case. `is_due`: its text was not yet looked at, which takes a second."""

    suggestions: Suggestions = field(default_factory=dict)
    near: tuple[NearCase, ...] = ()
    is_due: bool = False

    def of(self, question: str) -> tuple[Suggestion, ...]:
        """What is suggested for a question, the likeliest first."""
        return self.suggestions.get(Question(question), ())

    def code(self, question: str, given: str | None) -> str:
        """What to choose to begin with: what is known already, or else what is suggested."""
        if given and given != RequesterType.UNKNOWN:
            return given
        first = self.of(question)[:1]
        return first[0].code if first and first[0].code != questions.NOBODY else given or ""

    def topics(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """The topics to tick to begin with."""
        return given or tuple(each.code for each in self.of("topics")[:1])

    def words(self, question: str) -> str:
        """What spoke for the first suggestion, in quotation marks."""
        first = self.of(question)[:1]
        return "".join(f"「{word}」" for word in first[0].words) if first else ""


@dataclass(frozen=True, slots=True)
class Known:
    """What experience there is beside a case. `is_asked`: it waits for triage, so that its `material` is to be thought over."""

    is_asked: bool
    material: thinking.Material | None
    near: tuple[NearCase, ...]


def known(request: Request, session: Any, applied: AppliedDesk, file: CaseFile) -> Known:
    """What the desk knows for a case, and the cases near to it."""
    is_asked = Action.TRIAGE in file.actions and not file.is_triaged
    return Known(
        is_asked,
        thinking.material(session, applied.id, file.id) if is_asked else None,
        suggesting.near_cases(session, page.actor(request), file.id),
    )


async def beside(request: Request, applied: AppliedDesk, file: CaseFile, known: Known) -> Beside:
    """What is suggested for a case that waits for triage, and the cases near to any."""
    if known.material is None:
        return Beside(near=known.near, is_due=known.is_asked)
    found = await page.slowly(request, suggesting.suggestions, applied.desk, file.kind, known.material)
    return Beside(found, known.near)


async def rightness(request: Request) -> Response:
    """How right the suggestions have been at a desk: over time, and what was taken for what."""
    applied, actor = page.desk(request), page.actor(request)

    def unit(session: Any) -> tuple[list[suggesting.Rightness], bool]:
        found = [suggesting.rightness(session, actor, applied, question) for question in Question]
        return found, suggesting.is_learning(session, applied)

    found, is_learning = await page.read(request, unit)
    return page.render(
        request,
        "staff/suggestions.html",
        title="振分けの案の確かさ",
        desk=applied,
        silent_below=applied.desk.suggestions.silent_below,
        is_learning=is_learning,
        found=[(suggesting.QUESTION_LABELS[each.question], each) for each in found if each.months],
        has_trend=any(each.first for each in found),
        beginning=suggesting.BEGINNING,
        share=_share,
    )


def _share(part: int, whole: int) -> str:
    """A share in percent, rounded half up; a dash where there is nothing to share."""
    return f"{(200 * part + whole) // (2 * whole)}%" if whole else "―"
