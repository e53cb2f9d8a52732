"""Taking the directory along as a table, and taking a table in.

First what it would change, row by row; then, if nothing moved meanwhile, all of it at once. Whoever is not in the table
stays as they are, and nobody is removed.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.casework.directory import keeping, telling
from meyasubako.casework.directory.columns import COLUMNS, NUMBER, Table
from meyasubako.casework.directory.entry import Entry, Listed
from meyasubako.core import text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import token_hash
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import AuditAction

FIELD: Final = "file"
MOVED_ON: Final = (
    "確かめているあいだに、名簿が変わりました。まだ何も取り入れていません。"
    "もう一度ファイルを選んで、変わるところを確かめてください。"
)


class Line(Protocol):
    """A line of a file, with its number there."""

    @property
    def number(self) -> int: ...

    @property
    def cells(self) -> tuple[str, ...]: ...

    @property
    def has_formula(self) -> bool: ...


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Planned:
    """One row: what becomes of it, and why or how, in sentences."""

    number: int
    fate: Fate
    name: str
    provider_id: int | None = None
    entry: Entry | None = None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a table would do to the directory as it stands; `seen` tells whether it still stands so."""

    rows: tuple[Planned, ...]
    seen: str

    def of(self, fate: Fate) -> tuple[Planned, ...]:
        """The rows with this fate."""
        return tuple(row for row in self.rows if row.fate is fate)

    @property
    def does_anything(self) -> bool:
        """Whether there is anything to take in."""
        return any(row.fate in {Fate.NEW, Fate.CHANGED} for row in self.rows)


def plan(desk: Desk, listed: Sequence[Listed], lines: Sequence[Line], *, today: date) -> Plan:
    """Compare a table with the directory. Raises InvalidInput where it is no directory at all."""
    if not lines:
        raise InvalidInput(FieldError(FIELD, "何も書かれていません。"))
    heads = _heads(lines[0].cells)
    table, found = Table(desk), _Found(listed)
    rows = tuple(_planned(desk, table, found, heads, line, today) for line in lines[1:])
    return Plan(rows, fingerprint(listed))


def fingerprint(listed: Iterable[Listed]) -> str:
    """The same as long as the directory stands as it does."""
    return token_hash(repr(sorted((each.id, repr(each.entry)) for each in listed)))


def take_along(
    session: Session, applied: AppliedDesk, *, form: str, by: Actor, at: datetime
) -> list[tuple[str, ...]]:
    """The whole directory as the lines of a table that can be changed and taken in again; on record. Raises NotAllowed."""
    keeping.may_edit(by, applied.id)
    listed = keeping.entries(session, applied.id)
    audit.record(
        session,
        AuditAction.EXPORTED,
        by=by,
        at=at,
        desk_id=applied.id,
        subject=f"名簿 {len(listed):,}件（メールアドレスを含む）",
        details={"form": form},
    )
    table = Table(applied.desk)
    return [table.row(each) for each in listed]


def carry_out(
    session: Session, applied: AppliedDesk, lines: Sequence[Line], *, seen: str, by: Actor, at: datetime
) -> Plan:
    """Take in what is new and changed, in this unit. Raises WrongState when the directory is not as it was `seen`."""
    keeping.may_edit(by, applied.id)
    listed = keeping.entries(session, applied.id, is_locked=True)
    found = plan(applied.desk, listed, lines, today=japan_day(at))
    if found.seen != seen:
        raise WrongState(MOVED_ON)
    for row in found.rows:
        if row.fate is Fate.NEW and row.entry is not None:
            keeping.add(session, applied.id, row.entry, by=by, at=at)
        elif row.fate is Fate.CHANGED and row.entry is not None and row.provider_id is not None:
            keeping.change(session, applied, row.provider_id, row.entry, by=by, at=at)
    if found.does_anything:
        new, changed = len(found.of(Fate.NEW)), len(found.of(Fate.CHANGED))
        audit.record(
            session,
            AuditAction.DIRECTORY_KEPT,
            by=by,
            at=at,
            desk_id=applied.id,
            subject=f"ファイルから取り入れた（新しい{new}、変わった{changed}）",
        )
    return found


def _heads(cells: Sequence[str]) -> tuple[str, ...]:
    known = {_plain(word): column.name for column in COLUMNS for word in (column.label, column.name)}
    heads = tuple(known.get(_plain(cell), "") for cell in cells)
    unknown = [cell for cell, name in zip(cells, heads, strict=True) if not name]
    if unknown:
        labels = "、".join(column.label for column in COLUMNS)
        sentence = f"1行めの「{unknown[0][:40]}」は、名簿の見出しではありません。見出しは {labels} です。"
        raise InvalidInput(FieldError(FIELD, sentence))
    if len(set(heads)) < len(heads):
        raise InvalidInput(FieldError(FIELD, "同じ見出しが2つあります。"))
    if NUMBER not in heads and not {"kind", "name"} <= set(heads):
        raise InvalidInput(FieldError(FIELD, "「番号」か、「種類」と「名前」の列が要ります。"))
    return heads


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()


class _Found:
    """Finds the entry a row is about: by its number, or by kind, name and position."""

    def __init__(self, listed: Sequence[Listed]) -> None:
        self.by_id = {each.id: each for each in listed}
        self.by_name: dict[tuple[str, str, str], list[Listed]] = {}
        for each in listed:
            self.by_name.setdefault(_identity(each.entry), []).append(each)
        self.taken: set[int] = set()
        self.new: set[tuple[str, str, str]] = set()

    def take(self, listed: Listed) -> Listed:
        if listed.id in self.taken:
            raise ValueError("同じ人の行が、上にもあります。")
        self.taken.add(listed.id)
        return listed

    def numbered(self, typed: str) -> Listed:
        number = whole(unicodedata.normalize("NFKC", typed).strip())
        if number is None or number not in self.by_id:
            raise ValueError(f"番号{typed.strip()[:20]}は、この窓口の名簿にありません。")
        return self.take(self.by_id[number])

    def named(self, entry: Entry) -> Listed | None:
        same = self.by_name.get(_identity(entry), [])
        if len(same) > 1:
            raise ValueError("同じ名前と肩書きの人が2人います。番号を書いてください。")
        if same:
            return self.take(same[0])
        if _identity(entry) in self.new:
            raise ValueError("同じ人の行が、上にもあります。")
        self.new.add(_identity(entry))
        return None


def _identity(entry: Entry) -> tuple[str, str, str]:
    return (entry.kind.value, entry.name, entry.position)


def _planned(
    desk: Desk, table: Table, found: _Found, heads: tuple[str, ...], line: Line, today: date
) -> Planned:
    cells = dict(zip(heads, (*line.cells, *[""] * len(heads)), strict=False))
    name = text.clean_line(cells.get("name", ""))[:200]
    labels = {column.name: column.label for column in COLUMNS}
    try:
        if line.has_formula:
            raise ValueError("数式の入った行は、取り入れません。値にしてから保存してください。")
        if len(line.cells) > len(heads):
            raise ValueError("見出しのない列に、何か書かれています。")
        number = cells.pop(NUMBER, "")
        standing = found.numbered(number) if number.strip() else None
        entry = _read(table, cells, standing, today)
        if standing is None:
            standing = found.named(entry)
            if standing is not None:
                entry = _read(table, cells, standing, today)
    except InvalidInput as error:
        why = tuple(f"{labels.get(each.field, '')}：{each.message}" for each in error.errors)
        return Planned(line.number, Fate.REFUSED, name, told=why)
    except ValueError as error:
        return Planned(line.number, Fate.REFUSED, name, told=(str(error),))
    if standing is None:
        told = tuple(f"{each.label}：{each.words}" for each in telling.tell(desk, entry) if each.words)
        return Planned(line.number, Fate.NEW, entry.name, entry=entry, told=told)
    if replace(entry, listed_on=standing.entry.listed_on) == standing.entry:
        return Planned(line.number, Fate.UNCHANGED, entry.name, standing.id)
    told = telling.changes(desk, standing.entry, entry, has_all=True)
    return Planned(line.number, Fate.CHANGED, entry.name, standing.id, entry, tuple(told))


def _read(table: Table, cells: Mapping[str, str], standing: Listed | None, today: date) -> Entry:
    """The entry a row means; what it leaves as it stands is not even looked at."""
    if standing is None:
        return table.read(cells, None, today=today)
    now = table.cells(standing.entry)
    said = {name: cell for name, cell in cells.items() if text.clean_text(cell) != text.clean_text(now[name])}
    return table.read(said, standing.entry, today=today) if said else standing.entry
