"""What is remembered of residents across talks."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "facts",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("resident", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("about", columns.Secret(), nullable=False),
        sa.Column("said", columns.Secret(), nullable=False),
        sa.Column("said_at", columns.UtcDateTime(), nullable=False),
        sa.Column("turn", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("last", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(), nullable=True),
        sa.Column("held_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_facts_resident", "facts", ["resident"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_facts_resident", table_name="facts")
    op.drop_table("facts")
