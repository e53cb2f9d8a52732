"""Where files lie, each under the SHA-256 of its content: below a folder of this machine, or in a bucket of its own.

While it arrives, a file lies below a folder of this machine under a name of ours.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

RESERVE: Final = 128 * 1024 * 1024
"""What files leave free on the disk, as the database may need it."""

PARTS: Final = 256
"""By the first two digits of the digest; a sweep goes over one at a time."""

_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_NAME: Final = re.compile(r"[0-9a-f]{62}")


class Arriving:
    """A file while it arrives, written piece by piece under a name of ours. Raises OSError where it cannot be kept."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{secrets.token_hex(16)}.part"
        self.size = 0
        self._hash = hashlib.sha256()
        self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    @property
    def digest(self) -> str:
        """The hash of what was written so far."""
        return self._hash.hexdigest()

    def write(self, piece: bytes) -> None:
        """Add to its end."""
        self._hash.update(piece)
        self._file.write(piece)
        self.size += len(piece)

    def open(self) -> BinaryIO:
        """Read what was written."""
        self._file.flush()
        return self.path.open("rb")

    def finish(self) -> None:
        """Put all of it on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Leave nothing of it; after it was kept, this does nothing."""
        with suppress(OSError):
            # What is still in the buffer may not fit any more.
            self._file.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


class Cabinet(ABC):
    """All files of an installation. Any number of processes may use it at once.

    What cannot be reached, read or written raises OSError, a content that does not lie there FileNotFoundError.
    """

    def __init__(self, arriving: Path) -> None:
        self._arriving = arriving

    def begin(self) -> Arriving:
        """Begin to write a file. Raises OSError where nothing more can be kept."""
        for folder in (self._arriving.parent, self._arriving):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self._arriving).free < RESERVE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return Arriving(self._arriving)

    @abstractmethod
    def keep(self, arriving: Arriving) -> str:
        """Put a file in its place and return its digest. Raises OSError; then nothing of it is there."""

    @abstractmethod
    def open(self, digest: str) -> BinaryIO:
        """Read the content with this digest. Raises FileNotFoundError, OSError."""

    @abstractmethod
    def local(self, digest: str) -> Path | None:
        """Where the content with this digest lies, or would, on a disk of this machine; None in a bucket."""

    @abstractmethod
    def digests(self, part: int, *, before: datetime | None = None) -> Iterator[str]:
        """The digests of one of PARTS parts; with `before`, of what was put there before that instant and not again since."""

    @abstractmethod
    def discard(self, digest: str, *, before: datetime | None = None) -> None:
        """Remove a content, unless it was put there (once more) since an instant."""

    def forget_arrivals(self, *, before: datetime) -> int:
        """Remove what began to arrive before an instant and never did, as after a power cut; returns how many."""
        gone = 0
        with suppress(FileNotFoundError), os.scandir(self._arriving) as found:
            for each in found:
                if _is_older(each, before):
                    Path(each.path).unlink(missing_ok=True)
                    gone += 1
        return gone


class DiskCabinet(Cabinet):
    """A folder of a disk: each content once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "arriving")
        self._folder = folder

    def keep(self, arriving: Arriving) -> str:
        """Put a file in its place and return its digest. Raises OSError; then nothing of it is there."""
        arriving.finish()
        digest = arriving.digest
        place = self.local(digest)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Also where the same content lies already: the newer one is the one a sweep going on leaves alone.
        arriving.path.replace(place)
        for folder in (place.parent, self._folder):
            _flush(folder)
        return digest

    def open(self, digest: str) -> BinaryIO:
        """Read the content with this digest. Raises FileNotFoundError, OSError."""
        return self.local(digest).open("rb")

    def local(self, digest: str) -> Path:
        """Where the content with this digest lies, if it is there."""
        return self._folder / digest[:2] / digest[2:]

    def digests(self, part: int, *, before: datetime | None = None) -> Iterator[str]:
        """The digests of one of PARTS parts; with `before`, of what was put there before that instant and not again since."""
        folder = self._folder / f"{part:02x}"
        with suppress(FileNotFoundError), os.scandir(folder) as found:
            for each in found:
                is_ours = _NAME.fullmatch(each.name) and _FOLDER.fullmatch(folder.name)
                if is_ours and (before is None or _is_older(each, before)):
                    yield f"{folder.name}{each.name}"

    def discard(self, digest: str, *, before: datetime | None = None) -> None:
        """Remove a content, unless it was put there (once more) since an instant."""
        place = self.local(digest)
        away = self._arriving / f"{secrets.token_hex(16)}.part"
        try:
            # Somebody may be putting the same content there this moment: what was moved away is looked at, not what was there.
            place.rename(away)
        except FileNotFoundError:
            return
        if before is not None and not _is_older(away, before):
            with suppress(FileExistsError):
                os.link(away, place)
        away.unlink()


def _is_older(file: Path | os.DirEntry[str], before: datetime) -> bool:
    try:
        return file.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _flush(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
