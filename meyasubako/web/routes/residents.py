"""What everybody may open: the desks, the form, the status page, the survey."""

from meyasubako.core.policy import Need
from meyasubako.web.guard import Page
from meyasubako.web.public import (
    files,
    front,
    held,
    intake,
    meetings,
    ordering,
    sheets,
    statistics,
    surveys,
    tracking,
)
from meyasubako.web.public import help as guide
from meyasubako.web.routes.methods import FORM, POST

pages: list[Page] = [
    Page("/", front.front, name="home", needs=Need.PUBLIC),
    Page("/privacy", front.privacy, name="privacy", needs=Need.PUBLIC),
    Page("/accessibility", front.accessibility, name="accessibility", needs=Need.PUBLIC),
    Page("/help", guide.home, name="help", needs=Need.PUBLIC),
    Page("/desks/{desk}", intake.desk, name="desk", needs=Need.PUBLIC),
    Page("/desks/{desk}/new", intake.new, name="desk_new", needs=Need.PUBLIC, methods=FORM, files=True),
    Page("/desks/{desk}/form.pdf", sheets.form, name="desk_form", needs=Need.PUBLIC),
    Page("/desks/{desk}/done", intake.done, name="desk_done", needs=Need.PUBLIC, private=True),
    Page("/desks/{desk}/thanks", surveys.thanks, name="survey_thanks", needs=Need.PUBLIC),
    Page("/desks/{desk}/statistics", statistics.index, name="desk_statistics", needs=Need.PUBLIC),
    Page(
        "/desks/{desk}/statistics/catalogue.jsonld",
        statistics.catalogue,
        name="desk_statistics_catalogue",
        needs=Need.PUBLIC,
    ),
    Page(
        "/desks/{desk}/statistics/feed.atom", statistics.feed, name="desk_statistics_feed", needs=Need.PUBLIC
    ),
    Page("/desks/{desk}/statistics/{span}", statistics.span, name="desk_statistics_span", needs=Need.PUBLIC),
    Page(
        "/desks/{desk}/statistics/{span}/{file}",
        statistics.file_of,
        name="desk_statistics_file",
        needs=Need.PUBLIC,
    ),
    Page("/status", tracking.status, name="status", needs=Need.PUBLIC, methods=FORM, private=True),
    Page("/status/case", tracking.case, name="status_case", needs=Need.PUBLIC, private=True),
    Page(
        "/status/files/{attachment_id:int}",
        files.file_of,
        name="status_file",
        needs=Need.PUBLIC,
        private=True,
    ),
    Page("/status/case/{ordinal:int}/add", tracking.add, name="status_add", needs=Need.PUBLIC, methods=POST),
    Page(
        "/status/case/{ordinal:int}/order",
        ordering.order,
        name="status_order",
        needs=Need.PUBLIC,
        methods=POST,
    ),
    Page(
        "/status/case/{ordinal:int}/withdraw",
        tracking.withdraw,
        name="status_withdraw",
        needs=Need.PUBLIC,
        methods=FORM,
        private=True,
    ),
    Page(
        "/status/case/{ordinal:int}/dates/{dates_id:int}/choose",
        meetings.choose,
        name="status_dates_choose",
        needs=Need.PUBLIC,
        methods=POST,
    ),
    Page(
        "/status/case/{ordinal:int}/dates/{dates_id:int}/refuse",
        meetings.refuse,
        name="status_dates_refuse",
        needs=Need.PUBLIC,
        methods=POST,
    ),
    Page(
        "/status/case/{ordinal:int}/meetings/{meeting_id:int}/meeting.ics",
        meetings.calendar,
        name="status_meeting_calendar",
        needs=Need.PUBLIC,
        private=True,
    ),
    Page(
        "/status/case/{ordinal:int}/meetings/{meeting_id:int}/call-off",
        meetings.call_off,
        name="status_meeting_call_off",
        needs=Need.PUBLIC,
        methods=POST,
    ),
    Page(
        "/status/consent", tracking.withdraw_consent, name="status_consent", needs=Need.PUBLIC, methods=POST
    ),
    Page("/status/held", held.held, name="status_held", needs=Need.PUBLIC, private=True),
    Page(
        "/status/contact",
        held.contact,
        name="status_contact",
        needs=Need.PUBLIC,
        methods=FORM,
        private=True,
    ),
    Page("/status/sign-off", tracking.sign_off, name="status_sign_off", needs=Need.PUBLIC, methods=POST),
    Page(
        "/status/passcode",
        tracking.passcode,
        name="status_passcode",
        needs=Need.PUBLIC,
        methods=FORM,
        private=True,
    ),
    Page("/status/passcode/sent", tracking.passcode_sent, name="status_passcode_sent", needs=Need.PUBLIC),
    Page("/confirm/{token}", tracking.confirm, name="confirm", needs=Need.PUBLIC, methods=FORM, private=True),
    Page("/survey/{token}", surveys.survey, name="survey", needs=Need.PUBLIC, methods=FORM, private=True),
    Page(
        "/surveys/{token}/stop",
        surveys.stop,
        name="survey_stop",
        needs=Need.PUBLIC,
        methods=FORM,
        private=True,
    ),
]
