"""What a migration may need to change a large table while people work with it. Migrations call this: it stays as it is."""

from collections.abc import Sequence

from alembic.operations import Operations


def add_index(op: Operations, name: str, table: str, columns: Sequence[str], *, unique: bool = False) -> None:
    """Make an index beside the work: on PostgreSQL nobody waits for it, and one that was left half made is made anew."""
    context = op.get_context()
    if context.dialect.name == "sqlite":
        op.create_index(name, table, list(columns), unique=unique)
        return
    with context.autocommit_block():
        # It waits for units that began before it, and holds up nobody meanwhile.
        op.execute("SET lock_timeout = 0")
        op.drop_index(name, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, list(columns), unique=unique, postgresql_concurrently=True)
        op.execute("RESET lock_timeout")


def drop_index(op: Operations, name: str, table: str) -> None:
    """Remove an index beside the work."""
    context = op.get_context()
    if context.dialect.name == "sqlite":
        op.drop_index(name, table)
        return
    with context.autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.drop_index(name, if_exists=True, postgresql_concurrently=True)
        op.execute("RESET lock_timeout")
