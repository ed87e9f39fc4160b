"""The segments that a text is billed as."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("segments", sa.Integer, nullable=True))


def downgrade() -> None:
    op.drop_column("deliveries", "segments")
