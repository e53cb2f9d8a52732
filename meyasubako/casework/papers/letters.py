"""What a case's letters on paper say (回答書, 受付票), looked up at the moment they are printed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.core.codes import Keys, grouped
from meyasubako.core.dates import day_text, japan_day, wareki
from meyasubako.core.desk import Desk
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.store.models import Case, InterimNotice, Receipt, Reply, Requester


@dataclass(frozen=True, slots=True)
class Addressee:
    """What shows in the window of the envelope, line by line; the address is empty where none is known."""

    postal_code: str
    address: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """The office that writes; "" where the desk file says nothing."""

    desk: str
    office: str
    phone: str
    fax: str
    email: str


@dataclass(frozen=True, slots=True)
class Access:
    """With what the status of a receipt is looked up, in groups as people read it.

    `address` is all a QR code may hold: scanners and browsers keep what they open, and the passcode opens everything.
    """

    number: str
    passcode: str
    address: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What was written to the requester as a letter (回答書, 中間のお知らせ), dated on the day it was given.

    So it reads the same whenever it is printed. `answer_by` is the day an interim notice names, "" in a reply.
    """

    title: str
    author: str
    dated: str
    to: Addressee
    sender: Sender
    number: str
    received_on: str
    subject: str
    body: str
    division: str
    answer_by: str
    access: Access


@dataclass(frozen=True, slots=True)
class Slip:
    """What somebody who wrote on paper gets in hand (受付票): number, passcode, and how to ask after it."""

    title: str
    author: str
    dated: str
    to: Addressee
    sender: Sender
    received_on: str
    channel: str
    subjects: tuple[str, ...]
    answer_by: str
    access: Access


def letter(
    session: Session,
    actor: Actor,
    desk: Desk,
    case_id: int,
    *,
    reply_id: int | None = None,
    keys: Keys,
    status_url: str,
) -> Letter:
    """One reply to a case, the newest when none is named. Raises NotFound, also where there is none yet."""
    opened = _open(session, actor, case_id, Need.REPLY)
    case = opened[0]
    found = select(Reply).where(Reply.case_id == case.id).order_by(Reply.id.desc()).limit(1)
    reply = session.scalar(found if reply_id is None else found.where(Reply.id == reply_id))
    if reply is None:
        raise NotFound("この案件には、まだ回答がありません。")
    access = _access(opened[1], keys, status_url)
    return _letter("回答書", desk, opened, reply, answer_by="", access=access)


def interim(
    session: Session,
    actor: Actor,
    desk: Desk,
    case_id: int,
    *,
    interim_id: int,
    keys: Keys,
    status_url: str,
) -> Letter:
    """An interim notice about a case. Raises NotFound."""
    opened = _open(session, actor, case_id, Need.REPLY)
    found = select(InterimNotice).where(InterimNotice.case_id == case_id, InterimNotice.id == interim_id)
    notice = session.scalar(found)
    if notice is None:
        raise NotFound
    access = _access(opened[1], keys, status_url)
    answer_by = day_text(notice.answer_by)
    return _letter("中間のお知らせ", desk, opened, notice, answer_by=answer_by, access=access)


def _letter(
    title: str,
    desk: Desk,
    opened: tuple[Case, Receipt, Requester],
    written: Reply | InterimNotice,
    *,
    answer_by: str,
    access: Access,
) -> Letter:
    case, receipt, requester = opened
    return Letter(
        title=title,
        author=desk.office,
        dated=wareki(japan_day(written.sent_at)),
        to=_addressee(desk, requester),
        sender=sender_of(desk),
        number=cases.case_number(receipt.number, case.ordinal),
        received_on=wareki(japan_day(receipt.received_at)),
        subject=case.title,
        body=written.body,
        division=written.division_label,
        answer_by=answer_by,
        access=access,
    )


def slip(session: Session, actor: Actor, desk: Desk, case_id: int, *, keys: Keys, status_url: str) -> Slip:
    """The slip of what staff entered. Raises NotFound for what was sent by its writer: that passcode was shown to them."""
    _, receipt, requester = _open(session, actor, case_id, Need.ENTER_RECEIPTS)
    if receipt.entered_by_id is None:
        raise NotFound("受付票は、職員が入力した受付にだけあります。")
    matters = session.scalars(select(Case).where(Case.receipt_id == receipt.id).order_by(Case.ordinal)).all()
    due_on = min((each.due_on for each in matters if each.due_on), default=None)
    return Slip(
        title="受付票",
        author=desk.office,
        dated=wareki(japan_day(receipt.recorded_at)),
        to=_addressee(desk, requester),
        sender=sender_of(desk),
        received_on=wareki(japan_day(receipt.received_at)),
        channel=receipt.channel.label,
        subjects=tuple(each.title for each in matters),
        answer_by=day_text(due_on) if due_on and receipt.reply_wanted else "",
        access=_access(receipt, keys, status_url),
    )


def _open(session: Session, actor: Actor, case_id: int, need: Need) -> tuple[Case, Receipt, Requester]:
    """A case with who handed it in, for somebody who may do this and see contact data. Raises NotFound, NotAllowed."""
    found = session.execute(
        cases.visible_cases(actor)
        .add_columns(Receipt, Requester)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Case.id == case_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    case, receipt, requester = found
    if not (actor.may(need, case.desk_id) and actor.may(Need.VIEW_CONTACT, case.desk_id)):
        raise NotAllowed
    return case, receipt, requester


def _addressee(desk: Desk, requester: Requester) -> Addressee:
    if requester.name:
        names = (*((requester.organisation,) if requester.organisation else ()), f"{requester.name}　様")
    elif requester.organisation:
        names = (f"{requester.organisation}　御中",)
    else:
        names = (f"{desk.tally_labels.requesters}　様",)
    return Addressee(
        postal_code=f"〒{requester.postal_code}" if requester.postal_code else "",
        address=tuple(line.strip() for line in requester.address.splitlines() if line.strip()),
        names=names,
    )


def sender_of(desk: Desk) -> Sender:
    """The office of a desk, as it stands beside the address."""
    return Sender(
        desk=desk.name, office=desk.office, phone=desk.phone or "", fax=desk.fax or "", email=desk.email or ""
    )


def _access(receipt: Receipt, keys: Keys, status_url: str) -> Access:
    return Access(
        number=grouped(receipt.number),
        passcode=grouped(keys.passcode(receipt.number, receipt.passcode_generation)),
        address=status_url,
    )
