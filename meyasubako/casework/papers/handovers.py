"""What another office gets in hand with a case (引継書), on paper or as the text of a mail."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.papers.letters import Addressee, Sender, sender_of
from meyasubako.core.dates import japan_day, wareki
from meyasubako.core.desk import Desk
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.store.models import Case, Receipt, Referral, Requester

ASKS_BACK = "お引き受けいただけるかどうか、この窓口までお知らせください。"


@dataclass(frozen=True, slots=True)
class Handover:
    """The cover sheet of a referral. `contact` is empty unless the requester agreed to pass it on."""

    title: str
    author: str
    dated: str
    to: Addressee
    sender: Sender
    number: str
    received_on: str
    body: str
    consent: str
    contact: tuple[tuple[str, str], ...]

    @property
    def as_mail(self) -> str:
        """The same for the desk's own mail program."""
        sender = (self.sender.desk, self.sender.office, self.sender.phone, self.sender.email)
        contact = [f"{label}　{value}" for label, value in self.contact]
        parts = [
            "\n".join(self.to.names),
            f"次のご相談（受付番号 {self.number}、{self.received_on}受付）の引継ぎをお願いします。\n{ASKS_BACK}",
            f"----- 内容 -----\n{self.body}\n----------------",
            "\n".join(["----- 連絡先 -----", *contact, "------------------"]) if contact else "",
            self.consent,
            "\n".join(dict.fromkeys(line for line in sender if line)),
        ]
        return "\n\n".join(part for part in parts if part)


def handover(session: Session, actor: Actor, desk: Desk, referral_id: int) -> Handover:
    """The cover sheet of a referral. Raises NotFound, NotAllowed."""
    found = session.execute(
        cases.visible_cases(actor)
        .add_columns(Referral, Receipt, Requester)
        .join(Referral, Referral.case_id == Case.id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Referral.id == referral_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    case, referral, receipt, requester = found
    if not (actor.may(Need.REFER, case.desk_id) and actor.may(Need.VIEW_CONTACT, case.desk_id)):
        raise NotAllowed
    return Handover(
        title="引継書",
        author=desk.office,
        dated=wareki(japan_day(referral.asked_at)),
        to=Addressee("", (), (f"{referral.office_label}　御中",)),
        sender=sender_of(desk),
        number=cases.case_number(receipt.number, case.ordinal),
        received_on=wareki(japan_day(receipt.received_at)),
        body=referral.passed,
        consent=_consent(referral),
        contact=_contact(requester) if referral.passes_contact else (),
    )


def _consent(referral: Referral) -> str:
    if referral.consented_on is None or referral.consent_way is None:
        return "本人の同意を得ていないので、だれのことか分かることは除いています。"
    return f"引継ぎについて、{wareki(referral.consented_on)}に{referral.consent_way.label}本人の同意を得ています。"


def _contact(requester: Requester) -> tuple[tuple[str, str], ...]:
    address = " ".join(part for part in (requester.postal_code, " ".join(requester.address.split())) if part)
    values = (
        ("所属", requester.organisation),
        ("名前", requester.name),
        ("電話", requester.phone),
        ("メール", requester.email),
        ("住所", address),
    )
    return tuple((label, value) for label, value in values if value)
