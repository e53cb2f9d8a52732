"""Receipt numbers, passcodes and tokens: readable over the telephone, checked, derived and never alike."""

import math

from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core import codes
from meyasubako.core.codes import ALPHABET, NUMBER_LENGTH, PASSCODE_LENGTH, Keys, TokenPurpose

KEYS = Keys(b"one key of thirty-two bytes.....")
OTHER = Keys(b"another key of thirty-two bytes.")
numbers = st.text(ALPHABET, min_size=NUMBER_LENGTH - 1, max_size=NUMBER_LENGTH - 1).map(
    lambda body: body + codes.check_character(body)
)


def test_no_symbol_looks_like_another() -> None:
    for alike in ("0O", "1IL", "2Z", "5S", "8B", "UV"):
        assert not set(alike) & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 23


def test_drawn_numbers_are_valid_and_differ() -> None:
    drawn = {codes.draw_receipt_number() for _ in range(2_000)}
    assert len(drawn) == 2_000
    assert all(codes.is_receipt_number(number) for number in drawn)


@given(numbers, st.integers(0, NUMBER_LENGTH - 1), st.sampled_from(ALPHABET))
def test_every_wrong_symbol_is_noticed(number: str, place: int, symbol: str) -> None:
    typed = number[:place] + symbol + number[place + 1 :]
    assert codes.is_receipt_number(typed) == (typed == number)


@given(numbers, st.integers(0, NUMBER_LENGTH - 2))
def test_every_swapped_pair_is_noticed(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert codes.is_receipt_number(swapped) == (swapped == number)


@given(numbers)
def test_a_number_may_be_typed_in_any_width_case_and_grouping(number: str) -> None:
    wide = "".join(chr(ord(symbol) + 0xFEE0) for symbol in codes.grouped(number))
    for typed in (codes.grouped(number), number.lower(), wide, f"  {number[:4]} ‐ {number[4:]}\t"):
        assert codes.clean_code(typed) == number


def test_a_passcode_holds_sixty_bits_and_changes_with_its_generation() -> None:
    assert PASSCODE_LENGTH * math.log2(len(ALPHABET)) >= 60
    first, second = KEYS.passcode("M7K4TX9PA", 1), KEYS.passcode("M7K4TX9PA", 2)
    assert len(first) == PASSCODE_LENGTH
    assert set(first) <= set(ALPHABET)
    assert first != second
    assert KEYS.is_passcode("M7K4TX9PA", 1, codes.grouped(first).lower())
    assert not KEYS.is_passcode("M7K4TX9PA", 2, first)
    assert not KEYS.is_passcode("M7K4TX9PA", 1, "")
    assert OTHER.passcode("M7K4TX9PA", 1) != first


def test_a_token_fits_one_purpose_one_subject_and_one_installation() -> None:
    tokens = {
        keys.token(purpose, subject)
        for keys in (KEYS, OTHER)
        for purpose in TokenPurpose
        for subject in ("1", "2")
    }
    assert len(tokens) == 2 * len(TokenPurpose) * 2
    assert all(len(token) == 43 for token in tokens)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_signature_is_ours_or_not_one(context: str, value: str) -> None:
    signed = KEYS.sign(context, value)
    assert KEYS.unsign(context, signed) == (value or None)
    assert OTHER.unsign(context, signed) is None
    assert KEYS.unsign(context + "x", signed) is None
    assert KEYS.unsign(context, signed[:-1]) is None


def test_a_secret_is_of_one_purpose_and_one_installation() -> None:
    secrets = {keys.secret_for(purpose) for keys in (KEYS, OTHER) for purpose in ("one", "two")}
    assert len(secrets) == 4
    assert all(len(each) == 32 for each in secrets)
