"""Where templates, static files and migrations lie: beside the package in a checkout, inside it once installed."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def templates_folder() -> Path:
    """The pages and mails."""
    return _folder("templates")


def static_folder() -> Path:
    """Stylesheet, script, fonts."""
    return _folder("static")


def migrations_folder() -> Path:
    """The migrations of the database."""
    return _folder("alembic")


def _folder(name: str) -> Path:
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
