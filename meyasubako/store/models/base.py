"""The base of all tables: names of constraints that migrations can rely on, and the column kinds in use."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, Date, ForeignKey, Integer, MetaData, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from meyasubako.store.types import UtcDateTime

Id = Annotated[int, mapped_column(Integer, primary_key=True, autoincrement=True)]
Code = Annotated[str, mapped_column(String(60))]


def link(target: str, **options: Any) -> Any:
    """A column that points at another row; indexed unless told not to."""
    options.setdefault("index", True)
    return mapped_column(ForeignKey(target), **options)


def table_of(row: "type[Base]") -> Table:
    """The table of these rows, for statements that are run often and need no objects."""
    table: Any = row.__table__
    assert isinstance(table, Table)
    return table


class Base(DeclarativeBase):
    """All tables of the service."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        date: Date(),
        str: Text(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }
