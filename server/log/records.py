"""What the log holds, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from server.wire.events import Control


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event. `data` and `staff_data` are JSON text; `visitor_seq` is None where visitors may not see it."""

    conversation_id: str
    seq: int
    visitor_seq: int | None
    id: str
    type: str
    client_id: str | None
    ts: str
    data: str
    staff_data: str | None


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """Where a conversation stands; `waiting_since` is set while it waits in line, until nobody-came is told.

    `due_since`: since when a person owes the customer a word. `heard`: how many messages the customer has written.
    """

    id: str
    visitor_id: str
    control: Control
    control_epoch: int
    assignee: str | None
    last_seq: int
    visitor_seq: int
    answered_seq: int
    read_seq: int
    inbox_seq: int
    last_text: str
    last_author: str
    created_at: str
    updated_at: str
    waiting_since: str | None
    reply_email: str | None
    due_since: str | None
    heard: int


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who chats; `customer_id` is the shop's signed word for who they are, until `identity_expires_at`."""

    id: str
    customer_id: str | None
    name: str
    email: str
    identity_expires_at: str | None
    created_at: str

    def signed_in(self, now: str) -> bool:
        return bool(self.customer_id and self.identity_expires_at and now < self.identity_expires_at)


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn to be given: it answers the visitor's messages with after_seq < seq ≤ message_seq."""

    id: str
    conversation_id: str
    state: str
    attempt: int
    after_seq: int
    message_seq: int
    memory_seq: int
    created_at: str


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an event was stored. `duplicate`: it already was, by an earlier frame with the same client id."""

    seq: int
    visitor_seq: int | None
    duplicate: bool = False


Row = tuple[object, ...]


def event_from(row: Row) -> Event:
    return Event(*cast("tuple[str, int, int | None, str, str, str | None, str, str, str | None]", row))


def conversation_from(row: Row) -> ConversationRecord:
    return ConversationRecord(*row)  # type: ignore[arg-type]  # the statement selects the fields in this order


def visitor_from(row: Row) -> Visitor:
    return Visitor(*row)  # type: ignore[arg-type]


def turn_from(row: Row) -> TurnRecord:
    return TurnRecord(*row)  # type: ignore[arg-type]
