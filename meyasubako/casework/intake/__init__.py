"""Intake (受付): what someone sends, or what staff enter from a letter, is checked against the desk's form and received."""

from meyasubako.casework.intake.checking import Submission, Values, check
from meyasubako.casework.intake.entering import enter
from meyasubako.casework.intake.receiving import Received, is_key, receive

__all__ = ["Received", "Submission", "Values", "check", "enter", "is_key", "receive"]
