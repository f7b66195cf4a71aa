"""What the server sends besides stored events: answers, and what is said once and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from server.errors import Code
from server.wire.events import Author, Control, Payload, Reason, Value


class ConversationState(Value):
    """A conversation as its own customer sees it; `last_seq` is in their numbers."""

    id: str
    status: Literal["open", "closed"]
    control: Control
    control_epoch: int
    assignee: str | None = None
    last_seq: int


class User(Value):
    """A visitor; `signed_in` while the shop's word for who they are holds."""

    id: str
    name: str = ""
    signed_in: bool = False


class Welcome(Payload):
    """The hello was accepted: who you are, what is allowed, and how the conversation stands."""

    TYPE = "welcome"

    session_id: str
    user: User
    heartbeat_ms: int
    limits: Mapping[str, int]
    server_time: str
    conversation: ConversationState


class Acknowledged(Payload):
    """The frame `re` is done, and stored if it was to be; `seq` is where."""

    TYPE = "ack"

    re: str
    seq: int | None = None
    duplicate: bool | None = None


class Failed(Payload):
    """The frame `re` was not done. `message` is for the customer; `where`, `expected` and `got` for programmers."""

    TYPE = "error"

    re: str | None = None
    code: Code
    message: str
    retry_after_ms: int | None = None
    fatal: bool = False
    where: str | None = None
    expected: str | None = None
    got: str | None = None


class Status(Payload):
    """The turn has come to a stage."""

    TYPE = "status"

    turn_id: str
    stage: Literal["queued", "seeing", "searching", "ranking", "composing", "checking"]
    text: str


class StreamStart(Payload):
    TYPE = "stream.start"

    turn_id: str
    message_id: str


class StreamDelta(Payload):
    """More text of a message. `i` counts deltas from 0; `n` is how many were merged into this one."""

    TYPE = "stream.delta"

    message_id: str
    i: int
    text: str
    n: int | None = None


class StreamSnapshot(Payload):
    """The text so far of the message that is being said; the next delta is number `next`."""

    TYPE = "stream.snapshot"

    turn_id: str
    message_id: str
    text: str
    next: int


class StreamEnd(Payload):
    """No more text of this message; what counts is in `message.created`."""

    TYPE = "stream.end"

    turn_id: str
    message_id: str | None = None
    reason: Reason


class Resumed(Payload):
    """Everything up to `last_seq` has been sent."""

    TYPE = "resumed"

    last_seq: int


class ResumeReset(Payload):
    """The cursor cannot be continued from: forget what you have. The latest events follow, older ones on request."""

    TYPE = "resume.reset"

    last_seq: int
    history_url: str
    conversation: ConversationState


class TypingShown(Payload):
    """Somebody is typing, or no longer."""

    TYPE = "typing"

    author: Author
    on: bool
    preview: str | None = None


class History(Payload):
    """Events before a seq, oldest first; `more` when there are older ones still."""

    TYPE = "history"

    re: str
    events: tuple[Any, ...]
    more: bool


class Pong(Payload):
    """The answer to a ping, with its `t`."""

    TYPE = "pong"

    t: Any = None


class Draining(Payload):
    """The server restarts soon; reconnect after `reconnect_in_ms`."""

    TYPE = "server.draining"

    reconnect_in_ms: int


class StaffWelcome(Payload):
    """The console's hello was accepted; its list is at `inbox_seq`."""

    TYPE = "welcome"

    session_id: str
    heartbeat_ms: int
    server_time: str
    inbox_seq: int


class InboxConversation(Value):
    """A conversation as the console's list shows it; `last_seq` is in staff numbers.

    `due_since`: since when a person owes the shopper a word, at `reply_email` if that is given. `heard`: how many
    messages the shopper has written.
    """

    id: str
    visitor: User
    status: Literal["open", "closed"]
    control: Control
    control_epoch: int
    assignee: str | None = None
    last_seq: int
    last_text: str
    last_author: str
    created_at: str
    updated_at: str
    reply_email: str | None = None
    due_since: str | None = None
    heard: int = 0


class InboxUpdated(Payload):
    """A conversation is new or has changed; `inbox_seq` orders these, and is the cursor to resume from."""

    TYPE = "inbox.updated"

    inbox_seq: int
    conversation: InboxConversation


EPHEMERAL: tuple[type[Payload], ...] = (
    Acknowledged,
    Failed,
    Status,
    StreamStart,
    StreamDelta,
    StreamSnapshot,
    StreamEnd,
    Resumed,
    ResumeReset,
    TypingShown,
    History,
    Pong,
    Draining,
)
SHOPPER_ONLY: tuple[type[Payload], ...] = (Welcome,)
STAFF_ONLY: tuple[type[Payload], ...] = (StaffWelcome, InboxUpdated)
