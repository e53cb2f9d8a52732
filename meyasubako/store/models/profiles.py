"""What those in the directory are known for, by the words of their entries and of what they advised: made beside the work."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.store.models.base import Base, link


class ProfileDue(Base):
    """An entry whose words may have changed since. `mark` is drawn anew with every change."""

    __tablename__ = "profile_due"

    provider_id: Mapped[int] = link("provider.id", primary_key=True, index=False, autoincrement=False)
    mark: Mapped[int] = mapped_column(BigInteger)


class Profile(Base):
    """How often each term stands in an entry of the directory and in what was advised before."""

    __tablename__ = "profile"

    provider_id: Mapped[int] = link("provider.id", primary_key=True, index=False, autoincrement=False)
    desk_id: Mapped[int] = link("desk.id")
    terms: Mapped[dict[str, Any]]


class ProfileEdition(Base):
    """Drawn anew whenever a profile of a desk changes, so that what was made of all of them is known to be still good."""

    __tablename__ = "profile_edition"

    desk_id: Mapped[int] = link("desk.id", primary_key=True, index=False, autoincrement=False)
    mark: Mapped[int] = mapped_column(BigInteger)
