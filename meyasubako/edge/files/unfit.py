"""Why a file cannot be taken."""


class Unfit(Exception):
    """A file that cannot be taken. `reason` goes on after its name: 「〇〇」は、…"""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Broken(ValueError):
    """What a file says of itself does not hold."""
