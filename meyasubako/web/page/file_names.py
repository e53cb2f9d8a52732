"""The name a file goes by when it leaves: any name in any writing, for old browsers in plain letters (RFC 8187)."""

import re
from typing import Final, Literal
from urllib.parse import quote

_AS_IT_IS: Final = "!#$&+-.^_`|~"
"""What RFC 8187 leaves unencoded beside letters and digits."""


def disposition(name: str, how: Literal["attachment", "inline"] = "attachment") -> str:
    """The header that makes a browser keep a file under its name, or show it (`inline`) and keep it so if asked."""
    stem, dot, ending = name.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", stem).strip("_ .") or "file"
    return f"{how}; filename=\"{plain}{dot}{ending}\"; filename*=UTF-8''{quote(name, safe=_AS_IT_IS)}"
