"""Products that nobody named: like one of the shop's, or fitting what the shopper looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from agent.conversation import Conversation
from agent.evidence import Evidence, Goods
from agent.memory import Memory
from agent.need import Need
from agent.offers import offered
from retrieval.documents import Suggestion
from retrieval.filters import Condition, Filters

SUGGESTED = 6
IN_STOCK = Condition("availability", "!=", "out of stock")


class Suggests(Protocol):
    """Knows what else a shopper may like."""

    async def similar(self, product_id: str, filters: Filters | None = None, *, limit: int) -> tuple[Suggestion, ...]:
        """Products like this one, the most alike first."""
        ...

    async def recommend(
        self, history: Sequence[str], filters: Filters | None = None, *, limit: int
    ) -> tuple[Suggestion, ...]:
        """What fits a history of product ids, newest first."""
        ...


async def suggest(
    need: Need, evidence: Evidence, recommender: Suggests, goods: Goods, history: Sequence[str]
) -> Evidence:
    """The evidence with what is suggested, where the need asks for that.

    "Something similar" is about the product that is pointed at, else the one that the shopper looked at last.
    """
    filters = Filters((*need.filters.conditions, IN_STOCK))
    match need.suggest_by:
        case "":
            return evidence
        case "product":
            pointed = evidence.pointed or tuple(p for p in map(goods.product, history[:1]) if p is not None)
            found = await recommender.similar(pointed[0].id, filters, limit=SUGGESTED) if pointed else ()
            return replace(evidence, pointed=pointed[:1], suggested=_offered(found, filters))
        case "history":
            found = await recommender.recommend(history, filters, limit=SUGGESTED)
            return replace(evidence, suggested=_offered(found, filters))


def _offered(found: tuple[Suggestion, ...], filters: Filters) -> tuple[Suggestion, ...]:
    return tuple(replace(one, product=offered(one.product, filters)) for one in found)


def history_of(conversation: Conversation, memory: Memory) -> tuple[str, ...]:
    """What the shopper looked at on the pages, newest first; where nothing is known of that, what they were shown."""
    return conversation.viewed or (*memory.shown, *memory.earlier)
