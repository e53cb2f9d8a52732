"""What stands in the directory of somebody, and reading it from a form or a file."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from meyasubako.core import absences, text
from meyasubako.core.absences import Absence
from meyasubako.core.codes import token_hash
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.numbers import whole
from meyasubako.core.vocabulary import MeetingWay, ProviderKind, Spoken

LONGEST_NAME: Final = 200
LONGEST_LINE: Final = 500
LONGEST_PROFILE: Final = 4_000
MOST_A_MONTH: Final = 99
MOST_NAMES: Final = 100
LISTS: Final = ("topics", "purposes", "areas", "ways", "languages", "sold_topics")
"""The fields of an entry that are ticked."""
BETWEEN: Final = "；"
"""Stands between the names and codes of a list where they share one line; no name holds it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the directory. Without a mail address nothing can be offered.

    No `areas`: the whole prefecture. No `capacity`: as many cases a month as come. Whom somebody must not meet
    (`avoids`, names) and what they sell (`sells`, in words; `sold_topics`) is staff's to say.
    """

    kind: ProviderKind
    name: str
    position: str = ""
    profile: str = ""
    topics: tuple[str, ...] = ()
    ways: tuple[MeetingWay, ...] = ()
    email: str = ""
    is_active: bool = True
    listed_on: date | None = None
    purposes: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    capacity: int | None = None
    absences: tuple[Absence, ...] = ()
    languages: tuple[Spoken, ...] = ()
    sells: str = ""
    sold_topics: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry with the number of its row."""

    id: int
    desk_id: int
    entry: Entry

    @property
    def seen(self) -> str:
        """What tells a form that it shows what no longer stands."""
        return token_hash(repr(self.entry))

    @property
    def can_be_offered(self) -> bool:
        """Whether an offer can reach them."""
        return self.entry.is_active and bool(self.entry.email)


def check(
    desk: Desk, values: Mapping[str, Sequence[str]], *, today: date, standing: Entry | None = None
) -> Entry:
    """Read an entry from a form whose fields are called as those of Entry. Raises InvalidInput.

    What the desk has dropped meanwhile may stay where it is `standing`.
    """
    form = _Form(values)
    known_topics = {topic.code for topic in desk.all_topics()}
    kept = standing or Entry(ProviderKind.ADVISER, "")
    entry = Entry(
        kind=form.kind(),
        name=form.line("name", "名前", LONGEST_NAME, needed="名前を書いてください。"),
        position=form.text("position", "肩書きなど", LONGEST_LINE),
        profile=form.text("profile", "得意なこと", LONGEST_PROFILE),
        topics=form.codes("topics", "分野", known_topics | {*kept.topics}),
        ways=tuple(MeetingWay(way) for way in form.codes("ways", "方法", {*MeetingWay})),
        email=form.email(),
        is_active=form.first("is_active") == "yes",
        purposes=form.codes(
            "purposes", "引き受けること", {each.code for each in desk.purposes} | {*kept.purposes}
        ),
        areas=form.codes("areas", "地域", {code for code, _ in areas_of(desk)} | {*kept.areas}),
        capacity=form.capacity(),
        absences=form.absences(today),
        languages=tuple(Spoken(each) for each in form.codes("languages", "言葉", {*Spoken})),
        sells=form.text("sells", "売っているもの", LONGEST_LINE),
        sold_topics=form.codes("sold_topics", "売っている分野", known_topics | {*kept.sold_topics}),
        avoids=form.names("avoids", "会わせない相手"),
    )
    if form.errors:
        raise InvalidInput(*form.errors)
    return entry


def form_of(entry: Entry) -> dict[str, list[str]]:
    """An entry as `check` reads it."""
    return {
        "kind": [entry.kind.value],
        "name": [entry.name],
        "position": [entry.position],
        "profile": [entry.profile],
        **{name: [str(code) for code in getattr(entry, name)] for name in LISTS},
        "capacity": ["" if entry.capacity is None else str(entry.capacity)],
        "absences": [absences.text(entry.absences)],
        "sells": [entry.sells],
        "avoids": ["\n".join(entry.avoids)],
        "email": [entry.email],
        "is_active": ["yes" if entry.is_active else ""],
    }


def areas_of(desk: Desk) -> list[tuple[str, str]]:
    """The municipalities of the desk file, retired ones too: (code, label)."""
    if "municipality" not in {field.name for field in desk.fields}:
        return []
    return [(option.code, str(option.label)) for option in desk.field("municipality").options]


class _Form:
    """Reads one field after the other and collects what is wrong."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values
        self.errors: list[FieldError] = []

    def first(self, name: str) -> str:
        return (self._values.get(name) or [""])[0]

    def wrong(self, name: str, sentence: str) -> None:
        self.errors.append(FieldError(name, sentence))

    def kind(self) -> ProviderKind:
        typed = self.first("kind")
        if typed in list(ProviderKind):
            return ProviderKind(typed)
        self.wrong("kind", "種類を選んでください。")
        return ProviderKind.ADVISER

    def line(self, name: str, label: str, limit: int, *, needed: str) -> str:
        written = text.clean_line(self.first(name))
        if not written:
            self.wrong(name, needed)
        elif len(written) > limit:
            self.wrong(name, f"{label}は{limit}字までです。")
        return written

    def text(self, name: str, label: str, limit: int) -> str:
        try:
            return text.fitting(self.first(name), field=name, limit=limit, what=label)
        except InvalidInput as error:
            self.errors.extend(error.errors)
            return ""

    def email(self) -> str:
        email = text.clean_email(self.first("email"))
        if email and not text.is_email(email):
            self.wrong("email", "メールアドレスは、name@example.jp のような形で書いてください。")
        return email

    def codes(self, name: str, label: str, known: Collection[str]) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(self._values.get(name, ())))
        if set(found) <= {str(each) for each in known}:
            return found
        self.wrong(name, f"{label}を、一覧の中から選んでください。")
        return ()

    def names(self, name: str, label: str) -> tuple[str, ...]:
        lines = "\n".join(self._values.get(name, ())).replace(BETWEEN, "\n").replace(";", "\n").splitlines()
        found = tuple(dict.fromkeys(filter(None, map(text.clean_line, lines))))
        if len(found) > MOST_NAMES:
            self.wrong(name, f"{label}は{MOST_NAMES}件までです。")
        elif any(len(each) > LONGEST_NAME for each in found):
            self.wrong(name, f"{label}は、1行に1つずつ、{LONGEST_NAME}字までで書いてください。")
        return found

    def capacity(self) -> int | None:
        typed = unicodedata.normalize("NFKC", self.first("capacity")).strip().removesuffix("件")
        if not typed:
            return None
        number = whole(typed, digits=3)
        if number is None or number > MOST_A_MONTH:
            self.wrong(
                "capacity", f"ひと月に受けられる件数は、0から{MOST_A_MONTH}までの数字で書いてください。"
            )
        return number

    def absences(self, today: date) -> tuple[Absence, ...]:
        try:
            return absences.read("\n".join(self._values.get("absences", ())), today=today)
        except ValueError as error:
            self.wrong("absences", str(error))
            return ()
