"""The language of a note that is not in English."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("language", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("deliveries", "language")
