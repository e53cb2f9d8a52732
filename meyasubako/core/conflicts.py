"""Whom somebody must not advise: what stands against bringing two people together, in sentences a coordinator reads."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from meyasubako.core import text

_FORMS: Final = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|\(株\)|\(有\)|\(同\)|一般社団法人|公益財団法人"
)
"""What a company is says nothing of which one it is."""
SHORTEST: Final = 2


def stops(
    *,
    name: str,
    avoids: Iterable[str],
    sells: str,
    sold: Iterable[str],
    wanted: Sequence[Sequence[tuple[str, str]]],
    requesters: Iterable[str],
) -> tuple[str, ...]:
    """What stands against it, nothing where all is well.

    `sold` are the topics in which somebody sells; `wanted` the topics of a case, each as the line of codes and labels down to
    it; `requesters` how whoever asks is called.
    """
    asking = [each for each in map(_plain, requesters) if len(each) >= SHORTEST]
    found: list[str] = []
    if len(_plain(name)) >= SHORTEST and any(_plain(name) == each for each in asking):
        found.append("相談した本人（または同じ会社・団体）です。")
    found += [
        f"「{avoided}」は、会わせない相手として名簿に書かれています。"
        for avoided in dict.fromkeys(avoids)
        if len(_plain(avoided)) >= SHORTEST and any(_plain(avoided) in each for each in asking)
    ]
    sold = set(sold)
    labels = {line[-1][1]: None for line in wanted if any(code in sold for code, _ in line)} if sold else {}
    if labels:
        product = f"（{sells}）" if sells else ""
        found.append(
            f"「{'」「'.join(labels)}」に関わるもの{product}を売っています。自分の商品を勧めることになります。"
        )
    return tuple(found)


@lru_cache(maxsize=8_192)
def _plain(called: str) -> str:
    return _FORMS.sub("", text.alike(called))
