"""What is stored and sent: the events of the log. Each has a `seq`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.blocks import AnyBlock
from agent.card import CardOutcome

Audience = Literal["visitor", "staff"]
Control = Literal["bot", "queued", "human", "closed"]
Reason = Literal["done", "stopped", "handoff", "timeout", "error"]


class Value(BaseModel):
    """A part of a payload."""

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
    """Who says something."""

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
    """The bot begins to answer."""

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
    """Why each product was shown: its `id`, `score`, `probability`, the scores of the `stages`, and `why` in words.

    After a photo also how much of the score would be lost without each of the `words` (by word), and without each part
    of the photo (`regions`, numbers by row of a square grid from the upper left corner).
    """

    TYPE = "explain"

    message_id: str
    parts: tuple[Mapping[str, Any], ...]


class ControlChanged(Durable):
    """Who answers now. `summary` is for the person who takes over, `note` for the bot that they hand back to."""

    TYPE = "control.changed"
    STAFF_ONLY = frozenset({"summary", "reason", "note"})

    control: Control
    control_epoch: int
    by: Literal["visitor", "bot", "agent", "system"]
    agent: str | None = None
    queue_position: int | None = None
    eta_s: int | None = None
    text: str
    reason: str | None = None
    summary: str | None = None
    note: str | None = None


class HandoffOffered(Durable):
    """Nobody is free, so an answer by e-mail is offered in a message with an `email` block; the bot goes on meanwhile.

    `by` is who wanted a person, `system` where nobody came to who was in line.
    """

    TYPE = "handoff.offered"
    AUDIENCE = "staff"

    by: Literal["visitor", "bot", "system"]
    reason: str | None = None
    summary: str | None = None


class HandoffEmail(Durable):
    """The customer has left the address at which a person is to answer."""

    TYPE = "handoff.email"

    email: str
    by: Literal["visitor", "bot"]
    text: str = ""


class HandoffAnswered(Durable):
    """A person has answered by e-mail."""

    TYPE = "handoff.answered"
    AUDIENCE = "staff"

    email: str


class NoteCreated(Durable):
    """A note of the shop's people for one another; neither the customer nor the bot reads it."""

    TYPE = "note.created"
    AUDIENCE = "staff"

    text: str
    agent: str | None = None


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


class ConfirmationAsked(Durable):
    """A card is shown. `card` is the change as it would be made: operation, arguments, their digest and the quote."""

    TYPE = "confirmation.asked"
    AUDIENCE = "staff"

    turn_id: str
    card_id: str
    card: Mapping[str, Any]


class ConfirmationGiven(Durable):
    """The customer said yes to a card, by its button or in words; the change is made after this."""

    TYPE = "confirmation.given"
    AUDIENCE = "staff"

    turn_id: str
    card_id: str
    by: Literal["button", "words"]


class ConfirmationSettled(Durable):
    """A card is over: nothing that is said to it counts any more."""

    TYPE = "confirmation.settled"

    card_id: str
    outcome: CardOutcome


class ReadUpTo(Durable):
    """Somebody has seen everything up to `read_seq`, in the visitor's numbers."""

    TYPE = "read"
    AUDIENCE = "staff"

    by: Literal["visitor", "agent"]
    read_seq: int


class FeedbackGiven(Durable):
    """The customer has judged a message of the bot."""

    TYPE = "feedback.given"

    message_id: str
    value: Literal[-1, 0, 1]
    reason: str | None = None
    comment: str | None = None


class ConversationClosed(Durable):
    """The conversation has ended: `by` the customer, a member of staff, or for having been silent for long."""

    TYPE = "conversation.closed"

    by: Literal["visitor", "agent", "system"]
    control_epoch: int
    text: str


class CsatRequest(Durable):
    """How satisfied is the customer? Asked once, when a conversation has ended in which the shop said something."""

    TYPE = "csat.request"

    text: str


class CsatSubmitted(Durable):
    """The customer has said how satisfied they are."""

    TYPE = "csat.submitted"

    score: int = Field(ge=1, le=5)
    comment: str | None = None


DURABLE: tuple[type[Durable], ...] = (
    MessageCreated,
    MessageDeleted,
    TurnStarted,
    TurnEnded,
    PhotoDescribed,
    Explain,
    ControlChanged,
    HandoffOffered,
    HandoffEmail,
    HandoffAnswered,
    NoteCreated,
    ToolRan,
    IdentityProven,
    ConfirmationAsked,
    ConfirmationGiven,
    ConfirmationSettled,
    ReadUpTo,
    FeedbackGiven,
    ConversationClosed,
    CsatRequest,
    CsatSubmitted,
)
