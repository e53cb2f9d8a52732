"""The directory as a table: the columns that are written are the columns that are read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from meyasubako.casework.directory import telling
from meyasubako.casework.directory.entry import BETWEEN, LISTS, Entry, Listed, areas_of, check, form_of
from meyasubako.core import absences
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.sheets import Column
from meyasubako.core.vocabulary import MeetingWay, ProviderKind, Spoken

NUMBER: Final = "number"
COLUMNS: Final = (
    Column(NUMBER, "番号", "名簿の番号。新しく加えるときは空のまま"),
    Column("kind", "種類", "アドバイザー、パートナー、支援機関のどれか"),
    Column("name", "名前", "人、会社、団体の名前。200字まで"),
    Column("position", "肩書きなど", "500字まで"),
    Column("profile", "得意なこと", "4,000字まで"),
    Column("topics", "分野", f"窓口の分野の名前。いくつもあるときは「{BETWEEN}」で分ける"),
    Column("purposes", "引き受けること", f"窓口の内容の種類。「{BETWEEN}」で分ける。空ならどれでも"),
    Column("areas", "訪問できる地域", f"市町村の名前。「{BETWEEN}」で分ける。空なら県内のどこでも"),
    Column("ways", "方法", f"訪問、オンライン、電話。「{BETWEEN}」で分ける"),
    Column("languages", "話せる言葉", f"日本語、英語など。「{BETWEEN}」で分ける"),
    Column("capacity", "月の上限", "ひと月に受けられる件数。空なら上限なし"),
    Column("absences", "受けられない期間", f"2026-08-01〜2026-08-10 のように。「{BETWEEN}」で分ける"),
    Column("sells", "売っているもの", "商品やサービスの名前。500字まで"),
    Column("sold_topics", "売っている分野", f"自分の商品を勧めることになる分野。「{BETWEEN}」で分ける"),
    Column("avoids", "会わせない相手", f"会社、団体、人の名前。「{BETWEEN}」で分ける"),
    Column("email", "メールアドレス", "打診のメールを送るあて先"),
    Column("is_active", "打診の候補", f"{telling.CHOSEN}、{telling.NOT_CHOSEN}"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The codes of a list with a word of their own each: where two share a word, the code itself is the word."""

    by_code: Mapping[str, str]
    by_word: Mapping[str, str]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Words":
        pairs = list(pairs)
        labels = [label for _, label in pairs]
        codes = {code for code, _ in pairs}
        plain = {
            code: label
            for code, label in pairs
            if labels.count(label) == 1 and BETWEEN not in label and (label == code or label not in codes)
        }
        by_code = {code: plain.get(code, code) for code, _ in pairs}
        return cls(
            by_code, {**{code: code for code in codes}, **{word: code for code, word in by_code.items()}}
        )


class Table:
    """The words in which a desk writes and reads its directory."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        topics = Words.of((topic.code, str(topic.label)) for topic in desk.all_topics())
        self._words: Mapping[str, Words] = {
            "topics": topics,
            "sold_topics": topics,
            "purposes": Words.of((each.code, str(each.short_label)) for each in desk.purposes),
            "areas": Words.of(areas_of(desk)),
            "ways": Words.of((each.value, str(each.label)) for each in MeetingWay),
            "languages": Words.of((each.value, str(each.label)) for each in Spoken),
        }
        self._kinds = Words.of((each.value, str(each.label)) for each in ProviderKind)

    def row(self, listed: Listed) -> tuple[str, ...]:
        """An entry as a line of the table."""
        cells = self.cells(listed.entry)
        return (str(listed.id), *(cells[column.name] for column in COLUMNS[1:]))

    def cells(self, entry: Entry) -> dict[str, str]:
        """An entry, column by column."""
        form = {name: values[0] for name, values in form_of(entry).items() if name not in LISTS}
        lists = {
            name: BETWEEN.join(
                self._words[name].by_code.get(str(code), str(code)) for code in getattr(entry, name)
            )
            for name in LISTS
        }
        return {
            **form,
            **lists,
            "kind": self._kinds.by_code[entry.kind.value],
            "absences": BETWEEN.join(absences.text(entry.absences).splitlines()),
            "avoids": BETWEEN.join(entry.avoids),
            "is_active": telling.CHOSEN if entry.is_active else telling.NOT_CHOSEN,
        }

    def read(self, cells: Mapping[str, str], standing: Entry | None, *, today: date) -> Entry:
        """The entry a line makes of what is `standing`: only what it says otherwise. Raises InvalidInput."""
        start = standing or Entry(ProviderKind.ADVISER, "")
        form = form_of(start) if standing else {**form_of(start), "kind": [""]}
        errors: list[FieldError] = []
        for name, cell in cells.items():
            try:
                form[name] = self._values(name, cell)
            except ValueError as error:
                errors.append(FieldError(name, str(error)))
        named = {each.field for each in errors}
        try:
            entry = check(self._desk, form, today=today, standing=standing)
        except InvalidInput as error:
            raise InvalidInput(*errors, *(each for each in error.errors if each.field not in named)) from None
        if errors:
            raise InvalidInput(*errors)
        return entry

    def _values(self, name: str, cell: str) -> list[str]:
        if name in self._words:
            words = self._words[name].by_word
            asked = [each.strip() for each in _parts(cell) if each.strip()]
            unknown = [each for each in asked if each not in words]
            if unknown:
                raise ValueError(f"「{unknown[0][:40]}」は、一覧にありません。")
            return [words[each] for each in asked]
        if name == "kind":
            if cell.strip() not in self._kinds.by_word:
                raise ValueError("アドバイザー、パートナー、支援機関のどれかを書いてください。")
            return [self._kinds.by_word[cell.strip()]]
        if name == "is_active":
            if cell.strip() not in {telling.CHOSEN, telling.NOT_CHOSEN, ""}:
                raise ValueError(f"「{telling.CHOSEN}」か「{telling.NOT_CHOSEN}」と書いてください。")
            return ["" if cell.strip() == telling.NOT_CHOSEN else "yes"]
        return [cell]


def _parts(cell: str) -> Sequence[str]:
    return cell.replace(";", BETWEEN).replace("\n", BETWEEN).split(BETWEEN)
