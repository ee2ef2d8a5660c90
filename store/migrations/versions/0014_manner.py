"""How a resident likes to be spoken to: the voice's pitch, and the more formal way of speaking."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("residents", sa.Column("pitch", sa.Integer(), nullable=True))
    op.add_column("residents", sa.Column("formal", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("residents", "formal")
    op.drop_column("residents", "pitch")
