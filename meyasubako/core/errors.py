"""What can be refused. A refusal says in one Japanese sentence what is wrong; it knows no HTTP."""

from dataclasses import dataclass

from meyasubako.core.sentences import say


class DeskError(Exception):
    """A refusal the person can understand. `message` is shown on the page."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DeskError):
    """There is no such thing, or it is not for this person; the two look the same."""

    def __init__(self, message: str = say("お探しのものは見つかりませんでした。")) -> None:
        super().__init__(message)


class NotAllowed(DeskError):
    """The person is known and may not do this."""

    def __init__(self, message: str = say("この操作をする権限がありません。")) -> None:
        super().__init__(message)


class WrongState(DeskError):
    """The thing has moved on, so that the action no longer fits."""


class TooMany(DeskError):
    """Too many tries; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(DeskError):
    """Nothing can be read or kept at the moment; `retry_after` is in seconds. What was asked for did not happen.

    `reason` says why to whoever runs the service, and to nobody else.
    """

    def __init__(
        self,
        message: str = say("いま、記録するところにつながらないため、受け付けられません。"),
        *,
        retry_after: int = 60,
        reason: str = "",
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reason = reason


class Closed(Unavailable):
    """Somebody closed the service for a while."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One mistake: the field's name as in the form, and what to do about it."""

    field: str
    message: str


class InvalidInput(DeskError):
    """What was typed cannot be taken. All mistakes come at once."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("　".join(error.message for error in errors))
        self.errors = errors

    @property
    def field(self) -> str:
        """The first field to mend."""
        return self.errors[0].field


class WrongSetting(DeskError):
    """A setting of the installation cannot be used; the service does not start."""
