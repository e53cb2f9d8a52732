"""What both engines can reckon over whole tables, each in its own words: Japanese months, and the words of a list kept as JSON."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, TableValuedAlias, cast, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from meyasubako.store.search import on_sqlite


def japan_month(instant: Any) -> ColumnElement[int]:
    """The Japanese month of an instant as yyyymm, as `core.dates.month_of` has it."""
    return cast(_MonthText(instant), Integer)


def words_of(session: Session, data: Any, name: str) -> TableValuedAlias:
    """Each word of a list in a JSON column as a row, in its column `value`; to be joined to the row it stands in."""
    if on_sqlite(session):
        return func.json_each(data, f"$.{name}").table_valued("value")
    return func.json_array_elements_text(data[name]).table_valued("value")


class _MonthText(FunctionElement[str]):
    name = "month_text"
    inherit_cache = True


@compiles(_MonthText)
def _month_text(element: Any, compiler: Any, **options: Any) -> str:
    instant = compiler.process(element.clauses, **options)
    if compiler.dialect.name == "sqlite":
        return f"strftime('%Y%m', {instant}, '+9 hours')"
    return f"to_char({instant} AT TIME ZONE 'Asia/Tokyo', 'YYYYMM')"
