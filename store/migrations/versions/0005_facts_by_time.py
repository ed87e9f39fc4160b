"""Facts are read by time, for replays and reports."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_facts_at_seq", "facts", ["at", "seq"])


def downgrade() -> None:
    op.drop_index("ix_facts_at_seq", "facts")
