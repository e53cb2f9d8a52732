"""Whether a desk tells urgent cases from others (優先度), and the words that say so."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PriorityRules:
    """優先度: whether the desk tells urgent cases from others, and the words that speak for it before anything was learned."""

    enabled: bool = True
    high_keywords: tuple[str, ...] = (
        *("至急", "緊急", "危険", "事故", "けが", "被害", "停止", "止まる"),
        *("漏えい", "不正", "間に合わない", "今週中"),
    )
    low_keywords: tuple[str, ...] = ("将来", "いつか", "参考", "感想", "お礼", "急がない", "構想")


USUAL_PRIORITIES: Final = PriorityRules()
"""What holds where a desk file says nothing."""
