"""Deadlines (回答期限): an interim notice or a coordinator sets a new date, and staff are reminded of what is due.

What waiting for the requester does to a date stands in `casework.pausing`.
"""

from meyasubako.casework.deadlines.moving import move_due, send_interim
from meyasubako.casework.deadlines.reminding import forget_reminders, remind

__all__ = ["forget_reminders", "move_due", "remind", "send_interim"]
