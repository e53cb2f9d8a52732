"""A meeting as a file for somebody's calendar."""

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework.appointments import Planned
from meyasubako.core import marks
from meyasubako.core.desk import Desk
from meyasubako.core.sentences import say
from meyasubako.core.tongues import tongue
from meyasubako.edge.invitation import Appointment, Method, Party, calendar
from meyasubako.web.page.language import language
from meyasubako.web.page.request import settings


def calendar_file(request: Request, planned: Planned, desk: Desk, description: str) -> Response:
    """The same meeting as in the invitation, without naming whoever keeps it."""
    speaker, arranged = tongue(language(request)), planned.arrangement
    meeting = Appointment(
        uid=planned.uid,
        sequence=planned.sequence,
        changed_at=planned.changed_at,
        begins_at=arranged.begins_at,
        ends_at=arranged.ends_at,
        summary=marks.plain(speaker.tell(say("面談（%(desk)s）", desk=desk.name))),
        description=description,
        place=arranged.place,
    )
    organizer = Party(marks.plain(speaker.tell(desk.name)), desk.email or settings(request).mail_from)
    return Response(
        calendar(Method.PUBLISH, meeting, organizer),
        media_type="text/calendar; charset=utf-8",
        headers={"content-disposition": "attachment; filename=meeting.ics"},
    )
