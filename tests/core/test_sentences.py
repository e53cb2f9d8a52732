"""A sentence is its Japanese to everybody, and can be said in another language with everything that was put into it."""

import copy
import pickle
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core import marks
from meyasubako.core.sentences import Sentence, Text, joined, say
from meyasubako.core.tongues import Tongue
from meyasubako.core.vocabulary import Language

ENGLISH = Tongue(
    Language.ENGLISH,
    {
        "「%(label)s」を書いてください。": "Fill in “%(label)s”.",
        "%(time)s後にもう一度。": "Try again in %(time)s.",
        "%(minutes)s分": "%(minutes)s min",
        "こんにちは。": "Hello.",
    },
)
EASY = Tongue(Language.EASY_JAPANESE, {"受付": marks.read("{受付|うけつけ}")})
NAME = Text("お名前", {"en": "Name", "ja-x-easy": "{名前|なまえ}"})


def test_a_sentence_is_its_japanese() -> None:
    sentence = say("「%(label)s」を書いてください。", label=NAME)
    assert sentence == "「お名前」を書いてください。"
    assert f"{sentence}" == str(sentence) == "「お名前」を書いてください。"
    assert sentence.source == "「%(label)s」を書いてください。"
    assert say("100%です。") == "100%です。"


def test_a_sentence_is_told_with_its_values_in_the_same_language() -> None:
    assert ENGLISH.tell(say("「%(label)s」を書いてください。", label=NAME)) == "Fill in “Name”."
    wait = say("%(time)s後にもう一度。", time=say("%(minutes)s分", minutes=5))
    assert ENGLISH.tell(wait) == "Try again in 5 min."
    assert ENGLISH.tell(joined([say("こんにちは。"), NAME], "　")) == "Hello.　Name"
    assert ENGLISH.tell("何でもない文") == "何でもない文"
    assert ENGLISH.tell(say("だれも訳していない。")) == "だれも訳していない。"


def test_what_people_typed_stays_what_it_is() -> None:
    typed = "100% %(label)s {a|b}"
    assert ENGLISH.tell(say("「%(label)s」を書いてください。", label=typed)) == f"Fill in “{typed}”."


@pytest.mark.parametrize("made", [say("「%(label)s」", label=NAME), NAME])
def test_copies_keep_what_they_know(made: Sentence | Text) -> None:
    for again in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301 - our own bytes
        assert again == made
        assert type(again) is type(made)
        assert ENGLISH.tell(again) == ENGLISH.tell(made)


def test_a_text_without_a_version_stays_japanese_and_says_so() -> None:
    plain = Text("お名前\nふりがな")
    assert EASY.tell(plain) == plain
    assert marks.in_page(f"<p>{ENGLISH.tell(plain)}</p>") == (
        '<p><span lang="ja">お名前</span>\n<span lang="ja">ふりがな</span></p>'
    )
    assert marks.in_page(f'<p title="{ENGLISH.tell(plain)}"></p>') == '<p title="お名前\nふりがな"></p>'


def test_furigana_is_ruby_in_the_page_and_left_out_where_there_is_no_markup() -> None:
    said = EASY.tell(say("受付"))
    page = f'<title>{said}</title><p title="{said}">{said}</p><option>{said}</option><textarea>\n{said}</textarea>'
    assert marks.in_page(page) == (
        '<title>受付</title><p title="受付"><ruby>受付<rt>うけつけ</rt></ruby></p>'
        "<option>受付</option><textarea>\n受付</textarea>"
    )
    assert marks.plain(said) == "受付"


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("{専門家|せんもんか}や{会社|かいしゃ}に{相談|そうだん}します", ["専門家や", "会社に", "相談します"]),
        ("{意見|いけん}を{受|う}け{付|つ}けています", ["意見を", "受け付けています"]),
        (
            "この2つで、{今|いま}のようすを{見|み}て、お{返事|へんじ}",
            ["この2つで、今のようすを", "見て、お返事"],
        ),
        ("2026{年|ねん}7{月|がつ}", ["2026年7月"]),
    ],
)
def test_a_line_may_end_between_the_words_of_easy_japanese(written: str, ends: list[str]) -> None:
    page = re.sub(r"<rt>.*?</rt>|</?ruby>", "", marks.in_page(marks.read(written)))
    assert page.split("<wbr>") == ends


@pytest.mark.parametrize(
    ("written", "readable"),
    [
        ("{受付|うけつけ}です", True),
        ("かなだけ", True),
        ("{受付うけつけ}", False),
        ("{受付|うけつけ", False),
        ("{受付|}", False),
        ("受付|うけつけ", False),
        ("{{受付|うけつけ}}", False),
    ],
)
def test_furigana_is_written_in_one_way(written: str, readable: bool) -> None:
    assert marks.is_readable(written) is readable


@given(st.text())
def test_no_text_becomes_markup(typed: str) -> None:
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    page = marks.in_page(f'<p title="{escaped}">{escaped}</p>')
    without = page.replace("<ruby>", "").replace("</ruby>", "").replace("<rt>", "").replace("</rt>", "")
    without = without.replace("<wbr>", "").replace('<span lang="ja">', "").replace("</span>", "")
    assert without.count("<") == without.count(">") == 2
    assert marks.plain(typed) == marks.plain(marks.plain(typed))


DAY = date(2026, 7, 3)
MORNING = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "full_day", "instant"),
    [
        (Language.JAPANESE, "7月3日（金）", "令和8年7月3日", "令和8年7月3日 10時12分"),
        (Language.ENGLISH, "Friday 3 July", "3 July 2026", "10:12 on 3 July 2026"),
        (Language.EASY_JAPANESE, "7月3日（金曜日）", "2026年7月3日", "2026年7月3日 午前10時12分"),
    ],
)
def test_days_and_times_follow_the_language(
    language: Language, day: str, full_day: str, instant: str
) -> None:
    tongue = Tongue(language, {})
    assert marks.plain(tongue.day(DAY)) == day
    assert marks.plain(tongue.full_day(DAY)) == full_day
    assert marks.plain(tongue.instant(MORNING)) == instant


@pytest.mark.parametrize(
    ("day", "reading"),
    [(1, "1日|ついたち"), (11, "11日|にち"), (20, "20日|はつか"), (24, "24日|にじゅうよっか")],
)
def test_days_are_read_as_they_are_called(day: int, reading: str) -> None:
    said = marks.in_page(EASY.full_day(date(2026, 7, day)))
    base, ruby = reading.split("|")
    if ruby == "にち":
        assert said.endswith("11<ruby>日<rt>にち</rt></ruby>")
    else:
        assert said.endswith(f"<ruby>{base}<rt>{ruby}</rt></ruby>")


def test_midnight_and_noon_are_told_apart() -> None:
    midnight, noon = datetime(2026, 7, 2, 15, 0, tzinfo=UTC), datetime(2026, 7, 3, 3, 5, tzinfo=UTC)
    assert marks.plain(EASY.instant(midnight)).endswith("午前0時")
    assert marks.plain(EASY.instant(noon)).endswith("午後0時5分")
