"""What relatives leave in their own voice."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "family_voices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("sound", columns.SecretBytes(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_family_voices_message", "family_voices", ["message"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_family_voices_message", table_name="family_voices")
    op.drop_table("family_voices")
