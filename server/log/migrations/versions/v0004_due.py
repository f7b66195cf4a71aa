"""Since when a person owes the customer a word, and how many messages the customer has written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("due_since", sa.Text))
    op.add_column("conversations", sa.Column("heard", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE conversations SET due_since = updated_at"
        " WHERE control = 'queued' OR reply_email IS NOT NULL OR (control = 'human' AND last_author = 'visitor')"
    )
    op.execute(
        "UPDATE conversations SET heard = (SELECT count(*) FROM events WHERE events.conversation_id = conversations.id"
        " AND type = 'message.created' AND json_extract(data, '$.author.kind') = 'visitor')"
    )
