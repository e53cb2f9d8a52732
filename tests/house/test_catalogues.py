"""Every sentence residents read can be said in every language, and the catalogues hold nothing else."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from meyasubako.core import marks
from meyasubako.core import vocabulary as v
from meyasubako.core.desk import Desk, parse_desk
from meyasubako.core.sentences import Sentence, Text
from meyasubako.core.tongues import CATALOGUES
from tests.house.source import PACKAGE, ROOT, dotted, modules

KEYWORDS = {"_": None, "gettext": None}
LANGUAGES = (v.Language.ENGLISH, v.Language.EASY_JAPANESE)
WORDS: tuple[type[v.Word], ...] = (
    v.RequesterType,
    v.CaseKind,
    v.Channel,
    v.Language,
    v.Step,
    v.ProviderKind,
    v.MeetingWay,
    v.Helpfulness,
    v.Practice,
)
"""The vocabularies residents meet. Of mails they read what each is called."""

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]")
KANJI = re.compile(r"[\u3400-\u9fff々]")
READING = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")
VALUE = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"<[^>]*>")


@cache
def sentences() -> dict[str, str]:
    """Every sentence written in templates and modules, with the place of its first use."""
    found = {sentence: place for place, sentence in _extracted()}
    for words in WORDS:
        for word in words:
            found.update(dict.fromkeys((str(word.label), str(word.meaning)), words.__name__))
    found.update({str(word.label): "Message" for word in v.Message})
    return found


def _extracted() -> Iterator[tuple[str, str]]:
    options = {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if path.suffix in {".html", ".txt"}:
            for line, sentence, _, _ in extract_from_file(
                "jinja2.ext:babel_extract", path, KEYWORDS, options=options
            ):
                yield f"{path.name}:{line}", str(sentence)
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and dotted(node.func).endswith("say") and node.args:
                (source,) = node.args
                if isinstance(source, ast.Constant):
                    yield module.where(node), str(source.value)


@cache
def said(language: v.Language) -> dict[str, str]:
    """The catalogue as it is written."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, abort_invalid=True) if each.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_nothing_else(language: v.Language) -> None:
    catalogue = said(language)
    assert {each: place for each, place in sentences().items() if not catalogue.get(each)} == {}
    assert [each for each in catalogue if each not in sentences()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_use_the_values_and_the_markup_of_their_sentence(language: v.Language) -> None:
    for source, sentence in said(language).items():
        values, used = set(VALUE.findall(source)), set(VALUE.findall(sentence))
        # A kind of matter may go without saying.
        assert used == values or (used < values and values - used == {"kinds"}), source
        assert sorted(TAG.findall(sentence)) == sorted(TAG.findall(source)), source
        assert "%" not in VALUE.sub("", sentence).replace("%%", ""), source


def test_english_is_english() -> None:
    assert [each for each in said(v.Language.ENGLISH).values() if JAPANESE.search(each)] == []


def test_easy_japanese_gives_every_character_its_reading() -> None:
    assert [reason for each in said(v.Language.EASY_JAPANESE).values() for reason in unread(each)] == []


def unread(easy: str) -> list[str]:
    """What is wrong with the furigana of a text."""
    faults = [] if marks.is_readable(VALUE.sub("", TAG.sub("", easy))) else [f"{easy}: braces"]
    faults += [f"{easy}: {found}" for found in KANJI.findall(READING.sub("", easy))]
    faults += [
        f"{easy}: {base} is read {reading}"
        for base, reading in READING.findall(easy)
        if not KANJI.search(base) or not re.fullmatch(r"[\u3040-\u309fー]+", reading)
    ]
    return faults


def _shipped() -> list[Desk]:
    return [
        parse_desk(path.read_text(encoding="utf-8"), source=path.name)
        for path in sorted(PACKAGE.glob("desks/*.toml"))
    ]


def _read_by_residents(desk: Desk) -> Iterator[tuple[str, str]]:
    for key in ("name", "office", "hours", "about", "privacy_purpose", "privacy_audience"):
        yield key, getattr(desk, key)
    yield from (("steps", step) for step in desk.steps)
    yield "note", desk.publication.note
    yield "question", desk.survey.question
    for key in ("requesters", "purposes", "topics"):
        yield key, getattr(desk.tally_labels, key)
    for item in (*desk.kinds, *desk.purposes, *desk.all_topics()):
        yield item.code, item.label
        yield item.code, item.description
    yield from ((option.code, option.label) for option in desk.requester_types)
    yield from ((reason.code, reason.text) for reason in desk.decline_reasons)
    for field in desk.fields:
        yield field.name, field.label
        yield from ((field.name, each) for each in (field.hint, getattr(field, "section", "")) if each)
        yield from ((field.name, option.label) for option in field.options)


@pytest.mark.parametrize("desk", _shipped(), ids=lambda desk: desk.code)
def test_the_desks_of_the_package_speak_every_language(desk: Desk) -> None:
    for where, text in _read_by_residents(desk):
        if isinstance(text, Sentence):
            continue
        assert isinstance(text, Text), f"{where}: {text}"
        assert text.versions.keys() == {"en", "ja-x-easy"}, f"{where}: {text}"
        assert not JAPANESE.search(text.versions["en"]), f"{where}: {text}"
        assert unread(text.versions["ja-x-easy"]) == [], where
