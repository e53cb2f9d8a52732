"""Handing something in, and asking how it stands, from another system: the same checks and limits as the form's."""

import hashlib
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from meyasubako.casework import intake, tracking
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import grouped
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import Channel, Language
from meyasubako.web import guard, page
from meyasubako.web.api import fields
from meyasubako.web.guard import errors, tries

LONGEST_KEY: Final = 255


async def hand_in(request: Request) -> Response:
    """Receive a suggestion or a consultation; the same Idempotency-Key makes one receipt."""
    applied, keys = page.desk(request), page.keys(request)
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        return errors.answer(request, 400, f"Idempotency-Key は、1～{LONGEST_KEY}文字の英数字と記号です。")
    guard.check_open(request)
    submission, language = _checked(applied, await fields.read_object(request))
    try:
        received = await tries.send(
            request,
            submission,
            channel=Channel.API,
            idempotency_key=None if key is None else _own(request, key),
            language=language,
        )
    except WrongState:
        return errors.answer(
            request,
            409,
            "同じ Idempotency-Key で、先に別の内容を受け付けています。新しい値で送ってください。",
        )
    number = grouped(received.number)
    settings = page.settings(request)
    return JSONResponse(
        {
            "receipt_number": number,
            "passcode": grouped(keys.passcode(received.number, received.passcode_generation)),
            "status_url": f"{settings.public_url}{page.url(request, 'status')}?number={number}",
        },
        201,
        headers={"location": page.url(request, "api_receipt", receipt_number=number)},
    )


async def look(request: Request) -> Response:
    """How a receipt stands, for whoever holds its passcode."""
    scheme, _, passcode = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not passcode.strip():
        return _locked(request)
    number: str = request.path_params["receipt_number"]
    held = await tries.unlock(request, number, passcode)
    if held is None:
        return _locked(request, ', error="invalid_token"')

    def view(session: Any) -> tuple[AppliedDesk, tracking.ReceiptView]:
        applied = page.desk_by_id(request, tracking.desk_of(session, held[0]))
        return applied, tracking.view(session, applied.desk, *held)

    try:
        applied, receipt = await page.read(request, view)
    except NotFound:
        return _locked(request, ', error="invalid_token"')
    return JSONResponse(_shown(applied, receipt))


def _checked(applied: AppliedDesk, body: dict[str, Any]) -> tuple[intake.Submission, Language]:
    """The object checked by the form's own rules, and its language. Raises InvalidInput with every mistake at once."""
    language, wrong = fields.read_language(body)
    values, unfit = fields.read(applied.desk, body)
    wrong += unfit
    try:
        submission = intake.check(applied.desk, values)
    except InvalidInput as refused:
        # What could not be read is said once, not again as missing.
        unread = {error.field for error in wrong}
        wrong += [error for error in refused.errors if error.field not in unread]
        raise InvalidInput(*wrong) from None
    if wrong:
        raise InvalidInput(*wrong)
    return submission, language


def _own(request: Request, key: str) -> str:
    """The key as it is kept: apart from the forms' keys, of one length, and of use only where it came from.

    The answer holds the passcode, and many programs choose keys as simple as 1, 2, 3.
    """
    return f"api:{hashlib.sha256(f'{guard.network(request)} {key}'.encode()).hexdigest()}"


def _locked(request: Request, about: str = "") -> Response:
    response = errors.answer(
        request,
        401,
        "受付番号と合言葉の組み合わせが正しくありません。合言葉は Authorization: Bearer で送ります。",
    )
    response.headers["www-authenticate"] = f'Bearer realm="receipt"{about}'
    return response


def _shown(applied: AppliedDesk, receipt: tracking.ReceiptView) -> dict[str, Any]:
    return {
        "receipt_number": grouped(receipt.number),
        "desk": applied.code,
        "kind": receipt.kind.value,
        "received_at": receipt.received_at.isoformat(),
        "title": receipt.title,
        "reply_wanted": receipt.reply_wanted,
        "publish_consent": receipt.publish_consent,
        "email_confirmed": receipt.email_confirmed,
        "cases": [
            {
                "ordinal": case.ordinal,
                "title": case.title,
                "step": case.step.value,
                "step_label": case.step.label,
                "sentence": case.sentence,
                "due_on": case.due_on.isoformat() if case.due_on else None,
                "waits_for_requester": case.waits_for_requester,
                "messages": [
                    {"at": said.at.isoformat(), "kind": said.what, "from": said.who, "body": said.body}
                    for said in case.conversation
                ],
            }
            for case in receipt.cases
        ],
    }
