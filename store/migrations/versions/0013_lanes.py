"""Indexes of deliveries hold only what the sender looks for, so that a year of settled ones costs it nothing.

On PostgreSQL half of each page stays free: a row that is claimed keeps its place, and its indexes are left alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_WAITING = "due_at IS NOT NULL"


def upgrade() -> None:
    for name in ("lane", "due_at", "expires_at", "escalation", "checkin", "route"):
        op.drop_index(f"ix_deliveries_{name}", table_name="deliveries")
    _create("lane", [sa.text("gravity DESC"), "due_at"], _WAITING)
    _create("expires_at", ["expires_at"], _WAITING)
    _create("escalation", ["escalation"], "escalation IS NOT NULL")
    _create("checkin", ["checkin"], "checkin IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE deliveries SET (fillfactor = 50)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE deliveries RESET (fillfactor)")
    for name in ("lane", "expires_at", "escalation", "checkin"):
        op.drop_index(f"ix_deliveries_{name}", table_name="deliveries")
    op.create_index("ix_deliveries_lane", "deliveries", ["gravity", "due_at"])
    for name in ("due_at", "expires_at", "escalation", "checkin", "route"):
        op.create_index(f"ix_deliveries_{name}", "deliveries", [name])


def _create(name: str, columns: list[str | sa.TextClause], where: str) -> None:
    some = sa.text(where)
    op.create_index(f"ix_deliveries_{name}", "deliveries", columns, postgresql_where=some, sqlite_where=some)
