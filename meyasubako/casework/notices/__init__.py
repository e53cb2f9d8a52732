"""Notices (お知らせ): what happens to a case is told to those who have to do with it, each as they chose.

Nobody is told what they did themselves, of a case they may not open, or of one that is put aside for checking. Who may
open it is asked again when a mail or a chat message is worded.
"""

from meyasubako.casework.notices.calling import Person, called, keep_calls, mentions_of, people
from meyasubako.casework.notices.chat import ChatTrouble, note_chat, trouble_of
from meyasubako.casework.notices.choosing import choices_of, choose
from meyasubako.casework.notices.letters import ChatPost, NoticeLetter, NoticeLine, chat_post, letter
from meyasubako.casework.notices.reading import (
    MOST_COUNTED,
    PAGE_SIZE,
    NoticePage,
    NoticeRow,
    forget,
    listed,
    read_all,
    read_before,
    read_case,
    unread,
)
from meyasubako.casework.notices.telling import Happened, tell
from meyasubako.casework.notices.watching import is_watching, watch, watchers

__all__ = [
    "MOST_COUNTED",
    "PAGE_SIZE",
    "ChatPost",
    "ChatTrouble",
    "Happened",
    "NoticeLetter",
    "NoticeLine",
    "NoticePage",
    "NoticeRow",
    "Person",
    "called",
    "chat_post",
    "choices_of",
    "choose",
    "forget",
    "is_watching",
    "keep_calls",
    "letter",
    "listed",
    "mentions_of",
    "note_chat",
    "people",
    "read_all",
    "read_before",
    "read_case",
    "tell",
    "trouble_of",
    "unread",
    "watch",
    "watchers",
]
