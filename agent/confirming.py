"""Changes wait here for the customer's yes: a card is proposed in one turn and carried out, or not, in a later one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agent.card import Card, CardOutcome
from agent.conversation import Conversation, Message
from agent.corroborate import Own, uncorroborated
from agent.names import NewId, random_id
from agent.understand.consent import Consent, read_consent, takes_back
from tools.errors import BadArguments
from tools.quotes import Confirmed, Quote, Receipt, digest_of
from tools.records import Order
from tools.registry import Registry, read_arguments
from tools.results import Err, Ok, Result
from tools.spec import ToolContext

WRITES_AT_MOST = 12  # in what is remembered of a conversation

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn's messages say to a card. `rest` is what else they say, `pressed` true where a button was used.

    `consent` is "" where they speak of something else; `withdrawn` says that the card must not stay open even so.
    `stale` is the id of a card that was pressed and is not the open one.
    """

    card: Card | None
    consent: Consent
    rest: str
    pressed: bool = False
    withdrawn: bool = False
    stale: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """How a card ended in this turn, with what the shop said where it was asked.

    `already` and `stale` are cards that were over before; `withdrawn` one that the customer wants otherwise; `failed`
    one that stays open, because the shop did not answer. `renewed` is the card that takes the place of this one.
    """

    card_id: str
    outcome: CardOutcome | Literal["already", "stale", "withdrawn", "failed"]
    card: Card | None = None
    result: Result | None = None
    renewed: Card | None = None

    @property
    def receipt(self) -> Receipt | None:
        value = self.result.value if isinstance(self.result, Ok) else None
        return value if isinstance(value, Receipt) else None


def answer_to(conversation: Conversation, messages: Sequence[Message], *, asked: bool) -> Answer | None:
    """What these messages say to the open card, or None where no card is concerned.

    Words count only right after the question (`asked`), a button always; of a yes and a no at once the no counts.
    """
    pending = conversation.pending
    presses = [(m.context["card"], m.context.get("answer", "")) for m in messages if "card" in m.context]
    rest = "\n".join(m.text for m in messages if "card" not in m.context)
    ours = [said for card_id, said in presses if pending is not None and card_id == pending.id]
    if ours:
        return Answer(pending, "yes" if set(ours) == {"yes"} else "no", rest, pressed=True)
    if presses:
        return Answer(pending, "", rest, stale=presses[-1][0])
    if pending is None:
        return None
    if not asked:
        return Answer(pending, "", rest)
    read = read_consent(rest, pending.operation)
    return Answer(pending, read.consent, read.rest, withdrawn=not read.consent and takes_back(rest))


class Confirmations:
    """Proposes changes as cards and carries out those that the customer confirmed. It keeps nothing between turns."""

    def __init__(self, registry: Registry, new_id: NewId = random_id) -> None:
        self._registry = registry
        self._new_id = new_id

    async def propose(
        self, name: str, raw: Mapping[str, object], conversation: Conversation, own: Own, context: ToolContext
    ) -> Card | Err:
        """The card for a write, or why none may be shown."""
        spec = self._registry[name]
        if conversation.writes >= WRITES_AT_MOST:
            return Err("too_many_writes", "enough was changed in this conversation; hand over to a person")
        try:
            arguments = read_arguments(spec, raw)
        except BadArguments as error:
            return Err(error.code, str(error), error.params)
        dumped = arguments.model_dump(mode="json")
        result = await self._registry.preview(name, dumped, context)
        if isinstance(result, Err):
            return result
        quote = result.value
        assert isinstance(quote, Quote)
        order = await self._order(quote, context)
        if part := uncorroborated(quote, order, own):
            log.warning("uncorroborated write", extra={"tool": name, "part": part, "conversation": conversation.id})
            return Err("not_asked_for", f"the customer has not asked for this: {part}", {"part": part})
        return Card.of(name, dumped, digest_of(name, arguments), quote, now=context.clock(), new_id=self._new_id)

    async def carry_out(self, card: Card, context: ToolContext) -> Settled:
        """Make the change that the customer said yes to, exactly as the card showed it, or say why not.

        Everything is checked again by the registry and the shop: identity, ownership, policy, and that it would still
        do what was shown. The ledger makes a card's change at most once.
        """
        if card.expired(context.clock()):
            return Settled(card.id, "expired", card)
        yes = Confirmed(card.id, card.digest, card.quote.version)
        write = asyncio.ensure_future(
            self._registry.call(card.operation, card.arguments, replace(context, confirmed=yes))
        )
        result = await _to_its_end(write)
        if isinstance(result, Ok):
            return Settled(card.id, "done", card, result)
        if result.code == "quote_changed":
            return await self._renewed(card, context, result)
        return Settled(card.id, "failed" if result.retryable else "refused", card, result)

    async def _renewed(self, card: Card, context: ToolContext, result: Err) -> Settled:
        """The same change as it would be now, on a new card; or the refusal, if by now it may not be made."""
        again = await self._registry.preview(card.operation, card.arguments, context)
        if isinstance(again, Err) or not isinstance(again.value, Quote):
            return Settled(card.id, "refused", card, again)
        new = Card.of(
            card.operation, card.arguments, card.digest, again.value, now=context.clock(), new_id=self._new_id
        )
        return Settled(card.id, "changed", card, result, renewed=new)

    async def _order(self, quote: Quote, context: ToolContext) -> Order | None:
        if quote.order_id is None:
            return None
        return await context.shop.order(quote.order_id, context.scope)


async def _to_its_end(write: asyncio.Future[Result]) -> Result:
    """A write that has begun is finished and told of, also when the turn is stopped meanwhile."""
    while True:
        try:
            return await asyncio.shield(write)
        except asyncio.CancelledError:
            if write.cancelled():
                raise
