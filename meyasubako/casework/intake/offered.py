"""Between the checking of a form and its receiving a desk may be applied anew: what was chosen must still be offered."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework.intake.checking import Submission
from meyasubako.casework.intake.dividing import Paper
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import RequesterType
from meyasubako.store.models import DeskRow


class HasCode(Protocol):
    """Anything a form offers."""

    @property
    def code(self) -> str: ...


def check_still_offered(session: Session, applied: AppliedDesk, submission: Submission, paper: Paper) -> None:
    """Raises InvalidInput where the desk no longer offers what was chosen; no desk is applied until this unit ends."""
    row = select(DeskRow.revision).where(DeskRow.id == applied.id)
    if session.scalar(row.with_for_update(read=True, key_share=True)) == applied.revision:
        return
    definition = session.scalars(select(DeskRow.definition).where(DeskRow.id == applied.id)).one()
    if errors := [*_gone(from_json(definition), submission, paper)]:
        raise InvalidInput(*errors)


def _gone(desk: Desk, submission: Submission, paper: Paper) -> Iterator[FieldError]:
    named = (
        # Staff alone may say 不明, and every desk knows it.
        (
            "requester_type",
            {submission.requester_type},
            _codes(desk.open_requester_types) | {RequesterType.UNKNOWN},
        ),
        ("municipality", {submission.requester.municipality}, _options(desk, "municipality")),
        ("meeting_way", {submission.meeting_way}, _options(desk, "meeting_way")),
        ("kind", {submission.kind, *(each.kind for each in paper.matters)}, _codes(desk.open_kinds)),
        (
            "purpose",
            {submission.purpose, *(each.purpose for each in paper.matters)},
            _codes(desk.open_purposes()),
        ),
        (
            "topics",
            {*submission.topics, *(topic for each in paper.matters for topic in each.topics)},
            desk.open_topic_codes,
        ),
    )
    for name, chosen, offered in named:
        if not chosen - {None, ""} <= offered:
            yield _choose_again(desk, name)


def _codes(options: Iterable[HasCode]) -> set[str]:
    return {option.code for option in options}


def _options(desk: Desk, name: str) -> set[str]:
    return _codes(desk.field(name).open_options) if desk.has_field(name) else set()


def _choose_again(desk: Desk, name: str) -> FieldError:
    if not desk.has_field(name):
        return FieldError("", say("窓口の設定が、いま変わりました。内容を確かめて、もう一度お送りください。"))
    label = desk.field(name).label
    return FieldError(
        name, say("窓口の設定が、いま変わりました。「%(label)s」を選び直してください。", label=label)
    )
