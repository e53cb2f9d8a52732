"""A mail nobody asked for, as a submission: what it says, and nothing that was not said."""

from meyasubako.casework import cases
from meyasubako.casework.intake.checking import Submission
from meyasubako.core import matters, text
from meyasubako.core.desk import Desk
from meyasubako.core.vocabulary import CaseKind, RequesterType

LONGEST = text.LONGEST - 100
GOES_ON = "（長いため、ここまでを載せています。全文は、届いたメールにあります）"
EMPTY = "（本文はありません）"


def by_mail(desk: Desk, *, subject: str, body: str, sender: str, sender_name: str) -> Submission:
    """Who asks and about what is left to triage; somebody with an address may be answered."""
    written = text.clean_text(body)
    if len(written) > LONGEST:
        written = f"{written[:LONGEST].rstrip()}\n{GOES_ON}"
    kinds = {each.code for each in desk.open_kinds}
    kind = CaseKind.SUGGESTION if CaseKind.SUGGESTION in kinds else CaseKind.CONSULTATION
    title = text.clean_line(subject) or (matters.title_of(written) if written else "（件名はありません）")
    return Submission(
        kind=kind,
        requester_type=RequesterType.UNKNOWN,
        purpose=None,
        topics=(),
        title=title,
        body=written or EMPTY,
        requester=cases.RequesterDetails(name=text.clean_line(sender_name), email=sender),
        meeting_way=None,
        wished_dates="",
        reply_wanted=bool(sender),
        publish_consent=False,
        share_consent=False,
    )
