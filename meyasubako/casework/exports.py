"""Taking a list along (書き出し): every case that meets conditions, whole, in pieces, as a table.

Who wrote it, and how to reach them, goes along only for those who may take that with them; each export is recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import audit, cases, selection
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.conditions import Conditions
from meyasubako.core.desk import Desk, label_of, municipality_label, outcome_label, requester_type_label
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed
from meyasubako.core.policy import Actor, Need
from meyasubako.core.sheets import Cell, Column
from meyasubako.core.vocabulary import AuditAction
from meyasubako.store.models import Case, CaseTopic, Receipt, Requester, Staff

PIECE: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What goes along beside numbers, dates and codes: the texts, and who sent it."""

    conditions: Conditions
    has_texts: bool = False
    has_contact: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of the table, and after which case the next piece begins; None after the last."""

    rows: list[tuple[Cell, ...]]
    after: int | None


@dataclass(frozen=True, slots=True)
class _Facts:
    case: Case
    receipt: Receipt
    requester: Requester
    assignee: str
    topics: list[str]


_Reader = Callable[[Desk, _Facts], Cell]


def _day(instant: datetime | None) -> str:
    return dates.japan_day(instant).isoformat() if instant else ""


_PLAIN: Final[tuple[tuple[Column, _Reader], ...]] = (
    (
        Column("number", "番号", "受付番号。2つめからのことがらには（2）のように付く"),
        lambda _, each: cases.case_number(each.receipt.number, each.case.ordinal),
    ),
    (
        Column("received_on", "受付の日", "受け付けた日（日本の暦）"),
        lambda _, each: _day(each.case.received_at),
    ),
    (Column("channel", "受付経路", "ホームページ、郵便など"), lambda _, each: each.case.channel.label),
    (Column("kind", "種類", "提案・意見か、相談か"), lambda _, each: each.case.kind.label),
    (
        Column("requester_type", "相談者・投稿者", "県民、県内事業者などの区分"),
        lambda desk, each: requester_type_label(desk, each.case.requester_type),
    ),
    (
        Column("purpose", "内容の種類", "相談内容や提案の種類"),
        lambda desk, each: label_of(desk.purpose, each.case.purpose),
    ),
    (
        Column("topics", "分野", "分野。2つ以上は「、」で区切り、主なものが先"),
        lambda desk, each: "、".join(label_of(desk.topic, topic) or topic for topic in each.topics),
    ),
    (Column("status", "対応状況", "書き出したときの状況"), lambda _, each: each.case.status.label),
    (
        Column("priority", "優先度", "高、ふつう、低。決めていないときは空"),
        lambda _, each: each.case.priority.label if each.case.priority else "",
    ),
    (Column("division", "担当課", "振り分けた課"), lambda _, each: each.case.division_label),
    (Column("assignee", "担当者", "窓口の担当者"), lambda _, each: each.assignee),
    (
        Column("due_on", "回答の期限", "期限の日。期限のない窓口では空"),
        lambda _, each: each.case.due_on.isoformat() if each.case.due_on else "",
    ),
    (Column("answered_on", "回答の日", "はじめて回答した日"), lambda _, each: _day(each.case.answered_at)),
    (Column("closed_on", "完了の日", "完了した日"), lambda _, each: _day(each.case.closed_at)),
    (
        Column("outcome", "対応結果", "完了したときの結果"),
        lambda desk, each: outcome_label(desk, each.case.outcome),
    ),
    (Column("language", "言葉", "送った人が使った言葉"), lambda _, each: each.receipt.language.label),
    (
        Column("reply_wanted", "返事の希望", "希望する、希望しない"),
        lambda _, each: "希望する" if each.receipt.reply_wanted else "希望しない",
    ),
    (
        Column("publish_consent", "公表の同意", "要旨を公表してよいか"),
        lambda _, each: "はい" if each.receipt.publish_consent else "いいえ",
    ),
)
_TEXTS: Final[tuple[tuple[Column, _Reader], ...]] = (
    (Column("title", "件名", "書かれたままの件名"), lambda _, each: each.case.title),
    (Column("body", "本文", "書かれたままの本文"), lambda _, each: each.case.body),
)
_CONTACT: Final[tuple[tuple[Column, _Reader], ...]] = (
    (Column("name", "氏名", "送った人の名前"), lambda _, each: each.requester.name),
    (Column("organisation", "所属", "会社や団体の名前"), lambda _, each: each.requester.organisation),
    (
        Column("municipality", "市町村", "送った人の市町村"),
        lambda desk, each: municipality_label(desk, each.requester.municipality),
    ),
    (Column("email", "メール", "メールアドレス"), lambda _, each: each.requester.email),
    (Column("phone", "電話", "電話番号"), lambda _, each: each.requester.phone),
    (Column("postal_code", "郵便番号", "郵便番号"), lambda _, each: each.requester.postal_code),
    (Column("address", "住所", "住所"), lambda _, each: each.requester.address),
)


def columns(wanted: Wanted) -> tuple[Column, ...]:
    """The columns of the table, with what each means."""
    return tuple(column for column, _ in _readers(wanted))


def count(session: Session, actor: Actor, applied: AppliedDesk, wanted: Conditions, *, at: datetime) -> int:
    """How many cases would go along."""
    found = selection.select_cases(actor, applied, wanted, at=at)
    return session.scalar(found.with_only_columns(func.count())) or 0


def begin(
    session: Session,
    applied: AppliedDesk,
    wanted: Wanted,
    *,
    form: str,
    by: Actor,
    at: datetime,
    most: int | None = None,
) -> None:
    """Record that a list is taken along. Raises NotAllowed, and InvalidInput for more cases than the form holds."""
    if not by.may(Need.EXPORT, applied.id):
        raise NotAllowed
    if wanted.has_contact and not by.may(Need.EXPORT_CONTACT, applied.id):
        raise NotAllowed
    number = count(session, by, applied, wanted.conditions, at=at)
    if most is not None and number > most:
        raise InvalidInput(FieldError("form", f"この形の表は{most:,}行までです。CSVを選んでください。"))
    holds = "、".join(
        [
            "番号と区分",
            *(["本文"] if wanted.has_texts else []),
            *(["氏名と連絡先"] if wanted.has_contact else []),
        ]
    )
    audit.record(
        session,
        AuditAction.EXPORTED,
        by=by,
        at=at,
        desk_id=applied.id,
        subject=f"{number:,}件（{holds}）",
        details={"form": form, "conditions": wanted.conditions.to_json()},
    )


def piece(
    session: Session, actor: Actor, applied: AppliedDesk, wanted: Wanted, *, at: datetime, after: int = 0
) -> Piece:
    """The rows of the next cases, in the order in which they were stored; two queries."""
    found = session.execute(
        selection.select_cases(actor, applied, wanted.conditions, at=at)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .outerjoin(Staff, Staff.id == Case.assignee_id)
        .with_only_columns(Case, Receipt, Requester, Staff.name)
        .where(Case.id > after)
        .order_by(Case.id)
        .limit(PIECE)
    ).all()
    topics: dict[int, list[str]] = {}
    for case_id, topic in session.execute(
        select(CaseTopic.case_id, CaseTopic.topic)
        .where(CaseTopic.case_id.in_([case.id for case, *_ in found]))
        .order_by(CaseTopic.case_id, CaseTopic.position)
    ):
        topics.setdefault(case_id, []).append(topic)
    readers = _readers(wanted)
    rows = [
        tuple(
            read(applied.desk, _Facts(case, receipt, requester, assignee or "", topics.get(case.id, [])))
            for _, read in readers
        )
        for case, receipt, requester, assignee in found
    ]
    return Piece(rows, found[-1][0].id if len(found) == PIECE else None)


def _readers(wanted: Wanted) -> tuple[tuple[Column, _Reader], ...]:
    return (
        *_PLAIN,
        *(_TEXTS if wanted.has_texts else ()),
        *(_CONTACT if wanted.has_contact else ()),
    )
