"""The texts and people of the demonstration, read from the files beside this module."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from meyasubako.casework.directory import Entry
from meyasubako.core.desk import Desk, parse_desk
from meyasubako.core.vocabulary import MeetingWay, ProviderKind, Role

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


def together(desk_code: str) -> dict[str, Any]:
    """What came to a desk several times, and how it was put together."""
    return json.loads(_read("together.json"))[desk_code]


def staff(desk_code: str) -> list[Member]:
    """Who works at a desk."""
    return [
        Member(each["login"], each["name"], Role(each["role"])) for each in fictional()["staff"][desk_code]
    ]


def fictional_providers() -> list[Entry]:
    """Advisers, partners and support organisations that do not exist: all offers go to them."""
    return [
        Entry(
            kind=ProviderKind(each["kind"]),
            name=each["name"],
            position=each.get("position", ""),
            profile=each["profile"],
            topics=tuple(each["topics"]),
            ways=tuple(MeetingWay(way) for way in each["ways"]),
            email=each["email"],
        )
        for each in fictional()["providers"]
    ]


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
