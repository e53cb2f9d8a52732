"""Whether every row that names another names one that is there, and whether the database file itself is whole."""

from collections.abc import Iterator

from sqlalchemy import and_, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from meyasubako.store.models import Base
from meyasubako.store.search import on_sqlite


def broken_file(session: Session) -> Iterator[str]:
    """What SQLite says of its file; PostgreSQL looks at its own pages as it reads them."""
    if not on_sqlite(session):
        return
    for said in session.scalars(text("PRAGMA integrity_check(10)")):
        if said != "ok":
            yield _broken(said)


def is_broken(error: DatabaseError) -> str:
    """What a database that cannot even be asked says of itself."""
    return _broken(str(error.orig))


def _broken(said: str) -> str:
    return f"データベースのファイルが壊れています（{said}）。控えから戻してください。"


def broken_links(session: Session) -> Iterator[str]:
    """Rows that name a row that is not there, table by table."""
    for table in Base.metadata.sorted_tables:
        for constraint in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
            target = constraint.referred_table.alias()
            pairs = [(each.parent, target.c[each.column.name]) for each in constraint.elements]
            lost = (
                select(func.count(), func.min(pairs[0][0]))
                .select_from(table.outerjoin(target, and_(*(own == other for own, other in pairs))))
                .where(pairs[0][1].is_(None), *(own.is_not(None) for own, _ in pairs))
            )
            number, first = session.execute(lost).one()
            if number:
                yield (
                    f"表 {table.name} の{number:,}行が、表 {constraint.referred_table.name} にない行を指しています"
                    f"（{pairs[0][0].name} = {first} など）。"
                )
