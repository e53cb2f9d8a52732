"""A form (様式) the demonstration's desk made for itself: what its meeting wants to see each month."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework import tallies
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.policy import Actor
from meyasubako.core.tabulation import Picture, Reach, Shown, TablePlan, TallyForm
from meyasubako.core.vocabulary import Channel, Dimension, Quantity

_MONTH_AND_YEAR: Final = (Shown.SPAN, Shown.PREVIOUS_CHANGE, Shown.TO_DATE, Shown.TO_DATE_CHANGE)
FOR_THE_MEETING: Final = TallyForm(
    "",
    "月例会議の資料",
    Reach.MONTH,
    (
        TablePlan(
            "今月の動き",
            (Quantity.RECEIPTS, Quantity.OFFERED, Quantity.MEETINGS, Quantity.CLOSED),
            shown=_MONTH_AND_YEAR,
        ),
        TablePlan(
            "だれからの、どんな相談か（今年度）",
            (Quantity.CASES,),
            Dimension.PURPOSE,
            Dimension.REQUESTER_GROUP,
            picture=Picture.HEAT,
            to_date=True,
        ),
        TablePlan(
            "電話と来庁の相談",
            (Quantity.RECEIPTS,),
            Dimension.MONTH,
            filters=((Dimension.CHANNEL, (Channel.PHONE.value, Channel.VISIT.value)),),
            shown=(Shown.SPAN, Shown.YEAR_BEFORE),
            note="窓口の人数を決めるときに使います。",
            to_date=True,
        ),
    ),
)


def keep_form(session: Session, applied: AppliedDesk, *, by: Actor, at: datetime) -> str:
    """Save the form; returns its code."""
    return tallies.save_form(session, applied, FOR_THE_MEETING, by=by, at=at)
