"""Every template compiles as the service compiles it, is used, and leaves escaping and the content rules alone."""

import re
from pathlib import Path

import pytest
from jinja2 import StrictUndefined, meta

from meyasubako.web.page import environment as make_environment
from tests.house.source import PACKAGE, ROOT

TEMPLATES = ROOT / "templates"
environment = make_environment(TEMPLATES)
FILES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file())
PRINTED = [name for name in FILES if name.endswith(".typ")]
NAMES = [name for name in FILES if name not in PRINTED]

IMPORTED = re.compile(r'#import "([^"]+)"')
# Packages come from the network, and what is evaluated or read again could be what somebody wrote.
OUTSIDE = re.compile(r'@preview|@local|\beval\(|\bread\(|\bplugin\(|mode: "markup"')

# What would let user text become markup, or what the content security policy would block.
FORBIDDEN = {
    "escaping is switched off": re.compile(r"\|\s*safe\b|autoescape\s+false|\bMarkup\b"),
    "a style outside the stylesheet": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "a script inside the page": re.compile(
        r"<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:", re.IGNORECASE
    ),
    "something fetched from elsewhere": re.compile(
        r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//[^\"']*\.(?:js|css|woff2?)"
    ),
}


def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def test_templates_refuse_what_they_were_not_given() -> None:
    assert environment.undefined is StrictUndefined
    assert environment.is_async is False


@pytest.mark.parametrize("name", NAMES)
def test_template_compiles(name: str) -> None:
    environment.get_template(name)


@pytest.mark.parametrize("name", [each for each in NAMES if each.endswith(".html")])
def test_template_escapes_and_keeps_the_content_policy(name: str) -> None:
    escapes = environment.autoescape
    assert (escapes(name) if callable(escapes) else escapes) is True
    assert [reason for reason, pattern in FORBIDDEN.items() if pattern.search(_source(name))] == []


def test_every_template_is_used() -> None:
    named: set[str] = set()
    for name in NAMES:
        named.update(
            each for each in meta.find_referenced_templates(environment.parse(_source(name))) if each
        )
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named.update(name for name in NAMES if name in text)
    assert [name for name in NAMES if name not in named] == []


def test_every_template_that_is_named_exists() -> None:
    missing = [
        f"{name} names {each}"
        for name in NAMES
        for each in meta.find_referenced_templates(environment.parse(_source(name)))
        if each and not Path(TEMPLATES, each).is_file()
    ]
    assert missing == []


def test_every_printed_template_is_used_and_reads_nothing_from_outside() -> None:
    sources = {name: _source(name) for name in PRINTED}
    named = {
        Path(name).parent.joinpath(each).as_posix()
        for name in PRINTED
        for each in IMPORTED.findall(sources[name])
    }
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    unused = [name for name in PRINTED if name not in named and f'"{Path(name).stem}"' not in code]
    assert (unused, sorted(named - set(PRINTED))) == ([], [])
    assert [name for name in PRINTED if OUTSIDE.search(sources[name])] == []
