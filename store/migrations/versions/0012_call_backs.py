"""Who was told by their speaker that they will be called back."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_backs",
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("home", "device"),
    )


def downgrade() -> None:
    op.drop_table("call_backs")
