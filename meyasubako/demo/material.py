"""The texts and people of the demonstration, read from the files beside this module."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

from meyasubako.casework import directory
from meyasubako.casework.directory import Entry
from meyasubako.core.absences import Absence
from meyasubako.core.desk import Desk, parse_desk
from meyasubako.core.vocabulary import MeetingWay, ProviderKind, Role, Spoken

DESK_FILES = ("toyama-meyasubako.toml", "mie-dx-center.toml")
TEXT_FILES = {"toyama-meyasubako": "toyama.jsonl", "mie-dx-center": "mie.jsonl"}
RECEIPTS_PER_DESK = 150


@dataclass(frozen=True, slots=True)
class Member:
    """A fictional member of staff."""

    login: str
    name: str
    role: Role


def desk_definitions() -> list[Desk]:
    """The two desks that ship with the product."""
    folder = resources.files("meyasubako.desks")
    return [parse_desk(folder.joinpath(name).read_text(encoding="utf-8"), source=name) for name in DESK_FILES]


def stories(desk_code: str) -> list[dict[str, Any]]:
    """What was sent to a desk, in no order of time."""
    written = _read(TEXT_FILES[desk_code]).splitlines()
    return [json.loads(line) for line in written[:RECEIPTS_PER_DESK]]


def quarantined(desk_code: str) -> list[dict[str, Any]]:
    """What was put aside at a desk for checking."""
    return json.loads(_read("quarantined.json"))[desk_code]


def mails(desk_code: str) -> list[dict[str, Any]]:
    """What people who had not written before sent to a desk by mail."""
    return json.loads(_read("mails.json"))[desk_code]


def together(desk_code: str) -> dict[str, Any]:
    """What came to a desk several times, and how it was put together."""
    return json.loads(_read("together.json"))[desk_code]


def staff(desk_code: str) -> list[Member]:
    """Who works at a desk."""
    return [
        Member(each["login"], each["name"], Role(each["role"])) for each in fictional()["staff"][desk_code]
    ]


def fictional_providers(desk: Desk, today: date) -> list[Entry]:
    """Advisers, partners and support organisations that do not exist, as far as a desk has their topics: all offers go to them."""
    topics = {topic.code for topic in desk.all_topics()}
    purposes = {each.code for each in desk.purposes}
    areas = {code for code, _ in directory.areas_of(desk)}
    return [
        Entry(
            kind=ProviderKind(each["kind"]),
            name=each["name"],
            position=each.get("position", ""),
            profile=each["profile"],
            topics=tuple(each["topics"]),
            ways=tuple(MeetingWay(way) for way in each["ways"]),
            email=each["email"],
            purposes=tuple(code for code in each.get("purposes", ()) if code in purposes),
            areas=tuple(code for code in each.get("areas", ()) if code in areas),
            capacity=each.get("capacity"),
            absences=_away(each.get("away_in_days"), today),
            languages=tuple(Spoken(code) for code in each.get("languages", ())),
            sells=each.get("sells", ""),
            sold_topics=tuple(each.get("sold_topics", ())),
            avoids=tuple(each.get("avoids", ())),
        )
        for each in fictional()["providers"]
        if set(each["topics"]) <= topics
    ]


def _away(in_days: tuple[int, int] | None, today: date) -> tuple[Absence, ...]:
    if in_days is None:
        return ()
    first, last = (today + timedelta(days=days) for days in in_days)
    return (Absence(first, last),)


def published_roster() -> list[Entry]:
    """みえDXアドバイザーズ and みえDXパートナーズ as published, without any contact data."""
    roster = json.loads(_read("rosters.json"))
    listed_on = date.fromisoformat(roster["listed_on"])
    return [
        Entry(kind=kind, name=name, position=position, listed_on=listed_on)
        for kind in (ProviderKind.ADVISER, ProviderKind.PARTNER)
        for name, position in roster[kind.value]
    ]


@cache
def fictional() -> dict[str, Any]:
    """People, advice, refusals and comments, all invented."""
    return json.loads(_read("fictional.json"))


def _read(name: str) -> str:
    return resources.files("meyasubako.demo").joinpath(name).read_text(encoding="utf-8")
