"""How much room the database takes."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def size(session: Session) -> int:
    """Bytes on disk, without what is written beside it (journals)."""
    if session.get_bind().dialect.name == "sqlite":
        asked = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        asked = "SELECT pg_database_size(current_database())"
    return session.execute(text(asked)).scalar_one()
