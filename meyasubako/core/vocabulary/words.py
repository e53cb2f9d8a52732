"""What a word of the desk is."""

from enum import StrEnum
from typing import Self

from meyasubako.core.sentences import Sentence


class Word(StrEnum):
    """A fixed code (`value`) with its Japanese word (`label`) and what it means (`meaning`)."""

    label: str
    meaning: str

    def __new__(cls, code: str, label: str, meaning: str) -> Self:
        word = str.__new__(cls, code)
        word._value_ = code
        word.label = Sentence(label)
        word.meaning = Sentence(meaning)
        return word
