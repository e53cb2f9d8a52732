"""Joining (分ける・まとめる): one case becomes several, several become one, the same letter sent by many is answered once,
and a suggestion becomes a consultation. Every event is kept, and the figures follow.
"""

from meyasubako.casework.joining.bundling import bundle, end_if_alone, take_out
from meyasubako.casework.joining.bundling import obstacle as bundle_obstacle
from meyasubako.casework.joining.converting import HEARD_BY, Conversion, check, check_of, convert, other_kind
from meyasubako.casework.joining.merging import (
    find,
    main_obstacle,
    merge,
    merged_count,
    obstacle,
    share_as_said,
    share_reply,
    unmerge,
)
from meyasubako.casework.joining.splitting import Divisible, divide, divisible, split, unsplit

__all__ = [
    "HEARD_BY",
    "Conversion",
    "Divisible",
    "bundle",
    "bundle_obstacle",
    "check",
    "check_of",
    "convert",
    "divide",
    "divisible",
    "end_if_alone",
    "find",
    "main_obstacle",
    "merge",
    "merged_count",
    "obstacle",
    "other_kind",
    "share_as_said",
    "share_reply",
    "split",
    "take_out",
    "unmerge",
    "unsplit",
]
