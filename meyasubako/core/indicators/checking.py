"""What was written of an indicator, on a page or in a file, cleaned and held against what it may be."""

from collections.abc import Mapping
from typing import Final, TypeVar

from meyasubako.core import dates, text
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.indicators.definition import Definition, Yearly
from meyasubako.core.indicators.values import LONGEST, Value, read_value
from meyasubako.core.vocabulary import Aim, Gauge, Verdict

W = TypeVar("W", Aim, Gauge)

LONGEST_LINE: Final = 200
LONGEST_UNIT: Final = 20
LONGEST_TEXT: Final = 2_000

SAID: Final[Mapping[str, bool | None]] = {"": None, Verdict.MET.value: True, Verdict.MISSED.value: False}
"""What a person can judge, by its code."""

LINES: Final[Mapping[str, str]] = {
    "label": "指標の名前",
    "heading": "まとまり",
    "division": "担当課",
    "source": "出典",
    "baseline_note": "基準の時期の補足",
}
TEXTS: Final[Mapping[str, str]] = {
    "meaning": "説明",
    "note": "注記",
    "comment": "成果と課題",
    "next_action": "次の取組",
}


def check_definition(written: Mapping[str, str]) -> Definition:
    """An indicator from the texts of its fields. Raises InvalidInput with every mistake."""
    errors: list[FieldError] = []
    lines = {name: _line(written, name, label, errors) for name, label in LINES.items()}
    if not lines["label"] and not errors:
        errors.append(FieldError("label", "指標の名前を書いてください。"))
    unit = text.clean_line(written.get("unit", ""))
    if text.length(unit) > LONGEST_UNIT or unit[:1].isdigit():
        errors.append(
            FieldError("unit", f"単位は、件、人、％ のように{LONGEST_UNIT}字までで書いてください。")
        )
    aim = _word(Aim, written.get("aim", ""))
    if aim is None:
        errors.append(FieldError("aim", "よい方向を選んでください。"))
    gauge = _word(Gauge, written.get("gauge", "") or Gauge.ENTERED.value)
    if gauge is None:
        errors.append(FieldError("gauge", "実績のとり方を、一覧の中から選んでください。"))
    is_cumulative = written.get("is_cumulative", "") not in {"", "no", "0"}
    since = _year(written, "since", errors)
    if gauge not in {Gauge.ENTERED, None} and is_cumulative and since is None:
        errors.append(
            FieldError("since", "集計から累計をとるには、どの年度から数えるかを書いてください（例：R3）。")
        )
    baseline = _value(written, "baseline", unit, errors, takes_bound=False)
    first, last = _year(written, "baseline_first", errors), _year(written, "baseline_last", errors)
    if first is not None and last is not None and last < first:
        errors.append(FieldError("baseline_last", "終わりの年度は、初めの年度と同じか後にしてください。"))
    texts = {name: _text(written, name, errors) for name in ("meaning", "note")}
    if errors or aim is None or gauge is None:
        raise InvalidInput(*errors)
    return Definition(
        **lines,
        **texts,
        unit=unit,
        aim=aim,
        is_cumulative=is_cumulative,
        since=since if is_cumulative else None,
        gauge=gauge,
        baseline=baseline.written if baseline else "",
        baseline_first=first,
        baseline_last=None if last == first else last,
    )


def check_yearly(definition: Definition, written: Mapping[str, str]) -> Yearly:
    """What is said for one fiscal year, from the texts of its fields. Raises InvalidInput with every mistake."""
    errors: list[FieldError] = []
    unit = definition.unit
    target = _value(written, "target", unit, errors, takes_bound=True)
    actual = _value(written, "actual", unit, errors, takes_bound=False)
    if target and target.number is not None and definition.aim is Aim.WORD:
        errors.append(
            FieldError("target", "この指標は言葉でくらべます。運用、設置などの言葉を書いてください。")
        )
    said = written.get("said", "")
    if said not in SAID:
        errors.append(FieldError("said", "達成か未達成かを選んでください。"))
    texts = {name: _text(written, name, errors) for name in ("note", "comment", "next_action")}
    if errors:
        raise InvalidInput(*errors)
    return Yearly(
        target=target.written if target else "",
        actual=actual.written if actual else "",
        said=SAID[said],
        **texts,
    )


def _line(written: Mapping[str, str], name: str, label: str, errors: list[FieldError]) -> str:
    line = text.clean_line(written.get(name, ""))
    if text.length(line) > LONGEST_LINE:
        errors.append(FieldError(name, f"{label}は{LONGEST_LINE}字までです。"))
    return line


def _text(written: Mapping[str, str], name: str, errors: list[FieldError]) -> str:
    lines = text.clean_text(written.get(name, ""))
    if text.length(lines) > LONGEST_TEXT:
        errors.append(FieldError(name, f"{TEXTS[name]}は{LONGEST_TEXT:,}字までです。"))
    return lines


def _word(words: type[W], code: str) -> W | None:
    try:
        return words(code)
    except ValueError:
        return None


def _year(written: Mapping[str, str], name: str, errors: list[FieldError]) -> int | None:
    typed = written.get(name, "").strip()
    if not typed:
        return None
    try:
        return dates.read_fiscal_year(typed)
    except ValueError:
        errors.append(FieldError(name, "年度は、R3、令和3年度、2021 のように書いてください。"))
        return None


def _value(
    written: Mapping[str, str], name: str, unit: str, errors: list[FieldError], *, takes_bound: bool
) -> Value | None:
    try:
        value = read_value(written.get(name, ""), unit)
    except ValueError:
        example = f"1,234 や 1,234{unit}" if unit else "1,234 や 56.8"
        errors.append(
            FieldError(
                name,
                f"数は {example} のように、言葉は「運用」のように{LONGEST}字までで書いてください。"
                + ("単位は、この指標の単位だけが使えます。" if unit else ""),
            )
        )
        return None
    if value and value.bound and not takes_bound:
        errors.append(FieldError(name, f"「{value.bound}」は目標にだけ書けます。数だけを書いてください。"))
    return value
