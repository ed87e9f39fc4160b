"""How people said that somebody stands in or is away, and that it is over."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("made_via", "ended_via"):
        op.add_column("rota_changes", sa.Column(name, sa.Text, nullable=False, server_default=""))
    with op.batch_alter_table("rota_changes") as table:
        for name in ("made_via", "ended_via"):
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    for name in ("made_via", "ended_via"):
        op.drop_column("rota_changes", name)
