"""Whom a note calls: by login, by as much of a name as fits one person alone, and never by a mail address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.mentions import Person, calls

PEOPLE = (
    Person(1, "yamada.h", "山田 花子"),
    Person(2, "yamada.t", "山田 太郎"),
    Person(3, "sato", "佐藤　健"),
    Person(4, "suzuki@pref", "鈴木一"),
    Person(5, "smith", "Anna Smith"),
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@sato 見てください", (3,)),
        ("＠ｓａｔｏさん、お願いします", (3,)),
        ("@SATO", (3,)),
        ("@yamada.h.", (1,)),
        ("@suzuki@pref へ", (4,)),
        ("@佐藤さん お願いします", (3,)),
        ("@佐藤課長", (3,)),
        ("@山田花子さんと@佐藤さん", (1, 3)),
        ("課長 @鈴木一さん", (4,)),
        ("@AnnaSmith", (5,)),
        ("sato@example.jp に送った", ()),
        ("@佐藤藤次さん", ()),
        ("@satou", ()),
        ("@ だけ", ()),
        ("", ()),
    ],
)
def test_who_is_called(text: str, ids: tuple[int, ...]) -> None:
    assert calls(text, PEOPLE).ids == ids


def test_what_fits_several_is_doubtful_and_what_fits_nobody_is_named() -> None:
    found = calls("@山田さん、@高橋さん、@3時、@", PEOPLE)
    assert found.ids == ()
    assert found.doubtful == (("山田", ("山田 花子", "山田 太郎")),)
    assert found.unknown == ("高橋さん", "3時")


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert set(calls(f"@{text}@", PEOPLE).ids) <= {each.id for each in PEOPLE}
