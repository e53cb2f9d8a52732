"""Whether the data agrees with itself: nothing is changed, whatever is found is said in a sentence.

Each check asks over whole tables, so that its time does not depend on how many things it would have to look at one by one.
"""

from meyasubako.casework.soundness.contents import Content, contents, contents_after, still_named
from meyasubako.casework.soundness.entries import ledger_against_events
from meyasubako.casework.soundness.histories import events_against_cases
from meyasubako.casework.soundness.links import broken_file, broken_links, is_broken
from meyasubako.casework.soundness.texts import search_against_texts

__all__ = [
    "Content",
    "broken_file",
    "broken_links",
    "contents",
    "contents_after",
    "events_against_cases",
    "is_broken",
    "ledger_against_events",
    "search_against_texts",
    "still_named",
]
