"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "visitors",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("email", sa.Text, nullable=False, server_default=""),
        sa.Column("identity_expires_at", sa.Text),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    op.create_index("visitors_by_customer", "visitors", ["customer_id"])
    op.create_table(
        "conversations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("visitor_id", sa.Text, sa.ForeignKey("visitors.id"), nullable=False),
        sa.Column("control", sa.Text, nullable=False, server_default="bot"),
        sa.Column("control_epoch", sa.Integer, nullable=False, server_default="0"),
        sa.Column("assignee", sa.Text),
        sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("visitor_seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("answered_seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("read_seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("inbox_seq", sa.Integer, nullable=False, unique=True),
        sa.Column("last_text", sa.Text, nullable=False, server_default=""),
        sa.Column("last_author", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
    )
    op.create_index("conversations_by_visitor", "conversations", ["visitor_id"])
    op.create_table(
        "events",
        sa.Column("conversation_id", sa.Text, sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("visitor_seq", sa.Integer),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("ts", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("staff_data", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index("events_by_visitor_seq", "events", ["conversation_id", "visitor_seq"], unique=True)
    op.create_index(
        "events_by_client_id",
        "events",
        ["conversation_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("client_id IS NOT NULL"),
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("conversation_id", sa.Text, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("after_seq", sa.Integer, nullable=False),
        sa.Column("message_seq", sa.Integer, nullable=False),
        sa.Column("memory_seq", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    op.create_index("turns_by_conversation", "turns", ["conversation_id"])
    op.create_index("turns_by_state", "turns", ["state"])
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "inbox", "value": 0}])
