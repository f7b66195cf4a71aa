"""Waiting for a person, and answers that are due by e-mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("waiting_since", sa.Text))
    op.add_column("conversations", sa.Column("reply_email", sa.Text))
