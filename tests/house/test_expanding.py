"""A migration runs while the version before is at work: from 0036 on each says what it is, and does only what that allows.

What it would do is read from the SQL it writes for PostgreSQL. The rules, in words: alembic/README.md.
"""

import re
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

FOLDER = Path(__file__).parents[2] / "alembic"
FIRST = "0036"

NEW_TABLE = re.compile(r"CREATE TABLE (\w+)", re.IGNORECASE)
NEEDS_CONTRACT = {
    r"DROP TABLE": "takes a table away",
    r"ALTER TABLE \w+ DROP (?!CONSTRAINT)": "takes a column away",
    r"\bRENAME\b": "renames",
    r"ALTER COLUMN \w+ TYPE": "changes the type of a column",
    r"ALTER COLUMN \w+ SET NOT NULL": "makes a column required",
    r"ALTER COLUMN \w+ DROP DEFAULT": "takes the value away older versions rely on",
}
NEVER = {
    r"^(?!.*DEFAULT).*ADD COLUMN .*NOT NULL": "adds a required column without a default",
    r"^(UPDATE|DELETE FROM|INSERT INTO) (?!alembic_version)": "moves rows, which the worker does in parts",
    r"ADD CONSTRAINT (?!.*NOT VALID).*(CHECK|FOREIGN KEY)": "checks every row while it holds the table (NOT VALID, then VALIDATE)",
    r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)|DROP INDEX (?!CONCURRENTLY)": "holds the table for an index (store/expanding.py)",
    r"LOCK TABLE|VACUUM FULL|REINDEX (?!.*CONCURRENTLY)|CLUSTER": "holds a table",
}


def faults(module: ModuleType, statements: list[str]) -> list[str]:
    """What a migration says or does that it must not, in words."""
    phase = getattr(module, "phase", None)
    if phase not in {"expand", "contract"}:
        return ['says neither phase = "expand" nor phase = "contract"']
    found = []
    if (phase == "contract") != hasattr(module, "works_since"):
        found.append("a contract, and nothing else, says works_since: the oldest version that can do without")
    elif phase == "contract" and not FIRST <= module.works_since < module.revision:
        found.append("works_since is the expand migration that brought what is used instead")
    new = {name for each in statements for name in NEW_TABLE.findall(each)}
    forbidden = NEVER if phase == "contract" else {**NEVER, **NEEDS_CONTRACT}
    for each in statements:
        # Nobody uses a table of the same migration yet.
        about = re.search(r"\b(?:TABLE|ON|INTO|UPDATE|FROM) (\w+)", each, re.IGNORECASE)
        if about is None or about[1] not in new:
            found += [
                f"{why}: {each}" for what, why in forbidden.items() if re.search(what, each, re.IGNORECASE)
            ]
    return found


def statements_of(revision: Script) -> list[str]:
    """What a migration would do on PostgreSQL, a statement a line."""
    written = StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["url"] = "postgresql://nowhere/none"
    command.upgrade(config, f"{revision.down_revision}:{revision.revision}", sql=True)
    lines = [line for line in written.getvalue().splitlines() if not line.startswith("--")]
    return [" ".join(each.split()) for each in "\n".join(lines).split(";") if each.strip()]


def test_every_migration_may_run_while_the_version_before_works() -> None:
    script = ScriptDirectory(str(FOLDER))
    checked = 0
    for revision in script.walk_revisions():
        if revision.revision >= FIRST:
            assert revision.is_base is False
            assert not (found := faults(revision.module, statements_of(revision))), (
                f"{revision.path}: {found}"
            )
            checked += 1
    assert checked, "no migration was looked at"


@pytest.mark.parametrize(
    ("phase", "statement", "allowed"),
    [
        ("expand", "ALTER TABLE receipt ADD COLUMN a TEXT", True),
        ("expand", "ALTER TABLE receipt ADD COLUMN a INTEGER DEFAULT 0 NOT NULL", True),
        ("expand", "ALTER TABLE receipt ADD COLUMN a INTEGER NOT NULL", False),
        ("expand", "ALTER TABLE receipt DROP COLUMN a", False),
        ("expand", "ALTER TABLE receipt RENAME a TO b", False),
        ("expand", "ALTER TABLE receipt ADD CONSTRAINT a CHECK (b > 0)", False),
        ("expand", "ALTER TABLE receipt ADD CONSTRAINT a CHECK (b > 0) NOT VALID", True),
        ("expand", "CREATE INDEX a ON receipt (b)", False),
        ("expand", "CREATE INDEX CONCURRENTLY a ON receipt (b)", True),
        ("expand", "UPDATE receipt SET a = 1", False),
        ("expand", "UPDATE alembic_version SET version_num='1'", True),
        ("contract", "ALTER TABLE receipt DROP COLUMN a", True),
        ("contract", "DELETE FROM receipt", False),
    ],
)
def test_what_a_migration_may_do(phase: str, statement: str, allowed: bool) -> None:
    module = ModuleType("example")
    vars(module).update(revision="0040", phase=phase)
    if phase == "contract":
        vars(module).update(works_since="0038")
    assert (not faults(module, [statement])) is allowed


def test_a_table_of_the_same_migration_may_be_made_as_one_likes() -> None:
    module = ModuleType("example")
    vars(module).update(revision="0040", phase="expand")
    assert faults(module, ["CREATE TABLE new (id INTEGER)", "CREATE INDEX a ON new (id)"]) == []


def test_a_migration_says_what_it_is() -> None:
    module = ModuleType("example")
    assert faults(module, []) != []
    vars(module).update(revision="0040", phase="expand", works_since="0036")
    assert faults(module, []) != []
    vars(module).update(phase="contract", works_since="0040")
    assert faults(module, []) != []
