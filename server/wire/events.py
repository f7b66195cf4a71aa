"""What the server sends. A durable event is in the log and has a `seq`; the others are said once and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.blocks import AnyBlock
from server.errors import Code

Audience = Literal["visitor", "staff"]
Control = Literal["bot", "queued", "human", "closed"]
Reason = Literal["done", "stopped", "handoff", "timeout", "error"]


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Payload(BaseModel):
    """The `data` of a frame from the server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    TYPE: ClassVar[str]


class Durable(Payload):
    """The `data` of an event in the log.

    `AUDIENCE` is who may see it, and `STAFF_ONLY` names the fields that a visitor does not get of one they may see.
    """

    AUDIENCE: ClassVar[Audience] = "visitor"
    STAFF_ONLY: ClassVar[frozenset[str]] = frozenset()


class Author(Value):
    kind: Literal["visitor", "bot", "agent", "system"]
    name: str = ""
    avatar: str | None = None


VISITOR = Author(kind="visitor")
BOT = Author(kind="bot", name="Assistant")


class MessageCreated(Durable):
    """Somebody said something. `interrupted` marks an answer that was stopped: this is what had been said by then."""

    TYPE = "message.created"

    message_id: str
    author: Author
    turn_id: str | None = None
    blocks: tuple[AnyBlock, ...]
    citations: tuple[str, ...] = ()
    state: Literal["sent", "delivered", "read", "failed"] = "sent"
    interrupted: bool | None = None
    reply_to: str | None = None
    context: Mapping[str, str] | None = None


class MessageDeleted(Durable):
    """A message does not count any more; its answer is being given anew."""

    TYPE = "message.deleted"

    message_id: str
    reason: Literal["regenerated"]


class TurnStarted(Durable):
    TYPE = "turn.started"

    turn_id: str


class TurnEnded(Durable):
    """A turn is over; `timings` are milliseconds a stage. `memory` is what the next turn must know."""

    TYPE = "turn.ended"
    STAFF_ONLY = frozenset({"memory"})

    turn_id: str
    reason: Reason
    timings: Mapping[str, float] = {}
    memory: Mapping[str, Any] | None = None


class SeenAttribute(Value):
    """`box` is x, y, width and height as fractions of the photo."""

    name: str
    value: str
    confidence: float
    box: tuple[float, float, float, float] | None = None


class SeenText(Value):
    text: str
    confidence: float
    box: tuple[float, float, float, float] | None = None


class PhotoDescribed(Durable):
    """What was seen in a photo; it comes before the search ends."""

    TYPE = "photo.described"

    turn_id: str
    upload_id: str
    caption: str
    attributes: tuple[SeenAttribute, ...]
    text: tuple[SeenText, ...] = ()
    named: bool = True


class Explain(Durable):
    """Why each product was shown."""

    TYPE = "explain"

    message_id: str
    parts: tuple[Mapping[str, Any], ...]


class ControlChanged(Durable):
    """Who answers now. `summary` is for the person who takes over."""

    TYPE = "control.changed"
    STAFF_ONLY = frozenset({"summary", "reason"})

    control: Control
    control_epoch: int
    by: Literal["visitor", "bot", "agent", "system"]
    agent: str | None = None
    queue_position: int | None = None
    eta_s: int | None = None
    text: str
    reason: str | None = None
    summary: str | None = None


class ToolRan(Durable):
    """A tool call has an answer."""

    TYPE = "tool.ran"
    AUDIENCE = "staff"

    turn_id: str
    call_id: str
    name: str
    arguments: Mapping[str, Any]
    outcome: str
    milliseconds: float


class IdentityProven(Durable):
    """The customer has proven who they are."""

    TYPE = "identity.proven"
    AUDIENCE = "staff"

    scope: Mapping[str, Any]


class ReadUpTo(Durable):
    """Somebody has seen everything up to `read_seq`, in the visitor's numbers."""

    TYPE = "read"
    AUDIENCE = "staff"

    by: Literal["visitor", "agent"]
    read_seq: int


class FeedbackGiven(Durable):
    TYPE = "feedback.given"

    message_id: str
    value: Literal[-1, 0, 1]
    reason: str | None = None
    comment: str | None = None


class CsatSubmitted(Durable):
    TYPE = "csat.submitted"

    score: int = Field(ge=1, le=5)
    comment: str | None = None


class ConversationState(Value):
    """A conversation as its own customer sees it; `last_seq` is in their numbers."""

    id: str
    status: Literal["open", "closed"]
    control: Control
    control_epoch: int
    assignee: str | None = None
    last_seq: int


class User(Value):
    id: str
    name: str = ""
    signed_in: bool = False


class Welcome(Payload):
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
    TYPE = "pong"

    t: Any = None


class Draining(Payload):
    """The server restarts soon; reconnect after `reconnect_in_ms`."""

    TYPE = "server.draining"

    reconnect_in_ms: int


class StaffWelcome(Payload):
    TYPE = "welcome"

    session_id: str
    heartbeat_ms: int
    server_time: str
    inbox_seq: int


class InboxConversation(Value):
    """A conversation as the console's list shows it; `last_seq` is in staff numbers."""

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


class InboxUpdated(Payload):
    """A conversation is new or has changed; `inbox_seq` orders these, and is the cursor to resume from."""

    TYPE = "inbox.updated"

    inbox_seq: int
    conversation: InboxConversation


DURABLE: tuple[type[Durable], ...] = (
    MessageCreated,
    MessageDeleted,
    TurnStarted,
    TurnEnded,
    PhotoDescribed,
    Explain,
    ControlChanged,
    ToolRan,
    IdentityProven,
    ReadUpTo,
    FeedbackGiven,
    CsatSubmitted,
)
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
