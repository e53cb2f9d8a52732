"""The whole site on one screen: every address, what opens it, and what it needs."""

from starlette.routing import BaseRoute, Mount

from meyasubako.core.places import static_folder
from meyasubako.core.policy import Need
from meyasubako.web import auth, provider
from meyasubako.web.api import desks, openapi, receipts
from meyasubako.web.guard import Page
from meyasubako.web.guard.kept_files import KeptFiles
from meyasubako.web.public import files, front, held, intake, sheets, surveys, tracking
from meyasubako.web.public import help as guide
from meyasubako.web.staff import account, actions, case, directory, entry, inbox, letters, quarantine, tallies
from meyasubako.web.staff import files as staff_files
from meyasubako.web.staff import help as staff_guide

FORM = ("GET", "POST")
POST = ("POST",)

routes: list[BaseRoute] = [
    # Residents
    Page("/", front.front, name="home", needs=Need.PUBLIC),
    Page("/privacy", front.privacy, name="privacy", needs=Need.PUBLIC),
    Page("/accessibility", front.accessibility, name="accessibility", needs=Need.PUBLIC),
    Page("/help", guide.home, name="help", needs=Need.PUBLIC),
    Page("/desks/{desk}", intake.desk, name="desk", needs=Need.PUBLIC),
    Page("/desks/{desk}/new", intake.new, name="desk_new", needs=Need.PUBLIC, methods=FORM, files=True),
    Page("/desks/{desk}/form.pdf", sheets.form, name="desk_form", needs=Need.PUBLIC),
    Page("/desks/{desk}/done", intake.done, name="desk_done", needs=Need.PUBLIC, private=True),
    Page("/desks/{desk}/thanks", surveys.thanks, name="survey_thanks", needs=Need.PUBLIC),
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
        "/status/case/{ordinal:int}/withdraw",
        tracking.withdraw,
        name="status_withdraw",
        needs=Need.PUBLIC,
        methods=FORM,
        private=True,
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
    # Staff
    Page("/staff/sign-in", auth.sign_in, name="staff_sign_in", needs=Need.PUBLIC, methods=FORM, private=True),
    Page("/staff/sign-out", auth.sign_out, name="staff_sign_out", needs=Need.PUBLIC, methods=POST),
    Page("/staff/", account.home, name="staff_home", needs=Need.SIGNED_IN),
    Page("/staff/help", staff_guide.home, name="staff_help", needs=Need.SIGNED_IN),
    Page("/staff/account", account.account, name="staff_account", needs=Need.SIGNED_IN),
    Page(
        "/staff/account/password",
        account.change_password,
        name="staff_change_password",
        needs=Need.SIGNED_IN,
        methods=POST,
    ),
    Page(
        "/staff/account/mail",
        account.change_mail,
        name="staff_change_mail",
        needs=Need.SIGNED_IN,
        methods=POST,
    ),
    Page(
        "/staff/account/sign-out-everywhere",
        account.sign_out_everywhere,
        name="staff_sign_out_everywhere",
        needs=Need.SIGNED_IN,
        methods=POST,
    ),
    Page("/staff/desks/{desk}/inbox", inbox.inbox, name="staff_inbox", needs=Need.VIEW_CASES),
    Page(
        "/staff/desks/{desk}/quarantine",
        quarantine.waiting,
        name="staff_quarantine",
        needs=Need.VIEW_CASES,
    ),
    Page(
        "/staff/desks/{desk}/quarantine/admit",
        quarantine.admit,
        name="staff_quarantine_admit",
        needs=Need.TRIAGE,
        methods=POST,
    ),
    Page(
        "/staff/desks/{desk}/quarantine/decline",
        quarantine.decline,
        name="staff_quarantine_decline",
        needs=Need.DECLINE,
        methods=POST,
    ),
    Page("/staff/desks/{desk}/cases", inbox.every_case, name="staff_cases", needs=Need.VIEW_CASES),
    Page(
        "/staff/desks/{desk}/receipts/new",
        entry.new,
        name="staff_receipt_new",
        needs=Need.ENTER_RECEIPTS,
        methods=FORM,
        files=True,
    ),
    Page(
        "/staff/desks/{desk}/receipts/entered",
        entry.entered,
        name="staff_receipt_entered",
        needs=Need.ENTER_RECEIPTS,
    ),
    Page(
        "/staff/desks/{desk}/directory", directory.entries, name="staff_directory", needs=Need.VIEW_DIRECTORY
    ),
    Page(
        "/staff/desks/{desk}/directory/new",
        directory.new,
        name="staff_directory_new",
        needs=Need.EDIT_DIRECTORY,
        methods=FORM,
    ),
    Page(
        "/staff/desks/{desk}/directory/{provider_id:int}",
        directory.change,
        name="staff_directory_entry",
        needs=Need.EDIT_DIRECTORY,
        methods=FORM,
    ),
    Page("/staff/cases/{case_id:int}", case.case, name="staff_case", needs=Need.VIEW_CASES),
    Page(
        "/staff/cases/{case_id:int}/files/{attachment_id:int}",
        staff_files.file_of,
        name="staff_case_file",
        needs=Need.VIEW_CASES,
    ),
    Page("/staff/cases/{case_id:int}/letter.pdf", letters.letter, name="staff_case_letter", needs=Need.REPLY),
    Page(
        "/staff/cases/{case_id:int}/slip.pdf",
        letters.slip,
        name="staff_case_slip",
        needs=Need.ENTER_RECEIPTS,
    ),
    Page(
        "/staff/cases/{case_id:int}/admit",
        actions.admit,
        name="staff_case_admit",
        needs=Need.TRIAGE,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/triage",
        actions.decide,
        name="staff_case_triage",
        needs=Need.TRIAGE,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/assign",
        actions.assign,
        name="staff_case_assign",
        needs=Need.TRIAGE,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/note",
        actions.note,
        name="staff_case_note",
        needs=Need.WRITE_NOTES,
        methods=POST,
    ),
    Page("/staff/cases/{case_id:int}/ask", actions.ask, name="staff_case_ask", needs=Need.ASK, methods=POST),
    Page(
        "/staff/cases/{case_id:int}/resume",
        actions.resume,
        name="staff_case_resume",
        needs=Need.ASK,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/offer",
        actions.offer,
        name="staff_case_offer",
        needs=Need.OFFER,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/reply",
        actions.reply,
        name="staff_case_reply",
        needs=Need.REPLY,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/close",
        actions.close,
        name="staff_case_close",
        needs=Need.CLOSE,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/decline",
        actions.decline,
        name="staff_case_decline",
        needs=Need.DECLINE,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/undo",
        actions.undo,
        name="staff_case_undo",
        needs=Need.REOPEN,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/reopen",
        actions.reopen,
        name="staff_case_reopen",
        needs=Need.REOPEN,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/start",
        actions.start,
        name="staff_case_start",
        needs=Need.TRIAGE,
        methods=POST,
    ),
    Page(
        "/staff/cases/{case_id:int}/hand-back",
        actions.hand_back,
        name="staff_case_hand_back",
        needs=Need.TRIAGE,
        methods=POST,
    ),
    Page(
        "/staff/offers/{offer_id:int}/revoke",
        actions.revoke,
        name="staff_offer_revoke",
        needs=Need.OFFER,
        methods=POST,
    ),
    # Advisers and partners
    Page("/offers/{token}", provider.follow, name="offer_link", needs=Need.PUBLIC, private=True),
    Page("/provider/", provider.home, name="provider_home", needs=Need.PROVIDER),
    Page("/provider/offers/{offer_id:int}", provider.offer, name="provider_offer", needs=Need.PROVIDER),
    Page(
        "/provider/offers/{offer_id:int}/accept",
        provider.accept,
        name="provider_accept",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/turn-down",
        provider.turn_down,
        name="provider_turn_down",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/advice",
        provider.advise,
        name="provider_advice",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/meetings",
        provider.meet,
        name="provider_meetings",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page("/staff/desks/{desk}/tallies", tallies.tally, name="staff_tallies", needs=Need.VIEW_TALLIES),
    Page("/staff/desks/{desk}/tallies/cases", tallies.cases, name="staff_tally_cases", needs=Need.VIEW_CASES),
    Page(
        "/staff/desks/{desk}/tallies/files/{format}",
        tallies.file_of,
        name="staff_tally_file",
        needs=Need.VIEW_TALLIES,
    ),
    Page(
        "/staff/desks/{desk}/tallies/close",
        tallies.close,
        name="staff_tally_close",
        needs=Need.CLOSE_MONTH,
        methods=FORM,
    ),
    # Programs
    Page("/api/v1/openapi.json", openapi.document, name="api_openapi", needs=Need.PUBLIC),
    Page("/api/v1/desks", desks.every, name="api_desks", needs=Need.PUBLIC),
    Page("/api/v1/desks/{desk}", desks.one, name="api_desk", needs=Need.PUBLIC),
    Page(
        "/api/v1/desks/{desk}/receipts",
        receipts.hand_in,
        name="api_receipts",
        needs=Need.PUBLIC,
        methods=POST,
    ),
    Page("/api/v1/desks/{desk}/tallies", desks.figures, name="api_tallies", needs=Need.PUBLIC),
    Page(
        "/api/v1/receipts/{receipt_number}",
        receipts.look,
        name="api_receipt",
        needs=Need.PUBLIC,
        private=True,
    ),
    Page("/healthz", front.healthz, name="healthz", needs=Need.PUBLIC, bare=True),
    Page("/readyz", front.readyz, name="readyz", needs=Need.PUBLIC, bare=True),
    Mount("/static", KeptFiles(directory=static_folder()), name="static"),
]
