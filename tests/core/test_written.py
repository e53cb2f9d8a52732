"""What is typed into a field in any width and form, and the headings a form stands under."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core import text
from meyasubako.core.desk import Field, sections, written
from meyasubako.core.errors import InvalidInput


def field(name: str, **changes: Any) -> Field:
    plain = Field(
        name=name,
        label="見出し",
        hint="",
        required=False,
        max_length=None,
        requester_types=(),
        kinds=(),
        options=(),
    )
    return replace(plain, **changes)


@pytest.mark.parametrize(
    "typed",
    [
        "514-8570",
        "5148570",
        "５１４ー８５７０",
        "５１４－８５７０",
        "５１４−８５７０",
        "〒514-8570",
        "〒 ５１４　８５７０ ",
        "514‐8570",
        "514ｰ8570",
        "〶514 8570",
    ],
)
def test_a_postal_code_is_taken_in_any_form(typed: str) -> None:
    assert written(field("postal_code"), typed, required=True) == "514-8570"


@pytest.mark.parametrize("typed", ["514857", "51485700", "津市", "514-857O", "1-2-3", "五一四八五七〇"])
def test_what_is_no_postal_code_is_said(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        written(field("postal_code"), typed, required=False)
    assert refused.value.message == "「見出し」は、7けたの数字で書いてください（例：514-8570）。"


@pytest.mark.parametrize("typed", ["", " 　", "〒", "〒 - "])
def test_nothing_is_nothing(typed: str) -> None:
    assert written(field("postal_code"), typed, required=False) == ""
    with pytest.raises(InvalidInput, match="を書いてください"):
        written(field("postal_code"), typed, required=True)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("email", " ｔａｒｏ＠Ｅｘａｍｐｌｅ．ＪＰ ", "taro@example.jp"),
        ("phone", "０５９ー２２４－３０８６", "059-224-3086"),
        ("phone", "（０５９）２２４ｰ３０８６", "(059)224-3086"),
        ("phone", "+81 59 224 3086", "+81 59 224 3086"),
        ("address", "津市広明町\r\n13番地\r\n", "津市広明町\n13番地"),
        ("name", " 見本\n太郎 ", "見本 太郎"),
    ],
)
def test_width_and_white_space_do_not_matter(name: str, typed: str, kept: str) -> None:
    assert written(field(name), typed, required=True) == kept


@given(st.sampled_from(["postal_code", "email", "phone", "address", "name", "body"]), st.text())
def test_what_was_taken_is_taken_again_as_it_is(name: str, typed: str) -> None:
    try:
        kept = written(field(name), typed, required=False)
    except InvalidInput:
        return
    assert written(field(name), kept, required=False) == kept


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n")), st.integers(5, 40))
def test_folding_loses_nothing(paragraph: str, width: int) -> None:
    lines = text.folded(paragraph, width).split("\n")
    assert "".join(lines) == paragraph
    assert max(len(line) for line in lines) <= width


def test_a_line_ends_where_one_takes_breath_and_begins_with_no_mark() -> None:
    sentence = "事務局がお話をうかがい、課題をはっきりさせます。"
    assert text.folded(sentence, 13) == "事務局がお話をうかがい、\n課題をはっきりさせます。"
    assert text.folded("あいうえおかきくけこ。さ", 10) == "あいうえおかきくけ\nこ。さ"


def test_headings_come_from_the_file_or_else_from_the_product() -> None:
    names = ("requester_type", "title", "body", "email", "address")
    plain = [field(name) for name in names]
    assert [(heading, [each.name for each in part]) for heading, part in sections(plain)] == [
        ("", ["requester_type"]),
        ("内容", ["title", "body"]),
        ("お返事と連絡先", ["email", "address"]),
    ]
    own = [replace(each, section="書くこと") if each.name == "body" else each for each in plain]
    assert [(heading, [each.name for each in part]) for heading, part in sections(own)] == [
        ("", ["requester_type", "title"]),
        ("書くこと", ["body", "email", "address"]),
    ]


def test_symbols_taken_at_once_are_those_that_are_kept_one_by_one() -> None:
    for start, end in ((0x21, 0x7E), (0x3001, 0x3029), (0x3030, 0x3096), (0x309B, 0x30FF), (0xFF01, 0xFF60)):
        written = "".join(map(chr, range(start, end + 1)))
        assert text.clean_text(written) == written
        # The emoji makes each symbol be looked at.
        assert text.clean_text(f"{written}😀") == f"{written}😀"
    for gone in "\u302a", "\u3099":
        assert text.clean_text(f"か{gone * 30}") == f"か{gone * 10}"
