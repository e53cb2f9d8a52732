"""Reads the tables of a desk file and collects every mistake with its line, its key and what to do."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from meyasubako.core import marks
from meyasubako.core.sentences import Text
from meyasubako.core.toml_lines import LineIndex, Path
from meyasubako.core.vocabulary import Language

_CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_CODE_LENGTH = 40
# The tallies use these for their own rows.
_RESERVED_CODES = frozenset({"unknown", "total"})

LANGUAGES: Mapping[str, Language] = {
    "ja": Language.JAPANESE,
    "easy": Language.EASY_JAPANESE,
    "en": Language.ENGLISH,
}
"""What a file calls the languages of a text."""

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend: where it stands and what to do."""

    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return (
            f"{self.line}行目 {self.key}: {self.message}" if self.key else f"{self.line}行目: {self.message}"
        )


class DeskFileError(ValueError):
    """A desk file that cannot be used. `mistakes` holds all of them, in the order of the lines."""

    def __init__(self, source: str, mistakes: Iterable[Mistake]) -> None:
        self.source = source
        self.mistakes = tuple(
            sorted(mistakes, key=lambda mistake: (mistake.line, mistake.key, mistake.message))
        )
        found = "\n".join(f"  {mistake}" for mistake in self.mistakes)
        super().__init__(f"{source} に直すところが{len(self.mistakes)}か所あります。\n{found}")


def dotted(path: Path) -> str:
    """A path as people write it: topics[2].children[0].code."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the known word that looks most like this one, or nothing."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"「{found[0]}」のことではありませんか。" if found else ""


class Mistakes:
    """The mistakes found so far in one file."""

    def __init__(self, lines: LineIndex) -> None:
        self._lines = lines
        self.found: list[Mistake] = []

    def add(self, path: Path, message: str) -> None:
        self.found.append(Mistake(self._lines.line_of(path), dotted(path), message))

    def line_of(self, path: Path) -> int:
        return self._lines.line_of(path)


class Codes:
    """The codes of one list, so that none is used twice."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}

    def add(self, table: "Table", key: str, code: str) -> None:
        """Remember a code; a second use of it is a mistake."""
        path = (*table.path, key)
        first = self._paths.setdefault(code, path)
        if first != path:
            line = table.mistakes.line_of(first)
            table.wrong(key, f"「{code}」は{line}行目でもう使っています。別の名前にしてください。")

    def known(self) -> tuple[str, ...]:
        return tuple(self._paths)


class Table:
    """One table of the file. What is asked for is known; what nobody asked for is reported by `close`.

    Without values it stands in for a table that is missing, which is one mistake and not one for each of its keys.
    """

    def __init__(self, values: dict[str, object] | None, path: Path, mistakes: Mistakes) -> None:
        self._values = values or {}
        self._is_missing = values is None
        self._asked: set[str] = set()
        self.path = path
        self.mistakes = mistakes

    def wrong(self, key: str, message: str) -> None:
        """Report a mistake at a key of this table."""
        self.mistakes.add((*self.path, key), message)

    def has(self, key: str) -> bool:
        return key in self._values

    def close(self) -> None:
        """Report every key that was never asked for."""
        for key in self._values:
            if key not in self._asked:
                unused = self._asked - self._values.keys()
                hint = nearest(key, sorted(unused))
                self.wrong(key, f"知らないキーです。{hint or '綴りを確かめるか、この行を消してください。'}")

    def skip(self, key: str) -> None:
        """Leave a key unread, because the table it stands in is not understood."""
        self._asked.add(key)

    def text(self, key: str, *, single_line: bool = True) -> str:
        """A text that must be there and must say something."""
        return self._text(key, required=True, single_line=single_line) or ""

    def optional_text(self, key: str, *, single_line: bool = True) -> str | None:
        """A text that may be left out; when it is there, it says something."""
        return self._text(key, required=False, single_line=single_line)

    def words(self, key: str, *, single_line: bool = True) -> str:
        """A text residents read, which may be given in several languages."""
        return self._words(key, required=True, single_line=single_line) or ""

    def optional_words(self, key: str, *, single_line: bool = True) -> str | None:
        """The same, where it may be left out."""
        return self._words(key, required=False, single_line=single_line)

    def matching(self, key: str, pattern: re.Pattern[str], message: str) -> str | None:
        """An optional text of a fixed form."""
        value = self.optional_text(key)
        if value is not None and not pattern.fullmatch(value):
            self.wrong(key, f"「{value}」は{message}")
        return value

    def texts(self, key: str, *, required: bool) -> tuple[str, ...]:
        """A list of texts, none of them empty, none twice."""
        return self._texts(key, str, required=required)

    def words_list(self, key: str, *, required: bool) -> tuple[str, ...]:
        """The same of texts residents read, each of which may be given in several languages."""
        return self._texts(key, (str, dict), required=required)

    def _texts(self, key: str, kinds: type | tuple[type, ...], *, required: bool) -> tuple[str, ...]:
        value = self._take(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, kinds) for entry in value):
            self.wrong(key, '["…", "…"] のように、引用符で囲んだ文字を並べてください。')
            return ()
        if required and not value:
            self.wrong(key, "1つ以上書いてください。")
        found: list[str] = []
        for position, given in enumerate(value):
            if isinstance(given, dict):
                entry = self._in_languages((*self.path, key, position), given, single_line=True)
                if entry is None:
                    continue
            else:
                entry = given.strip()
            if not entry:
                self.mistakes.add((*self.path, key, position), "空です。言葉を書くか、消してください。")
            elif entry in found:
                self.mistakes.add(
                    (*self.path, key, position), f"「{entry}」が2度あります。1つにしてください。"
                )
            else:
                found.append(entry)
        return tuple(found)

    def code(self, key: str, codes: Codes | None = None) -> str:
        """A code: lower-case letters, digits and single hyphens or underscores between them."""
        value = self.text(key)
        if not value:
            return ""
        if not _CODE.fullmatch(value) or len(value) > _CODE_LENGTH:
            self.wrong(
                key,
                f"「{value}」は使えません。半角の小文字と数字をハイフンでつないで{_CODE_LENGTH}字までで書いてください。",
            )
        elif value in _RESERVED_CODES:
            self.wrong(key, f"「{value}」は集計の行に使うので、別の名前にしてください。")
        elif codes is not None:
            codes.add(self, key, value)
        return value

    def choice(self, key: str, words: type[Choice], *, required: bool = True) -> Choice | None:
        """One of the product's fixed words."""
        value = self._text(key, required=required, single_line=True)
        return None if value is None else self._word((*self.path, key), value, words)

    def choices(self, key: str, words: type[Choice]) -> tuple[Choice, ...]:
        """Some of the product's fixed words; may be left out."""
        found = (
            self._word((*self.path, key, position), value, words)
            for position, value in enumerate(self.texts(key, required=False))
        )
        return tuple(word for word in found if word is not None)

    def reference(self, key: str, known: Collection[str], where: str) -> str:
        """A code that must stand in another list of the file."""
        value = self.text(key)
        if value:
            self.check_reference((*self.path, key), value, known, where)
        return value

    def check_reference(self, path: Path, value: str, known: Collection[str], where: str) -> None:
        """Report a code that another list of the file does not have."""
        if value not in known:
            hint = nearest(value, known) or f"先に {where} に書いてください。"
            self.mistakes.add(path, f"「{value}」は {where} にありません。{hint}")

    def whole(self, key: str, *, at_least: int, at_most: int) -> int | None:
        """A whole number within bounds; may be left out."""
        value = self._take(key, required=False)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(key, "整数を、引用符で囲まずに書いてください（例 3）。")
            return None
        if not at_least <= value <= at_most:
            self.wrong(key, f"{at_least}から{at_most}までの整数を書いてください（いまは {value}）。")
            return None
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """true or false; required unless there is a default."""
        value = self._take(key, required=default is None)
        if value is None:
            return bool(default)
        if not isinstance(value, bool):
            self.wrong(key, "true か false を、引用符で囲まずに書いてください。")
            return bool(default)
        return value

    def day(self, key: str) -> date:
        """A calendar date."""
        value = self._take(key, required=True)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.wrong(key, "日付を、引用符で囲まずに 2021-11-30 のように書いてください。")
        return date.min

    def table(self, key: str) -> "Table":
        """A table that must be there."""
        value = self._take(key, required=True, form=f"[{key}]")
        if value is not None and not isinstance(value, dict):
            self.wrong(key, f"[{key}] という見出しの表にしてください。")
        return Table(value if isinstance(value, dict) else None, (*self.path, key), self.mistakes)

    def tables(self, key: str, *, required: bool) -> list["Table"]:
        """A list of tables."""
        form = f"[[{'.'.join(str(part) for part in (*self.path, key) if isinstance(part, str))}]]"
        value = self._take(key, required=required, form=form)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.wrong(key, f"{form} という見出しの表を並べてください。")
            return []
        if required and not value:
            self.wrong(key, "1つ以上書いてください。")
        return [
            Table(entry, (*self.path, key, position), self.mistakes) for position, entry in enumerate(value)
        ]

    def _take(self, key: str, *, required: bool, form: str | None = None) -> object | None:
        self._asked.add(key)
        value = self._values.get(key)
        if value is None and required and not self._is_missing:
            self.wrong(key, f"{form or key} がありません。書き加えてください。")
        return value

    def _text(self, key: str, *, required: bool, single_line: bool) -> str | None:
        value = self._take(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(key, '文字を "…" のように引用符で囲んで書いてください。')
            return None
        value = value.strip()
        if not value:
            self.wrong(
                key,
                "空です。言葉を書いてください。"
                if required
                else "空です。言葉を書くか、この行を消してください。",
            )
            return None
        if single_line and "\n" in value:
            self.wrong(key, "改行を入れずに1行で書いてください。")
        return value

    def _words(self, key: str, *, required: bool, single_line: bool) -> str | None:
        value = self._values.get(key)
        if not isinstance(value, dict):
            return self._text(key, required=required, single_line=single_line)
        self._asked.add(key)
        return self._in_languages((*self.path, key), value, single_line=single_line)

    def _in_languages(self, path: Path, given: dict[str, object], *, single_line: bool) -> Text | None:
        """A text in several languages, Japanese among them."""
        found: dict[Language, str] = {}
        for key, value in given.items():
            if key not in LANGUAGES:
                known = "、".join(LANGUAGES)
                self.mistakes.add((*path, key), f"「{key}」という言葉はありません。使えるのは {known} です。")
            elif not isinstance(value, str) or not value.strip():
                self.mistakes.add((*path, key), '文字を "…" のように引用符で囲んで書いてください。')
            elif single_line and "\n" in value.strip():
                self.mistakes.add((*path, key), "改行を入れずに1行で書いてください。")
            elif key == "easy" and not marks.is_readable(value):
                self.mistakes.add((*path, key), "ふりがなは {受付|うけつけ} のように書いてください。")
            else:
                found[LANGUAGES[key]] = value.strip()
        if "ja" not in given:
            self.mistakes.add(path, "ja（日本語）がありません。書き加えてください。")
        japanese = found.pop(Language.JAPANESE, None)
        return (
            None if japanese is None else Text(japanese, {each.value: said for each, said in found.items()})
        )

    def _word(self, path: Path, value: str, words: type[Choice]) -> Choice | None:
        try:
            return words(value)
        except ValueError:
            known = [word.value for word in words]
            hint = nearest(value, known) or f"{'、'.join(known)} のどれかを書いてください。"
            self.mistakes.add(path, f"「{value}」は使えません。{hint}")
            return None
