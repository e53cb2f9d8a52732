"""The files of a form on its way to being sent: taken in, held, listed, let go; the same for residents and staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request

from meyasubako.casework import attachments, intake, limits
from meyasubako.casework.attachments import Attached
from meyasubako.core.errors import DeskError, FieldError, InvalidInput, TooMany, Unavailable
from meyasubako.core.numbers import whole_ones
from meyasubako.core.sentences import say
from meyasubako.edge.files import Kept, clean_name, take_in
from meyasubako.web import forms, page
from meyasubako.web.forms import Fault, Upload
from meyasubako.web.guard.client import network

FIELD: Final = attachments.FIELD
ADD: Final = "add_file"
REMOVE: Final = "remove_file"
SHOWN: Final = "held_file"
OURS: Final = frozenset({FIELD, ADD, REMOVE, SHOWN})
"""Fields that are about files, not answers."""

WINDOW: Final = timedelta(hours=1)
ACCEPT: Final = ".pdf,.jpg,.jpeg,.png,.heic,.heif,.docx,.xlsx,.pptx,.txt,.csv,image/jpeg,image/png,image/heic,application/pdf"
NONE_CHOSEN: Final = say("ファイルを選んでから、「ファイルを追加」を押してください。")
KINDS: Final = say("PDF、写真（JPEG・PNG・HEIC）、Word、Excel、PowerPoint、テキスト、CSV")


@dataclass(frozen=True, slots=True)
class Held:
    """The files of a form as they stand, what was wrong with those it brought, and how to answer then."""

    files: tuple[Attached, ...] = ()
    errors: tuple[FieldError, ...] = ()
    status_code: int = 200
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Box:
    """What a page shows of it."""

    files: tuple[Attached, ...]
    limits: str
    accept: str
    largest: int
    too_large: str


async def attend(
    request: Request, form: forms.Form, desk_id: int, key_hash: str, *, is_sent: bool = False
) -> None:
    """Do what the form asks for with its files. What was wrong is in `held`; the texts of the form do not suffer from it.

    `is_sent` says that the form is to be received now: only then may files be gone because it was received before.
    """
    refused: list[DeskError] = []
    removed = _ids(form.values(REMOVE))
    if is_sent and not (form.uploads or removed or form.has(ADD) or shown(form)):
        # What receives the form looks whether there are any after all.
        return
    try:
        if removed:
            await page.write(request, lambda session: attachments.let_go(session, key_hash, removed))
        uploads = [each for each in form.uploads if each.field == FIELD]
        if form.has(ADD) and not uploads:
            refused.append(InvalidInput(FieldError(FIELD, NONE_CHOSEN)))
        if uploads:
            await _count(request, len(uploads))
        for upload in uploads:
            try:
                await _hold(request, upload, desk_id, key_hash)
            except InvalidInput as error:
                refused.append(error)
    except (TooMany, Unavailable) as error:
        refused.append(error)
    request.state.held = await _look(request, form, key_hash, removed, refused, is_sent=is_sent)


def hand_in(session: Any, form: forms.Form, key_hash: str, received: intake.Received) -> None:
    """The files of a form go with its receipt, in the unit that received it. Raises InvalidInput, WrongState."""
    attachments.hand_in(session, key_hash, received.receipt_id, is_new=received.is_new, shown=shown(form))


def held(request: Request) -> Held:
    """The files of the form of this request."""
    return getattr(request.state, "held", Held())


def asks(form: forms.Form) -> bool:
    """Whether a button of the file field was pressed: the form comes back for more."""
    return form.has(ADD) or form.has(REMOVE)


def pairs(request: Request) -> list[tuple[str, str]]:
    """What the page carries along unseen: which files its reader saw."""
    return [(SHOWN, str(each.id)) for each in held(request).files]


def shown(form: forms.Form) -> set[int]:
    """The files the reader of the page saw."""
    return _ids(form.values(SHOWN))


def box(request: Request) -> Box:
    """The file field of a page."""
    settings = page.settings(request)
    return Box(
        files=held(request).files,
        limits=say(
            "%(most)sつまで、1つ%(size)sまで。%(kinds)s。",
            most=settings.files_most,
            size=_largest(request),
            kinds=KINDS,
        ),
        accept=ACCEPT,
        largest=settings.file_bytes,
        too_large=_too_large(request),
    )


def _largest(request: Request) -> str:
    return page.file_size(page.settings(request).file_bytes).replace(".0MB", "MB")


def _too_large(request: Request) -> str:
    return say("1つ%(size)sまでのため加えていません。小さくするか、分けてください。", size=_largest(request))


async def _count(request: Request, many: int) -> None:
    """Count files from where this request comes from. Raises TooMany."""
    settings, at = page.settings(request), page.at(request)
    place = limits.key("files from", network(request))
    most = settings.submissions_per_hour * settings.files_most

    def unit(session: Any) -> None:
        for _ in range(many):
            limits.hit(session, place, limit=most, window=WINDOW, at=at)

    await page.write(request, unit)


async def _hold(request: Request, upload: Upload, desk_id: int, key_hash: str) -> None:
    """Take a file in and hold it. Raises InvalidInput or Unavailable."""
    service, at = page.service(request), page.at(request)
    settings = service.settings
    if upload.arriving is None:
        raise _fault(request, upload)
    kept: Kept = await page.slowly(request, take_in, service.cabinet, upload.arriving, upload.name)
    await page.write(
        request,
        lambda session: attachments.hold(
            session,
            desk_id,
            key_hash,
            digest=kept.digest,
            size=kept.size,
            file_type=kept.file_type,
            name=kept.name,
            most=settings.files_most,
            is_scanned=settings.clamd is not None,
            at=at,
        ),
    )


def _fault(request: Request, upload: Upload) -> DeskError:
    settings = page.settings(request)
    name = clean_name(upload.name)
    if upload.fault is Fault.NO_ROOM:
        return Unavailable(
            say("いま、ファイルを保存できません。ファイルなしで送るか、時間をおいてお試しください。")
        )
    if upload.fault is Fault.TOO_MANY:
        return InvalidInput(FieldError(FIELD, attachments.over(name, settings.files_most)))
    return InvalidInput(
        FieldError(FIELD, say("「%(name)s」は、%(reason)s", name=name, reason=_too_large(request)))
    )


async def _look(
    request: Request,
    form: forms.Form,
    key_hash: str,
    removed: set[int],
    refused: list[DeskError],
    *,
    is_sent: bool,
) -> Held:
    files: tuple[Attached, ...] = ()
    errors = [
        each
        for error in refused
        for each in (error.errors if isinstance(error, InvalidInput) else (FieldError(FIELD, error.message),))
    ]
    try:
        files = await page.read(request, lambda session: attachments.held(session, key_hash))
        if not is_sent and shown(form) - removed - {each.id for each in files}:
            errors.append(FieldError(FIELD, attachments.GONE))
    except Unavailable as error:
        refused.append(error)
        if form.has(SHOWN):
            errors.append(FieldError(FIELD, error.message))
    slow = [each for each in refused if isinstance(each, TooMany | Unavailable)]
    status_code = 429 if any(isinstance(each, TooMany) for each in slow) else 503 if slow else 422
    return Held(
        files,
        tuple(dict.fromkeys(errors)),
        status_code if errors else 200,
        max((each.retry_after for each in slow), default=0),
    )


def _ids(typed: Iterable[str]) -> set[int]:
    return set(whole_ones(typed))
