"""A desk file says what residents read in up to three languages; mistakes are named, and nothing of it is lost."""

import pytest

from meyasubako.core.desk import from_json, merge, parse_desk, to_json
from meyasubako.core.sentences import Text
from tests.core.small_desk import SMALL, mistakes_in

THREE = """name.ja = "小さな窓口"
name.easy = "{小|ちい}さな{窓口|まどぐち}"
name.en = "Small desk"
"""
SPOKEN = SMALL.replace('name = "小さな窓口"\n', THREE).replace(
    'steps = ["読みます"]',
    'steps = [{ ja = "読みます", easy = "{読|よ}みます", en = "We read it" }, "答えます"]',
)


def test_a_text_carries_its_languages() -> None:
    desk = parse_desk(SPOKEN, source="small.toml")
    assert desk.name == "小さな窓口"
    assert isinstance(desk.name, Text)
    assert desk.name.versions == {"ja-x-easy": "{小|ちい}さな{窓口|まどぐち}", "en": "Small desk"}
    assert desk.steps == ("読みます", "答えます")
    assert isinstance(desk.steps[0], Text)
    assert desk.steps[0].versions["en"] == "We read it"
    assert not isinstance(desk.steps[1], Text)


def test_what_is_stored_gives_back_every_language() -> None:
    desk = parse_desk(SPOKEN, source="small.toml")
    again = from_json(to_json(desk))
    assert again == desk
    assert to_json(again) == to_json(desk)
    assert isinstance(again.name, Text)
    assert again.name.versions == {"ja-x-easy": "{小|ちい}さな{窓口|まどぐち}", "en": "Small desk"}


def test_a_new_translation_alone_is_a_change() -> None:
    plain, spoken = parse_desk(SMALL, source="small.toml"), parse_desk(SPOKEN, source="small.toml")
    merged, changes = merge(plain, spoken, used=lambda *_: False)
    assert to_json(merged) == to_json(spoken)
    assert "窓口の name を、ほかの言葉で改めました。" in [change.text for change in changes]
    assert merge(spoken, parse_desk(SPOKEN, source="small.toml"), used=lambda *_: False)[1] == ()


@pytest.mark.parametrize(
    ("edit", "line", "key", "message"),
    [
        (('name.ja = "小さな窓口"\n', ""), 'name.easy = "{', "name", "ja（日本語）がありません。"),
        (("name.en", "name.fr"), "name.fr", "name.fr", "「fr」という言葉はありません。"),
        (('"Small desk"', '""'), "name.en", "name.en", "引用符で囲んで書いてください。"),
        (('"Small desk"', "3"), "name.en", "name.en", "引用符で囲んで書いてください。"),
        (("{小|ちい}", "{小ちい}"), "name.easy", "name.easy", "ふりがなは {受付|うけつけ} のように"),
        (('"Small desk"', '"Small\\ndesk"'), "name.en", "name.en", "改行を入れずに"),
        (('en = "We read it"', "en = 1"), "steps =", "steps[0].en", "引用符で囲んで書いてください。"),
        (('ja = "読みます", ', ""), "steps =", "steps[0]", "ja（日本語）がありません。"),
    ],
)
def test_a_mistake_in_a_language_is_named(edit: tuple[str, str], line: str, key: str, message: str) -> None:
    assert SPOKEN.count(edit[0]) == 1
    spoilt = SPOKEN.replace(*edit)
    found = mistakes_in(spoilt)
    assert [(each.line, each.key) for each in found] == [
        (next(n for n, text in enumerate(spoilt.splitlines(), 1) if text.startswith(line)), key)
    ]
    assert message in found[0].message


def test_what_only_the_program_reads_has_one_language() -> None:
    found = mistakes_in(SMALL.replace('prefecture = "石川県"', 'prefecture.ja = "石川県"'))
    assert [each.key for each in found] == ["prefecture"]
