"""What the desks of the demonstration handed to other offices: one still asked, one accepted, one turned down."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import referrals
from meyasubako.core.dates import japan_day
from meyasubako.core.vocabulary import ConsentWay, Status
from meyasubako.demo.story import Scene
from meyasubako.store.models import Case

TOLD: Final = (
    (True, None, ""),
    (True, True, "担当の方が訪問してくださることになりました。"),
    (False, False, "いまは受けられる人がいないとのことでした。"),
)
"""For each: whether there is consent, whether it was accepted, what was said."""
PASSED: Final = "県の窓口に届いたご相談です。経営の面からの助言をお願いします。"


def hand_over(session: Session, scene: Scene) -> None:
    """Refer the newest cases that are being worked on."""
    newest = session.scalars(
        select(Case.id)
        .where(Case.desk_id == scene.applied.id, Case.status == Status.IN_PROGRESS)
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(len(TOLD))
    ).all()
    by, asked_at = scene.staff[0], scene.today - timedelta(minutes=50)
    for case_id, (has_consent, accepted, said) in zip(newest, TOLD, strict=False):
        handover = referrals.Handover(
            office="business-support",
            office_name="",
            has_consent=has_consent,
            consented_on=japan_day(asked_at).isoformat(),
            consent_way=ConsentWay.PHONE.value,
            passed=PASSED,
            passes_contact=has_consent,
        )
        referral_id = referrals.refer(session, scene.applied.desk, case_id, handover, by=by, at=asked_at)
        if accepted is not None:
            answered_at = scene.today - timedelta(minutes=20)
            referrals.answer(session, referral_id, accepted=accepted, note=said, by=by, at=answered_at)
