"""Values of indicators as documents print them, whether a target was met, and the file indicators are kept in."""

import pytest

from meyasubako.core import dates
from meyasubako.core.desk import DeskFileError
from meyasubako.core.errors import InvalidInput
from meyasubako.core.indicators import (
    Filed,
    Yearly,
    as_file,
    check_definition,
    check_yearly,
    judge,
    parse_indicators,
    ratio,
    read_value,
)
from meyasubako.core.vocabulary import Aim, Gauge, Verdict

HIGHER, LOWER, WORD = Aim


@pytest.mark.parametrize(
    ("typed", "unit", "kept", "shown"),
    [
        ("１，８００件", "件", "1800", "1,800件"),
        ("約 6,000 万枚", "万枚", "約6000", "約6,000万枚"),
        ("30 人以下", "人", "30以下", "30人以下"),
        ("90.0%以上", "%", "90.0以上", "90.0%以上"),
        ("80.0％", "％", "80.0", "80.0％"),
        ("146.1万件", "万件", "146.1", "146.1万件"),
        ("△3", "", "-3", "△3"),
        ("検討・令和４年度創設予定", "", "検討・令和４年度創設予定", "検討・令和４年度創設予定"),
        ("構築済", "件", "構築済", "構築済"),
    ],
)
def test_a_value_is_kept_as_it_was_written(typed: str, unit: str, kept: str, shown: str) -> None:
    value = read_value(typed, unit)
    assert value is not None
    assert (value.written, value.shown(unit)) == (kept, shown)
    assert read_value(shown, unit) == value


@pytest.mark.parametrize("typed", ["", "　", "－", "-", "―"])
def test_a_dash_says_nothing(typed: str) -> None:
    assert read_value(typed, "件") is None


@pytest.mark.parametrize("typed", ["30件", "1,80", "1.2.3", "4手続", "9" * 16, "語" * 101, "約5人くらい"])
def test_what_begins_as_a_number_and_is_none_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_value(typed, "人")


@pytest.mark.parametrize(
    ("aim", "baseline", "target", "actual", "said", "over", "verdict"),
    [
        (HIGHER, "", "90", "95", None, True, Verdict.MET),
        (HIGHER, "", "40.0", "31.8", None, True, Verdict.MISSED),
        (HIGHER, "", "90.0以上", "90", None, True, Verdict.MET),
        (HIGHER, "", "0.3", "0.30", None, True, Verdict.MET),
        (LOWER, "", "30", "30", None, True, Verdict.MET),
        (HIGHER, "", "30以下", "31", None, True, Verdict.MISSED),
        (HIGHER, "26", "増加", "26", None, True, Verdict.MISSED),
        (HIGHER, "26", "増加", "26.1", None, True, Verdict.MET),
        (LOWER, "約6000", "減少", "5999", None, True, Verdict.MET),
        (HIGHER, "調査中", "増加", "26", None, True, Verdict.UNCLEAR),
        (WORD, "", "構築", "構築済", None, True, Verdict.MET),
        (WORD, "", "運用", "運用", None, True, Verdict.MET),
        (WORD, "", "構築", "構築中", None, True, Verdict.UNCLEAR),
        (WORD, "", "検討・創設", "検討・令和４年度創設予定", False, True, Verdict.MISSED),
        (HIGHER, "", "67", "作成中", None, True, Verdict.UNCLEAR),
        # A number is compared, whatever somebody judged.
        (HIGHER, "", "67", "66", True, True, Verdict.MISSED),
        (HIGHER, "", "67", "66", None, False, Verdict.UNDER_WAY),
        (HIGHER, "", "67", "68", None, False, Verdict.REACHED),
        (LOWER, "", "67", "3", None, False, Verdict.UNDER_WAY),
        (HIGHER, "", "67", "", None, True, Verdict.WAITING),
        (HIGHER, "", "", "3", None, True, Verdict.NO_TARGET),
    ],
)
def test_a_target_is_met_or_not(
    aim: Aim, baseline: str, target: str, actual: str, said: bool | None, over: bool, verdict: Verdict
) -> None:
    values = {
        name: read_value(written, "")
        for name, written in (("baseline", baseline), ("target", target), ("actual", actual))
    }
    assert judge(aim, said=said, is_over=over, **values) is verdict


@pytest.mark.parametrize(
    ("target", "actual", "printed"),
    [
        # As the prefecture printed them: 三重県 令和4年版県政レポート.
        ("40.0", "31.8", "0.80"),
        ("167", "265", "1.00"),
        ("23000", "62457", "1.00"),
        # What falls short is never rounded up to the whole.
        ("1000", "999", "0.99"),
        ("0", "5", "None"),
        ("運用", "運用", "None"),
        ("30以下", "20", "None"),
    ],
)
def test_the_ratio_is_printed_as_mie_prints_it(target: str, actual: str, printed: str) -> None:
    assert str(ratio(HIGHER, read_value(target, ""), read_value(actual, ""))) == printed


def test_fiscal_years_are_read_as_people_type_them() -> None:
    typed = ["R3", "Ｒ３年度", "令和元年度", "平成30", "H31", "2021", "令和 3 年"]
    assert [dates.read_fiscal_year(each) for each in typed] == [2021, 2021, 2019, 2018, 2019, 2021, 2021]
    for each in ("昭和", "3", "R3-4", "20211", "3000", "令和三年"):
        with pytest.raises(ValueError, match=each):
            dates.read_fiscal_year(each)


def test_every_mistake_of_a_form_is_named_beside_its_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_definition(
            {
                "unit": "3件",
                "gauge": "receipts",
                "is_cumulative": "yes",
                "baseline": "30人",
                "baseline_first": "R4",
                "baseline_last": "R2",
            }
        )
    assert [each.field for each in refused.value.errors] == [
        "label",
        "unit",
        "aim",
        "since",
        "baseline",
        "baseline_last",
    ]
    words = check_definition({"label": "制度の創設", "aim": "word"})
    with pytest.raises(InvalidInput) as refused:
        check_yearly(words, {"target": "3", "actual": "3以上", "said": "perhaps"})
    assert [each.field for each in refused.value.errors] == ["actual", "target", "said"]


def test_a_file_reads_as_it_was_written() -> None:
    definition = check_definition(
        {
            "heading": "まとまり",
            "label": '"引用"と\\',
            "meaning": "一行め\n二行め",
            "unit": "件",
            "aim": "higher",
            "is_cumulative": "yes",
            "since": "H30",
            "gauge": "receipts",
            "baseline": "約1,000",
            "baseline_first": "H28",
            "baseline_last": "R2",
            "baseline_note": "平均",
        }
    )
    assert (definition.gauge, definition.baseline_text) == (
        Gauge.RECEIPTS,
        "約1,000件（平成28年度～令和2年度 平均）",
    )
    yearly = Yearly("30以下", "作成中", said=False, note="※", comment="一行め\n二行め", next_action="次")
    filed = (Filed("first", definition, ((2020, yearly), (2021, Yearly(target="5")))),)
    assert parse_indicators(as_file(filed), source="x") == filed


def test_mistakes_of_a_file_are_named_by_line() -> None:
    written = """[[indicators]]
code = "a"
label = "A"
unit = "件"
goal = "higher"
years = [
  { year = "R3", target = "3人" },
  { year = "2021", target = "4" },
  { year = "いつか", target = "4" },
]
[[indicators]]
code = "a"
label = "B"
aim = "sideways"
"""
    with pytest.raises(DeskFileError) as refused:
        parse_indicators(written, source="x")
    assert [(each.line, each.key) for each in refused.value.mistakes] == [
        (5, "indicators[0].goal"),
        (7, "indicators[0].years[0].target"),
        (9, "indicators[0].years[2].year"),
        (12, "indicators[1].code"),
        (14, "indicators[1].aim"),
    ]
    with pytest.raises(DeskFileError, match="TOML"):
        parse_indicators('[[indicators]\ncode = "', source="x")
