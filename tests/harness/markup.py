"""Reads HTML as browsers do, and says where a page is not in order and had to be mended."""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder

import turbohtml
from turbohtml import Document, TokenType, conformance
from turbohtml.saxparse import SaxHandler, sax_parse

DOCTYPE: Final = "<!doctype html>"
FOREIGN: Final = {"svg", "math"}
VOID: Final = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
}  # fmt: skip
# HTML lets some stand as they are; ours come from what somebody typed and was not escaped.
BARE_AMPERSAND: Final = re.compile("&(?!(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);)")

# The only children of some elements; elsewhere browsers take anything, or set it aside.
CHILDREN: Final = {
    "dl": {"dt", "dd", "div"},
    "ol": {"li"},
    "option": set(),
    "select": {"option", "optgroup"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "thead": {"tr"},
    "tr": {"td", "th"},
    "ul": {"li"},
}


def parse(text: str) -> tuple[Element, list[str]]:
    """The page as a tree, and every place where it is not HTML5.

    A parser mends what it reads. What is written is in order when nothing had to be mended: the tree has exactly the
    elements that are written, begun and ended where they are written, and the text where it stands.
    """
    built = _Built()
    sax_parse(text, built)
    tree, document = built.tree.close(), turbohtml.parse(text)
    return tree, [*_spelling(text, document), *_mended(text, "".join(built.steps)), *_strangers(tree)]


def _spelling(text: str, document: Document) -> Iterator[str]:
    """What is wrong with single tags, attributes and characters, and what the page as a whole must not have."""
    if not text.lower().startswith(DOCTYPE):
        yield f"the page does not begin with {DOCTYPE}"
    for found in BARE_AMPERSAND.finditer(text):
        yield f"{text[found.start() :][:20]!r} has an ampersand that is not escaped"
    for error in document.errors:
        yield f"line {error.line}, column {error.col}: {error.code}"
    for message in conformance.check(document).errors:
        yield f"line {message.line}, column {message.column}: {message.message}"


class _Built(SaxHandler):
    """The tree the parser builds, and the steps in which it does so."""

    def __init__(self) -> None:
        self.tree = TreeBuilder()
        self.steps: list[str] = []

    def doctype(self, name: str, public_id: str | None, system_id: str | None) -> None:
        self.steps.append(f"<!{name}>")

    def start_element(self, tag: str, attrs: tuple[tuple[str, str | None], ...]) -> None:
        self.tree.start(tag, {name: value or "" for name, value in attrs})
        self.steps.append(f"<{tag.lower()}>")

    def end_element(self, tag: str) -> None:
        self.tree.end(tag)
        self.steps.append(f"</{tag.lower()}>")

    def characters(self, data: str) -> None:
        self.tree.data(data)
        self.steps.extend(data.split())


def _mended(text: str, built: str) -> Iterator[str]:
    """The first place where something else is built than what is written."""
    written = list(_written(text))
    said = "".join(step for step, _, _ in written)
    if said == built:
        return
    same = next(
        (at for at, (one, other) in enumerate(zip(said, built, strict=False)) if one != other), len(said)
    )
    passed = 0
    for step, line, column in written:
        if passed + len(step) > same:
            yield f"line {line}, column {column}: {step} is mended to {built[passed:][:40]}"
            return
        passed += len(step)
    yield f"the page ends before {built[passed:]}"


def _written(text: str) -> Iterator[tuple[str, int, int]]:
    """The steps in which a page is written, with their places: each element begun, each one ended, the text between."""
    foreign = 0
    for token in turbohtml.tokenize(text):
        tag, line, column = token.tag, token.line, token.col
        if token.type is TokenType.TEXT and token.data:
            yield from ((piece, line, column) for piece in token.data.split())
        elif token.type is TokenType.DOCTYPE:
            yield f"<!{token.name}>", line, column
        elif token.type is TokenType.PROCESSING_INSTRUCTION:
            yield f"<?{token.target}>", line, column
        elif token.type is TokenType.END_TAG:
            foreign -= tag in FOREIGN
            yield f"</{tag}>", line, column
        elif token.type is TokenType.START_TAG:
            foreign += tag in FOREIGN
            # A slash ends only an element of a drawing; in HTML it stands for nothing.
            is_ended = token.self_closing if foreign else tag in VOID
            yield (f"<{tag}/>" if token.self_closing and not is_ended else f"<{tag}>"), line, column
            if is_ended:
                foreign -= tag in FOREIGN
                yield f"</{tag}>", line, column


def _strangers(tree: Element) -> Iterator[str]:
    """Elements among whose children one does not belong."""
    for tag, allowed in CHILDREN.items():
        for element in tree.iter(tag):
            yield from (f"<{each.tag}> stands in <{tag}>" for each in element if each.tag not in allowed)
