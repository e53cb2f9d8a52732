"""The fields a form may have. Names and meaning are the product's; which are asked and how is the desk's."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import CaseKind, MeetingWay, RequesterType


class Control(StrEnum):
    """How a field is filled in."""

    RADIO = "radio"
    CHECKBOXES = "checkboxes"
    SELECT = "select"
    TEXT = "text"
    TEXTAREA = "textarea"
    EMAIL = "email"
    TEL = "tel"
    YES_NO = "yes_no"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field whose choices the desk lists itself."""

    code: str
    label: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What the product knows about a field: its control, the longest text stored, browser hints."""

    control: Control
    ceiling: int | None = None
    autocomplete: str | None = None
    inputmode: str | None = None
    default_options: tuple[Option, ...] = ()
    options_are_names: bool = False
    is_essential: bool = False


_YES_NO = (Option("yes", say("はい")), Option("no", say("いいえ")))
_WAYS = tuple(Option(way.value, way.label) for way in MeetingWay)

FIELD_SHAPES: Mapping[str, FieldShape] = {
    "requester_type": FieldShape(Control.RADIO, is_essential=True),
    "kind": FieldShape(Control.RADIO),
    "purpose": FieldShape(Control.RADIO),
    "topics": FieldShape(Control.CHECKBOXES),
    "title": FieldShape(Control.TEXT, ceiling=200, is_essential=True),
    "body": FieldShape(Control.TEXTAREA, ceiling=20_000, is_essential=True),
    "files": FieldShape(Control.FILES),
    "name": FieldShape(Control.TEXT, ceiling=100, autocomplete="name"),
    "organisation": FieldShape(Control.TEXT, ceiling=200, autocomplete="organization"),
    "municipality": FieldShape(Control.SELECT, autocomplete="address-level2", options_are_names=True),
    "email": FieldShape(Control.EMAIL, ceiling=254, autocomplete="email", inputmode="email"),
    "phone": FieldShape(Control.TEL, ceiling=30, autocomplete="tel", inputmode="tel"),
    "postal_code": FieldShape(Control.TEXT, ceiling=20, autocomplete="postal-code", inputmode="numeric"),
    "address": FieldShape(Control.TEXTAREA, ceiling=300, autocomplete="street-address"),
    "reply_wanted": FieldShape(Control.YES_NO, default_options=_YES_NO),
    "publish_consent": FieldShape(Control.YES_NO, default_options=_YES_NO),
    "share_consent": FieldShape(Control.YES_NO, default_options=_YES_NO),
    "meeting_way": FieldShape(Control.RADIO, default_options=_WAYS),
    "wished_dates": FieldShape(Control.TEXTAREA, ceiling=1_000),
}
"""Every field there is, in the order the JSON interface names them; files are sent on the page only."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a desk's form. Empty `requester_types` or `kinds` mean that everybody sees it.

    `section` is the heading that begins with this field, "" where the one before goes on.
    """

    name: str
    label: str
    hint: str
    required: bool
    max_length: int | None
    requester_types: tuple[RequesterType, ...]
    kinds: tuple[CaseKind, ...]
    options: tuple[Option, ...]
    section: str = ""
    retired: bool = False

    @property
    def code(self) -> str:
        """The name, under which stored data knows the field."""
        return self.name

    @property
    def shape(self) -> FieldShape:
        return FIELD_SHAPES[self.name]

    @property
    def control(self) -> Control:
        return self.shape.control

    @property
    def autocomplete(self) -> str | None:
        """The HTML autocomplete token, if the browser may fill it in."""
        return self.shape.autocomplete

    @property
    def inputmode(self) -> str | None:
        """The keyboard a telephone shows."""
        return self.shape.inputmode

    @property
    def limit(self) -> int | None:
        """The most characters taken: the desk's limit, or else the product's."""
        return self.max_length or self.shape.ceiling

    @property
    def open_options(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if not option.retired)

    def option(self, code: str) -> Option:
        """The choice with this code, retired ones too; KeyError if there is none."""
        for option in self.options:
            if option.code == code:
                return option
        raise KeyError(code)

    def is_for(self, kind: CaseKind | None, requester_type: RequesterType | None) -> bool:
        """Whether the field is shown for this kind and requester; None means not known yet."""
        return (not self.kinds or kind is None or kind in self.kinds) and (
            not self.requester_types or requester_type is None or requester_type in self.requester_types
        )
