"""What a form sent, read once per request with limits on its size and the number of its fields."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form as typed, in their order; a name may come several times."""

    pairs: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str:
        """The first value of a field, "" if there is none."""
        return next((value for key, value in self.pairs if key == name), "")

    def values(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.pairs if key == name]

    def flag(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.text(name) not in {"", "no", "0"}

    def has(self, name: str) -> bool:
        """Whether a field, or the button of this name, was sent."""
        return any(key == name for key, _ in self.pairs)

    def items(self, *, without: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
        """Every field but those of the frame, for keeping what was typed."""
        return [(key, value) for key, value in self.pairs if key != "csrf_token" and key not in without]

    def mapping(self) -> dict[str, list[str]]:
        """Every field with all its values, as casework checks them."""
        found: dict[str, list[str]] = {}
        for key, value in self.items():
            found.setdefault(key, []).append(value)
        return found


async def read(request: Request) -> Form:
    """The form of this request. The size as a whole is limited around the application."""
    if not hasattr(request.state, "form"):
        limit = request.app.state.service.settings.body_limit
        try:
            data = await request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=limit)
            pairs = [(key, value) for key, value in data.multi_items() if isinstance(value, str)]
            for pair in pairs:
                # A sender may name an encoding that leaves what is no text.
                "".join(pair).encode()
        except UnicodeError:
            raise HTTPException(400) from None
        request.state.form = Form(tuple(pairs))
    return request.state.form
