"""More can be found: interim notices, what offers say, meetings and comments. Cases that have such texts are indexed anew.

On the way down their rows are taken out of the index; what came before does not know them.

Revision: 0015
Follows: 0014
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NEW_PARTS = "(id >> 12) & 15 BETWEEN 10 AND 13"


def upgrade() -> None:
    op.execute(
        'INSERT INTO search_due (case_id, mark) SELECT id, 0 FROM "case" WHERE ('
        "id IN (SELECT case_id FROM interim_notice) OR id IN (SELECT case_id FROM offer)"
        " OR id IN (SELECT case_id FROM meeting) OR id IN (SELECT case_id FROM survey WHERE comment <> '')"
        ") AND id NOT IN (SELECT case_id FROM search_due)"
    )


def downgrade() -> None:
    row = "rowid" if op.get_context().dialect.name == "sqlite" else "id"
    op.execute(f"DELETE FROM search_index WHERE {row} IN (SELECT id FROM search_part WHERE {NEW_PARTS})")
    op.execute(f"DELETE FROM search_part WHERE {NEW_PARTS}")
