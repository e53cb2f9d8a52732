"""Whom a case could be offered to (候補): those whose topics fit first, with the reason in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.core.desk import Desk, label_of
from meyasubako.core.vocabulary import MeetingWay, OfferState, ProviderKind, Status
from meyasubako.store.models import Case, Offer, Provider

STANDING = (OfferState.OPEN, OfferState.ACCEPTED)
NOT_TAKEN = (OfferState.TURNED_DOWN, OfferState.EXPIRED)
FINISHED = (Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody in the directory. `obstacle` says why they cannot be asked, "" when they can.

    `earlier` says that they did not take this very case when asked before, "" otherwise.
    """

    id: int
    name: str
    kind: ProviderKind
    position: str
    fits: bool
    why: str
    obstacle: str
    earlier: str


def candidates(
    session: Session, desk: Desk, case: Case, topics: Sequence[str], way: MeetingWay | None
) -> tuple[Candidate, ...]:
    """The active directory of the desk, of the kinds it offers to: best fit first, then by name.

    Last come those who did not take this case before.
    """
    rows = session.scalars(
        select(Provider)
        .where(Provider.desk_id == case.desk_id, Provider.is_active, Provider.kind.in_(desk.offers))
        .order_by(Provider.name, Provider.id)
    ).all()
    asked = set(
        session.scalars(select(Offer.provider_id).where(Offer.case_id == case.id, Offer.state.in_(STANDING)))
    )
    earlier = {
        row.provider_id: _earlier(row.state, row.reason)
        for row in session.execute(
            select(Offer.provider_id, Offer.state, Offer.reason)
            .where(Offer.case_id == case.id, Offer.state.in_(NOT_TAKEN))
            .order_by(Offer.id)
        )
    }
    at_work = {
        row.provider_id: row.held
        for row in session.execute(
            select(Offer.provider_id, func.count().label("held"))
            .join(Case, Case.id == Offer.case_id)
            .where(Case.desk_id == case.desk_id, Offer.state.in_(STANDING), Case.status.not_in(FINISHED))
            .group_by(Offer.provider_id)
        )
    }
    wanted = [_branch(desk, topic) for topic in topics]
    found: list[tuple[tuple[bool, int, int, int], Candidate]] = []
    for position, row in enumerate(rows):
        same, near = _shared(desk, row.topics, topics, wanted)
        busy = at_work.get(row.id, 0)
        candidate = Candidate(
            id=row.id,
            name=row.name,
            kind=row.kind,
            position=row.position,
            fits=bool(same or near),
            why=_why(same, near, way if way is not None and way.value in row.ways else None, busy),
            obstacle=_obstacle(row, is_asked=row.id in asked),
            earlier=earlier.get(row.id, ""),
        )
        found.append(((row.id in earlier, -len(same), -len(near), busy * len(rows) + position), candidate))
    return tuple(candidate for _, candidate in sorted(found, key=lambda item: item[0]))


def _shared(
    desk: Desk, offered: Sequence[str], topics: Sequence[str], wanted: Sequence[tuple[str, ...]]
) -> tuple[list[str], list[str]]:
    """The words of the topics both have, and of those that lie in the same branch of the tree."""
    same = [label_of(desk.topic, topic) for topic in topics if topic in offered]
    tops = {_branch(desk, topic)[0] for topic in offered}
    near = [
        label_of(desk.topic, line[0])
        for topic, line in zip(topics, wanted, strict=True)
        if topic not in offered and line[0] in tops
    ]
    return same, list(dict.fromkeys(near))


def _branch(desk: Desk, topic: str) -> tuple[str, ...]:
    try:
        return tuple(step.code for step in desk.topic_line(topic))
    except KeyError:
        return (topic,)


def _why(same: list[str], near: list[str], way: MeetingWay | None, busy: int) -> str:
    said = []
    if same:
        said.append("分野「" + "」「".join(same) + "」が合います")
    elif near:
        said.append("「" + "」「".join(near) + "」の中の近い分野です")
    if way is not None:
        said.append(f"希望の方法（{way.label}）に応じられます")
    if busy:
        said.append(f"いま{busy}件の打診・対応があります")
    return "。".join(said) + ("。" if said else "")


def _earlier(state: OfferState, reason: str) -> str:
    if state is OfferState.EXPIRED:
        return "この件は期限切れ（期限までに返事がありませんでした）"
    return "この件は辞退" + (f"（理由：{reason}）" if reason else "")


def _obstacle(row: Provider, *, is_asked: bool) -> str:
    if is_asked:
        return "すでに打診しています"
    return "" if row.email else "メールアドレスが名簿にありません"
