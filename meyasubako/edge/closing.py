"""The file that closes the service for a while: written by a command, looked at by every process that serves."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from meyasubako.core.dates import JAPAN
from meyasubako.core.errors import WrongSetting

NAME: Final = "closed.json"


@dataclass(frozen=True, slots=True)
class Closing:
    """Nothing is taken: until when (None: until somebody opens again), why, and whether the other pages are closed too."""

    until: datetime | None = None
    message: str = ""
    is_whole: bool = False

    def holds(self, at: datetime) -> bool:
        """Whether the time has not come yet."""
        return self.until is None or at < self.until


def close(folder: Path, closing: Closing) -> None:
    """Close the service. Raises WrongSetting where nothing can be written."""
    content = {
        "until": closing.until.isoformat() if closing.until else None,
        "message": closing.message,
        "all": closing.is_whole,
    }
    unfinished = folder / f".{NAME}.{secrets.token_hex(8)}"
    try:
        # Whoever looks at it sees all of it or nothing.
        unfinished.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
        unfinished.replace(folder / NAME)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise WrongSetting(f"{folder} に書けません。このプログラムが書ける場所にしてください。") from None


def reopen(folder: Path) -> bool:
    """Open the service again; False when it was open. Raises WrongSetting where the file cannot be removed."""
    try:
        (folder / NAME).unlink()
    except FileNotFoundError:
        return False
    except OSError:
        raise WrongSetting(
            f"{folder / NAME} を消せません。このプログラムが書ける場所にしてください。"
        ) from None
    return True


def mark(folder: Path) -> tuple[int, int] | None:
    """What tells one content of the file from another, at the price of one look; None when there is none."""
    try:
        found = (folder / NAME).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def read(folder: Path) -> Closing | None:
    """What the file says; None when there is none. One nobody can read closes as well: somebody wanted it so."""
    try:
        content: Any = json.loads((folder / NAME).read_text(encoding="utf-8"))
        until = content.get("until")
        return Closing(
            until=_instant(until) if until else None,
            message=str(content.get("message") or ""),
            is_whole=content.get("all") is True,
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError):
        return Closing()


def _instant(text: str) -> datetime:
    # Whoever writes the file by hand means the time on their wall.
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=JAPAN)
