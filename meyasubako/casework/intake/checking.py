"""A form, or what a letter says, against the desk's form: every mistake at once, or a submission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from meyasubako.casework import cases
from meyasubako.core import matters
from meyasubako.core.desk import Desk, Field, written
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import CaseKind, MeetingWay, RequesterType

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that holds what the desk asks for."""

    kind: CaseKind
    requester_type: RequesterType
    purpose: str | None
    topics: tuple[str, ...]
    title: str
    body: str
    requester: cases.RequesterDetails
    meeting_way: MeetingWay | None
    wished_dates: str
    reply_wanted: bool
    publish_consent: bool
    share_consent: bool


def check(desk: Desk, values: Values, *, by_staff: bool = False) -> Submission:
    """Check a form against the desk; field names are those of the desk file.

    Staff who enter a letter need only what the letter says: its text and who sent it, 不明 allowed. A letter without a
    title gets one from its text.
    Raises InvalidInput with every mistake at once.
    """
    return _Checker(desk, values, by_staff).submission()


class _Checker:
    """Reads one form, collecting every mistake."""

    def __init__(self, desk: Desk, values: Values, by_staff: bool) -> None:
        self.desk = desk
        self.values = values
        self.by_staff = by_staff
        self.errors: list[FieldError] = []

    def submission(self) -> Submission:
        requester_type = self._requester_type()
        purpose = self._purpose()
        kind = self._kind(purpose)
        fields = {field.name: field for field in self._fields(kind, requester_type)}
        texts = {name: self._written(fields.get(name)) for name in ("title", "body", "wished_dates")}
        requester = cases.RequesterDetails(
            municipality=self._choice(fields.get("municipality")),
            **{name: self._written(fields.get(name)) for name in cases.CONTACT},
        )
        way = self._choice(fields.get("meeting_way"))
        topics = self._topics(fields.get("topics"))
        # A letter that says nothing about an answer does not refuse one.
        reply_wanted = self._yes(fields.get("reply_wanted"), bool(requester.email), blank=self.by_staff)
        publish_consent = self._yes(fields.get("publish_consent"))
        share_consent = self._yes(fields.get("share_consent"))
        if self.errors or requester_type is None or kind is None:
            order = [field.name for field in self.desk.fields]
            self.errors.sort(key=lambda error: order.index(error.field) if error.field in order else -1)
            raise InvalidInput(*self.errors)
        return Submission(
            kind=kind,
            requester_type=requester_type,
            purpose=purpose,
            topics=topics,
            title=texts["title"] or matters.title_of(texts["body"]),
            body=texts["body"],
            requester=requester,
            meeting_way=MeetingWay(way) if way else None,
            wished_dates=texts["wished_dates"],
            reply_wanted=reply_wanted,
            publish_consent=publish_consent,
            share_consent=share_consent,
        )

    def _fields(self, kind: CaseKind | None, requester_type: RequesterType | None) -> tuple[Field, ...]:
        if self.by_staff:
            # A letter says what it says: nothing is dropped because the form would not have asked for it, and whoever
            # wrote it has not seen how long the desk wants its texts to be.
            return tuple(replace(field, max_length=None) for field in self.desk.fields_for(None, None))
        # Whether a field for some is meant for this person cannot be said before the person is known.
        return tuple(
            field
            for field in self.desk.fields_for(kind, requester_type)
            if (requester_type or not field.requester_types) and (kind or not field.kinds)
        )

    def _first(self, name: str) -> str:
        values = self.values.get(name) or ("",)
        return values[0]

    def _refuse(self, field: str, message: str) -> None:
        self.errors.append(FieldError(field, message))

    def _is_required(self, field: Field) -> bool:
        return field.required and (not self.by_staff or field.name == "body")

    def _requester_type(self) -> RequesterType | None:
        typed = self._first("requester_type")
        offered = {option.code for option in self.desk.open_requester_types}
        if self.by_staff:
            offered.add(RequesterType.UNKNOWN)
        if not typed:
            self._refuse(
                "requester_type", say("「%(label)s」を選んでください。", label=self._label("requester_type"))
            )
        elif typed not in offered:
            self._refuse(
                "requester_type",
                say("「%(label)s」を、一覧の中から選んでください。", label=self._label("requester_type")),
            )
        else:
            return RequesterType(typed)
        return None

    def _purpose(self) -> str | None:
        if not self.desk.has_field("purpose"):
            return None
        typed = self._first("purpose")
        if not typed:
            if self._is_required(self.desk.field("purpose")):
                self._refuse("purpose", say("「%(label)s」を選んでください。", label=self._label("purpose")))
            return None
        if typed not in {purpose.code for purpose in self.desk.open_purposes()}:
            self._refuse(
                "purpose", say("「%(label)s」を、一覧の中から選んでください。", label=self._label("purpose"))
            )
            return None
        return typed

    def _kind(self, purpose: str | None) -> CaseKind | None:
        implied = self.desk.kind_of(purpose)
        typed = self._first("kind")
        if implied is not None:
            if typed and typed != implied:
                self._refuse(
                    "kind", say("「%(label)s」が、内容の種類と合っていません。", label=self._label("kind"))
                )
            return implied
        if typed in {kind.code for kind in self.desk.open_kinds}:
            return CaseKind(typed)
        self._refuse("kind", say("ご意見・ご提案か、ご相談かを選んでください。"))
        return None

    def _label(self, name: str) -> str:
        return self.desk.field(name).label if self.desk.has_field(name) else say("種類")

    def _written(self, field: Field | None) -> str:
        if field is None:
            return ""
        try:
            return written(field, self._first(field.name), required=self._is_required(field))
        except InvalidInput as error:
            self.errors += error.errors
            return ""

    def _choice(self, field: Field | None) -> str:
        if field is None:
            return ""
        typed = self._first(field.name)
        if typed and typed not in {option.code for option in field.open_options}:
            self._refuse(field.name, say("「%(label)s」を、一覧の中から選んでください。", label=field.label))
        elif not typed and self._is_required(field):
            self._refuse(field.name, say("「%(label)s」を選んでください。", label=field.label))
        return typed

    def _topics(self, field: Field | None) -> tuple[str, ...]:
        if field is None:
            return ()
        typed = tuple(dict.fromkeys(value for value in self.values.get(field.name, ()) if value))
        known = self.desk.open_topic_codes
        if any(topic not in known for topic in typed):
            self._refuse(field.name, say("「%(label)s」を、一覧の中から選んでください。", label=field.label))
        elif not typed and self._is_required(field):
            self._refuse(field.name, say("「%(label)s」を選んでください。", label=field.label))
        return typed

    def _yes(self, field: Field | None, default: bool = False, *, blank: bool = False) -> bool:
        if field is None:
            return default
        typed = self._first(field.name)
        if typed in {"yes", "no"}:
            return typed == "yes"
        if typed or self._is_required(field):
            self._refuse(
                field.name, say("「%(label)s」について、どちらかを選んでください。", label=field.label)
            )
        return blank
