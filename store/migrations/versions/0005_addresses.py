"""Addresses besides the chat for relatives and staff; what a person was told lately is found by an index."""

import sqlalchemy as sa
from alembic import op

from store import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("contacts", "coordinators"):
        op.add_column(table, sa.Column("notify", columns.SecretJson(), nullable=True))
    op.create_index("ix_deliveries_person", "deliveries", ["person_id", "posted_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_deliveries_person", table_name="deliveries")
    for table in ("contacts", "coordinators"):
        op.drop_column(table, "notify")
