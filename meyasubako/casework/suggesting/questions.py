"""What is asked of a case at triage, which answers a desk offers, and what their descriptions say before anything was learned."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from meyasubako.core.desk import Desk
from meyasubako.core.vocabulary import CaseKind, Priority
from meyasubako.insight import terms


class Question(StrEnum):
    """A decision of triage that suggestions are made for. The values are kept in the tables and never change."""

    REQUESTER_TYPE = "requester_type"
    PURPOSE = "purpose"
    TOPICS = "topics"
    DIVISION = "division"
    PRIORITY = "priority"


QUESTION_LABELS: Final[Mapping[Question, str]] = {
    Question.REQUESTER_TYPE: "だれから",
    Question.PURPOSE: "内容の種類",
    Question.TOPICS: "分野",
    Question.DIVISION: "担当課",
    Question.PRIORITY: "優先度",
}

NOBODY: Final = "-"
"""The answer that no division was named. No code looks like it."""

Hints = Mapping[str, Mapping[str, int]]


def labels(desk: Desk, question: Question, kind: CaseKind | None = None) -> tuple[str, ...]:
    """The answers a desk offers to a question now, by their codes."""
    match question:
        case Question.REQUESTER_TYPE:
            return tuple(each.code.value for each in desk.open_requester_types)
        case Question.PURPOSE:
            return tuple(each.code for each in desk.open_purposes(kind))
        case Question.TOPICS:
            return tuple(each.code for each in desk.topic_leaves())
        case Question.DIVISION:
            divisions = tuple(each.code for each in desk.open_divisions)
            return (*divisions, NOBODY) if divisions else ()
        case Question.PRIORITY:
            return tuple(each.value for each in Priority) if desk.priorities.enabled else ()


def label_of(desk: Desk, question: Question, code: str) -> str:
    """An answer as people read it."""
    try:
        match question:
            case Question.REQUESTER_TYPE:
                return next(str(each.label) for each in desk.requester_types if each.code == code)
            case Question.PURPOSE:
                return str(desk.purpose(code).short_label)
            case Question.TOPICS:
                return str(desk.topic(code).label)
            case Question.DIVISION:
                return "決めない" if code == NOBODY else desk.division(code).label
            case Question.PRIORITY:
                return Priority(code).label
    except (KeyError, StopIteration):
        return "不明" if question is Question.REQUESTER_TYPE else code


@lru_cache(maxsize=64)
def hints(desk: Desk, question: Question) -> Hints:
    """What the desk file says of each answer, as terms. Takes words apart: not for inside a unit."""
    match question:
        case Question.REQUESTER_TYPE:
            said = {each.code.value: str(each.label) for each in desk.open_requester_types}
        case Question.PURPOSE:
            said = {
                each.code: "\n".join([each.label, each.description, *each.keywords])
                for each in desk.open_purposes()
            }
        case Question.TOPICS:
            said = {
                each.code: "\n".join([each.label, each.description, *each.keywords])
                for each in desk.topic_leaves()
            }
        case Question.DIVISION:
            topics = {each.code: "\n".join([each.label, *each.keywords]) for each in desk.all_topics()}
            said = {
                each.code: "\n".join([each.label, *(topics[code] for code in each.topics if code in topics)])
                for each in desk.open_divisions
            }
        case Question.PRIORITY:
            rules = desk.priorities
            said = {
                Priority.HIGH.value: "\n".join(rules.high_keywords),
                Priority.LOW.value: "\n".join(rules.low_keywords),
            }
    return {code: terms.weights(terms.terms("", text)) for code, text in said.items()}
