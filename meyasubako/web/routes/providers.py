"""What an adviser or a partner opens with the link of an offer."""

from meyasubako.core.policy import Need
from meyasubako.web.guard import Page
from meyasubako.web.provider import home, meetings, offers, profile, reports, sign_in
from meyasubako.web.routes.methods import FORM, POST

pages: list[Page] = [
    Page("/offers/{token}", offers.follow, name="offer_link", needs=Need.PUBLIC, private=True),
    Page(
        "/providers/sign-in",
        sign_in.ask,
        name="provider_sign_in",
        needs=Need.PUBLIC,
        methods=FORM,
        private=True,
    ),
    Page(
        "/providers/sign-in/{token}",
        sign_in.follow,
        name="provider_sign_in_link",
        needs=Need.PUBLIC,
        private=True,
    ),
    Page("/provider", home.front, name="provider_front", needs=Need.PUBLIC, private=True),
    Page("/provider/", home.home, name="provider_home", needs=Need.PROVIDER),
    Page("/provider/profile", profile.profile, name="provider_profile", needs=Need.PROVIDER, methods=FORM),
    Page("/provider/offers/{offer_id:int}", offers.offer, name="provider_offer", needs=Need.PROVIDER),
    Page(
        "/provider/offers/{offer_id:int}/accept",
        offers.accept,
        name="provider_accept",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/turn-down",
        offers.turn_down,
        name="provider_turn_down",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/advice",
        offers.advise,
        name="provider_advice",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/report",
        reports.report,
        name="provider_report",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/meetings",
        offers.meet,
        name="provider_meetings",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/dates",
        meetings.arrange,
        name="provider_dates",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/dates/{dates_id:int}/withdraw",
        meetings.withdraw_dates,
        name="provider_dates_withdraw",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page("/provider/plans/{meeting_id:int}", meetings.meeting, name="provider_meeting", needs=Need.PROVIDER),
    Page(
        "/provider/plans/{meeting_id:int}/meeting.ics",
        meetings.calendar,
        name="provider_meeting_calendar",
        needs=Need.PROVIDER,
    ),
    Page(
        "/provider/plans/{meeting_id:int}/move",
        meetings.move,
        name="provider_meeting_move",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/plans/{meeting_id:int}/call-off",
        meetings.call_off,
        name="provider_meeting_call_off",
        needs=Need.PROVIDER,
        methods=POST,
    ),
]
