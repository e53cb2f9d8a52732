"""Mailbox (届いたメール): what became of each mail that came in, and what waits for somebody to look at it.

The only writer of incoming mails. A mail changes a case only through the verbs of the stage it belongs to.
"""

from meyasubako.casework.mailbox.keeping import (
    Arrived,
    Ours,
    begin,
    bounced,
    desk_for,
    finish,
    is_known,
    of_message_ids,
    ours,
)
from meyasubako.casework.mailbox.settling import settle
from meyasubako.casework.mailbox.viewing import (
    MailFile,
    MailPage,
    MailRow,
    Original,
    mail_file,
    mails,
    of_case,
    original,
)

__all__ = [
    "Arrived",
    "MailFile",
    "MailPage",
    "MailRow",
    "Original",
    "Ours",
    "begin",
    "bounced",
    "desk_for",
    "finish",
    "is_known",
    "mail_file",
    "mails",
    "of_case",
    "of_message_ids",
    "original",
    "ours",
    "settle",
]
