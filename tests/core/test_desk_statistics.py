"""What a desk file says of public statistics: nothing is published that could tell of somebody."""

from dataclasses import replace

from meyasubako.core.desk import (
    PublicTable,
    StatisticsRules,
    as_file,
    differences,
    from_json,
    parse_desk,
    to_json,
)
from meyasubako.core.tabulation import Reach
from meyasubako.core.vocabulary import Dimension, Quantity
from tests.core.small_desk import SMALL, mistakes_in

SECTION = """
[public_statistics]
smallest = 5
note.ja = "届いた数です。"
note.en = "What came in."

[[public_statistics.tables]]
quantity = "receipts"
rows = "requester_group"
every = "quarter"
"""


def test_a_desk_says_what_it_publishes_and_nothing_where_it_is_silent() -> None:
    silent = parse_desk(SMALL, source="small.toml")
    assert not silent.public_statistics.enabled
    assert "public_statistics" not in as_file(silent)
    desk = parse_desk(SMALL + SECTION, source="small.toml")
    assert desk.public_statistics == StatisticsRules(
        enabled=True,
        smallest=5,
        note="届いた数です。",
        tables=(PublicTable(Quantity.RECEIPTS, Dimension.REQUESTER_GROUP, Reach.QUARTER),),
    )
    assert from_json(to_json(desk)) == desk
    assert parse_desk(as_file(desk), source="again.toml").public_statistics == desk.public_statistics
    stopped = replace(desk, public_statistics=replace(desk.public_statistics, enabled=False, tables=()))
    assert parse_desk(as_file(stopped), source="again.toml").public_statistics == stopped.public_statistics
    assert [each.code for each in differences(desk, stopped)] == [
        "public_statistics.enabled",
        "public_statistics.tables",
    ]


def test_what_could_uncover_is_refused() -> None:
    def table(quantity: str, rows: str, every: str = "month") -> str:
        return (
            f'\n[[public_statistics.tables]]\nquantity = "{quantity}"\nrows = "{rows}"\nevery = "{every}"\n'
        )

    wrong = mistakes_in(
        f"{SMALL}\n[public_statistics]\nsmallest = 2\nluck = 1\n"
        + table("receipts", "requester_group")
        + table("cases", "requester_group")
        + table("receipts", "requester_type")
        + table("replies", "channel")
        + table("cases", "topic_top", "day")
    )
    assert {each.key for each in wrong} == {
        "public_statistics.smallest",
        "public_statistics.luck",
        "public_statistics.tables[1].rows",
        "public_statistics.tables[2].rows",
        "public_statistics.tables[3].quantity",
        "public_statistics.tables[4].every",
    }
    (missing,) = mistakes_in(f"{SMALL}\n[public_statistics]\nsmallest = 3\n")
    assert missing.key == "public_statistics.tables"
