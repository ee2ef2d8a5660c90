"""Recordings of real voices, and what was said by those who agreed to its being kept."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("resident", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("text", columns.Secret(), nullable=False),
        sa.Column("voice", columns.Secret(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("sound", columns.SecretBytes(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("resident", "sentence"),
    )
    op.create_index("ix_recordings_resident", "recordings", ["resident"], unique=False)
    op.create_table(
        "kept_sounds",
        sa.Column("turn", sa.String(), nullable=False),
        sa.Column("resident", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("sound", columns.SecretBytes(), nullable=False),
        sa.PrimaryKeyConstraint("turn"),
    )
    op.create_index("ix_kept_sounds_at", "kept_sounds", ["at"], unique=False)
    op.create_index("ix_kept_sounds_resident", "kept_sounds", ["resident"], unique=False)
