"""What tells a person at a form from a machine, without asking anything of the person."""

from typing import Final

from starlette.requests import Request

from meyasubako.web import forms, page
from meyasubako.web.guard import proof, tries

TRAP: Final = "second_title"
"""A field nobody sees: whoever fills it in does not look at the page."""

ASKED: Final = "asked_again"
OPENED: Final = "form_opened"
OURS: Final = frozenset({TRAP, ASKED, OPENED, proof.FIELD})


def asks_again(form: forms.Form) -> bool:
    """Whether the trap is filled in for the first time: a browser may have done so by itself, so the person presses again."""
    return bool(form.text(TRAP)) and not form.flag(ASKED) and form.text("step") != "send"


def of_form(request: Request, form: forms.Form) -> list[tuple[str, str]]:
    """What the form carries unseen."""
    pairs = [(OPENED, _opened(request, form))]
    return [*pairs, (ASKED, "yes")] if form.text(TRAP) else pairs


def of_check(request: Request, form: forms.Form) -> list[tuple[str, str]]:
    """What the answers carry unseen."""
    pairs = [(OPENED, _opened(request, form))]
    return [*pairs, (TRAP, "x")] if form.text(TRAP) else pairs


async def challenge(request: Request, form_key: str) -> str:
    """What the browser solves before it sends, "" while few send."""
    return proof.challenge(request, form_key) if await tries.wants_proof(request) else ""


def is_too_fast(request: Request, form: forms.Form) -> bool:
    """Whether the form was sent sooner than anybody can read it. Without our own word for when it was opened, nobody knows."""
    opened = page.keys(request).unsign(OPENED, form.text(OPENED))
    if opened is None:
        return False
    return page.at(request).timestamp() - float(opened) < page.settings(request).least_seconds


def _opened(request: Request, form: forms.Form) -> str:
    """When this form was first opened, signed; now, where that is not known."""
    given = form.text(OPENED)
    if page.keys(request).unsign(OPENED, given) is not None:
        return given
    return page.keys(request).sign(OPENED, f"{page.at(request).timestamp():.3f}")
