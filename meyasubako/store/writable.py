"""Whether the database takes what is written."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def is_writable(session: Session) -> bool:
    """Ask in a unit that writes. PostgreSQL says no on a second server, or where an operator has set it to read only.

    SQLite does not even begin such a unit where its file must not be changed.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    return session.execute(text("SELECT current_setting('transaction_read_only') = 'off'")).scalar_one()
