"""Agents: skills with levels, pools with ranks, a ring time and auto-answer; the house's reasons to pause."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
PEOPLE = sa.table("people", sa.column("id", sa.Text), sa.column("skills", DOCUMENT), sa.column("pools", DOCUMENT))
MIDDLE_LEVEL = 3
FIRST_RANK = 0


def upgrade() -> None:
    op.add_column("people", sa.Column("ring_seconds", sa.Integer, nullable=True))
    op.add_column("people", sa.Column("auto_answer", sa.Boolean, nullable=False, server_default=sa.false()))
    _rewrite(lambda skills: dict.fromkeys(skills, MIDDLE_LEVEL), lambda pools: dict.fromkeys(pools, FIRST_RANK))
    op.create_table(
        "pause_reasons",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("billable", sa.Boolean, nullable=False),
        sa.Column("asks_note", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_pause_reasons"),
    )


def downgrade() -> None:
    op.drop_table("pause_reasons")
    _rewrite(sorted, sorted)
    op.drop_column("people", "auto_answer")
    op.drop_column("people", "ring_seconds")


def _rewrite(skills: Callable[[Any], Any], pools: Callable[[Any], Any]) -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(PEOPLE)).all():
        changed = PEOPLE.update().where(PEOPLE.c.id == row.id)
        connection.execute(changed.values(skills=skills(row.skills), pools=pools(row.pools)))
