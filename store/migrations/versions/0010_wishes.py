"""Wishes as tasks with an owner and a due day."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wishes",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("resident", sa.String(), nullable=False),
        sa.Column("asked_at", columns.UtcDateTime(), nullable=False),
        sa.Column("due_on", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("escalation", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("answer", columns.Secret(), nullable=False),
        sa.Column("settled_at", columns.UtcDateTime(), nullable=True),
        sa.Column("told_at", columns.UtcDateTime(), nullable=True),
        sa.Column("reminded_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("fact"),
    )
    op.create_index("ix_wishes_resident", "wishes", ["resident"], unique=False)
    op.create_index("ix_wishes_outcome", "wishes", ["outcome"], unique=False)


def downgrade() -> None:
    op.drop_table("wishes")
