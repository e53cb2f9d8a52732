"""Correspondence (お知らせ): what a mail says, looked up at the moment it is delivered, and what is sent once more.

An address nobody has confirmed gets the receipt number and a link, never content. Contact data never travels by mail.
"""

from meyasubako.casework.correspondence.again import Unarrived, send_again, unarrived
from meyasubako.casework.correspondence.composing import compose
from meyasubako.casework.correspondence.letters import Letter
from meyasubako.casework.correspondence.links import Links

__all__ = ["Letter", "Links", "Unarrived", "compose", "send_again", "unarrived"]
