"""The order in which a requester would like candidates to be asked, in the words both sides read."""

from collections.abc import Sequence

from meyasubako.core.sentences import Sentence, joined, say


def in_words(wished: Sequence[str], unwanted: Sequence[str], wish: str) -> Sentence:
    """The names in their order, those who shall not be asked, and a word beside it ("" for none)."""
    parts: list[str] = [
        say("希望の順番：%(names)s", names="、".join(wished)) if wished else say("順番は窓口に任せます。")
    ]
    if unwanted:
        parts.append(say("希望しない方：%(names)s", names="、".join(unwanted)))
    if wish:
        parts.append(wish)
    return joined(parts, "\n")
