"""Attachments (添付): files of a form not yet sent, then of its receipt; the only writer of drafts, attachments and contents.

What lies on the disk is written before a row names it and removed after no row names it any more.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CursorResult, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import FileType, ScanState
from meyasubako.store.inserting import insert_unless_taken
from meyasubako.store.models import Attachment, Case, Draft, IncomingMail, Receipt, StoredFile

DRAFT_LASTS: Final = timedelta(hours=24)
GRACE: Final = timedelta(hours=1)
"""A content may lie on the disk for so long before anything names it: it is just being handed in."""

FIELD: Final = "files"
_DRAFTS: Final = select(Draft.key_hash).where(Draft.key_hash.in_(bindparam("keys", expanding=True)))
OPEN: Final = frozenset({ScanState.NOT_ASKED, ScanState.CLEAN})

INFECTED: Final = say("ウイルスが見つかったファイルのため、受け取れません。")
GONE: Final = say(
    "選んだファイルは、1日たったか、ほかの画面で消されたため、残っていません。"
    "要るものは、もう一度選んでください。"
)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as it is listed."""

    id: int
    name: str
    file_type: FileType
    size: int
    scan_state: ScanState

    @property
    def is_open(self) -> bool:
        """Whether it may be looked at."""
        return self.scan_state in OPEN


@dataclass(frozen=True, slots=True)
class Content:
    """A file that may be looked at: where it lies, and as what it is given out."""

    digest: str
    name: str
    file_type: FileType
    size: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A content nobody may look at before it was scanned."""

    id: int
    digest: str


# ---- Of a form not yet sent ----


def hold(
    session: Session,
    desk_id: int,
    key_hash: str,
    *,
    digest: str,
    size: int,
    file_type: FileType,
    name: str,
    most: int,
    is_scanned: bool,
    at: datetime,
) -> None:
    """Keep a file for a form; a content it holds already is not held twice.

    Raises InvalidInput when there are `most` already, or when a virus was found in this content before.
    """
    draft_id = _draft_to_write(session, desk_id, key_hash, at=at)
    file_id = _content(session, digest, size, file_type, name, is_scanned=is_scanned, at=at)
    held = session.scalars(select(Attachment.file_id).where(Attachment.draft_id == draft_id)).all()
    if file_id in held:
        return
    if len(held) >= most:
        raise InvalidInput(FieldError(FIELD, over(name, most)))
    last = session.scalar(select(func.max(Attachment.position)).where(Attachment.draft_id == draft_id)) or 0
    session.execute(
        insert(Attachment),
        [{"file_id": file_id, "draft_id": draft_id, "position": last + 1, "name": name, "attached_at": at}],
    )
    session.execute(update(Draft).where(Draft.id == draft_id).values(expires_at=at + DRAFT_LASTS))


def over(name: str, most: int) -> str:
    """Why one more is not taken."""
    return say("「%(name)s」は、%(most)sつを超えるため加えていません。", name=name, most=most)


def let_go(session: Session, key_hash: str, attachment_ids: Collection[int]) -> None:
    """A form no longer holds these files; one that it does not hold is nothing to complain about."""
    draft_id = _draft(session, key_hash)
    if draft_id is not None:
        session.execute(
            delete(Attachment).where(Attachment.id.in_(attachment_ids), Attachment.draft_id == draft_id)
        )


def held(session: Session, key_hash: str) -> tuple[Attached, ...]:
    """The files of a form, in the order in which they came."""
    drafts = select(Draft.id).where(Draft.key_hash == key_hash)
    return _listed(session, _attached().where(Attachment.draft_id.in_(drafts)))


def claim(session: Session, key_hash: str, receipt_id: int, *, shown: Iterable[int] = ()) -> None:
    """The files of a form become those of its receipt, in the unit that receives it.

    Raises InvalidInput if one that was `shown` before sending is not there any more: nobody sends less than they saw.
    """
    draft_id = _draft(session, key_hash)
    mine = select(Attachment.id).where(Attachment.draft_id == draft_id)
    there = set(session.scalars(mine)) if draft_id is not None else set[int]()
    if not set(shown) <= there:
        raise InvalidInput(FieldError(FIELD, GONE))
    if draft_id is not None:
        session.execute(
            update(Attachment)
            .where(Attachment.draft_id == draft_id)
            .values(receipt_id=receipt_id, draft_id=None)
        )
        session.execute(delete(Draft).where(Draft.id == draft_id))


def already_claimed(session: Session, key_hash: str, receipt_id: int) -> bool:
    """Whether a receipt has whatever its form, sent once more, holds again; then the form lets go of it."""
    draft_id = _draft(session, key_hash)
    if draft_id is None:
        return True
    again = set(session.scalars(select(Attachment.file_id).where(Attachment.draft_id == draft_id)))
    claimed = session.scalars(select(Attachment.file_id).where(Attachment.receipt_id == receipt_id))
    if not again <= set(claimed):
        return False
    session.execute(delete(Attachment).where(Attachment.draft_id == draft_id))
    session.execute(delete(Draft).where(Draft.id == draft_id))
    return True


def hand_in(
    session: Session, key_hash: str, receipt_id: int, *, is_new: bool, shown: Iterable[int] = ()
) -> None:
    """The files of a form go with its receipt, in the unit that received it. Raises InvalidInput, WrongState."""
    if is_new:
        claim(session, key_hash, receipt_id, shown=shown)
    elif not already_claimed(session, key_hash, receipt_id):
        # The same texts were received before, but not with these files.
        raise WrongState(say("この画面からは、先に別の内容を受け付けています。"))


def keys_holding(session: Session, key_hashes: Iterable[str]) -> set[str]:
    """Which of these forms may hold files."""
    return set(session.scalars(_DRAFTS, {"keys": list(key_hashes)}))


def hand_over(session: Session, key_hash: str, new_key_hash: str) -> None:
    """The files of a form become those of another, which takes its place."""
    session.execute(update(Draft).where(Draft.key_hash == key_hash).values(key_hash=new_key_hash))


# ---- Of a receipt ----


def attach(
    session: Session,
    receipt_id: int,
    *,
    digest: str,
    size: int,
    file_type: FileType,
    name: str,
    is_scanned: bool,
    at: datetime,
) -> None:
    """A file that came later, by mail; a content the receipt has already is not attached twice.

    Raises InvalidInput when a virus was found in this content before.
    """
    file_id = _content(session, digest, size, file_type, name, is_scanned=is_scanned, at=at)
    mine = session.scalars(select(Attachment.file_id).where(Attachment.receipt_id == receipt_id)).all()
    if file_id in mine:
        return
    last = select(func.max(Attachment.position)).where(Attachment.receipt_id == receipt_id)
    position = (session.scalar(last) or 0) + 1
    new = {
        "file_id": file_id,
        "receipt_id": receipt_id,
        "position": position,
        "name": name,
        "attached_at": at,
    }
    session.execute(insert(Attachment), [new])


def of_receipt(session: Session, receipt_id: int) -> tuple[Attached, ...]:
    """The files of a receipt."""
    return _listed(session, _attached().where(Attachment.receipt_id == receipt_id))


def open_for_staff(session: Session, actor: Actor, case_id: int, attachment_id: int) -> Content:
    """A file of a case one may see. Raises NotFound, or WrongState while it must not be opened."""
    visible = cases.visible_cases(actor, Need.VIEW_CASES).where(Case.id == case_id)
    return _open(session, visible.with_only_columns(Case.receipt_id), attachment_id)


def open_for_requester(session: Session, number: str, generation: int, attachment_id: int) -> Content:
    """A file of the receipt that was unlocked. Raises NotFound, or WrongState while it must not be opened."""
    own = select(Receipt.id).where(Receipt.number == number, Receipt.passcode_generation == generation)
    return _open(session, own, attachment_id)


# ---- Of a mail ----


def keep(session: Session, *, digest: str, size: int, is_scanned: bool, at: datetime) -> int:
    """The row of a mail as it came, for whatever names it in this unit; also of one with a virus."""
    return _row_of(session, digest, size, FileType.TXT, is_scanned=is_scanned, at=at)[0]


def open_kept(session: Session, file_id: int, name: str) -> Content:
    """A mail as it came. Raises WrongState while it must not be opened."""
    row = session.get_one(StoredFile, file_id)
    return _opened(Content(row.digest, name, row.file_type, row.size), row.scan_state)


# ---- Sweeping and scanning, in chunks ----


def forget_drafts(session: Session, *, at: datetime, limit: int) -> int:
    """Remove up to `limit` forms nobody sent in time, with what they hold; returns how many."""
    over = session.scalars(
        select(Draft.id)
        .where(Draft.expires_at <= at)
        .order_by(Draft.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(delete(Attachment).where(Attachment.draft_id.in_(over)))
    session.execute(delete(Draft).where(Draft.id.in_(over)))
    return len(over)


def forget_contents(session: Session, *, at: datetime, limit: int) -> list[str]:
    """Remove up to `limit` contents nothing names; returns their digests, to be removed from the disk afterwards."""
    # Locked before they are looked at: whoever attaches one of them this moment comes before us or finds it gone.
    orphans = select(StoredFile.id).where(
        StoredFile.stored_at <= at - GRACE,
        ~select(Attachment.id).where(Attachment.file_id == StoredFile.id).exists(),
        ~select(IncomingMail.id).where(IncomingMail.file_id == StoredFile.id).exists(),
    )
    locked = session.scalars(
        orphans.order_by(StoredFile.id).limit(limit).with_for_update(skip_locked=True, of=StoredFile)
    ).all()
    still = orphans.where(StoredFile.id.in_(locked))
    gone = delete(StoredFile).where(StoredFile.id.in_(still)).returning(StoredFile.digest)
    return list(session.scalars(gone.execution_options(synchronize_session=False)))


def unnamed(session: Session, digests: Sequence[str]) -> list[str]:
    """Which of these contents nothing is to keep on the disk: no row names them, or a virus was found in them."""
    kept = session.scalars(
        select(StoredFile.digest).where(
            StoredFile.digest.in_(digests), StoredFile.scan_state != ScanState.INFECTED
        )
    )
    return sorted(set(digests) - set(kept))


def waiting(session: Session, *, after: int, limit: int) -> list[Waiting]:
    """Contents that wait for the scanner, from the one after `after` on."""
    found = session.execute(
        select(StoredFile.id, StoredFile.digest)
        .where(StoredFile.scan_state == ScanState.PENDING, StoredFile.id > after)
        .order_by(StoredFile.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in found]


def note_scan(session: Session, content_id: int, state: ScanState, *, at: datetime) -> bool:
    """What the scanner said of a content; False if it was gone or somebody else noted it first."""
    noted = session.execute(
        update(StoredFile)
        .where(StoredFile.id == content_id, StoredFile.scan_state == ScanState.PENDING)
        .values(scan_state=state, scanned_at=at)
    )
    assert isinstance(noted, CursorResult)
    return noted.rowcount == 1


def _draft(session: Session, key_hash: str) -> int | None:
    """The draft of a form, locked for this unit."""
    return session.scalar(select(Draft.id).where(Draft.key_hash == key_hash).with_for_update())


def _draft_to_write(session: Session, desk_id: int, key_hash: str, *, at: datetime) -> int:
    new = {"desk_id": desk_id, "key_hash": key_hash, "expires_at": at + DRAFT_LASTS}
    while True:
        session.execute(insert_unless_taken(session, Draft).values(new))
        # One that was there may have been swept or sent meanwhile.
        if (draft_id := _draft(session, key_hash)) is not None:
            return draft_id


def _content(
    session: Session,
    digest: str,
    size: int,
    file_type: FileType,
    name: str,
    *,
    is_scanned: bool,
    at: datetime,
) -> int:
    """The row of a content that may be attached. Raises InvalidInput when a virus was found in it before."""
    file_id, state = _row_of(session, digest, size, file_type, is_scanned=is_scanned, at=at)
    if state is ScanState.INFECTED:
        raise InvalidInput(FieldError(FIELD, say("「%(name)s」は、%(reason)s", name=name, reason=INFECTED)))
    return file_id


def _row_of(
    session: Session, digest: str, size: int, file_type: FileType, *, is_scanned: bool, at: datetime
) -> tuple[int, ScanState]:
    """The row of a content, locked for this unit, so that no sweep takes it away before it is attached."""
    new = {
        "digest": digest,
        "size": size,
        "file_type": file_type,
        "stored_at": at,
        "scan_state": ScanState.PENDING if is_scanned else ScanState.NOT_ASKED,
    }
    while True:
        session.execute(insert_unless_taken(session, StoredFile).values(new))
        found = session.execute(
            select(StoredFile.id, StoredFile.scan_state).where(StoredFile.digest == digest).with_for_update()
        ).one_or_none()
        if found is not None:
            break
    file_id, state = found
    if is_scanned and state is ScanState.NOT_ASKED:
        session.execute(
            update(StoredFile).where(StoredFile.id == file_id).values(scan_state=ScanState.PENDING)
        )
    return file_id, state


def _attached() -> Select[int, str, FileType, int, ScanState]:
    return (
        select(Attachment.id, Attachment.name, StoredFile.file_type, StoredFile.size, StoredFile.scan_state)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .order_by(Attachment.position, Attachment.id)
    )


def _listed(session: Session, rows: Select[int, str, FileType, int, ScanState]) -> tuple[Attached, ...]:
    return tuple(Attached(*row) for row in session.execute(rows))


def _open(session: Session, receipts: Select[int], attachment_id: int) -> Content:
    found = session.execute(
        select(
            StoredFile.digest, Attachment.name, StoredFile.file_type, StoredFile.size, StoredFile.scan_state
        )
        .join(Attachment, Attachment.file_id == StoredFile.id)
        .where(Attachment.id == attachment_id, Attachment.receipt_id.in_(receipts))
    ).one_or_none()
    if found is None:
        raise NotFound
    digest, name, file_type, size, state = found
    return _opened(Content(digest, name, file_type, size), state)


def _opened(content: Content, state: ScanState) -> Content:
    if state is ScanState.INFECTED:
        raise WrongState(say("ウイルスが見つかったため、開けません。"))
    if state is ScanState.PENDING:
        raise WrongState(
            say("ウイルスの検査が終わるまで、開けません。しばらくしてから、もう一度お試しください。")
        )
    return content
