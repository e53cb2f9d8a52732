"""Mails as they come in: fetched from a mailbox, read whatever they consist of, told apart from what machines send."""

from meyasubako.edge.mail_in.imap import MOST_AT_ONCE, Fetched, Mailbox, MailboxAway
from meyasubako.edge.mail_in.incoming import Automatic, File, Incoming, Report
from meyasubako.edge.mail_in.quotes import own_words
from meyasubako.edge.mail_in.reading import read

__all__ = [
    "MOST_AT_ONCE",
    "Automatic",
    "Fetched",
    "File",
    "Incoming",
    "Mailbox",
    "MailboxAway",
    "Report",
    "own_words",
    "read",
]
