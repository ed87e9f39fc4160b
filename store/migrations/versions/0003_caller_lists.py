"""Lists of callers, VIPs too, in place of the block list; who was blocked stays blocked."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listed_callers",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", "business_id", name="pk_listed_callers"),
    )
    op.create_index("ix_listed_callers_business_id", "listed_callers", ["business_id"])
    now = sa.bindparam("now", datetime.now(UTC), sa.DateTime(timezone=True))
    taken_over = sa.text(
        "INSERT INTO listed_callers (number, business_id, kind, added_at, added_by, note) "
        "SELECT caller, business_id, 'blocked', :now, '', reason FROM blocked"
    )
    op.get_bind().execute(taken_over.bindparams(now))
    op.drop_table("blocked")


def downgrade() -> None:
    op.create_table(
        "blocked",
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("caller", "business_id", name="pk_blocked"),
    )
    op.execute(
        "INSERT INTO blocked (caller, business_id, reason) "
        "SELECT number, business_id, note FROM listed_callers WHERE kind = 'blocked'"
    )
    op.drop_table("listed_callers")
