"""Taking a file in: looked at, stripped of the place it was taken at, and put into the cabinet, or refused with a sentence."""

from dataclasses import dataclass
from typing import Final

from meyasubako.core.errors import FieldError, InvalidInput, Unavailable
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import FileType
from meyasubako.edge.files import heic, kinds, photos
from meyasubako.edge.files.cabinet import Arriving, Cabinet
from meyasubako.edge.files.names import clean_name
from meyasubako.edge.files.unfit import Broken, Unfit

FIELD: Final = "files"
NO_ROOM: Final = say("いま、ファイルを保存できません。ファイルなしで送るか、時間をおいてお試しください。")


@dataclass(frozen=True, slots=True)
class Kept:
    """A content that lies in the cabinet, and the name to show it by."""

    digest: str
    size: int
    file_type: FileType
    name: str


def take_in(cabinet: Cabinet, arriving: Arriving, typed_name: str) -> Kept:
    """Keep what arrived; nothing is left of what was refused.

    Raises InvalidInput with a sentence that names the file, Unavailable when it cannot be kept.
    """
    try:
        return _take_in(cabinet, arriving, typed_name)
    except Unfit as error:
        sentence = say("「%(name)s」は、%(reason)s", name=clean_name(typed_name), reason=error.reason)
        raise InvalidInput(FieldError(FIELD, sentence)) from None
    except OSError as error:
        raise Unavailable(NO_ROOM) from error
    finally:
        arriving.discard()


def _take_in(cabinet: Cabinet, arriving: Arriving, typed_name: str) -> Kept:
    with arriving.open() as source:
        file_type = kinds.recognise(source, arriving.size, typed_name)
        if file_type not in {FileType.JPEG, FileType.PNG, FileType.HEIC}:
            return _kept(cabinet, arriving, file_type, typed_name)
        stripped = cabinet.begin()
        try:
            source.seek(0)
            try:
                if file_type is FileType.JPEG:
                    photos.strip_jpeg(source, stripped.write)
                elif file_type is FileType.PNG:
                    photos.strip_png(source, stripped.write)
                else:
                    heic.strip_heic(source, arriving.size, stripped.write)
            except Broken:
                raise Unfit(heic.NOT_SURE if file_type is FileType.HEIC else kinds.CUT_OFF) from None
            return _kept(cabinet, stripped, file_type, typed_name)
        finally:
            stripped.discard()


def _kept(cabinet: Cabinet, arriving: Arriving, file_type: FileType, typed_name: str) -> Kept:
    digest = cabinet.keep(arriving)
    return Kept(digest, arriving.size, file_type, clean_name(typed_name, file_type))
