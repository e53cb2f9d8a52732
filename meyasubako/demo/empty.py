"""Whether a database is empty enough for the demonstration."""

from sqlalchemy.orm import Session

from meyasubako.casework import accounts, desks


def holds_data(session: Session) -> bool:
    """Whether the database holds anything the demonstration would mix with."""
    return bool(desks.every(session)) or bool(accounts.list_staff(session))
