"""Reads a desk file (TOML) as an office writes it; a file with mistakes is refused and all are named."""

import re
import tomllib
from typing import Final

from meyasubako.core.desk.definition import (
    REMINDER_AT,
    UNTRIAGED_REASONS,
    ClosedDay,
    DeclineReason,
    Desk,
    Division,
    Group,
    KindOption,
    OtherOffice,
    OutcomeLabel,
    PublicationRules,
    Purpose,
    RequesterOption,
    SurveyRules,
    TallyLabels,
    Topic,
)
from meyasubako.core.desk.file_answering import (
    read_answering,
    read_priorities,
    read_suggestions,
    read_templates,
)
from meyasubako.core.desk.file_areas import read_areas
from meyasubako.core.desk.file_fields import FormRules, read_fields
from meyasubako.core.desk.file_matching import read_matching, read_offering, read_turn_down_reasons
from meyasubako.core.desk.file_statistics import read_statistics
from meyasubako.core.desk.reading import Codes, DeskFileError, Mistake, Mistakes, Table
from meyasubako.core.toml_lines import Path, index_lines
from meyasubako.core.vocabulary import CaseKind, Outcome, ProviderKind, RequesterType

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"(?=(?:-?\d){10,11}$)0\d{1,4}-\d{1,4}-\d{3,4}")
_PHONE_HELP = "電話番号として読めません。059-224-3086 のように半角で書いてください。"
_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+")
_ANY_PHONE = re.compile(r"#?[0-9](-?[0-9]){1,12}")
_ANY_PHONE_HELP = "電話番号として読めません。188、#9110、059-224-3086 のように半角で書いてください。"
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]")
_CLOCK_HELP = "時刻として読めません。8:30 のように半角で書いてください。"
_PREFECTURE = re.compile(r".{1,3}[都道府県]")
_LONGEST_WAIT = 366
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SYNTAX: Final = (
    ("Cannot overwrite a value", "同じキーが2度書かれています。1つにしてください。"),
    ("Cannot declare", "同じ見出しが2度書かれています。くり返す表は [[…]] と2重の角括弧にしてください。"),
    ("Expected '='", "キーのあとに = がありません。"),
    ("Unterminated string", "文字を囲む引用符が閉じていません。"),
    ("Illegal character", "引用符が閉じていないか、使えない文字が入っています。"),
    ("Unclosed", "括弧が閉じていません。"),
    ("Expected ']'", "見出しの角括弧が閉じていません。"),
    ("Expected newline", "値のあとに余分なものがあります。1行に1つずつ書いてください。"),
    ("Invalid statement", "キーや見出しとして読めません。"),
    ("Invalid initial character", "キーとして読めません。"),
    ("Invalid value", '値として読めません。文字は "…" と引用符で囲んでください。'),
    ("Invalid date", "ありえない日付です。"),
)
_WIDE_SIGNS: Final = "　＝“”＂［］｛｝＃"


def parse_desk(text: str, *, source: str) -> Desk:
    """The desk a file describes; `source` names it in the error. Raises DeskFileError with every mistake."""
    root = open_table(text, source=source)
    mistakes = root.mistakes
    desk = _read_desk(root)
    root.close()
    if mistakes.found:
        raise DeskFileError(source, mistakes.found)
    return desk


def open_table(text: str, *, source: str) -> Table:
    """What a TOML text holds, to be read key by key. Raises DeskFileError where it is no TOML."""
    text = text.removeprefix("\ufeff")
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DeskFileError(source, [_syntax_mistake(text, str(error))]) from error
    return Table(values, (), Mistakes(index_lines(text)))


def _syntax_mistake(text: str, message: str) -> Mistake:
    lines = text.split("\n")
    found = _POSITION.search(message)
    number, column = int(found[1] or len(lines)) if found else 1, found[2] if found else None
    sentence = next(
        (japanese for english, japanese in _SYNTAX if english in message), "TOMLとして読めません。"
    )
    if column:
        sentence = f"{column}文字目: {sentence}"
    if any(sign in lines[number - 1] for sign in _WIDE_SIGNS):
        sentence += "この行に全角の空白や記号が混じっていないか確かめてください。"
    return Mistake(number, "", sentence)


def _read_desk(root: Table) -> Desk:
    postal_address = root.texts("postal_address", required=False) or None
    phone = root.matching("phone", _PHONE, _PHONE_HELP)
    fax = root.matching("fax", _PHONE, _PHONE_HELP)
    email = root.matching("email", _EMAIL, "メールアドレスとして読めません。半角で書いてください。")
    mail_in = root.matching("mail_in", _EMAIL, "メールアドレスとして読めません。半角で書いてください。")
    website = root.matching("website", _ADDRESS, "アドレスとして読めません。https:// から書いてください。")
    if not any(root.has(key) for key in ("postal_address", "phone", "email", "website")):
        root.wrong("phone", "phone、email、postal_address、website のどれか1つは書いてください。")
    publication = _read_publication(root.table("publication"))
    survey = _read_survey(root.table("survey"))
    tally_labels = _read_tally_labels(root.table("tally_labels"))
    offers = root.choices("offers", ProviderKind)
    kinds = _read_kinds(root)
    requester_groups, group_codes = _read_groups(root)
    requester_types = _read_requester_types(root, group_codes)
    purposes = _read_purposes(root, [kind.code for kind in kinds])
    topic_codes = Codes()
    topics = _read_topics(root, "topics", topic_codes, required=True)
    fields = read_fields(
        root,
        FormRules(
            kinds=tuple(kind.code for kind in kinds),
            requester_types=tuple(option.code for option in requester_types),
            purposes_give_kind=bool(purposes) and all(purpose.kind for purpose in purposes),
            asks_consent=publication.asks_consent,
            makes_offers=bool(offers),
        ),
    )
    offices, office_codes = _read_offices(root)
    return Desk(
        code=root.code("code"),
        name=root.words("name"),
        prefecture=_prefecture(root),
        office=root.words("office"),
        phone=phone,
        fax=fax,
        email=email,
        postal_address=postal_address,
        website=website,
        hours=root.words("hours", single_line=False),
        opened_on=root.day("opened_on"),
        about=root.words("about", single_line=False),
        steps=root.words_list("steps", required=True),
        privacy_purpose=root.words("privacy_purpose", single_line=False),
        privacy_audience=root.words("privacy_audience", single_line=False),
        answer_within_office_days=root.whole("answer_within_office_days", at_least=1, at_most=_LONGEST_WAIT),
        offices=offices,
        reminder_at=root.matching("reminder_at", _CLOCK, _CLOCK_HELP) or REMINDER_AT,
        offers=offers,
        offer_valid_days=_offer_valid_days(root, is_needed=bool(offers)),
        meeting_quota=root.whole("meeting_quota", at_least=1, at_most=1_000),
        report_within_days=root.whole("report_within_days", at_least=1, at_most=_LONGEST_WAIT),
        tally_labels=tally_labels,
        publication=publication,
        survey=survey,
        closed_days=_read_closed_days(root),
        kinds=kinds,
        requester_groups=requester_groups,
        requester_types=requester_types,
        purposes=purposes,
        topics=topics,
        fields=fields,
        divisions=_read_divisions(root, topic_codes.known()),
        outcomes=_read_outcomes(root),
        decline_reasons=_read_decline_reasons(root, office_codes),
        reply_templates=read_templates(root),
        mail_in=mail_in,
        answering=read_answering(root),
        matching=read_matching(root),
        offering=read_offering(root),
        turn_down_reasons=read_turn_down_reasons(root),
        untriaged_reasons=root.texts("untriaged_reasons", required=False) or UNTRIAGED_REASONS,
        suggestions=read_suggestions(root),
        priorities=read_priorities(root),
        public_statistics=read_statistics(root),
        areas=read_areas(root, fields),
    )


def _prefecture(root: Table) -> str:
    name = root.text("prefecture")
    if name and not _PREFECTURE.fullmatch(name):
        root.wrong("prefecture", "富山県 のように、都道府県の名前を書いてください。")
    return name


def _offer_valid_days(root: Table, *, is_needed: bool) -> int:
    days = root.whole("offer_valid_days", at_least=1, at_most=_LONGEST_WAIT)
    if is_needed and not root.has("offer_valid_days"):
        root.wrong("offer_valid_days", "打診をする窓口では、返事を待つ日数が要ります（例 7）。")
    return days or 7


def _read_publication(table: Table) -> PublicationRules:
    rules = PublicationRules(
        asks_consent=table.flag("asks_consent"), note=table.words("note", single_line=False)
    )
    table.close()
    return rules


def _read_survey(table: Table) -> SurveyRules:
    rules = SurveyRules(
        enabled=table.flag("enabled"),
        question=table.words("question"),
        follow_up_months=table.whole("follow_up_months", at_least=1, at_most=60),
    )
    table.close()
    return rules


def _read_tally_labels(table: Table) -> TallyLabels:
    labels = TallyLabels(
        receipts=table.words("receipts"),
        cases=table.words("cases"),
        requesters=table.words("requesters"),
        purposes=table.words("purposes"),
        topics=table.words("topics"),
    )
    table.close()
    return labels


def _read_closed_days(root: Table) -> tuple[ClosedDay, ...]:
    found: list[ClosedDay] = []
    first: dict[object, Path] = {}
    for table in root.tables("closed_days", required=False):
        day = ClosedDay(on=table.day("on"), reason=table.text("reason"))
        if first.setdefault(day.on, table.path) != table.path and table.has("on"):
            table.wrong("on", "同じ日が2度あります。1つ消してください。")
        found.append(day)
        table.close()
    return tuple(found)


def _read_kinds(root: Table) -> tuple[KindOption, ...]:
    found: list[KindOption] = []
    codes = Codes()
    for table in root.tables("kinds", required=True):
        code = table.choice("code", CaseKind)
        label = table.words("label")
        short_label = table.optional_words("short_label") or label
        description = table.words("description", single_line=False)
        table.close()
        if code is not None:
            codes.add(table, "code", code)
            found.append(KindOption(code, label, short_label, description))
    return tuple(found)


def _read_groups(root: Table) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    found: list[Group] = []
    codes = Codes()
    for table in root.tables("requester_groups", required=True):
        found.append(Group(table.code("code", codes), table.words("label")))
        table.close()
    return tuple(found), codes.known()


def _read_requester_types(root: Table, groups: tuple[str, ...]) -> tuple[RequesterOption, ...]:
    found: list[RequesterOption] = []
    codes = Codes()
    for table in root.tables("requester_types", required=True):
        code = table.choice("code", RequesterType)
        option_label = table.words("label")
        group = table.reference("group", groups, "[[requester_groups]] の code")
        table.close()
        if code is RequesterType.UNKNOWN:
            table.wrong("code", "「unknown」（不明）は職員がいつでも選べるので、ここには書きません。")
        elif code is not None:
            codes.add(table, "code", code)
            found.append(RequesterOption(code, option_label, group))
    return tuple(found)


def _read_purposes(root: Table, kinds: list[CaseKind]) -> tuple[Purpose, ...]:
    found: list[Purpose] = []
    codes = Codes()
    for table in root.tables("purposes", required=True):
        code, label = table.code("code", codes), table.words("label")
        kind = table.choice("kind", CaseKind, required=False)
        if kind is not None:
            table.check_reference((*table.path, "kind"), kind, kinds, "[[kinds]] の code")
        found.append(
            Purpose(
                code=code,
                label=label,
                short_label=table.optional_words("short_label") or label,
                description=table.words("description", single_line=False),
                keywords=table.texts("keywords", required=False),
                kind=kind,
            )
        )
        table.close()
    return tuple(found)


def _read_topics(above: Table, key: str, codes: Codes, *, required: bool) -> tuple[Topic, ...]:
    found: list[Topic] = []
    for table in above.tables(key, required=required):
        code, label = table.code("code", codes), table.words("label")
        description = table.words("description", single_line=False)
        children = _read_topics(table, "children", codes, required=False)
        keywords = table.texts("keywords", required=not children)
        found.append(Topic(code, label, description, keywords, children))
        table.close()
    return tuple(found)


def _read_divisions(root: Table, topics: tuple[str, ...]) -> tuple[Division, ...]:
    found: list[Division] = []
    codes = Codes()
    for table in root.tables("divisions", required=True):
        division = Division(
            table.code("code", codes), table.text("label"), table.texts("topics", required=False)
        )
        for position, topic in enumerate(division.topics):
            path = (*table.path, "topics", position)
            table.check_reference(path, topic, topics, "[[topics]] の code")
        found.append(division)
        table.close()
    return tuple(found)


def _read_outcomes(root: Table) -> tuple[OutcomeLabel, ...]:
    found: list[OutcomeLabel] = []
    codes = Codes()
    for table in root.tables("outcomes", required=True):
        code, label = table.choice("code", Outcome), table.words("label")
        table.close()
        if code is not None:
            codes.add(table, "code", code)
            found.append(OutcomeLabel(code, label))
    return tuple(found)


def _read_offices(root: Table) -> tuple[tuple[OtherOffice, ...], tuple[str, ...]]:
    found: list[OtherOffice] = []
    codes = Codes()
    for table in root.tables("offices", required=False):
        office = OtherOffice(
            table.code("code", codes),
            table.words("label"),
            about=table.optional_words("about"),
            phone=table.matching("phone", _ANY_PHONE, _ANY_PHONE_HELP),
            page=table.matching("page", _ADDRESS, "アドレスとして読めません。https:// から書いてください。"),
        )
        found.append(office)
        table.close()
    return tuple(found), codes.known()


def _read_decline_reasons(root: Table, offices: tuple[str, ...]) -> tuple[DeclineReason, ...]:
    found: list[DeclineReason] = []
    codes = Codes()
    for table in root.tables("decline_reasons", required=True):
        reason = DeclineReason(
            table.code("code", codes),
            table.text("label"),
            table.words("text", single_line=False),
            offices=table.texts("offices", required=False),
        )
        for position, office in enumerate(reason.offices):
            path = (*table.path, "offices", position)
            table.check_reference(path, office, offices, "[[offices]] の code")
        found.append(reason)
        table.close()
    return tuple(found)
