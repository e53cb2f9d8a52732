"""The index for search: texts made comparable, their tokens, and the cases still to be indexed, at first all of them.

The index is made from the rest of the data; on the way down it is dropped and nothing is lost.

Revision: 0006
Follows: 0005
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "search_part",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_part")),
    )
    op.create_table(
        "search_due",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_search_due_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_search_due")),
    )
    if op.get_context().dialect.name == "sqlite":
        # Tokens come ready made: ASCII signs are replaced in them, everything else counts as a letter.
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5"
            "(bigrams, words, tokenize = 'ascii', detail = 'column', columnsize = 0)"
        )
    else:
        op.execute(
            "CREATE TABLE search_index"
            " (id bigint CONSTRAINT pk_search_index PRIMARY KEY, bigrams tsvector NOT NULL, words tsvector NOT NULL)"
        )
        # The worker writes it, nobody waits: what is found must not first be looked for in a list of what came lately.
        op.execute(
            "CREATE INDEX ix_search_index_tokens ON search_index USING gin (bigrams, words)"
            " WITH (fastupdate = off)"
        )
    op.execute('INSERT INTO search_due (case_id, mark) SELECT id, 0 FROM "case"')


def downgrade() -> None:
    op.execute("DROP TABLE search_index")
    op.drop_table("search_due")
    op.drop_table("search_part")
