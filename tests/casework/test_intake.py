"""The check of what was typed: what is taken, what is refused beside its field, and what is kept as written."""

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.casework import cases, intake
from meyasubako.core import codes, text
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.vocabulary import (
    CaseKind,
    MeetingWay,
    RequesterType,
)
from tests.casework.forms_sent import CONSULTATION, DESKS, MIE, OPINION, TOYAMA, Values


def refusals(desk: Desk, values: Values, **options: Any) -> dict[str, str]:
    """What is said about a form that is not taken, by field."""
    with pytest.raises(InvalidInput) as refused:
        intake.check(desk, values, **options)
    return {error.field: error.message for error in refused.value.errors}


def without(values: Values, *names: str) -> Values:
    return {name: typed for name, typed in values.items() if name not in names}


# ---- The check ----


def test_a_full_form_is_read_as_typed_but_for_width_and_ends() -> None:
    assert intake.check(MIE, CONSULTATION) == intake.Submission(
        kind=CaseKind.CONSULTATION,
        requester_type=RequesterType.BUSINESS,
        purpose="training",
        topics=("industry-data", "industry-other"),
        title="現場作業員へのIT導入を進めたい",
        body="紙の日報を\nやめたい。",
        requester=cases.RequesterDetails(
            name="見本 太郎",
            organisation="サンプル製作所",
            municipality="津市",
            email="Taro@example.jp",
            phone="059-224-0000",
        ),
        meeting_way=MeetingWay.ONLINE,
        wished_dates="7月10日（金）の午後",
        reply_wanted=True,
        publish_consent=False,
        share_consent=True,
    )


def test_every_required_field_left_empty_is_named_at_once_in_the_order_of_the_form() -> None:
    with pytest.raises(InvalidInput) as refused:
        intake.check(TOYAMA, {})
    assert refused.value.errors == (
        FieldError("requester_type", "「どなたとして送りますか」を選んでください。"),
        FieldError("purpose", "「ご意見・ご提案の種類」を選んでください。"),
        FieldError("title", "「件名」を書いてください。"),
        FieldError("body", "「ご意見・ご提案の内容」を書いてください。"),
        FieldError("reply_wanted", "「お返事」について、どちらかを選んでください。"),
        FieldError("publish_consent", "「要旨の公表」について、どちらかを選んでください。"),
    )


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("requester_type", "municipality", "「どなたとして送りますか」を、一覧の中から選んでください。"),
        ("purpose", "training", "「ご意見・ご提案の種類」を、一覧の中から選んでください。"),
        ("topics", "industry-data", "「関係する分野」を、一覧の中から選んでください。"),
        ("title", "あ" * 103, "「件名」は100字までです。あと3字短くしてください。"),
        ("body", "あ" * 20_000, "「ご意見・ご提案の内容」は2,000字までです。あと18,000字短くしてください。"),
        ("body", " \u3000\r\n\u200b", "「ご意見・ご提案の内容」を書いてください。"),
        ("municipality", "津市", "「お住まい・所在地の市町村」を、一覧の中から選んでください。"),
        ("email", "taro@example", "「メールアドレス」は、name@example.jp のような形で書いてください。"),
        ("email", "taro@\x00.jp", "「メールアドレス」は、name@example.jp のような形で書いてください。"),
        (
            "email",
            "a" * 250 + "@example.jp",
            "「メールアドレス」は、name@example.jp のような形で書いてください。",
        ),
        ("phone", "わかりません", "「電話番号」は、市外局番から数字で書いてください。"),
        ("reply_wanted", "maybe", "「お返事」について、どちらかを選んでください。"),
        ("kind", "consultation", "「種類」が、内容の種類と合っていません。"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(name: str, typed: str, message: str) -> None:
    assert refusals(TOYAMA, {**OPINION, name: [typed]}) == {name: message}


def test_what_is_not_asked_of_this_person_is_dropped() -> None:
    submission = intake.check(
        TOYAMA, {**OPINION, "organisation": ["サンプル商店"], "meeting_way": ["online"], "unknown": ["x"]}
    )
    assert submission.requester.organisation == ""
    assert submission.meeting_way is None


def test_what_is_required_of_some_is_not_demanded_before_it_is_known_who_asks() -> None:
    organisation = replace(MIE.field("organisation"), required=True)
    desk = replace(
        MIE, fields=tuple(organisation if each.name == "organisation" else each for each in MIE.fields)
    )
    assert set(refusals(desk, without(CONSULTATION, "requester_type", "organisation"))) == {"requester_type"}
    assert set(refusals(desk, without(CONSULTATION, "organisation"))) == {"organisation"}
    resident = {**without(CONSULTATION, "organisation"), "requester_type": ["resident"]}
    assert intake.check(desk, resident).requester.organisation == ""


def test_staff_enter_what_the_letter_says_and_no_more() -> None:
    letter = {"requester_type": ["unknown"], "title": ["件名なし"], "body": ["本文"]}
    submission = intake.check(TOYAMA, letter, by_staff=True)
    assert (submission.requester_type, submission.purpose) == (RequesterType.UNKNOWN, None)
    assert submission.reply_wanted is True
    assert set(refusals(TOYAMA, letter)) == {"requester_type", "purpose", "reply_wanted", "publish_consent"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("😀🏽 よい", "😀🏽 よい"),
        ("葛\U000e0100城市の𠮷野さん", "葛\U000e0100城市の𠮷野さん"),
        ("か\u3099き\u3099", "か\u3099き\u3099"),
        ("\ue000外字", "\ue000外字"),
        ("右\x00か\x07ら\ufffe左\ud800へ\ufdd0", "右から左へ"),
        ("\tあ\u3000い  う\r\nえ", "あ い う え"),
    ],
)
def test_text_is_kept_as_written_but_for_what_cannot_be_kept(typed: str, kept: str) -> None:
    assert intake.check(TOYAMA, {**OPINION, "title": [typed]}).title == kept


def test_a_combining_mark_is_no_further_character() -> None:
    title = "か\u3099" * 99 + "葛\U000e0100"
    assert intake.check(TOYAMA, {**OPINION, "title": [title]}).title == title
    assert set(refusals(TOYAMA, {**OPINION, "title": [title + "き"]})) == {"title"}


FORM_NAMES = sorted({field.name for desk in DESKS.values() for field in desk.fields} | {"kind", "step"})


ANY_TEXT = st.text(st.characters(), max_size=60)


CHOICES = sorted(
    {
        code
        for desk in DESKS.values()
        for code in [each.code for each in (*desk.requester_types, *desk.purposes)]
    }
    | {"yes", "no", "online", "consultation", "taro@example.jp", "津市"}
)


@given(
    desk=st.sampled_from([TOYAMA, MIE]),
    values=st.dictionaries(
        st.sampled_from(FORM_NAMES), st.lists(st.one_of(ANY_TEXT, st.sampled_from(CHOICES)), max_size=3)
    ),
    by_staff=st.booleans(),
)
def test_whatever_is_sent_is_taken_or_refused_by_field(desk: Desk, values: Values, by_staff: bool) -> None:
    answer = checked(desk, values, by_staff=by_staff)
    if isinstance(answer, InvalidInput):
        assert answer.errors
        assert all(error.field in FORM_NAMES and error.message.endswith("。") for error in answer.errors)
    else:
        assert_can_be_kept(answer.title, answer.body, answer.wished_dates)


@given(title=st.text(st.characters(), max_size=80), body=st.text(st.characters(), max_size=300))
def test_any_unicode_is_kept_without_harm(title: str, body: str) -> None:
    answer = checked(TOYAMA, {**OPINION, "title": [title], "body": [body]})
    if isinstance(answer, InvalidInput):
        assert {error.field for error in answer.errors} <= {"title", "body"}
        return
    assert answer.title
    assert answer.body
    assert "\n" not in answer.title
    assert_can_be_kept(answer.title, answer.body)
    # What was taken is taken again unchanged: a form shown once more does not alter it.
    assert checked(TOYAMA, {**OPINION, "title": [answer.title], "body": [answer.body]}) == answer


def checked(desk: Desk, values: Values, *, by_staff: bool = False) -> intake.Submission | InvalidInput:
    try:
        return intake.check(desk, values, by_staff=by_staff)
    except InvalidInput as refused:
        return refused


def assert_can_be_kept(*texts: str) -> None:
    for each in texts:
        assert each.encode().decode() == each
        assert all(symbol == "\n" or unicodedata.category(symbol) not in {"Cc", "Cs"} for symbol in each)
        assert text.shown_again(each) == each


@given(st.text(st.sampled_from("-ー－‐ 　"), max_size=3), st.booleans(), st.booleans())
def test_a_number_is_read_in_any_width_and_case_with_any_dashes(dash: str, wide: bool, lower: bool) -> None:
    number = codes.draw_receipt_number()
    typed = dash.join(number[start : start + 3] for start in (0, 3, 6))
    typed = typed.lower() if lower else typed
    if wide:
        typed = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in typed)
    assert codes.clean_code(typed) == number
