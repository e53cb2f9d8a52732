"""The parts of a case that can be found: which texts belong to each, read as they stand in the tables."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, TypeVarTuple

from sqlalchemy import BigInteger, Integer, Select, bindparam, cast, literal_column, select, union_all
from sqlalchemy.orm import Session

from meyasubako.core.codes import grouped
from meyasubako.store.models import (
    Addition,
    Advice,
    Case,
    InterimNotice,
    Meeting,
    Note,
    Offer,
    Question,
    Receipt,
    Reply,
    Report,
    Requester,
    SearchPart,
    SharedReply,
    Survey,
)
from meyasubako.store.search import Numbering

Columns = TypeVarTuple("Columns")


class Part(IntEnum):
    """A kind of text of a case. The numbers are kept in the index and never change; there can be fifteen."""

    TITLE = 1
    BODY = 2
    ADDITION = 3
    QUESTION = 4
    NOTE = 5
    REPLY = 6
    ADVICE = 7
    NUMBER = 8
    PERSON = 9
    INTERIM = 10
    BRIEF = 11
    MEETING = 12
    SURVEY = 13
    REPORT = 14


PART_LABELS: Final[Mapping[Part, str]] = {
    Part.TITLE: "件名",
    Part.BODY: "本文",
    Part.ADDITION: "追記",
    Part.QUESTION: "問い合わせ",
    Part.NOTE: "メモ",
    Part.REPLY: "回答",
    Part.ADVICE: "助言",
    Part.NUMBER: "番号",
    Part.PERSON: "相談者・投稿者",
    Part.INTERIM: "中間のお知らせ",
    Part.BRIEF: "打診の内容",
    Part.MEETING: "面談の記録",
    Part.SURVEY: "アンケート",
    Part.REPORT: "報告",
}

CONTACT_PARTS: Final = frozenset({Part.PERSON})
"""Only those who may see contact data find cases by these."""

NUMBERING: Final = Numbering(case_shift=16, kind_shift=12)
MOST_ROWS: Final = 1 << NUMBERING.kind_shift
"""So many rows one part of one case can have."""

Texts = Mapping[Part, Sequence[str]]
"""The texts of a case by part, in the order they were written."""

_SOURCES: Final[Sequence[tuple[Part, Any, Any]]] = (
    (Part.ADDITION, Addition, Addition.body),
    (Part.QUESTION, Question, Question.body),
    (Part.NOTE, Note, Note.body),
    (Part.REPLY, Reply, Reply.body),
    (Part.ADVICE, Advice, Advice.body),
    (Part.INTERIM, InterimNotice, InterimNotice.body),
    (Part.BRIEF, Offer, Offer.brief),
    (Part.MEETING, Meeting, Meeting.summary),
    (Part.SURVEY, Survey, Survey.comment),
    (Part.MEETING, Meeting, Meeting.proceedings),
    (Part.REPORT, Report, Report.advised + "\n" + Report.next_steps),
    # An answer to a main case is also found with those merged into it that were given it.
    (Part.REPLY, SharedReply, Reply.body),
)
"""Where the texts of a case stand, but for empty ones: the part, the table that names the case, the text. Kept in this order."""


def _said_in(place: int, table: Any, text: Any) -> Select[Any]:
    row = Reply.id if table is SharedReply else table.id
    said = select(literal_column(str(place), Integer), row, table.case_id, text).where(
        table.case_id.in_(bindparam("cases", expanding=True)), text != ""
    )
    return said.join(Reply, Reply.id == SharedReply.reply_id) if table is SharedReply else said


# In one question: with each of its own, asking took longer than reading.
_SAID: Final = union_all(*(_said_in(place, table, text) for place, (_, table, text) in enumerate(_SOURCES)))


def texts_of(session: Session, case_ids: Sequence[int]) -> dict[int, dict[Part, list[str]]]:
    """What can be found of these cases; the number of queries does not depend on how many they are."""
    found: dict[int, dict[Part, list[str]]] = {}
    cases = session.execute(
        select(
            Case.id,
            Case.ordinal,
            Case.title,
            Case.body,
            Receipt.number,
            Requester.name,
            Requester.organisation,
        )
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Case.id.in_(case_ids))
    )
    for row in cases:
        ordinal = f"({row.ordinal})" if row.ordinal > 1 else ""
        found[row.id] = {
            Part.TITLE: [row.title],
            Part.BODY: [row.body],
            # As it is printed, and as it is typed without its dashes.
            Part.NUMBER: [f"{grouped(row.number)}{ordinal}", row.number],
            Part.PERSON: [row.name, row.organisation],
        }
    said: Sequence[Any] = session.execute(_SAID, {"cases": case_ids}).all()
    for place, _, case_id, text in sorted(said, key=lambda row: row[:2]):
        found[case_id].setdefault(_SOURCES[place][0], []).append(text)
    return found


def first_id(case_id: int) -> int:
    """The number of the first row any part of this case could have."""
    return case_id << NUMBERING.case_shift


def row_id(case_id: int, part: Part, row: int) -> int:
    """The number of a row of the index."""
    return first_id(case_id) | part << NUMBERING.kind_shift | row


def case_of(row: int) -> int:
    """The case a row of the index belongs to."""
    return row >> NUMBERING.case_shift


def part_of(row: int) -> Part:
    """The part a row of the index belongs to."""
    return Part(row >> NUMBERING.kind_shift & NUMBERING.kind_mask)


def rows_of(rows: Select[*Columns], chosen: Select[*tuple[Any, ...]]) -> Select[*Columns]:
    """`rows`, which selects from `SearchPart`, only of the cases whose numbers `chosen` selects."""
    of = chosen.subquery()
    first = cast(of.c[0], BigInteger).op("<<")(literal_column(str(NUMBERING.case_shift)))
    last = first.op("|")(literal_column(str((1 << NUMBERING.case_shift) - 1)))
    return rows.join(of, SearchPart.id.between(first, last))
