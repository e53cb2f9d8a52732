"""The two desks of the mission as their files describe them, and what may be asked of a desk."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import meyasubako
from meyasubako.core.desk import FIELD_SHAPES, Control, Desk, Field, Option, parse_desk
from meyasubako.core.desk.offering import OfferRules
from meyasubako.core.fitting import Weights
from meyasubako.core.vocabulary import CaseKind, MeetingWay, Outcome, ProviderKind, RequesterType

DESKS = Path(meyasubako.__file__).parent / "desks"
FILES = sorted(DESKS.glob("*.toml"))


def read(code: str) -> Desk:
    path = DESKS / f"{code}.toml"
    return parse_desk(path.read_text(encoding="utf-8"), source=path.name)


TOYAMA = read("toyama-meyasubako")
MIE = read("mie-dx-center")


def test_the_two_desks_ship():
    assert [path.stem for path in FILES] == ["mie-dx-center", "toyama-meyasubako"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_desk_is_complete(path: Path):
    desk = read(path.stem)
    assert desk.code == path.stem
    for leaf in desk.topic_leaves():
        assert 8 <= len(leaf.keywords) <= 15, leaf.code
    assert all(desk.divisions_for(topic.code) for topic in desk.all_topics())
    assert all(purpose.kind in {kind.code for kind in desk.kinds} for purpose in desk.purposes)
    assert {field.name for field in desk.fields} == FIELD_SHAPES.keys() - ABSENT[desk.code]


ABSENT = {"toyama-meyasubako": {"kind", "meeting_way", "wished_dates"}, "mie-dx-center": {"kind"}}


def test_toyama_is_the_box_of_the_document():
    assert TOYAMA.office == "富山県デジタル化推進室"
    assert TOYAMA.opened_on == date(2021, 11, 30)
    assert TOYAMA.postal_address == (
        "〒930-8501（住所記載不要）",
        "富山県デジタル化推進室",
        "ＤＸ推進目安箱 行き",
    )
    assert (TOYAMA.phone, TOYAMA.fax, TOYAMA.email) == (None, None, None)
    assert [purpose.label for purpose in TOYAMA.purposes] == [
        "ＤＸ施策に関するご意見やご提言",
        "地域や企業におけるＤＸ課題の解決に資するご提案",
    ]
    assert [kind.code for kind in TOYAMA.kinds] == [CaseKind.SUGGESTION]
    assert [option.code for option in TOYAMA.requester_types] == [
        RequesterType.RESIDENT,
        RequesterType.BUSINESS,
        RequesterType.BUSINESS_OUTSIDE,
        RequesterType.OTHER,
    ]
    assert (TOYAMA.answer_within_office_days, TOYAMA.meeting_quota) == (None, None)
    assert (len(TOYAMA.topics), len(TOYAMA.topic_leaves())) == (5, 10)
    assert len(TOYAMA.field("municipality").options) == 15 + 2


def test_mie_is_the_desk_of_the_document():
    assert MIE.office == "みえDXセンター事務局（三重県デジタル社会推進局デジタル戦略企画課内）"
    assert (MIE.phone, MIE.email) == ("059-224-3086", "dxcenter@pref.mie.lg.jp")
    assert MIE.opened_on == date(2021, 9, 1)
    assert MIE.meeting_quota == 3
    assert MIE.offers == tuple(ProviderKind)
    assert [kind.code for kind in MIE.kinds] == [CaseKind.CONSULTATION]
    assert (MIE.tally_labels.receipts, MIE.tally_labels.requesters) == ("相談件数", "相談者")
    assert [group.label for group in MIE.requester_groups] == [
        "県内事業者",
        "県民グループ",
        "県・市町",
        "その他",
    ]
    assert [purpose.label for purpose in MIE.purposes] == [
        "DXに関する情報提供",
        "人材育成（セミナー開催等の相談）",
        "課題解決のための相談",
        "その他",
    ]
    assert [topic.label for topic in MIE.topics] == ["暮らしのDX", "産業のDX", "行政のDX"]
    assert len(MIE.field("municipality").options) == 29 + 2


@pytest.mark.parametrize(
    ("desk", "requester_type", "label"),
    [
        (MIE, RequesterType.BUSINESS, "県内事業者"),
        (MIE, RequesterType.RESIDENT, "県民グループ"),
        (MIE, RequesterType.RESIDENT_GROUP, "県民グループ"),
        (MIE, RequesterType.MUNICIPALITY, "県・市町"),
        (MIE, RequesterType.PREFECTURE, "県・市町"),
        (MIE, RequesterType.OTHER, "その他"),
        (MIE, RequesterType.BUSINESS_OUTSIDE, None),
        (MIE, RequesterType.UNKNOWN, None),
        (TOYAMA, RequesterType.BUSINESS_OUTSIDE, "県外の事業者"),
    ],
)
def test_group_of(desk: Desk, requester_type: RequesterType, label: str | None):
    group = desk.group_of(requester_type)
    assert (group and group.label) == label


def test_lookups_find_by_code():
    assert MIE.kind("consultation").short_label == "相談"
    assert MIE.purpose("training").short_label == "人材育成"
    assert MIE.purpose("other").short_label == "その他"
    assert MIE.topic("life-disaster").label == "防災対策の推進"
    assert MIE.topic_path("life-disaster") == ("暮らしのDX", "防災対策の推進")
    assert MIE.topic_path("life") == ("暮らしのDX",)
    assert MIE.field("meeting_way").option("online").label == "オンライン（ビデオ会議）"
    assert MIE.requester_type("business").group == "businesses"
    assert MIE.requester_group("governments").label == "県・市町"
    assert MIE.division("digital-strategy").topics == ("life", "industry", "administration")
    assert MIE.outcome("solved").code is Outcome.SOLVED
    assert MIE.decline_reason("out_of_scope").label == "DXの相談ではない"


@pytest.mark.parametrize(
    "look_up",
    [
        "kind",
        "purpose",
        "topic",
        "topic_path",
        "field",
        "requester_type",
        "requester_group",
        "division",
        "outcome",
    ],
)
def test_what_is_not_there_raises(look_up: str):
    with pytest.raises(KeyError):
        getattr(MIE, look_up)("nowhere")


def test_divisions_for_a_topic_prefer_the_nearest():
    assert [found.code for found in MIE.divisions_for("administration-platform")] == ["smart-reform"]
    assert [found.code for found in MIE.divisions_for("administration-talent")] == ["digital-strategy"]


def test_the_kind_follows_from_the_purpose_or_the_only_kind():
    assert TOYAMA.kind_of("proposal") is CaseKind.SUGGESTION
    assert MIE.kind_of(None) is CaseKind.CONSULTATION
    assert TOYAMA.open_purposes(CaseKind.CONSULTATION) == ()
    assert TOYAMA.open_purposes(CaseKind.SUGGESTION) == TOYAMA.purposes


def test_fields_for_a_requester():
    def names(requester_type: RequesterType | None) -> set[str]:
        return {field.name for field in TOYAMA.fields_for(CaseKind.SUGGESTION, requester_type)}

    everybody = {field.name for field in TOYAMA.fields}
    assert names(None) == everybody
    assert names(RequesterType.RESIDENT) == everybody - {"organisation"}
    assert names(RequesterType.BUSINESS_OUTSIDE) == everybody - {"municipality"}


def test_fields_for_a_kind():
    field = Field("title", "件名", "", True, 30, (), (CaseKind.CONSULTATION,), ())
    assert field.is_for(CaseKind.CONSULTATION, None)
    assert field.is_for(None, RequesterType.OTHER)
    assert not field.is_for(CaseKind.SUGGESTION, None)


def test_a_field_knows_its_control_and_what_the_browser_may_fill_in():
    email = MIE.field("email")
    assert (email.control, email.autocomplete, email.inputmode, email.limit) == (
        Control.EMAIL,
        "email",
        "email",
        254,
    )
    assert (MIE.field("body").limit, MIE.field("topics").limit) == (4000, None)
    assert [option.code for option in MIE.field("meeting_way").options] == [way.value for way in MeetingWay]
    assert MIE.field("share_consent").options == (Option("yes", "はい"), Option("no", "いいえ"))
    assert MIE.field("municipality").option("津市").label == "津市"


def test_closed_days_are_the_offices_own():
    text = (DESKS / "mie-dx-center.toml").read_text(encoding="utf-8")
    text = text.replace(
        '# [[closed_days]]\n# on = 2026-08-14\n# reason = "庁舎設備の点検"',
        '[[closed_days]]\non = 2026-08-14\nreason = "庁舎設備の点検"',
    )
    desk = parse_desk(text, source="mie")
    assert desk.is_closed_on(date(2026, 8, 14))
    assert not desk.is_closed_on(date(2026, 8, 15))


def keys_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    if isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


def test_the_guide_explains_every_key_and_every_field():
    guide = (DESKS / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE))
    commented = {
        "phone",
        "fax",
        "email",
        "answer_within_office_days",
        "meeting_quota",
        "closed_days",
        "on",
        "reason",
        "reminder_at",
        "mail_in",
        "answering",
        "contributions",
        "review",
        "approval",
        "own_approval",
        "publisher",
        "untriaged_reasons",
        "suggestions",
        "silent_below",
        "priorities",
        "enabled",
        "high_keywords",
        "low_keywords",
        "matching",
        *(each.name for each in fields(Weights)),
        "offering",
        *(each.name for each in fields(OfferRules)),
    }
    used = {key for path in FILES for key in keys_in(tomllib.loads(path.read_text(encoding="utf-8")))}
    headings = set(re.findall(r"^## `\[+(\w+)\]+`", guide, re.MULTILINE))
    assert used | commented | FIELD_SHAPES.keys() <= rows | headings
    assert rows | headings <= used | commented | FIELD_SHAPES.keys() | {"kinds"}
    for words in (RequesterType, CaseKind, Outcome, ProviderKind, MeetingWay):
        assert all(f"`{word}`" in guide for word in words if word != RequesterType.UNKNOWN)
