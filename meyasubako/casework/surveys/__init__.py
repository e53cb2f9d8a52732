"""Surveys (アンケート): after closing, the requester is asked by a one-time link whether it helped, and much later what
became of the advice. Answers given on paper are entered by staff.

Nobody is asked about what staff opened, what was declined, withdrawn or merged, or what ended without a word from them.
"""

from meyasubako.casework.surveys.answering import (
    COMMENT_LIMIT,
    Paper,
    SurveyView,
    answer,
    choose,
    enter,
    is_stopped,
    view,
)
from meyasubako.casework.surveys.asking import VALID, asked_of, call_back, follow_up, invite

__all__ = [
    "COMMENT_LIMIT",
    "VALID",
    "Paper",
    "SurveyView",
    "answer",
    "asked_of",
    "call_back",
    "choose",
    "enter",
    "follow_up",
    "invite",
    "is_stopped",
    "view",
]
