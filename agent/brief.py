"""What a brain is told in a turn, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.card import Card
from agent.confirming import Settled
from agent.conversation import Conversation, Seen
from agent.evidence import Evidence
from agent.memory import Memory
from agent.need import Need
from tools.people.people import ALWAYS, People
from tools.records import CustomerScope
from tools.results import Err, Ok


@dataclass(frozen=True, slots=True)
class Brief:
    """The turn as a brain sees it. Everything in it was read by others: brains are never trusted with more.

    `settled` is how a card ended in this turn; the customer has been told of it in words that are not the brain's.
    `people` says what is theirs to answer, whatever a brain thinks (`agent/person.py`).
    """

    conversation: Conversation
    need: Need
    seen: tuple[Seen, ...]
    evidence: Evidence
    memory: Memory
    settled: Settled | None = None
    people: People = ALWAYS


@dataclass(frozen=True, slots=True)
class Ran:
    """A tool call of this turn with its answer."""

    name: str
    arguments: dict[str, object]
    result: Ok | Err


@dataclass(frozen=True, slots=True)
class Offer:
    """A quick reply that a brain offers; pressing it says `value`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What may be said: checked sentences, and what they point at. `unsupported` counts sentences that were dropped.

    `card` is the change that the turn proposes, if it does.
    """

    text: str
    products: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    choices: tuple[Offer, ...] = ()
    ran: tuple[Ran, ...] = ()
    card: Card | None = None
    scope: CustomerScope = field(default_factory=CustomerScope)
    attempts: int = 0
    unsupported: int = 0
    brain: str = ""
