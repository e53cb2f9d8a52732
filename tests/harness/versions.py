"""A later version of the program, as far as its migrations go: ours and some more, in a folder of their own."""

import shutil
from pathlib import Path

from tests.harness.migrations import ROOT

WRITTEN = '''"""A migration of a later version."""

import sqlalchemy as sa
from alembic import op

from meyasubako.store import expanding

revision = "{revision}"
down_revision = "{follows}"
branch_labels = None
depends_on = None

phase = "{phase}"
{since}

def upgrade() -> None:
{steps}

def downgrade() -> None:
    pass
'''


class LaterVersion:
    """The migrations of this version and of later ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "later"
        shutil.copytree(ROOT / "alembic", self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.newest = newest()

    def expand(self, revision: str, *steps: str) -> None:
        """A later version adds something."""
        self._write(revision, "expand", "", steps)

    def contract(self, revision: str, *steps: str, works_since: str) -> None:
        """A later version takes something away."""
        self._write(revision, "contract", f'works_since = "{works_since}"\n', steps)

    def _write(self, revision: str, phase: str, since: str, steps: tuple[str, ...]) -> None:
        text = WRITTEN.format(
            revision=revision,
            follows=self.newest,
            phase=phase,
            since=since,
            steps="\n".join(f"    {step}" for step in steps),
        )
        (self.folder / "versions" / f"later_{revision}.py").write_text(text, encoding="utf-8")
        self.newest = revision


def newest() -> str:
    """The newest migration of this version."""
    from meyasubako.store import migrations

    return migrations.newest(ROOT / "alembic")
