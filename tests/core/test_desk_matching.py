"""What a desk file says of looking for somebody to ask: what counts how much."""

import json
from dataclasses import replace

from meyasubako.core.desk import as_file, from_json, merge, parse_desk, to_json
from meyasubako.core.fitting import Weights
from tests.core.small_desk import SMALL, mistakes_in


def test_weights_are_the_usual_ones_unless_the_file_names_them() -> None:
    assert parse_desk(SMALL, source="small.toml").matching == Weights()
    desk = parse_desk(f"{SMALL}\n[matching]\ntopic = 0\nturns = 9\n", source="small.toml")
    assert desk.matching == replace(Weights(), topic=0, turns=9)
    assert from_json(to_json(desk)) == desk
    assert parse_desk(as_file(desk), source="again.toml").matching == desk.matching


def test_a_desk_stored_before_has_the_usual_ones_and_changes_are_told() -> None:
    desk = parse_desk(f"{SMALL}\n[matching]\ntopic = 0\n", source="small.toml")
    stored = json.loads(to_json(desk))
    del stored["matching"]
    before = from_json(json.dumps(stored))
    assert before.matching == Weights()
    _, changes = merge(before, desk, used=lambda *_: False)
    assert {each.code for each in changes} == {"matching.topic"}


def test_what_is_no_weight_is_named() -> None:
    wrong = mistakes_in(f"{SMALL}\n[matching]\ntopic = 11\nluck = 3\n")
    assert {each.key for each in wrong} == {"matching.topic", "matching.luck"}
