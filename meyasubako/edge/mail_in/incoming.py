"""What a mail says, as plain data."""

from dataclasses import dataclass, field
from enum import IntEnum

from meyasubako.core.vocabulary import Bounce


class Automatic(IntEnum):
    """Whether a machine wrote a mail: by a header that says so, or only by the look of it."""

    NO = 0
    LIKELY = 1
    SURELY = 2


@dataclass(frozen=True, slots=True)
class File:
    """Something attached to a mail, under the name its sender gave it."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail system says of a mail of ours. `bounce` is None while it still tries.

    `message_ids` are those of the mails it is about, without their brackets.
    """

    bounce: Bounce | None
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail. Addresses are clean and in lower case; `senders` holds more than one only if the mail names several.

    `recipients` are all it names, those of the envelope first. `is_broken`: hardly anything of it could be read.
    """

    message_id: str
    senders: tuple[str, ...]
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    files: tuple[File, ...]
    automatic: Automatic
    report: Report | None
    is_broken: bool = False
