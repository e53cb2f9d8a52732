"""What a desk file says of asking several candidates: whether the next is asked by itself."""

from meyasubako.core.desk import as_file, from_json, parse_desk, to_json
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


def test_what_is_no_rule_is_named() -> None:
    wrong = mistakes_in(f'{SMALL}\n[offering]\nnext_after_expiry = "yes"\nluck = 3\n')
    assert {each.key for each in wrong} == {"offering.next_after_expiry", "offering.luck"}
