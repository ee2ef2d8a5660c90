"""When standard questionnaires are offered, and what came of them."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instrument_dues",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("resident", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("due_at", columns.UtcDateTime(), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("resident", "instrument"),
    )
    op.create_index("ix_instrument_dues_due_at", "instrument_dues", ["due_at"], unique=False)
    op.create_table(
        "instrument_results",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("resident", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("instrument_version", sa.String(), nullable=False),
        sa.Column("checkin", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("positive", sa.Boolean(), nullable=False),
        sa.Column("answers", columns.SecretJson(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_instrument_results_resident", "instrument_results", ["resident"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_instrument_results_resident", table_name="instrument_results")
    op.drop_table("instrument_results")
    op.drop_index("ix_instrument_dues_due_at", table_name="instrument_dues")
    op.drop_table("instrument_dues")
