"""The fields of a form, and the files it brought."""

from dataclasses import dataclass, replace

from meyasubako.core.numbers import whole
from meyasubako.web.forms.multipart import Upload

MOST_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form as typed, in their order; a name may come several times."""

    pairs: tuple[tuple[str, str], ...]
    uploads: tuple[Upload, ...] = ()

    def text(self, name: str) -> str:
        """The first value of a field, "" if there is none."""
        return next((value for key, value in self.pairs if key == name), "")

    def values(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.pairs if key == name]

    def flag(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.text(name) not in {"", "no", "0"}

    def number(self, name: str) -> int | None:
        """The number of a row or a version that a field names; None when it names none."""
        return whole(self.text(name))

    def has(self, name: str) -> bool:
        """Whether a field, or the button of this name, was sent."""
        return any(key == name for key, _ in self.pairs)

    def replaced(self, name: str, value: str) -> "Form":
        """The same form with this text in a field."""
        others = tuple(pair for pair in self.pairs if pair[0] != name)
        return replace(self, pairs=(*others, (name, value)))

    def items(self, *, without: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
        """Every field but those of the frame, for keeping what was typed."""
        return [(key, value) for key, value in self.pairs if key != "csrf_token" and key not in without]

    def mapping(self) -> dict[str, list[str]]:
        """Every field with all its values, as casework checks them."""
        found: dict[str, list[str]] = {}
        for key, value in self.items():
            found.setdefault(key, []).append(value)
        return found
