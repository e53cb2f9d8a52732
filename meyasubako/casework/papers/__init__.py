"""Papers (用紙・手紙): what is printed of a desk and its cases: the form to fill in by hand, the letter that
answers, the slip, the sheet that goes to another office with a case.

Reads only. Printing is no event of a case: nobody can know whether a printed letter was posted.
"""

from meyasubako.casework.papers.handovers import Handover, handover
from meyasubako.casework.papers.letters import Access, Addressee, Letter, Sender, Slip, interim, letter, slip
from meyasubako.casework.papers.sheet import Entry, Group, Sheet, sheet

__all__ = [
    "Access",
    "Addressee",
    "Entry",
    "Group",
    "Handover",
    "Letter",
    "Sender",
    "Sheet",
    "Slip",
    "handover",
    "interim",
    "letter",
    "sheet",
    "slip",
]
