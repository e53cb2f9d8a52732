"""The words: every code has a label and a meaning, no two codes of a vocabulary share a label, the glossary leaves none out."""

import inspect

import pytest

from meyasubako.core import vocabulary
from meyasubako.core.vocabulary import PUBLIC_STEP, WORDS, EventKind, Status, Word


def test_the_glossary_has_every_vocabulary() -> None:
    defined = {
        each
        for _, each in inspect.getmembers(vocabulary, inspect.isclass)
        if issubclass(each, Word) and each is not Word
    }
    assert set(WORDS) == defined


@pytest.mark.parametrize("words", WORDS)
def test_every_code_is_lower_case_ascii_with_a_japanese_label_and_a_meaning(words: type[Word]) -> None:
    for word in words:
        assert word.value.isascii(), word
        assert word.value == word.value.lower(), word
        assert word.label, word
        assert word.meaning, word
        assert words(word.value) is word
    labels = [word.label for word in words]
    assert len(labels) == len(set(labels)), labels
    assert (inspect.getdoc(words) or "").strip()


def test_every_status_has_words_for_the_requester_that_name_nothing_internal() -> None:
    assert set(PUBLIC_STEP) == set(Status)
    for _, sentence in PUBLIC_STEP.values():
        assert sentence.endswith("。")
        assert not any(word in sentence for word in ("打診", "振分", "統合", "対象外", "担当が"))


def test_events_are_told_in_the_past() -> None:
    for kind in EventKind:
        assert kind.label.endswith(("した", "ました")), kind
