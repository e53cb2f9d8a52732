"""Acts on many cases at once (まとめて行う): chosen from a list, shown before they are done, done in one unit with the
events of each case, and taken back in one go as far as nobody touched the cases since.
"""

from meyasubako.casework.bulk.doing import MAIL_WAITS, Done, perform
from meyasubako.casework.bulk.looking import Act, Chosen, LastAct, Preview, act, chosen, last_act, preview
from meyasubako.casework.bulk.orders import MOST, NEEDS, NO_DIVISION, NOBODY, UNDOABLE, Order, check
from meyasubako.casework.bulk.undoing import UNDONE_WITHIN, Undone, undo

__all__ = [
    "MAIL_WAITS",
    "MOST",
    "NEEDS",
    "NOBODY",
    "NO_DIVISION",
    "UNDOABLE",
    "UNDONE_WITHIN",
    "Act",
    "Chosen",
    "Done",
    "LastAct",
    "Order",
    "Preview",
    "Undone",
    "act",
    "check",
    "chosen",
    "last_act",
    "perform",
    "preview",
    "undo",
]
