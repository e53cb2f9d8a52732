"""Every key and list element of a TOML text has the line it stands on."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.toml_lines import Path, index_lines


def paths_in(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_in(inner, (*path, key))
    if isinstance(value, list):
        for position, inner in enumerate(value):
            yield from paths_in(inner, (*path, position))


CASES: dict[str, tuple[str, dict[Path, int]]] = {
    "plain keys, comments and blank lines": (
        """\
        # [not] = "a table"
        a = 1  # ["b", "c"]

        b = "# not a comment"
        """,
        {("a",): 2, ("b",): 4},
    ),
    "strings over several lines hide what looks like keys": (
        '''\
        a = """
        b = 1
        [c] # "quote" and \\""" and ""
        """
        d = \'\'\'
        [[e]]
        \'\'two\'\'\'\'\'
        f = """ends with two quotes"""""
        g = """"""
        h = ""
        i = "a \\" ] quote"
        j = 'C:\\'
        k = 1
        ''',
        {(key,): line for key, line in zip("adfghijk", (1, 5, 8, 9, 10, 11, 12, 13), strict=True)},
    ),
    "lists over several lines": (
        """\
        a = [  # ]
          "x, ]",

          ["y", [1, 2]],
          # "z",
          { b = 1, c = [true] },
        ]
        d = [ ]
        """,
        {
            ("a",): 1,
            ("a", 0): 2,
            ("a", 1): 4,
            ("a", 1, 0): 4,
            ("a", 1, 1): 4,
            ("a", 1, 1, 0): 4,
            ("a", 1, 1, 1): 4,
            ("a", 2): 6,
            ("a", 2, "b"): 6,
            ("a", 2, "c"): 6,
            ("a", 2, "c", 0): 6,
            ("d",): 8,
        },
    ),
    "inline tables and dotted keys": (
        """\
        a = { b.c = { }, "d e" = "}" , 'f.g' = 2021-11-30 07:32:00 }
        h.i . "j.k" = 1.5
        h.l = 2
        "\\u3042" = 3
        """,
        {
            ("a",): 1,
            ("a", "b"): 1,
            ("a", "b", "c"): 1,
            ("a", "d e"): 1,
            ("a", "f.g"): 1,
            ("h",): 2,
            ("h", "i"): 2,
            ("h", "i", "j.k"): 2,
            ("h", "l"): 3,
            ("あ",): 4,
        },
    ),
    "tables, tables named by inner ones first, and lists of tables": (
        """\
        [a.b]
        c = 1
        [a]
        d = 2
        [[ e ]]
        f = 3
        [[e.g]]
        [[e.g]]
        h = 4
        [e.i]
        j = 5
        [[e]]
        [[e.g]]
        k.l = 6
        """,
        {
            ("a",): 3,
            ("a", "b"): 1,
            ("a", "b", "c"): 2,
            ("a", "d"): 4,
            ("e",): 5,
            ("e", 0): 5,
            ("e", 0, "f"): 6,
            ("e", 0, "g"): 7,
            ("e", 0, "g", 0): 7,
            ("e", 0, "g", 1): 8,
            ("e", 0, "g", 1, "h"): 9,
            ("e", 0, "i"): 10,
            ("e", 0, "i", "j"): 11,
            ("e", 1): 12,
            ("e", 1, "g"): 13,
            ("e", 1, "g", 0): 13,
            ("e", 1, "g", 0, "k"): 14,
            ("e", 1, "g", 0, "k", "l"): 14,
        },
    ),
    "nothing at all": ("", {}),
    "only a comment, without a line end": ("# a", {}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lines(name: str, line_end: str):
    source, expected = CASES[name]
    text = dedent(source).replace("\n", line_end)
    index = index_lines(text)
    assert {path: index.line_of(path) for path in index.paths()} == expected
    assert index.paths() == set(paths_in(tomllib.loads(text)))


def test_what_is_missing_has_the_line_of_its_table():
    index = index_lines("a = 1\n\n[[b]]\nc = 1\n[[b]]\n")
    assert index.line_of(("b", 1, "c")) == 5
    assert index.line_of(("b", 0, "d", 3)) == 3
    assert index.line_of(("e",)) == 1
    assert index.line_of(()) == 1


@dataclass
class Written:
    """A text being written, with the line of everything in it."""

    lines: list[str] = field(default_factory=list)
    expected: dict[Path, int] = field(default_factory=dict)

    @property
    def line(self) -> int:
        return len(self.lines) + 1


SCALARS = st.sampled_from(
    [
        "1",
        "-2.5",
        "true",
        "1979-05-27T07:32:00Z",
        "07:32:00",
        '"[[a]]"',
        "'# {'",
        '"""\n[x]\ny = 1"""',
        "'''a\n\n]'''",
    ]
)
NOISE = st.sampled_from(["", "  ", "# [[a.b]] = { [", '# """', "\t# '"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from("xyz"), SCALARS.filter(lambda s: "\n" not in s)),
    ),
    max_leaves=6,
)


def write_value(value: Any, path: Path, out: Written, text: str) -> str:
    """Append a value to `text`, whose first line is still to be added to `out`; lists take a line for each element."""
    if isinstance(value, list):
        text += "["
        for position, inner in enumerate(value):
            out.lines.extend([*text.split("\n"), " # ]"])
            out.expected[*path, position] = out.line
            text = write_value(inner, (*path, position), out, "  ") + ","
        return text + " ]"
    if isinstance(value, dict):
        parts: list[str] = []
        for key, inner in value.items():
            out.expected[*path, key] = out.line + text.count("\n")
            parts.append(f"{key} = {inner}")
        return text + "{ " + ", ".join(parts) + " }"
    return text + value


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["table", "list"]),
            NOISE,
            st.dictionaries(st.sampled_from(["k", "l.m", '"n o"']), VALUES),
        ),
        max_size=5,
    )
)
def test_any_text(blocks: list[tuple[str, str, dict[str, Any]]]):
    out = Written()
    listed = 0
    for number, (form, noise, pairs) in enumerate(blocks):
        out.lines.append(noise)
        path: Path = (f"t{number}",) if form == "table" else ("list", listed)
        if form == "list":
            out.expected.setdefault(("list",), out.line)
            listed += 1
        out.expected[path] = out.line
        out.lines.append(f"[{path[0]}] # [" if form == "table" else "[[list]]")
        for key, value in pairs.items():
            inside = path
            for part in key.strip('"').split("."):
                inside = (*inside, part)
                out.expected.setdefault(inside, out.line)
            out.lines.extend(write_value(value, inside, out, f"{key} = ").split("\n"))
    text = "\n".join(out.lines)
    index = index_lines(text)
    assert {path: index.line_of(path) for path in index.paths()} == out.expected
    assert index.paths() == set(paths_in(tomllib.loads(text)))
