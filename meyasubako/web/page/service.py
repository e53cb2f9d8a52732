"""What one running application holds: its settings, its database, its templates, and the desks as last seen."""

import asyncio
import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, Final, Protocol, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.routing import Route

from meyasubako.casework import desks
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys, grouped
from meyasubako.core.errors import FieldError, NotFound, Unavailable
from meyasubako.core.numbers import things
from meyasubako.core.sentences import say
from meyasubako.core.settings import Settings
from meyasubako.core.tongues import Tongue, tongue
from meyasubako.core.vocabulary import Language
from meyasubako.edge import closing
from meyasubako.edge.closing import Closing
from meyasubako.edge.files import Cabinet
from meyasubako.edge.pictures import draw

T = TypeVar("T")
A = TypeVar("A")

DESKS_FRESH_FOR: Final = 1.0
CLOSING_FRESH_FOR: Final = 1.0
HASHES_AT_ONCE: Final = 2


class Units(Protocol):
    """The way into the database: whole units of work, nothing else."""

    async def read(self, unit: Callable[[Any], T]) -> T: ...

    async def look_back(self, unit: Callable[[Any], T]) -> T: ...

    async def write(self, unit: Callable[[Any], T]) -> T: ...

    async def write_together(
        self, work: Callable[[Any, Sequence[A]], Sequence[T | Exception]], item: A
    ) -> T: ...


class DeskShelf:
    """The desks by code. Whether one changed is asked at most once a second; definitions are read again only then."""

    def __init__(self, database: Units) -> None:
        self._database = database
        self._desks: dict[str, AppliedDesk] = {}
        self._checked_at = -DESKS_FRESH_FOR
        self._checking = asyncio.Lock()

    async def look(self) -> None:
        """Make sure that what is kept is not older than a second."""
        if monotonic() - self._checked_at >= DESKS_FRESH_FOR:
            async with self._checking:
                if monotonic() - self._checked_at >= DESKS_FRESH_FOR:
                    await self._look_if_possible()

    async def _look_if_possible(self) -> None:
        try:
            await self.look_again()
        except Unavailable:
            # Desks once seen go on saying where else one can turn to.
            if not self._desks:
                raise
            self._checked_at = monotonic()

    async def look_again(self) -> None:
        """Compare what is kept with the database now."""
        revisions = await self._database.read(desks.revisions)
        if revisions != {code: applied.revision for code, applied in self._desks.items()}:
            self._desks = {applied.code: applied for applied in await self._database.read(desks.every)}
        self._checked_at = monotonic()

    def has(self, code: str) -> bool:
        """Whether there is such a desk."""
        return code in self._desks

    def find(self, code: str) -> AppliedDesk:
        """The desk with this code. Raises NotFound."""
        if code not in self._desks:
            raise NotFound(say("この窓口は見つかりませんでした。"))
        return self._desks[code]

    def find_by_id(self, desk_id: int) -> AppliedDesk:
        """The desk a row points at. Raises NotFound."""
        for applied in self._desks.values():
            if applied.id == desk_id:
                return applied
        raise NotFound(say("この窓口は見つかりませんでした。"))

    def every(self) -> tuple[AppliedDesk, ...]:
        """All desks, in the order they were first applied."""
        return tuple(self._desks.values())


class Door:
    """Whether somebody closed the service. The file that says so is looked at once a second at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checked_at = -CLOSING_FRESH_FOR
        self._mark: Hashable = None
        self._closing: Closing | None = None

    def closing(self, at: datetime) -> Closing | None:
        """What was said about being closed, if it holds now."""
        if monotonic() - self._checked_at >= CLOSING_FRESH_FOR:
            self.look_again()
        return self._closing if self._closing is not None and self._closing.holds(at) else None

    def look_again(self) -> None:
        """Compare what is kept with the file now."""
        found = closing.mark(self._folder)
        if found != self._mark:
            self._closing = closing.read(self._folder)
        self._mark = found
        self._checked_at = monotonic()


@dataclass(slots=True)
class Statics:
    """Static files by address; the query names the content, so that browsers may keep a file for ever."""

    folder: Path
    _addresses: dict[str, str] = field(default_factory=dict)

    def address(self, path: str) -> str:
        """The address of a static file. Raises FileNotFoundError for one that is not there."""
        if path not in self._addresses:
            content = (self.folder / path).read_bytes()
            self._addresses[path] = f"/static/{path}?v={version_of(content)}"
        return self._addresses[path]


def version_of(content: bytes) -> str:
    """What an address names a file's content by."""
    return hashlib.sha256(content).hexdigest()[:12]


@dataclass(slots=True)
class Service:
    """Everything a view may need that is not in its request."""

    settings: Settings
    database: Units
    keys: Keys
    templates: Path
    statics: Statics
    shelf: DeskShelf
    door: Door
    addresses: Mapping[str, Route]
    cabinet: Cabinet
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))
    prepared: dict[Hashable, str] = field(default_factory=dict)
    """Pages made before they are needed, by what they say."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """The routes that other processes answer, and the address at which they do."""

    def url(self, name: str, /, **params: Any) -> str:
        """The path of a route by its name, or its whole address where other processes answer it.

        Raises KeyError for a name no route has.
        """
        return f"{self.elsewhere.get(name, '')}{self.addresses[name].url_path_for(name, **params)}"

    def public_address(self, name: str, /, **params: Any) -> str:
        """The whole address of a page that everybody may open."""
        return f"{self.settings.public_url}{self.addresses[name].url_path_for(name, **params)}"

    def pages_in(self, language: Language) -> Environment:
        """The templates, saying everything in this language."""
        return environment(self.templates, language)


@cache
def environment(folder: Path, language: Language = Language.JAPANESE) -> Environment:
    """The templates: everything escaped, everything named must be there, compiled once a process and language.

    Sentences and texts of desks come out in the language by themselves; what a template says itself stands in `_("…")` or,
    with markup inside, in `{% trans %}`.
    """
    speaker = tongue(language)
    made = Environment(
        loader=FileSystemLoader(folder),
        extensions=["jinja2.ext.i18n"],
        finalize=None if language is Language.JAPANESE else lambda value: _told(speaker, value),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day_text=speaker.day,
        drawn=draw,
        field_id=field_id,
        file_size=file_size,
        fiscal_year_text=dates.fiscal_year_text,
        grouped=grouped,
        instant_text=speaker.instant,
        iso=_iso,
        japan_day=dates.japan_day,
        moment=speaker.moment,
        things=things,
        month_text=dates.month_text,
        number=number,
        of_field=of_field,
        t=speaker.tell,
        wareki=speaker.full_day,
        wareki_month=dates.wareki_month,
    )
    made.newstyle_gettext = True  # type: ignore[attr-defined]
    tests: dict[str, Any] = {"day": dates.is_day}
    made.tests.update(tests)
    said: dict[str, Any] = {
        "_": speaker.say,
        "gettext": lambda source, **values: _with_markup(speaker, source, values),
    }
    made.globals.update(said)
    return made


def _iso(instant: datetime) -> str:
    return instant.astimezone(dates.JAPAN).isoformat(timespec="minutes")


def _told(speaker: Tongue, value: Any) -> Any:
    return speaker.tell(value) if isinstance(value, str) else value


def _with_markup(speaker: Tongue, source: str, values: Mapping[str, Any]) -> Markup:
    """A sentence of a template that holds markup: the markup is the catalogue's, the values are escaped."""
    said = Markup(speaker.find(source))  # noqa: S704 - the sentences are ours, written in templates and catalogues
    return said % {name: _told(speaker, value) for name, value in values.items()}


def field_id(key: str) -> str:
    """What the element of a field is called, by its key."""
    return f"field-{key.replace('.', '-').replace('_', '-')}"


def of_field(errors: Sequence[FieldError], key: str) -> list[FieldError]:
    """The errors of the field with this key."""
    return [error for error in errors if error.field == key]


def number(value: int) -> str:
    """1,234; a minus is printed △, as in official tables."""
    return f"△{-value:,}" if value < 0 else f"{value:,}"


def file_size(size: int) -> str:
    """1.2MB, 340KB; never 0KB."""
    if size >= 1_048_576:
        return f"{size / 1_048_576:.1f}MB"
    return f"{max(size // 1024, 1)}KB"
