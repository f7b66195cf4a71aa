"""The conversation as the agent sees it: append-only, rebuilt from the event log before each turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.blocks import AnyBlock
from agent.card import Card, CardOutcome
from agent.vision.reading import Photo, PhotoAnswer, PhotoReading
from retrieval.documents import Language
from tools.records import ANONYMOUS, CustomerScope

Author = Literal["visitor", "bot", "agent", "system"]


@dataclass(frozen=True, slots=True)
class Message:
    """What a customer sent: words, photos, and the page they are on (`url`, `product_id`).

    Of a card's button `context` holds the card's id (`card`) and `answer`, "yes" or "no".
    """

    id: str
    text: str = ""
    photos: tuple[Photo, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier message of anyone, oldest first in a conversation."""

    author: Author
    text: str
    blocks: tuple[AnyBlock, ...] = ()
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """A tool that ran: `outcome` is `ok` or an error's code."""

    name: str
    arguments: Mapping[str, Any]
    outcome: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything a turn knows of what came before.

    `memory` is the last turn's `TurnEnded.memory`. `scope` is what the customer has proven so far, from the signed
    identity of the session or from `IdentityProven` events. `viewed` are the ids of the products that they looked at on
    the shop's pages, newest first. `pending` is the card that waits for a yes, `settled` are the ids of those that are
    over and `writes` how many changes were made. `tried` are the tools that ran, each with its outcome, and `described`
    what was seen in photos, both oldest first.

    `noted` is what people of the shop told the bot when they handed back, `handed_back` that one has answered since the
    last turn. `offered` says that an answer by e-mail is offered, and `reply_email` where one is due.
    """

    id: str
    history: tuple[Said, ...] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)
    scope: CustomerScope = ANONYMOUS
    language: Language | None = None
    viewed: tuple[str, ...] = ()
    pending: Card | None = None
    settled: Mapping[str, CardOutcome] = field(default_factory=dict)
    writes: int = 0
    noted: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    described: tuple[str, ...] = ()
    handed_back: bool = False
    offered: bool = False
    reply_email: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo of this turn with what was seen in it, and its answer to what the customer asks about it."""

    photo: Photo
    reading: PhotoReading
    answer: PhotoAnswer | None = None
