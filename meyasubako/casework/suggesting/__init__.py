"""Suggestions for triage: the texts of a desk's cases and what its staff decided about them teach what the next one is about.

A unit marks the cases it changes; beside the work the text is taken apart and what was confirmed is learned, or unlearned.
"""

from meyasubako.casework.suggesting.near import NearCase, near_cases
from meyasubako.casework.suggesting.questions import QUESTION_LABELS, Question
from meyasubako.casework.suggesting.rightness import BEGINNING, Month, Rightness, is_learning, rightness
from meyasubako.casework.suggesting.thinking import Suggestion, Suggestions, suggestions

__all__ = [
    "BEGINNING",
    "QUESTION_LABELS",
    "Month",
    "NearCase",
    "Question",
    "Rightness",
    "Suggestion",
    "Suggestions",
    "is_learning",
    "near_cases",
    "rightness",
    "suggestions",
]
