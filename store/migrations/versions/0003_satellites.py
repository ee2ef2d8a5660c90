"""Which process holds the connection to a satellite."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satellite_holds",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("held_until", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("home", "device"),
    )


def downgrade() -> None:
    op.drop_table("satellite_holds")
