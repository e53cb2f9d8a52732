"""The smallest desk file there can be, to be spoilt in one place at a time."""

from textwrap import dedent

import pytest

from meyasubako.core.desk import DeskFileError, Mistake, parse_desk

Edits = tuple[tuple[str, str], ...]
# What is wrong: the edits, a text on the line that is named, the key, the message.
Spoilt = tuple[Edits, str, str, str]

SMALL = dedent(
    """\
    code = "small"
    name = "小さな窓口"
    prefecture = "石川県"
    office = "デジタル推進課"
    email = "desk@example.jp"
    hours = "いつでも"
    opened_on = 2022-04-01
    about = "紹介"
    steps = ["読みます"]
    privacy_purpose = "目的"
    privacy_audience = "職員"
    offers = ["adviser"]
    offer_valid_days = 7

    [tally_labels]
    receipts = "件数"
    cases = "項目数"
    requesters = "投稿者"
    purposes = "種類"
    topics = "分野"

    [publication]
    asks_consent = false
    note = "公表しません"

    [survey]
    enabled = false
    question = "役に立ちましたか"

    [[kinds]]
    code = "suggestion"
    label = "提案"
    description = "ご提案"

    [[requester_groups]]
    code = "all"
    label = "みなさん"

    [[requester_types]]
    code = "resident"
    label = "県民"
    group = "all"

    [[purposes]]
    code = "idea"
    label = "アイデア"
    description = "思いついたこと"

    [[topics]]
    code = "life"
    label = "暮らし"
    description = "暮らしのこと"

    [[topics.children]]
    code = "life-health"
    label = "健康"
    description = "健康のこと"
    keywords = ["健康"]

    [[fields]]
    name = "requester_type"
    label = "どなたですか"
    required = true

    [[fields]]
    name = "title"
    label = "件名"
    required = true

    [[fields]]
    name = "body"
    label = "内容"
    required = true
    max_length = 2000

    [[divisions]]
    code = "digital"
    label = "デジタル推進課"
    topics = ["life"]

    [[outcomes]]
    code = "noted"
    label = "参考"

    [[decline_reasons]]
    code = "unclear"
    label = "読み取れない"
    text = "読み取れませんでした。"
    """
)


def mistakes_in(text: str) -> list[Mistake]:
    with pytest.raises(DeskFileError) as caught:
        parse_desk(text, source="small.toml")
    return list(caught.value.mistakes)


def changed(*edits: tuple[str, str]) -> str:
    text = SMALL
    for before, after in edits:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def line_with(text: str, marker: str) -> int:
    """The first line that holds the marker; `LAST x` means the last one."""
    if marker.startswith("LAST "):
        return text[: text.rindex(marker.removeprefix("LAST "))].count("\n") + 1
    return text[: text.index(marker)].count("\n") + 1


def assert_one_mistake(spoilt: Spoilt) -> None:
    """The file has this mistake, at its line, and none at any other key."""
    edits, marker, key, message = spoilt
    text = changed(*edits)
    found = mistakes_in(text)
    assert Mistake(line_with(text, marker), key, message) in found
    assert {mistake.key for mistake in found} == {key}
