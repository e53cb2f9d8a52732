"""What search looks in: the texts of a case made comparable, and which cases are still to be looked at again.

The tokens of these texts stand beside them in the table `search_index`, which is of another kind on each engine: see `store.search`.
"""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.store.models.base import Base, link


class SearchPart(Base):
    """A part of a case's text, normalised, and the forms of its words in their order.

    `id` says which: the case, the kind of part, and its number when there is much of it (`casework.searching.index`).
    """

    __tablename__ = "search_part"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    text: Mapped[str]
    words: Mapped[str]


class SearchDue(Base):
    """A case whose text may have changed since it was indexed. `mark` is drawn anew with every change."""

    __tablename__ = "search_due"

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False, autoincrement=False)
    mark: Mapped[int] = mapped_column(BigInteger)
