"""Amendments over a desk file: each alone, in any order, and what is left of them when the file moves on."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.desk import (
    TOPIC,
    Amendment,
    Desk,
    Part,
    Topic,
    amended,
    as_file,
    as_plain,
    parents_of,
    parse_desk,
)
from meyasubako.core.sentences import Text
from tests.harness.shipped import shipped_desk
from tests.harness.site import MIE, TOYAMA

DESK = shipped_desk(MIE)
CODES = sorted(parents_of(DESK.topics))


@pytest.mark.parametrize("code", [MIE, TOYAMA])
def test_a_desk_written_as_a_file_is_the_same_desk(code: str) -> None:
    desk = shipped_desk(code)
    assert as_plain(parse_desk(as_file(desk), source="written")) == as_plain(desk)


def test_texts_of_every_kind_survive_being_written() -> None:
    nasty = 'a "quoted" \\ back\nslash\n"""𠮷 😀'
    desk = replace(DESK, about=Text(nasty, {"en": "It's\nfine", "ja-x-easy": "{暮|く}らし"}), hours=nasty)
    assert as_plain(parse_desk(as_file(desk), source="written")) == as_plain(desk)


def test_what_is_retired_is_not_written() -> None:
    retired, _ = amended(DESK, [Amendment(TOPIC, "life-health", Part.RETIRED, True)])
    assert "life-health" not in as_file(retired)


def test_what_changes_nothing_or_fits_nothing_any_more_is_idle() -> None:
    wanted = [
        Amendment(TOPIC, "life-health", Part.LABEL, as_plain(DESK.topic("life-health").label)),
        Amendment(TOPIC, "gone", Part.LABEL, "名前"),
        Amendment(TOPIC, "life", Part.PARENT, "life-health"),
        Amendment(TOPIC, "life-health", Part.PARENT, "gone"),
    ]
    assert amended(DESK, wanted) == (DESK, tuple(wanted))


added = st.builds(
    lambda code, parent: Amendment(
        TOPIC,
        code,
        Part.ADDED,
        {"topic": as_plain(Topic(code, f"名前{code}", "説明", ("語",))), "parent": parent},
    ),
    st.sampled_from(["new-1", "new-2"]),
    st.sampled_from(["", *CODES, "new-1", "gone"]),
)
moved = st.builds(
    lambda code, parent: Amendment(TOPIC, code, Part.PARENT, parent),
    st.sampled_from([*CODES, "new-1", "new-2"]),
    st.sampled_from(["", *CODES, "new-1", "new-2"]),
)
retired = st.builds(
    lambda code, value: Amendment(TOPIC, code, Part.RETIRED, value), st.sampled_from(CODES), st.booleans()
)


@given(st.lists(added | moved | retired, max_size=12, unique_by=lambda each: (each.code, each.part)))
def test_no_topic_is_lost_or_doubled_however_the_tree_is_changed(wanted: list[Amendment]) -> None:
    desk, idle = amended(DESK, wanted)
    codes = [topic.code for topic in desk.all_topics()]
    new = {each.code for each in wanted if each.part is Part.ADDED and each not in idle}
    assert sorted(codes) == sorted({*CODES, *new})
    # Only what has an effect has to be kept.
    assert _tree(amended(DESK, [each for each in wanted if each not in idle])[0]) == _tree(desk)


def _tree(desk: Desk) -> dict[str, tuple[str, bool]]:
    return {code: (parent, desk.topic(code).retired) for code, parent in parents_of(desk.topics).items()}
