"""Sentences of the scripts as people have changed them, and which of them a talk began with."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wordings",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("wordings", columns.Json(), nullable=False),
        sa.Column("shipped", columns.Json(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", columns.Secret(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.add_column("talks", sa.Column("scripts", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_wordings_key", "wordings", ["key"], unique=False)


def downgrade() -> None:
    op.drop_column("talks", "scripts")
    op.drop_table("wordings")
