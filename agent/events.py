"""What happens in a turn, in order. Events are values; the server decides what is stored and who sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.blocks import AnyBlock
from agent.card import Card, CardOutcome
from agent.vision.reading import Attribute, TextFound
from tools.records import CustomerScope

Stage = Literal["queued", "seeing", "searching", "ranking", "composing", "checking"]
Outcome = Literal["done", "stopped", "handoff", "timeout", "error"]


@dataclass(frozen=True, slots=True)
class StageStarted:
    """The turn has come to a stage; `text` says so to the customer in their language."""

    stage: Stage
    text: str


@dataclass(frozen=True, slots=True)
class PhotoDescribed:
    """A photo was looked at. `named` is false where the thing in it could not be told."""

    upload_id: str
    caption: str
    attributes: tuple[Attribute, ...]
    text: tuple[TextFound, ...]
    named: bool


@dataclass(frozen=True, slots=True)
class ToolRan:
    """A tool call has an answer: `outcome` is `ok` or an error's code. For staff and audit, never for the visitor."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]
    outcome: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class IdentityProven:
    """The customer has proven who they are; later turns of this conversation start with this scope."""

    scope: CustomerScope


@dataclass(frozen=True, slots=True)
class ConfirmationAsked:
    """A card is shown: the change that it stands for, which only the customer's yes sets off. For staff and audit."""

    card: Card


@dataclass(frozen=True, slots=True)
class ConfirmationGiven:
    """The customer said yes to a card, with its button or in words. It comes before the change is made."""

    card_id: str
    pressed: bool


@dataclass(frozen=True, slots=True)
class ConfirmationSettled:
    """A card is over."""

    card_id: str
    outcome: CardOutcome


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A checked sentence of the message that is being said."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class MessageSaid:
    """A whole message of the bot; it replaces the deltas of the same `message_id`."""

    message_id: str
    blocks: tuple[AnyBlock, ...]
    citations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """Why each product was shown: `parts` holds, a product, its score parts and reasons in words.

    After a photo they also hold how much of the score would be lost without each of the `words`, and without each
    part of the photo (`regions`, rows of a square grid).
    """

    message_id: str
    parts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class HandoffAsked:
    """A person should take over; `summary` is for them. Where nobody is `there`, an answer by e-mail is offered."""

    reason: str
    summary: str
    there: bool = True


@dataclass(frozen=True, slots=True)
class EmailLeft:
    """The customer wants a person's answer at this address, which is theirs by their own words."""

    email: str


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The last event of a turn.

    `timings` are milliseconds a stage, with `first_token`. `memory` is what the next turn must know (the last need,
    what was shown, what was asked): JSON that the log keeps and no visitor sees.
    """

    outcome: Outcome
    timings: Mapping[str, float] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)


TurnEvent = (
    StageStarted
    | PhotoDescribed
    | ToolRan
    | IdentityProven
    | ConfirmationAsked
    | ConfirmationGiven
    | ConfirmationSettled
    | TextDelta
    | MessageSaid
    | Explained
    | HandoffAsked
    | EmailLeft
    | TurnEnded
)
