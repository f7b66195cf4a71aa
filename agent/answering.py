"""The beginning of a turn while a card is open, or was: what the customer says to it, and what comes of that."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import datetime

from agent.brief import Reply
from agent.card import Card
from agent.confirming import Answer, Settled
from agent.conversation import Conversation, Message
from agent.events import ConfirmationGiven, ConfirmationSettled, ToolRan
from agent.names import Ticks
from agent.need import Need
from retrieval.documents import Language
from tools.results import Err

Step = ConfirmationGiven | ToolRan | ConfirmationSettled | Settled


async def answered(
    answer: Answer,
    conversation: Conversation,
    carry_out: Callable[[Card], Awaitable[Settled]],
    now: datetime,
    ticks: Ticks,
) -> AsyncGenerator[Step, None]:
    """The events of answering a card, and `Settled` where the customer must hear of it.

    `ConfirmationGiven` comes before the change is made: whoever stores it may still stop the turn, for instance because
    a person has taken over, and then nothing is changed.
    """
    if answer.stale:
        outcome = conversation.settled.get(answer.stale, "replaced")
        yield ConfirmationSettled(answer.stale, outcome)
        yield Settled(answer.stale, "already" if outcome == "done" else "stale")
        return
    card = answer.card
    assert card is not None
    if card.expired(now):
        yield ConfirmationSettled(card.id, "expired")
        if answer.consent == "yes":
            yield Settled(card.id, "expired", card)
    elif answer.consent == "yes":
        async for step in _carried_out(card, answer, carry_out, ticks):
            yield step
    elif answer.consent == "no":
        yield ConfirmationSettled(card.id, "declined")
        yield Settled(card.id, "declined", card)
    elif answer.withdrawn:
        yield ConfirmationSettled(card.id, "replaced")
        yield Settled(card.id, "withdrawn", card)


def only_answered(settled: Settled, messages: Sequence[Message], language: Language) -> Need:
    """The need of a turn that says nothing but the yes or the no to a card."""
    words = "\n".join(message.text for message in messages)
    return Need("deny" if settled.outcome == "declined" else "affirm", 1.0, language, words=words)


def goes_on(settled: Settled | None) -> bool:
    """Whether there may be more to say: not where a card waits for another press or another look."""
    return settled is None or settled.outcome not in ("changed", "failed")


async def nothing() -> AsyncGenerator[Reply, None]:
    """No brain has anything to add."""
    return
    yield Reply(text="")


async def _carried_out(
    card: Card, answer: Answer, carry_out: Callable[[Card], Awaitable[Settled]], ticks: Ticks
) -> AsyncGenerator[Step, None]:
    yield ConfirmationGiven(card.id, answer.pressed)
    started = ticks()
    settled = await carry_out(card)
    code = settled.result.code if isinstance(settled.result, Err) else "ok"
    milliseconds = (ticks() - started) * 1000
    yield ToolRan(
        card.id, card.operation, {name: str(value) for name, value in card.arguments.items()}, code, milliseconds
    )
    if settled.outcome in ("done", "refused", "changed", "expired"):  # what failed may be pressed again
        yield ConfirmationSettled(card.id, settled.outcome)
    yield settled
