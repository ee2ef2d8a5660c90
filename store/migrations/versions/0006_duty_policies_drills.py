"""Who stands in on duty, the city's holidays, policies in layers, drills; reminders and reasons of escalations."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ADDED = ("reminders", "duty_ends", "drill", "why")


def upgrade() -> None:
    op.add_column("escalations", sa.Column("reminders", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("escalations", sa.Column("duty_ends", columns.UtcDateTime(), nullable=True))
    op.add_column("escalations", sa.Column("drill", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("escalations", sa.Column("why", sa.String(), nullable=True))
    op.create_table(
        "duty_covers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("coordinator", sa.String(), nullable=False),
        sa.Column("substitute", sa.String(), nullable=True),
        sa.Column("start", columns.UtcDateTime(), nullable=False),
        sa.Column("ends_at", columns.UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "holidays",
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "policies",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("levels", columns.Json(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "drills",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("started_at", columns.UtcDateTime(), nullable=False),
        sa.Column("until", columns.UtcDateTime(), nullable=False),
        sa.Column("pressed_at", columns.UtcDateTime(), nullable=True),
        sa.Column("escalations", columns.Json(), nullable=False),
        sa.Column("cancelled_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_drills_home", "drills", ["home"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_drills_home", table_name="drills")
    for table in ("drills", "policies", "holidays", "duty_covers"):
        op.drop_table(table)
    for column in _ADDED:
        op.drop_column("escalations", column)
