"""Conditions read back from an address and from JSON as they were, and nonsense in an address means nothing."""

import json
from datetime import date
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.conditions import ME, NAMES, NOBODY, Answered, Conditions, Due, Queue, Scope
from meyasubako.core.text import clean_line
from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    Language,
    Outcome,
    Priority,
    RequesterType,
    Status,
    Word,
)

DAYS = st.none() | st.dates()
CODES = st.lists(st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True), unique=True, max_size=4).map(tuple)
PEOPLE = st.lists(st.integers(1, 999_999_999).map(str), unique=True, max_size=3).map(tuple)
TEXTS = st.text(max_size=40).map(lambda typed: clean_line(typed.strip()))


def several(words: type[Word]) -> st.SearchStrategy[tuple[Word, ...]]:
    return st.sets(st.sampled_from(list(words))).map(
        lambda chosen: tuple(each for each in words if each in chosen)
    )


EVERY = st.builds(
    Conditions,
    scope=st.sampled_from(Scope),
    queue=st.none() | st.sampled_from(Queue),
    statuses=several(Status),
    kinds=several(CaseKind),
    requester_types=several(RequesterType),
    purposes=CODES,
    topics=CODES,
    channels=several(Channel),
    languages=several(Language),
    divisions=CODES,
    assignees=PEOPLE.map(lambda people: (ME, NOBODY, *people)) | PEOPLE,
    received_from=DAYS,
    received_to=DAYS,
    due=st.none() | st.sampled_from(Due),
    due_from=DAYS,
    due_to=DAYS,
    answered=st.none() | st.sampled_from(Answered),
    priorities=several(Priority),
    outcomes=several(Outcome),
    number=TEXTS,
    text=TEXTS,
)


@given(EVERY)
def test_conditions_read_back_as_they_were(wanted: Conditions) -> None:
    assert Conditions.read(wanted.pairs()) == wanted
    assert Conditions.read(parse_qsl(wanted.query().removeprefix("?"))) == wanted
    assert Conditions.from_json(json.loads(json.dumps(wanted.to_json()))) == wanted


def test_nothing_asked_for_is_nothing_written() -> None:
    assert Conditions().query() == ""
    assert Conditions().to_json() == {}
    assert not Conditions(scope=Scope.ALL).is_narrow
    assert Conditions(due=Due.THIS_WEEK).query(("sort", "due"), ("older", "")) == "?due=this-week&sort=due"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("queue", "all"),
        ("status", "gone"),
        ("assignee", "-1"),
        ("assignee", "１"),
        ("assignee", "9" * 30),
        ("received_from", "2026-02-30"),
        ("due", "someday"),
        ("purpose", "x" * 99),
        ("text", "　"),
        ("unknown", "1"),
    ],
)
def test_what_means_nothing_is_left_out(name: str, value: str) -> None:
    assert Conditions.read([(name, value)]) == Conditions()


def test_every_condition_has_a_name_of_its_own() -> None:
    assert set(NAMES) == set(Conditions.__dataclass_fields__)
    assert len(set(NAMES.values())) == len(NAMES)
    read = Conditions.read([("received_from", "2026-04-01"), ("assignee", "7"), ("assignee", "me")])
    assert (read.received_from, read.assignees) == (date(2026, 4, 1), ("me", "7"))
