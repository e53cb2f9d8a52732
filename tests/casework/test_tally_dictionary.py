"""The data dictionary tells every figure and every way to divide it, in the desk's words and in its files alike."""

import csv
import io
import json

import pytest

from meyasubako.casework import tallies
from meyasubako.core.vocabulary import TIMES, Dimension, Quantity
from tests.casework.tally_desk import MIE


def test_every_quantity_and_dimension_is_told() -> None:
    found = tallies.dictionary(MIE)
    assert [each.quantity for each in found.quantities] == list(Quantity)
    assert [each.dimension for each in found.dimensions] == list(Dimension)
    by_code = {each.quantity: each for each in found.quantities}
    assert by_code[Quantity.CASES].label == MIE.tally_labels.cases
    assert by_code[Quantity.RECEIPTS].opens == "receipts"
    assert (by_code[Quantity.HELPFUL_SHARE].unit, by_code[Quantity.HELPFUL_SHARE].adds_up) == ("％", False)


@pytest.mark.parametrize("quantity", Quantity)
def test_what_the_dictionary_offers_can_be_asked(quantity: Quantity) -> None:
    [entry] = [each for each in tallies.dictionary(MIE).quantities if each.quantity is quantity]
    for dimension in entry.by:
        tallies.Question((quantity,), 202205, 202205, dimension).check()
    assert set(entry.by) >= TIMES


def test_the_files_say_what_the_page_says() -> None:
    found = tallies.dictionary(MIE)
    lines = list(csv.DictReader(io.StringIO(tallies.dictionary_csv(found).removeprefix("\ufeff"))))
    data = json.loads(tallies.dictionary_json(found))
    assert [line["code"] for line in lines if line["entry"] == "quantity"] == list(Quantity)
    assert [each["label"] for each in data["quantities"]] == [each.label for each in found.quantities]
    [topics] = [each for each in data["dimensions"] if each["code"] == "topic"]
    of_topic = [line for line in lines if line["entry"] == "row" and line["of"] == "topic"]
    assert [(row["code"], row["parent"] or "") for row in topics["rows"]] == [
        (line["code"], line["parent"]) for line in of_topic
    ]
