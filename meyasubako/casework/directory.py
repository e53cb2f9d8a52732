"""The directory (名簿): advisers, partners and support organisations a desk can offer cases to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.core import text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import token_hash
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction, MeetingWay, ProviderKind
from meyasubako.store.models import Provider


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the directory. Without a mail address nothing can be offered."""

    kind: ProviderKind
    name: str
    position: str = ""
    profile: str = ""
    topics: tuple[str, ...] = ()
    ways: tuple[MeetingWay, ...] = ()
    email: str = ""
    is_active: bool = True
    listed_on: date | None = None


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


def check(desk: Desk, values: Mapping[str, Sequence[str]]) -> Entry:
    """Read an entry from a form with kind, name, position, profile, topics, ways, email, is_active. Raises InvalidInput."""
    errors = []

    def first(name: str) -> str:
        return (values.get(name) or [""])[0]

    kind = first("kind")
    if kind not in list(ProviderKind):
        errors.append(FieldError("kind", "種類を選んでください。"))
    name = text.clean_line(first("name"))
    if not name:
        errors.append(FieldError("name", "名前を書いてください。"))
    elif len(name) > 200:
        errors.append(FieldError("name", "名前は200字までです。"))
    email = text.clean_email(first("email"))
    if email and (email.count("@") != 1 or email.startswith("@") or email.endswith("@") or len(email) > 254):
        errors.append(FieldError("email", "メールアドレスは、name@example.jp のような形で書いてください。"))
    topics = tuple(dict.fromkeys(values.get("topics", ())))
    if not set(topics) <= {topic.code for topic in desk.all_topics()}:
        errors.append(FieldError("topics", "分野を、一覧の中から選んでください。"))
    ways = tuple(dict.fromkeys(values.get("ways", ())))
    if not set(ways) <= set(MeetingWay):
        errors.append(FieldError("ways", "方法を、一覧の中から選んでください。"))
    if errors:
        raise InvalidInput(*errors)
    return Entry(
        kind=ProviderKind(kind),
        name=name,
        position=text.fitting(first("position"), field="position", limit=500),
        profile=text.fitting(first("profile"), field="profile", limit=4_000),
        topics=topics,
        ways=tuple(MeetingWay(way) for way in ways),
        email=email,
        is_active=first("is_active") == "yes",
    )


def add(session: Session, desk_id: int, entry: Entry, *, by: Actor, at: datetime) -> int:
    """Add an entry; returns its number. Raises InvalidInput for one that is there already."""
    _may_edit(by, desk_id)
    same = select(Provider.id).where(
        Provider.desk_id == desk_id,
        Provider.kind == entry.kind,
        Provider.name == entry.name,
        Provider.position == entry.position,
    )
    if session.scalar(same) is not None:
        raise InvalidInput(FieldError("name", f"{entry.name}さんは、もう名簿に載っています。"))
    row = Provider(desk_id=desk_id)
    _fill(row, entry)
    row.listed_on = entry.listed_on
    session.add(row)
    session.flush()
    _note(session, row, "加えた", by=by, at=at)
    return row.id


def change(
    session: Session,
    applied: AppliedDesk,
    provider_id: int,
    entry: Entry,
    *,
    by: Actor,
    at: datetime,
    seen: str | None = None,
) -> None:
    """Replace what an entry says. Raises WrongState when somebody changed it since it was `seen`."""
    _may_edit(by, applied.id)
    row = session.get(Provider, provider_id, with_for_update=True, populate_existing=True)
    if row is None or row.desk_id != applied.id:
        raise NotFound
    now = _listed(row)
    if replace(entry, listed_on=now.entry.listed_on) == now.entry:
        # The button was pressed twice, or nothing was changed.
        return
    if seen is not None and seen != now.seen:
        raise WrongState("この名簿の内容は、開いたあとに、ほかの人が変えました。")
    _fill(row, entry)
    session.flush()
    _note(session, row, "改めた", _changes(applied.desk, now.entry, entry), by=by, at=at)


def get(session: Session, desk_id: int, provider_id: int) -> Listed:
    """One entry of a desk. Raises NotFound."""
    row = session.get(Provider, provider_id)
    if row is None or row.desk_id != desk_id:
        raise NotFound
    return _listed(row)


def entries(session: Session, desk_id: int) -> list[Listed]:
    """The whole directory of a desk: active ones first, by kind and name."""
    rows = session.scalars(
        select(Provider)
        .where(Provider.desk_id == desk_id)
        .order_by(Provider.is_active.desc(), Provider.kind, Provider.name, Provider.id)
    )
    return [_listed(row) for row in rows]


def _changes(desk: Desk, before: Entry, after: Entry) -> list[str]:
    """What a change of an entry did, as the record says it: of an address only that it changed."""
    labels = {topic.code: topic.label for topic in desk.all_topics()}

    def words(entry: Entry) -> tuple[tuple[str, str], ...]:
        return (
            ("種類", entry.kind.label),
            ("名前", entry.name),
            ("肩書きなど", entry.position),
            ("紹介", entry.profile),
            ("分野", "、".join(labels.get(each, each) for each in entry.topics)),
            ("方法", "、".join(each.label for each in entry.ways)),
            ("候補", "候補にする" if entry.is_active else "候補にしない"),
        )

    pairs = zip(words(before), words(after), strict=True)
    found = [line for (what, was), (_, now) in pairs for line in audit.from_to(what, was, now)]
    if before.email != after.email:
        what = "改めた" if before.email and after.email else "加えた" if after.email else "消した"
        found.append(f"メールアドレス：{what}")
    return found


def _note(
    session: Session, row: Provider, what: str, changes: Iterable[str] = (), *, by: Actor, at: datetime
) -> None:
    audit.record(
        session,
        AuditAction.DIRECTORY_KEPT,
        by=by,
        at=at,
        desk_id=row.desk_id,
        subject=f"{row.name}：{what}",
        changes=changes,
    )


def _may_edit(by: Actor, desk_id: int) -> None:
    if not by.may(Need.EDIT_DIRECTORY, desk_id):
        raise NotAllowed


def _fill(row: Provider, entry: Entry) -> None:
    row.kind = entry.kind
    row.name = entry.name
    row.position = entry.position
    row.profile = entry.profile
    row.topics = list(entry.topics)
    row.ways = [way.value for way in entry.ways]
    row.email = entry.email
    row.is_active = entry.is_active


def _listed(row: Provider) -> Listed:
    return Listed(
        row.id,
        row.desk_id,
        Entry(
            row.kind,
            row.name,
            row.position,
            row.profile,
            tuple(row.topics),
            tuple(MeetingWay(way) for way in row.ways),
            row.email,
            row.is_active,
            row.listed_on,
        ),
    )
