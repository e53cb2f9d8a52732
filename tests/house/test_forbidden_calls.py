"""Some calls belong to one room: ending a transaction, reading the clock, reading the environment."""

import ast
from functools import cache

from tests.house.source import Module, dotted, modules

TRANSACTION_ROOMS = ("store/",)
CLOCK = ("core/dates.py",)
CLOCK_READERS = ("web/", "worker.py", "filing.py", "mailroom.py", "metrics.py", "cli/", "demo/")
ENVIRONMENT_ROOMS = ("cli/", "core/settings.py")

CLOCK_ENDINGS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}


@cache
def _attributes(module: Module) -> list[ast.Attribute]:
    return [node for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)]


@cache
def _imported(module: Module) -> list[tuple[ast.ImportFrom, str, str]]:
    return [
        (node, node.module or "", each.name)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    ]


def test_only_the_store_ends_a_transaction() -> None:
    found = [
        f"{module.where(node)}: .{node.attr}"
        for module in modules()
        if not module.stands_in(TRANSACTION_ROOMS)
        for node in _attributes(module)
        if node.attr in {"commit", "rollback"}
    ]
    assert found == []


def test_only_the_dates_look_at_the_clock_of_the_machine() -> None:
    found = [
        f"{module.where(node)}: {dotted(node)}"
        for module in modules()
        if not module.stands_in(CLOCK)
        for node in _attributes(module)
        if tuple(dotted(node).split(".")[-2:]) in CLOCK_ENDINGS
    ]
    found += [
        f"{module.where(node)}: from time import {name}"
        for module in modules()
        if not module.stands_in(CLOCK)
        for node, source, name in _imported(module)
        if source == "time" and ("time", name) in CLOCK_ENDINGS
    ]
    assert found == []


def test_only_views_worker_and_commands_ask_what_time_it_is() -> None:
    found = [
        f"{module.where(node)}: {dotted(node)}"
        for module in modules()
        if not module.stands_in((*CLOCK, *CLOCK_READERS))
        for node in _attributes(module)
        if dotted(node).endswith("dates.now")
    ]
    # Imported by its bare name, the call could not be told from any other `now`.
    found += [
        f"{module.where(node)}: from {source} import now"
        for module in modules()
        for node, source, name in _imported(module)
        if source.endswith("core.dates") and name == "now"
    ]
    assert found == []


def test_only_the_command_and_the_settings_read_the_environment() -> None:
    readers = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"}
    found = [
        f"{module.where(node)}: {dotted(node)}"
        for module in modules()
        if not module.stands_in(ENVIRONMENT_ROOMS)
        for node in _attributes(module)
        if dotted(node) in readers
    ]
    found += [
        f"{module.where(node)}: from os import {name}"
        for module in modules()
        for node, source, name in _imported(module)
        if f"{source}.{name}" in readers
    ]
    assert found == []
