"""Reads the areas (地域) of a desk file: every municipality of the form lies in exactly one."""

from typing import Final

from meyasubako.core.areas import ABROAD, OUTSIDE
from meyasubako.core.desk.areas import ABROAD_CODE, OUTSIDE_CODE, Area
from meyasubako.core.desk.fields import Field
from meyasubako.core.desk.reading import Codes, Table

_TAKEN: Final = frozenset({OUTSIDE_CODE, ABROAD_CODE, "unknown", "total"})


def read_areas(root: Table, fields: tuple[Field, ...]) -> tuple[Area, ...]:
    """The areas in their order; none where the file names none."""
    offered = [
        option.label for field in fields if field.name == "municipality" for option in field.open_options
    ]
    known = [str(name) for name in offered if name not in {OUTSIDE, ABROAD}]
    found: list[Area] = []
    codes = Codes()
    placed: set[str] = set()
    for table in root.tables("areas", required=False):
        area = Area(
            table.code("code", codes), table.words("label"), table.texts("municipalities", required=True)
        )
        if area.code in _TAKEN:
            table.wrong("code", f"「{area.code}」は、県外などの行に使っています。別の名前にしてください。")
        for position, name in enumerate(area.municipalities):
            path = (*table.path, "municipalities", position)
            if name in placed:
                table.mistakes.add(path, f"「{name}」が2つの地域にあります。どちらかにしてください。")
            else:
                table.check_reference(path, name, known, "入力欄 municipality の options")
            placed.add(name)
        found.append(area)
        table.close()
    if found and (left := [name for name in known if name not in placed]):
        root.wrong("areas", f"どの地域にもない市町村があります：{'、'.join(left)}")
    return tuple(found)
