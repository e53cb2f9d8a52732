"""Intake (受付): what someone sends, or what staff enter from a letter, is checked against the desk's form and received."""

from meyasubako.casework.intake.checking import Submission, Values, check
from meyasubako.casework.intake.dividing import Paper, divide
from meyasubako.casework.intake.earlier import Entered, entered_today, event_names
from meyasubako.casework.intake.entering import check_arrival, enter
from meyasubako.casework.intake.mailing import by_mail
from meyasubako.casework.intake.receiving import Received, is_key, receive
from meyasubako.casework.intake.sending import Sending, send
from meyasubako.casework.intake.weighing import Pace, Signs, Weighed, wants_proof, weigh_each
from meyasubako.core.dividing import BEGINS, Matter, begins_of, field_of

__all__ = [
    "BEGINS",
    "Entered",
    "Matter",
    "Pace",
    "Paper",
    "Received",
    "Sending",
    "Signs",
    "Submission",
    "Values",
    "Weighed",
    "begins_of",
    "by_mail",
    "check",
    "check_arrival",
    "divide",
    "enter",
    "entered_today",
    "event_names",
    "field_of",
    "is_key",
    "receive",
    "send",
    "wants_proof",
    "weigh_each",
]
