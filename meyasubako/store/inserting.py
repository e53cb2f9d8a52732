"""Inserting a row unless one with the same unique value is there, in one statement on both engines."""

from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from meyasubako.store.models import Base


def insert_unless_taken(session: Session, table: type[Base]) -> Insert:
    """`INSERT … ON CONFLICT DO NOTHING`; with `returning`, no row comes back when a unique value was taken."""
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()
