"""The tables of the event log. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Text, text

metadata = MetaData()

visitors = Table(
    "visitors",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text),  # who the shop says they are
    Column("name", Text, nullable=False, server_default=""),
    Column("email", Text, nullable=False, server_default=""),
    Column("identity_expires_at", Text),
    Column("created_at", Text, nullable=False),
    Index("visitors_by_customer", "customer_id"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("visitor_id", Text, ForeignKey("visitors.id"), nullable=False),
    Column("control", Text, nullable=False, server_default="bot"),
    Column("control_epoch", Integer, nullable=False, server_default="0"),
    Column("assignee", Text),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("visitor_seq", Integer, nullable=False, server_default="0"),
    Column("answered_seq", Integer, nullable=False, server_default="0"),  # messages up to here need no answer
    Column("read_seq", Integer, nullable=False, server_default="0"),  # in the visitor's numbers
    Column("inbox_seq", Integer, nullable=False, unique=True),
    Column("last_text", Text, nullable=False, server_default=""),
    Column("last_author", Text, nullable=False, server_default=""),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("waiting_since", Text),  # in line for a person, and not told yet that nobody came
    Column("reply_email", Text),  # where a person's answer is due
    Column("due_since", Text),  # since when a person owes the customer a word, in the chat or at that address
    Column("heard", Integer, nullable=False, server_default="0"),  # how many messages the customer has written
    Index("conversations_by_visitor", "visitor_id"),
)

events = Table(
    "events",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("visitor_seq", Integer),  # none: for staff only
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("client_id", Text),  # the client's frame that made it
    Column("ts", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("staff_data", Text),  # fields that a visitor does not see
    Index("events_by_visitor_seq", "conversation_id", "visitor_seq", unique=True),
    Index(
        "events_by_client_id",
        "conversation_id",
        "client_id",
        unique=True,
        sqlite_where=text("client_id IS NOT NULL"),
    ),
    sqlite_with_rowid=False,  # a conversation's events lie next to each other
)

turns = Table(
    "turns",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("state", Text, nullable=False),  # waiting, running, ended
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("after_seq", Integer, nullable=False),  # it answers the visitor's messages after this …
    Column("message_seq", Integer, nullable=False),  # … up to this
    Column("memory_seq", Integer, nullable=False),  # and remembers what was known up to this
    Column("created_at", Text, nullable=False),
    Index("turns_by_conversation", "conversation_id"),
    Index("turns_by_state", "state"),
)

views = Table(
    "views",
    metadata,
    Column("visitor_id", Text, ForeignKey("visitors.id"), primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("viewed_at", Text, nullable=False),
    Index("views_by_time", "viewed_at"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)
