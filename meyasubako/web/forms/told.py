"""Reads what somebody tells of a meeting, held or to come."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from meyasubako.core.numbers import whole
from meyasubako.core.vocabulary import MeetingWay
from meyasubako.web.forms.form import Form

TIMES: Final = tuple(f"time_{number}" for number in range(1, 6))
WISH: Final = (*TIMES, "how", "way", "minutes", "place", "reason", "override")
"""The fields of a form for a meeting to come."""


@dataclass(frozen=True, slots=True)
class TypedMeeting:
    """The fields of a meeting; None for what cannot be read."""

    held_on: date | None
    way: MeetingWay | None
    minutes: int | None
    persons: str
    summary: str
    proceedings: str


def meeting(form: Form) -> TypedMeeting:
    """What a form says of a meeting held."""
    return TypedMeeting(
        held_on=_day(form.text("held_on")),
        way=way(form),
        minutes=minutes(form),
        persons=form.text("persons"),
        summary=form.text("summary"),
        proceedings=form.text("proceedings"),
    )


@dataclass(frozen=True, slots=True)
class TypedWish:
    """When and how to meet."""

    times: tuple[str, ...]
    way: MeetingWay | None
    minutes: int | None
    place: str


def wish(form: Form) -> TypedWish:
    """What a form says of a meeting to come."""
    return TypedWish(
        times=tuple(form.text(name) for name in TIMES),
        way=way(form),
        minutes=minutes(form),
        place=form.text("place"),
    )


def way(form: Form) -> MeetingWay | None:
    """How one meets."""
    typed = form.text("way")
    return MeetingWay(typed) if typed in list(MeetingWay) else None


def minutes(form: Form) -> int | None:
    """How long it takes: 60, ６０分."""
    typed = unicodedata.normalize("NFKC", form.text("minutes")).strip()
    return whole(typed.removesuffix("分"), digits=6)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(unicodedata.normalize("NFKC", typed).strip())
    except ValueError:
        return None
