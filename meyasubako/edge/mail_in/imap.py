"""A mailbox over IMAP: what is new in it is fetched, and marked only when told so.

IMAPClient speaks the protocol (literals, encodings of folder names, answers out of order), which Python's own imaplib
leaves to its caller. It blocks: each call belongs in a thread.
"""

from dataclasses import dataclass
from typing import Any, Final

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError

from meyasubako.core.settings import Imap
from meyasubako.edge import trust

ANSWER_SECONDS: Final = 60.0
MOST_AT_ONCE: Final = 50


class MailboxAway(Exception):
    """The mailbox cannot be reached, or does not let us in. The text names kinds of errors only."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as it lies in the mailbox; `raw` is its beginning only where it is longer than asked for."""

    uid: int
    raw: bytes
    is_cut: bool


class Mailbox:
    """One visit to a mailbox. Raises MailboxAway from every method."""

    def __init__(self, settings: Imap, *, patience: float = ANSWER_SECONDS) -> None:
        try:
            self._client = _connected(settings, patience)
        except (IMAPClientError, OSError) as error:
            raise MailboxAway(type(error).__name__) from error
        self._done = settings.done

    def new(self) -> list[int]:
        """Up to MOST_AT_ONCE mails nobody has seen, the oldest first."""
        try:
            return sorted(self._client.search("UNSEEN UNDELETED"))[:MOST_AT_ONCE]
        except (IMAPClientError, OSError) as error:
            raise MailboxAway(type(error).__name__) from error

    def fetch(self, uid: int, *, most: int) -> Fetched | None:
        """One mail, at most so many bytes of it, left as it was; None if it is gone."""
        try:
            # One byte more tells a mail that just fits from one that does not.
            answer: Any = self._client.fetch([uid], [f"BODY.PEEK[]<0.{most + 1}>"])
        except (IMAPClientError, OSError) as error:
            raise MailboxAway(type(error).__name__) from error
        found = answer.get(uid, {})
        raw = next((value for name, value in found.items() if name.startswith(b"BODY[]")), None)
        return Fetched(uid, raw[:most], len(raw) > most) if isinstance(raw, bytes) else None

    def put_away(self, uid: int, *, stays: bool = False) -> None:
        """Mark a mail that was stored as seen, and move it to where stored ones go, unless it `stays`."""
        try:
            self._client.add_flags([uid], [SEEN], silent=True)
            if self._done and not stays:
                self._move(uid)
        except (IMAPClientError, OSError) as error:
            raise MailboxAway(type(error).__name__) from error

    def leave(self) -> None:
        """End the visit; whatever goes wrong now does not matter any more."""
        try:
            self._client.logout()
        except (IMAPClientError, OSError):
            self._client.shutdown()

    def _move(self, uid: int) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move([uid], self._done)
            return
        self._client.copy([uid], self._done)
        self._client.delete_messages([uid], silent=True)
        if self._client.has_capability("UIDPLUS"):
            # Only this one: others may have marked theirs.
            self._client.uid_expunge([uid])


def _connected(settings: Imap, patience: float) -> IMAPClient:
    client = IMAPClient(
        settings.host,
        port=settings.port,
        ssl=settings.security == "tls",
        ssl_context=trust.authorities() if settings.security == "tls" else None,
        timeout=patience,
    )
    try:
        if settings.security == "starttls":
            client.starttls(trust.authorities())
        client.login(settings.user, settings.password)
        client.select_folder(settings.folder)
        if settings.done and not client.folder_exists(settings.done):
            client.create_folder(settings.done)
    except BaseException:
        client.shutdown()
        raise
    return client
