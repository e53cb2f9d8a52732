"""Backups (控え) in a folder: each a folder of its own, named by its instant, with checksums every machine can check.

A backup that has its name is whole: until then it is called otherwise. Contents that a former backup holds too are
linked to it, so that keeping many takes hardly more room than one.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from meyasubako.core import reasons
from meyasubako.core.errors import WrongState

SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"
FILES: Final = "files"
KEY: Final = "secret"
FORMAT: Final = 1
UNFINISHED: Final = ".unfinished"

_NAME: Final = "%Y%m%dT%H%M%SZ"
_PATTERN: Final = re.compile(r"\d{8}T\d{6}Z")
_LINE: Final = re.compile(r"([0-9a-f]{64})  (\S+)")
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of. `key_mark` tells keys apart without telling the key; `has_key`: the key itself is in it.

    `lost` are contents the tables name and nobody could read any more.
    """

    version: str
    made_at: str
    engine: str
    revision: str
    database: str
    cases: int
    key_mark: str
    has_key: bool
    lost: tuple[str, ...] = ()
    format: int = FORMAT

    def text(self) -> str:
        """As it stands in its file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read one. Raises WrongState when it is none, or of a later version of the program."""
        try:
            found: dict[str, Any] = json.loads(text)
            if found["format"] != FORMAT:
                raise WrongState("この控えは、新しい版でとったものです。その版で戻してください。")
            found["lost"] = tuple(found["lost"])
            return cls(**found)
        except (ValueError, TypeError, KeyError) as error:
            raise WrongState("控えの manifest.json が読めません。") from error


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is whole."""

    folder: Path

    @property
    def made_at(self) -> datetime:
        """When it was begun."""
        return datetime.strptime(self.folder.name, _NAME).replace(tzinfo=UTC)

    @property
    def size(self) -> int:
        """How much it holds, in bytes, linked or not."""
        return sum(each.stat().st_size for each in self.folder.rglob("*") if each.is_file())

    def manifest(self) -> Manifest:
        """What it says of itself. Raises WrongState."""
        try:
            return Manifest.read((self.folder / MANIFEST).read_text(encoding="utf-8"))
        except OSError as error:
            raise WrongState(f"{self.folder} は控えではありません（{MANIFEST} がありません）。") from error

    def check(self) -> Iterator[str]:
        """Read all of it, and say what is not as it was written."""
        try:
            lines = (self.folder / SUMS).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            yield f"{SUMS} が読めません。"
            return
        named = [_LINE.fullmatch(line) for line in lines]
        sums = {match[2]: match[1] for match in named if match}
        if None in named or not {MANIFEST, *_needed(self)} <= sums.keys():
            yield f"{SUMS} が欠けています。"
        for name, expected in sums.items():
            try:
                if _sum_of(self.folder / name) != expected:
                    yield f"{name} の中身が、控えをとったときと違います。"
            except FileNotFoundError:
                yield f"{name} がありません。"
            except OSError as error:
                yield f"{name} が読めません（{reasons.of_file(error)}）。"

    def digests(self) -> Iterator[str]:
        """The contents it holds."""
        for each in sorted((self.folder / FILES).glob("*/*")):
            yield each.parent.name + each.name

    def open(self, digest: str) -> BinaryIO:
        """Read a content."""
        return _place(self.folder, digest).open("rb")


@dataclass(slots=True)
class Unfinished:
    """A backup that is being written."""

    folder: Path
    place: Path
    former: Path | None
    sums: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        """Put a short file into it."""
        self._write(name, text)
        self.add(name)

    def add(self, name: str) -> None:
        """Count a file in that lies there by now."""
        path = self.folder / name
        _flush(path)
        self.sums[name] = _sum_of(path)

    def has(self, digest: str) -> bool:
        """Whether it holds a content."""
        return _name_of(digest) in self.sums

    def take_from_former(self, digest: str) -> bool:
        """Hold a content the backup before has; False if it has not, or not whole any more."""
        if self.former is None:
            return False
        old, new = _place(self.former, digest), _place(self.folder, digest)
        new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            if _sum_of(old) != digest:
                return False
            os.link(old, new)
        except OSError:
            # No such content, or a disk that knows no links.
            return False
        self.sums[_name_of(digest)] = digest
        return True

    def copy(self, digest: str, source: BinaryIO) -> bool:
        """Hold a content; False if it is not what its digest says."""
        new = _place(self.folder, digest)
        new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = hashlib.sha256()
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            while piece := source.read(_PIECE):
                found.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if found.hexdigest() != digest:
            new.unlink()
            return False
        self.sums[_name_of(digest)] = digest
        return True

    def drop(self, digest: str) -> None:
        """Hold a content no more."""
        _place(self.folder, digest).unlink()
        del self.sums[_name_of(digest)]

    def contents(self) -> list[str]:
        """The contents it holds."""
        begin = f"{FILES}/"
        return [name.removeprefix(begin).replace("/", "") for name in self.sums if name.startswith(begin)]

    def finish(self, manifest: Manifest) -> Backup:
        """Give it its name, once all of it is on the disk."""
        self.write(MANIFEST, manifest.text())
        lines = [f"{digest}  {name}\n" for name, digest in sorted(self.sums.items())]
        self._write(SUMS, "".join(lines))
        for folder in (self.folder / SUMS, *self.folder.glob(f"{FILES}/*"), self.folder / FILES, self.folder):
            _flush(folder)
        self.folder.rename(self.place)
        _flush(self.place.parent)
        return Backup(self.place)

    def _write(self, name: str, text: str) -> None:
        opened = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)


class Shelf:
    """The folder of the backups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Backup]:
        """The whole backups, the newest first."""
        with suppress(OSError):
            found = [
                each for each in self.folder.iterdir() if _PATTERN.fullmatch(each.name) and each.is_dir()
            ]
            return [Backup(each) for each in sorted(found, reverse=True)]
        return []

    @contextmanager
    def begin(self, at: datetime) -> Iterator[Unfinished]:
        """Begin a backup; one that is not finished leaves nothing. Raises WrongState while another is being made."""
        place = self.folder / at.astimezone(UTC).strftime(_NAME)
        folder = self.folder / f"{place.name}{UNFINISHED}"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise WrongState("この場所で、ほかの控えをとっている途中です。") from error
            for left in self.folder.glob(f"*{UNFINISHED}"):
                # Its program was stopped, or the lock would be held.
                shutil.rmtree(left, ignore_errors=True)
            if place.exists():
                raise WrongState(f"控え {place} は、もうあります。")
            former = next(iter(self.all()), None)
            # Parents made along with a folder would be open to everybody.
            folder.mkdir(mode=0o700)
            (folder / FILES).mkdir(mode=0o700)
            try:
                yield Unfinished(folder, place, former.folder if former else None)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def keep(self, number: int, made: Backup) -> int:
        """Remove all but the newest ones and the one just made; returns how many went."""
        # Where the clock was set back, it is not the newest by its name.
        old = [each for each in self.all()[number:] if each != made]
        for each in old:
            # Under another name first: half a backup is none.
            away = each.folder.with_name(f"{each.folder.name}{UNFINISHED}")
            each.folder.rename(away)
            shutil.rmtree(away)
        return len(old)


def find(path: Path) -> Backup:
    """The backup at a path, or the newest of those in it. Raises WrongState when there is none."""
    if (path / MANIFEST).exists():
        return Backup(path.absolute())
    if found := Shelf(path).all():
        return found[0]
    raise WrongState(f"{path} に、控えがありません。")


def _needed(backup: Backup) -> set[str]:
    """What its checksums must name, as far as it says so itself."""
    try:
        manifest = backup.manifest()
    except WrongState:
        return set()
    return {manifest.database, *([KEY] if manifest.has_key else [])}


def _name_of(digest: str) -> str:
    return f"{FILES}/{digest[:2]}/{digest[2:]}"


def _place(folder: Path, digest: str) -> Path:
    return folder / FILES / digest[:2] / digest[2:]


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
