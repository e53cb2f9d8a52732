"""Hands one message to the chat of a desk by its incoming webhook.

What became of it is one of three things, as with mails: sent, worth another try later, or refused for good. Neither the
address nor anything the service answers is told any further.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from meyasubako.core.chat import Chat, ChatKind
from meyasubako.edge import trust
from meyasubako.edge.mailer import ANSWER_SECONDS, Outcome, Verdict

_CARD: Final = "application/vnd.microsoft.card.adaptive"
_LATER: Final = frozenset({408, 425, 429})
"""Answers that say: not now."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what is told, and the page it is about."""

    text: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Post:
    """One message: a heading, its lines, and what is left to say below them."""

    heading: str
    lines: tuple[Line, ...]
    ending: str = ""


async def send(chat: Chat, post: Post, *, patience: float = ANSWER_SECONDS) -> Outcome:
    """Send a message. `patience`: seconds to wait for each answer."""
    import httpx

    try:
        # A server that answers byte by byte may not hold a message for longer than its lease.
        async with (
            asyncio.timeout(2 * patience),
            httpx.AsyncClient(timeout=patience, follow_redirects=False, verify=trust.authorities()) as client,
            client.stream("POST", chat.url, json=payload(chat.kind, post)) as answer,
        ):
            code = answer.status_code
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        return Outcome(Verdict.LATER, type(error).__name__)
    except httpx.InvalidURL:
        return Outcome(Verdict.REFUSED, "InvalidURL")
    if 200 <= code < 300:
        return Outcome(Verdict.SENT)
    is_final = code < 500 and code not in _LATER
    return Outcome(Verdict.REFUSED if is_final else Verdict.LATER, f"HTTP {code}")


def payload(kind: ChatKind, post: Post) -> dict[str, Any]:
    """The message in the form its service takes."""
    return _FORMS[kind](post)


def _slack(post: Post) -> dict[str, Any]:
    lines = [f"• {_escaped(each.text)}　<{each.url}|{_escaped(each.label)}>" for each in post.lines]
    text = _lines(_escaped(post.heading), *lines, _escaped(post.ending))
    # Nobody but people opens the links.
    return {"text": text, "unfurl_links": False, "unfurl_media": False}


def _teams(post: Post) -> dict[str, Any]:
    # A rich text block takes text as it is; a plain one would read marks in names as formatting.
    def block(*inlines: Mapping[str, Any]) -> dict[str, Any]:
        return {"type": "RichTextBlock", "inlines": list(inlines)}

    def run(text: str, **more: Any) -> dict[str, Any]:
        return {"type": "TextRun", "text": text, **more}

    lines = [
        block(
            run(f"{each.text}　"),
            run(each.label, selectAction={"type": "Action.OpenUrl", "title": each.label, "url": each.url}),
        )
        for each in post.lines
    ]
    body = [block(run(post.heading, weight="Bolder")), *lines]
    if post.ending:
        body.append(block(run(post.ending)))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    return {
        "type": "message",
        "attachments": [{"contentType": _CARD, "contentUrl": None, "content": card}],
    }


def _logo(post: Post) -> dict[str, Any]:
    lines = [f"・{each.text}　{each.label}\n{each.url}" for each in post.lines]
    return {"text": _lines(post.heading, *lines, post.ending)}


def _lines(*lines: str) -> str:
    return "\n".join(each for each in lines if each)


def _escaped(text: str) -> str:
    """As Slack reads it: these three begin what is not text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_FORMS: Final[Mapping[ChatKind, Callable[[Post], dict[str, Any]]]] = {
    ChatKind.SLACK: _slack,
    ChatKind.TEAMS: _teams,
    ChatKind.LOGO: _logo,
}
