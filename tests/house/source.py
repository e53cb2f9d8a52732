"""The source of the product as the house rules read it."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "meyasubako"


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package, read but not run."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path inside the package, as `store/database.py`."""
        return self.path.relative_to(PACKAGE).as_posix()

    def stands_in(self, rooms: tuple[str, ...]) -> bool:
        """Whether it is one of these files or lies in one of these folders; a room may be either, `web/` or `cli.py`."""
        rooms_as_packages = tuple(f"{room.removesuffix('/').removesuffix('.py')}/" for room in rooms)
        return self.name in rooms or self.name.startswith(rooms_as_packages)

    def where(self, node: ast.AST) -> str:
        return f"meyasubako/{self.name}:{getattr(node, 'lineno', 0)}"


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package."""
    return tuple(
        Module(path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for path in sorted(PACKAGE.rglob("*.py"))
    )


def dotted(node: ast.AST) -> str:
    """A name as written, `datetime.now`; empty for anything that is not a plain dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""
