"""What a reader of English, or of easy Japanese, could not read on a page."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tests.harness.client import Page

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]+")
KANJI = re.compile(r"[\u3400-\u9fff々]+")
NO_MARKUP = {"script", "style", "ruby", "textarea", "option"}
"""Where no readings can stand, or where they stand."""

ATTRIBUTES = ("title", "alt", "aria-label", "placeholder", "data-left", "data-over", "data-too-large")


def left_in_japanese(page: Page) -> list[str]:
    """Japanese on an English page that is neither marked as such nor written by people."""
    return [text for text in _said(page.tree, attributes=True) if JAPANESE.search(text)]


def without_reading(page: Page) -> list[str]:
    """Characters on a page in easy Japanese that do not say how they are read, but for what people wrote."""
    body = page.tree.find("body")
    assert body is not None
    return [text for text in _said(body, attributes=False) if KANJI.search(text)]


def _said(element: Element, *, attributes: bool) -> Iterator[str]:
    if not isinstance(element.tag, str) or _is_set_apart(element):
        return
    if attributes:
        yield from (element.get(name, "") for name in ATTRIBUTES if element.get(name))
    if element.tag not in NO_MARKUP or (attributes and element.tag == "option"):
        yield element.text or ""
        for child in element:
            yield from _said(child, attributes=attributes)
            yield child.tail or ""


def _is_set_apart(element: Element) -> bool:
    """The switch, what people wrote, and what the page itself says is in another language."""
    classes = (element.get("class") or "").split()
    is_marked = element.tag != "html" and element.get("lang") is not None
    return is_marked or bool({"user-text", "languages", "postal"} & set(classes))
