"""What a desk file says of asking several candidates: whether the next is asked by itself."""

from meyasubako.core.desk import as_file, from_json, merge, parse_desk, to_json
from meyasubako.core.desk.offering import OfferRules
from meyasubako.core.vocabulary import OfferState
from tests.core.small_desk import SMALL, mistakes_in


def test_the_next_is_asked_by_itself_unless_the_file_says_otherwise() -> None:
    usual = parse_desk(SMALL, source="small.toml").offering
    assert [usual.goes_on_after(each) for each in OfferState] == [
        each in {OfferState.TURNED_DOWN, OfferState.EXPIRED} for each in OfferState
    ]
    desk = parse_desk(f"{SMALL}\n[offering]\nnext_after_expiry = false\n", source="small.toml")
    assert desk.offering == OfferRules(next_after_expiry=False)
    assert from_json(to_json(desk)) == desk
    assert parse_desk(as_file(desk), source="again.toml").offering == desk.offering


def test_reasons_for_turning_down_are_kept_while_they_are_used() -> None:
    reasons = '\n[[turn_down_reasons]]\ncode = "busy"\nlabel = "手がいっぱい"\n'
    desk = parse_desk(SMALL + reasons, source="small.toml")
    assert [each.label for each in desk.turn_down_reasons] == ["手がいっぱい"]
    assert from_json(to_json(desk)) == desk
    assert parse_desk(as_file(desk), source="again.toml").turn_down_reasons == desk.turn_down_reasons
    without = parse_desk(SMALL, source="small.toml")
    for is_used in (True, False):
        merged, changes = merge(desk, without, used=lambda _category, _code, is_used=is_used: is_used)
        assert [each.retired for each in merged.turn_down_reasons] == [True] * is_used
        assert {each.kind for each in changes} == {"retired" if is_used else "removed"}


def test_what_is_no_rule_is_named() -> None:
    wrong = mistakes_in(f'{SMALL}\n[offering]\nnext_after_expiry = "yes"\nluck = 3\n')
    assert {each.key for each in wrong} == {"offering.next_after_expiry", "offering.luck"}
