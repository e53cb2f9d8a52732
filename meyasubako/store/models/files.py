"""What came with a receipt or a form not yet sent: files by the hash of their content, and where they belong."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import FileType, ScanState
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class StoredFile(Base):
    """One content, kept once under its hash (SHA-256 in hex) below the data folder; `size` in bytes."""

    __tablename__ = "stored_file"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int]
    file_type: Mapped[FileType] = mapped_column(WordColumn(FileType))
    stored_at: Mapped[datetime]
    scan_state: Mapped[ScanState] = mapped_column(WordColumn(ScanState), index=True)
    scanned_at: Mapped[datetime | None]


class Draft(Base):
    """A form not yet sent, with files on the server. `key_hash` is the hash of the form's key in its browser."""

    __tablename__ = "draft"

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id")
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Attachment(Base):
    """A file under the name its sender gave it, of a draft or of a receipt, never of both."""

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint("(draft_id IS NULL) <> (receipt_id IS NULL)", name="one_owner"),)

    id: Mapped[Id]
    file_id: Mapped[int] = link("stored_file.id")
    draft_id: Mapped[int | None] = link("draft.id")
    receipt_id: Mapped[int | None] = link("receipt.id")
    position: Mapped[int]
    name: Mapped[str]
    attached_at: Mapped[datetime]
