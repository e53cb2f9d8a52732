"""Says what every page of the service must and must not have."""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

WITHOUT_LABEL = {"hidden", "submit", "button", "image", "reset"}
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
POINTERS = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage")
UNREAD = {"script", "style", "template", "head"}
PARTED = {"br", "p", "li", "td", "th", "dt", "dd", "div", "h1", "h2", "h3", "tr", "option", "label"}


def words(element: Element) -> str:
    """The text of an element as it is read, runs of white space as one space."""
    return " ".join("".join(_texts(element)).split())


def _texts(element: Element) -> Iterator[str]:
    if element.tag in UNREAD:
        return
    yield element.text or ""
    if element.tag in PARTED:
        yield " "
    for child in element:
        yield from _texts(child)
        yield child.tail or ""


def elements(tree: Element, *tags: str) -> Iterator[Element]:
    """The elements with one of these tags, in the order of the page; all of them when no tag is named."""
    if len(tags) < 2:
        return tree.iter(*tags)
    return (element for element in tree.iter() if element.tag in tags)


def describe(element: Element) -> str:
    """An element in a message: its tag and what tells it from others."""
    marks = [
        f'{name}="{element.get(name)}"'
        for name in ("id", "name", "type", "href", "action")
        if element.get(name)
    ]
    return f"<{' '.join([str(element.tag), *marks])}>"


def page_faults(tree: Element) -> list[str]:
    """What is wrong with this page, one sentence each."""
    return [
        *_head_faults(tree),
        *_identity_faults(tree),
        *_label_faults(tree),
        *_form_faults(tree),
        *_inline_faults(tree),
    ]


def _head_faults(tree: Element) -> Iterator[str]:
    if tree.get("lang") not in {"ja", "en"}:
        yield f"html has lang={tree.get('lang')!r}, neither ja nor en"
    if not words_of_title(tree):
        yield "the page has no title"
    headings = [words(each) for each in elements(tree, "h1")]
    if len(headings) != 1 or not headings[0]:
        yield f"the page needs one h1, it has {headings}"


def words_of_title(tree: Element) -> str:
    title = tree.find("head/title")
    return "" if title is None else " ".join((title.text or "").split())


def _identity_faults(tree: Element) -> Iterator[str]:
    ids = Counter(each.get("id") for each in elements(tree) if each.get("id") is not None)
    yield from (f"the id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for element in elements(tree):
        if not element.attrib:
            continue
        for pointer in POINTERS:
            for name in element.get(pointer, "").split():
                if name not in ids:
                    yield f"{describe(element)}: {pointer} points at {name!r}, which is not there"
        target = element.get("href", "")
        if target.startswith("#") and target != "#" and target[1:] not in ids:
            yield f"{describe(element)} leads nowhere on this page"


def _label_faults(tree: Element) -> Iterator[str]:
    labels = list(elements(tree, "label"))
    labelled = {each.get("for") for each in labels if words(each)}
    wrapped = {inner for each in labels if words(each) for inner in each.iter()}
    for control in elements(tree, "input", "select", "textarea"):
        if control.get("type", "").lower() in WITHOUT_LABEL:
            continue
        if control in wrapped or (control.get("id") and control.get("id") in labelled):
            continue
        if not (control.get("aria-label") or control.get("aria-labelledby")):
            yield f"{describe(control)} has no label"
    for button in elements(tree, "button", "a"):
        has_picture = any(each.get("alt") for each in elements(button, "img"))
        if not (words(button) or button.get("aria-label") or has_picture):
            yield f"{describe(button)} has no words"
    for picture in elements(tree, "img"):
        if picture.get("alt") is None:
            yield f"{describe(picture)} has no alternative text"


def _form_faults(tree: Element) -> Iterator[str]:
    for control in elements(tree, "input"):
        kind, value = control.get("type", "text"), control.get("value")
        if kind in {"checkbox", "radio", "file", "submit"} and control.get("autocomplete") is not None:
            yield f"{describe(control)}: nothing is completed in a {kind}"
        if kind == "date" and value and not ISO_DAY.fullmatch(value):
            yield f"{describe(control)}: a browser drops {value!r}"
    for form in elements(tree, "form"):
        if form.get("method", "get").lower() != "post":
            continue
        tokens = [each for each in elements(form, "input") if each.get("name") == "csrf_token"]
        if len(tokens) != 1 or tokens[0].get("type") != "hidden" or not tokens[0].get("value"):
            yield f"{describe(form)} needs one hidden csrf_token"


def _inline_faults(tree: Element) -> Iterator[str]:
    for element in elements(tree):
        if element.tag == "style" or "style" in element.attrib:
            yield f"{describe(element)}: styles belong in the stylesheet"
        if element.tag == "script" and not element.get("src"):
            yield f"{describe(element)}: scripts belong in a file"
        for name, value in element.attrib.items():
            if name.startswith("on") or value.strip().lower().startswith("javascript:"):
                yield f"{describe(element)}: {name} carries a script"
