"""What visitors viewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("visitor_id", sa.Text, sa.ForeignKey("visitors.id"), primary_key=True),
        sa.Column("product_id", sa.Text, primary_key=True),
        sa.Column("viewed_at", sa.Text, nullable=False),
    )
    op.create_index("views_by_time", "views", ["viewed_at"])
