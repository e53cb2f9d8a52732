"""Correcting contact data (連絡先の訂正): whoever holds the passcode mends name, addresses and telephone by themselves.

The desk corrects a mail address at which nothing arrives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.casework.tracking.access import FINISHED, unlocked
from meyasubako.core.codes import Keys, token_hash
from meyasubako.core.desk import Desk, Field, written
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import REQUESTER, Actor, Need
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import EventKind, Message, Status
from meyasubako.store.models import Case, Receipt, Requester

MOVED_ON = say(
    "ほかの画面で、先に直されています。下の内容を確かめて、もう一度「この内容に直す」を押してください。"
)


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact data as it stands, for the fields that can be corrected. `seen` tells a form that is out of date."""

    fields: tuple[Field, ...]
    values: Mapping[str, str]
    seen: str
    is_confirmed: bool


def contact(session: Session, desk: Desk, number: str, generation: int) -> Contact:
    """What can be corrected now. Raises NotFound when the passcode was renewed since."""
    receipt = unlocked(session, number, generation)
    return _contact(desk, receipt, session.get_one(Requester, receipt.requester_id))


def correct(
    session: Session,
    desk: Desk,
    number: str,
    generation: int,
    typed: Mapping[str, Sequence[str]],
    *,
    seen: str,
    keys: Keys,
    at: datetime,
) -> tuple[str, ...]:
    """Correct contact data as the form takes it; returns the names of the fields that changed.

    Another mail address is unconfirmed until its own link is opened; a confirmed one before it is told, but not which
    came in its place. Raises InvalidInput, and WrongState where the form shows what no longer stands.
    """
    receipt = unlocked(session, number, generation)
    matters = select(Case.id).where(Case.receipt_id == receipt.id).order_by(Case.id)
    locked = [cases.lock_case(session, case_id) for case_id in session.scalars(matters).all()]
    requester = cases.lock_requester(session, receipt)
    now = _contact(desk, receipt, requester)
    wanted = _checked(now.fields, typed)
    corrected = {name: value for name, value in wanted.items() if value != now.values[name]}
    if not corrected:
        # The button was pressed twice, or nothing was mended.
        return ()
    if seen != now.seen:
        raise WrongState(MOVED_ON)
    _correct(session, receipt, requester, locked, corrected, keys=keys, by=REQUESTER, at=at)
    return tuple(corrected)


def correct_address(
    session: Session, desk: Desk, case_id: int, typed: str, *, seen: str, keys: Keys, by: Actor, at: datetime
) -> bool:
    """Somebody of the desk learned which mail address is the right one; returns whether it was another.

    It is unconfirmed until its own link is opened. Raises InvalidInput, and WrongState where another one came in the
    place of the one that was `seen`.
    """
    receipt = session.get_one(Receipt, cases.open_case(session, case_id, Need.ASK, by=by).receipt_id)
    matters = session.scalars(select(Case.id).where(Case.receipt_id == receipt.id)).all()
    locked = list(cases.open_together(session, matters, Need.ASK, by=by).values())
    requester = cases.lock_requester(session, receipt)
    field = next((each for each in _contact(desk, receipt, requester).fields if each.name == "email"), None)
    if field is None:
        raise NotFound
    address = written(field, typed, required=True)
    if address == requester.email:
        return False
    if seen != requester.email:
        raise WrongState(
            f"メールアドレスは、開いたあとに改められました。いまのアドレスを確かめてください（送ろうとしたのは {address}）。"
        )
    _correct(session, receipt, requester, locked, {"email": address}, keys=keys, by=by, at=at)
    return True


def _correct(
    session: Session,
    receipt: Receipt,
    requester: Requester,
    locked: Sequence[Case],
    corrected: Mapping[str, str],
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
) -> None:
    former = requester.email if requester.email_confirmed_at else ""
    address = corrected.get("email", "")
    token = token_hash(keys.confirm_token(receipt.number, address)) if address else None
    cases.correct_requester(session, requester, corrected, confirm_token_hash=token)
    for case in [each for each in locked if each.status not in FINISHED] or locked:
        data = {"fields": list(corrected)}
        lifecycle.record(session, case, EventKind.CONTACT_CORRECTED, by=by, at=at, data=data)
    if "email" in corrected and any(_was_admitted(case) for case in locked):
        _write(session, receipt, address, former, at=at)


def _was_admitted(case: Case) -> bool:
    # What was put aside, or put out of scope from there, makes us write to nobody.
    return cases.is_counted(case) or case.status is Status.MERGED


def _write(session: Session, receipt: Receipt, address: str, former: str, *, at: datetime) -> None:
    if address:
        outbox.enqueue(
            session, Message.CONFIRM, receipt_id=receipt.id, subject_id=receipt.requester_id, at=at
        )
    if former:
        kept = cases.keep_former_address(session, former)
        outbox.enqueue(session, Message.ADDRESS_CHANGED, receipt_id=receipt.id, subject_id=kept, at=at)


def _contact(desk: Desk, receipt: Receipt, requester: Requester) -> Contact:
    asked = {field.name for field in desk.fields_for(receipt.kind, receipt.requester_type)}
    values = {name: str(getattr(requester, name)) for name in cases.CONTACT}
    # What a letter said beyond the form, or was asked in former days, can be mended as well, but nobody has to say it.
    fields = tuple(
        field if field.name in asked else replace(field, required=False)
        for field in desk.fields
        if field.name in cases.CONTACT and (field.name in asked or values[field.name])
    )
    return Contact(
        fields=fields,
        values={field.name: values[field.name] for field in fields},
        seen=token_hash("\x1f".join(values.values())),
        is_confirmed=requester.email_confirmed_at is not None,
    )


def _checked(fields: tuple[Field, ...], typed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    errors: list[FieldError] = []
    for field in fields:
        given = typed.get(field.name)
        if not given:
            continue
        try:
            found[field.name] = written(field, given[0], required=field.required)
        except InvalidInput as error:
            errors += error.errors
    if errors:
        raise InvalidInput(*errors)
    return found
