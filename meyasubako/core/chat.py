"""The chat of a desk (窓口のチャット): where a desk takes messages, by an address that is a secret."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from meyasubako.core.errors import WrongSetting

SETTING: Final = "MEYASUBAKO_CHAT"
_SHAPE: Final = f"{SETTING} は、窓口の記号=種類:https://… を空白で区切って書いてください。種類は slack teams logo のどれかです。"
_THIS_MACHINE: Final = "127.0.0.1"


class ChatKind(StrEnum):
    """Which service, for each takes another form of message."""

    SLACK = "slack"
    TEAMS = "teams"
    LOGO = "logo"

    @property
    def label(self) -> str:
        """What people call it."""
        return {"slack": "Slack", "teams": "Microsoft Teams", "logo": "LoGoチャット"}[self.value]


@dataclass(frozen=True, slots=True)
class Chat:
    """One incoming webhook. Whoever knows `url` can write there, so that it is printed nowhere."""

    kind: ChatKind
    url: str = field(repr=False)


def read_chats(text: str) -> dict[str, Chat]:
    """The chats by the code of their desk. Raises WrongSetting, which names no address."""
    found: dict[str, Chat] = {}
    for entry in text.split():
        desk, equals, rest = entry.partition("=")
        kind, colon, url = rest.partition(":")
        if not (desk and equals and colon) or kind not in set(ChatKind):
            raise WrongSetting(_SHAPE)
        if desk in found:
            raise WrongSetting(f"{SETTING} に、窓口「{desk}」が2回書かれています。")
        if not _is_safe(url):
            raise WrongSetting(
                f"{SETTING} の窓口「{desk}」のアドレスは、https:// で始まるものにしてください。"
            )
        found[desk] = Chat(ChatKind(kind), url)
    return found


def _is_safe(url: str) -> bool:
    """Whether nobody on the way can read the address: TLS, or this very machine."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == _THIS_MACHINE)
