"""The mails that came to a desk: what became of each, and what is done about those nobody but a person can decide about."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako import mailroom
from meyasubako.casework import audit, mailbox, tracking
from meyasubako.casework.mailbox import MailFile, MailPage, Original
from meyasubako.core.errors import WrongState
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import MailState
from meyasubako.web import page
from meyasubako.web.guard import handing_out
from meyasubako.web.staff import shown

SHAPES: Final = {
    MailState.ADDED: "done",
    MailState.RECEIVED: "draft",
    MailState.OTHER_SENDER: "soon",
    MailState.FINISHED: "soon",
    MailState.UNREADABLE: "soon",
    MailState.AUTOMATIC: "closed",
    MailState.BOUNCED: "stop",
    MailState.DELAYED: "wait",
}
"""What became of a mail is told by its word and this shape."""


async def mails(request: Request) -> Response:
    """The list, newest first."""
    applied, actor = page.desk(request), page.actor(request)
    is_open = request.query_params.get("only") == "open"
    older = whole(request.query_params.get("older", ""))
    found: MailPage = await page.read(
        request,
        lambda session: mailbox.mails(session, actor, applied.id, is_open=is_open, older_than=older),
    )
    here = page.url(request, "staff_mails", desk=applied.code)
    only = "only=open&" if is_open else ""
    return page.render(
        request,
        "staff/mails.html",
        title="届いたメール",
        desk=applied,
        found=found,
        is_open=is_open,
        here=here,
        is_first=older is None,
        older_href=f"{here}?{only}older={found.older}" if found.older else "",
        may_open=actor.may(Need.VIEW_CONTACT, applied.id),
        shapes=SHAPES,
        words=shown.words(request),
    )


async def mail(request: Request) -> Response:
    """One mail with all it says."""
    applied, actor = page.desk(request), page.actor(request)
    mail_id = request.path_params["mail_id"]
    at = page.at(request)

    def unit(session: Any) -> tuple[MailFile, int | None]:
        file = mailbox.mail_file(session, actor, applied.id, mail_id)
        case_id = file.row.case_id
        is_noted = case_id is None or audit.is_looking(session, case_id, by=actor, at=at)
        return file, None if is_noted else case_id

    file, looked_at = await page.read(request, unit)
    if looked_at is not None:
        await page.write(request, lambda session: audit.note_look(session, looked_at, by=actor, at=at))
    return page.render(
        request,
        "staff/mail.html",
        title=file.row.subject or "（件名のないメール）",
        desk=applied,
        file=file,
        may_decide=actor.may(Need.TRIAGE, applied.id),
        shapes=SHAPES,
        words=shown.words(request),
    )


async def original(request: Request) -> Response:
    """The mail exactly as it came, as a file."""
    return await handing_out.hand_out(request, (await _original(request)).content)


async def settle(request: Request) -> Response:
    """Somebody looked at it; nothing more is to be done."""
    actor, at, mail_id = page.actor(request), page.at(request), request.path_params["mail_id"]
    desk_id = page.desk(request).id

    def unit(session: Any) -> None:
        mailbox.mail_file(session, actor, desk_id, mail_id)
        mailbox.settle(session, mail_id, by=actor, at=at)

    await page.write(request, unit)
    return page.redirect(
        request, "staff_mails", notice="確かめたことにしました。", desk=page.desk(request).code
    )


async def add(request: Request) -> Response:
    """What it says becomes an addition of its case after all."""
    service, actor, at = page.service(request), page.actor(request), page.at(request)
    mail_id = request.path_params["mail_id"]
    found = await _original(request)
    words, files, refused = await page.slowly(
        request, mailroom.read_again, service.cabinet, service.settings, found.content.digest
    )

    def unit(session: Any) -> int:
        if found.case_id is None or found.receipt_id is None:
            raise WrongState("このメールは、どの案件のものか分かりません。")
        addition_id = tracking.add_by_mail(session, found.case_id, words, mail_id=mail_id, at=at)
        if addition_id is None:
            raise WrongState("案件の対応が終わっているため、追記にできません。先に案件を再開してください。")
        more: Sequence[str] = mailroom.attach(session, service.settings, found.receipt_id, files, at=at)
        mailbox.settle(session, mail_id, by=actor, at=at, addition_id=addition_id, refused=(*refused, *more))
        return found.case_id

    case_id = await page.write(request, unit)
    return page.redirect(request, "staff_case", notice="メールを案件の追記にしました。", case_id=case_id)


async def _original(request: Request) -> Original:
    actor, desk_id, mail_id = page.actor(request), page.desk(request).id, request.path_params["mail_id"]
    return await page.read(request, lambda session: mailbox.original(session, actor, desk_id, mail_id))
