"""Desks as this installation holds them: what their files say, what was changed on their pages, never losing a code in use."""

from meyasubako.casework.desks.amendments import (
    Amended,
    Told,
    add_division,
    add_topic,
    amendments,
    bring_back,
    change_division,
    change_topic,
    close_days,
    history,
    open_day,
    retire,
    take_back,
)
from meyasubako.casework.desks.applying import apply
from meyasubako.casework.desks.standing import every, find, find_by_id, revisions
from meyasubako.casework.desks.using import Use, uses
from meyasubako.casework.desks.wording import (
    DivisionWords,
    TopicWords,
    read_days,
    read_division,
    read_topic,
)

__all__ = [
    "Amended",
    "DivisionWords",
    "Told",
    "TopicWords",
    "Use",
    "add_division",
    "add_topic",
    "amendments",
    "apply",
    "bring_back",
    "change_division",
    "change_topic",
    "close_days",
    "every",
    "find",
    "find_by_id",
    "history",
    "open_day",
    "read_days",
    "read_division",
    "read_topic",
    "retire",
    "revisions",
    "take_back",
    "uses",
]
