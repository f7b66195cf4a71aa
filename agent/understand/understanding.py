"""From a message, its photos and what came before to a need."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from agent.conversation import Seen
from agent.guard import Incoming
from agent.memory import Memory
from agent.need import Intent, Need
from agent.understand.attributes import find_attribute
from agent.understand.references import Reference, find_reference
from agent.understand.rules import SURE, settled, without_opening
from agent.understand.vocabulary import Vocabulary
from agent.understand.wishes import Wishes, find_wishes
from retrieval.documents import Language, Product
from retrieval.filters import Condition, Filters
from retrieval.intents import IntentHead
from retrieval.roles import TextEncoder, language_of
from tools.order_numbers import found_in, normalise

_EMAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)*\s?\.\s?[A-Za-z]{2,}")
_BARE_NUMBER = re.compile(r"\W*#?\s*[Ww]?[\s.-]?\d[\dOoIl \-]{2,11}\W*")
_PHOTO_TEXT_AT_MOST = 80
_TALK: tuple[Intent, ...] = ("greet", "thanks", "goodbye", "affirm", "deny", "chitchat", "abuse", "capabilities")


class Understanding:
    """Reads messages. `learn` gives it the words of the shop's catalogue, at start and after every import."""

    def __init__(
        self, head: IntentHead, encoders: Mapping[Language, TextEncoder], product: Callable[[str], Product | None]
    ) -> None:
        self._head = head
        self._encoders = encoders
        self._product = product
        self._vocabulary = Vocabulary(())

    def learn(self, products: Iterable[Product]) -> None:
        """Take the colours, kinds, materials and brands of these products for the shop's own."""
        self._vocabulary = Vocabulary(products)

    async def need(self, incoming: Incoming, memory: Memory, seen: tuple[Seen, ...]) -> Need:
        """What the customer wants now. Reading is a few milliseconds of one thread, off the event loop."""
        return await asyncio.to_thread(self._need, incoming, memory, seen)

    def _need(self, incoming: Incoming, memory: Memory, seen: tuple[Seen, ...]) -> Need:
        text = incoming.text
        language = language_of(text) if re.search(r"[^\W\d_]", _EMAIL.sub("", text)) else memory.language or "en"
        intent, confidence = self._intent(text, language)
        email = _email(text)
        orders = _orders(text, memory)
        wishes = find_wishes(_EMAIL.sub(" ", text), self._vocabulary)
        reference = find_reference(text, memory.shown, memory.focus, self._product, self._vocabulary)
        if not reference.products and (page := incoming.context.get("product_id", "")) and self._product(page):
            reference = replace(reference, products=(page,))
        intent, confidence = self._in_context(intent, confidence, text, memory, wishes, reference, email, orders, seen)
        need = Need(
            intent,
            confidence,
            language,
            words=text,
            order_ids=orders,
            email=email,
            photo=bool(seen),
            more=wishes.more,
            cheapest=wishes.cheapest,
            attribute=find_attribute(text, self._vocabulary.fields) if intent == "product_question" else "",
            foreign_currency=self._foreign(wishes.currency),
            unlisted=tuple((m.surface, m.value) for m in wishes.unlisted if m.value in self._vocabulary.colours),
        )
        return self._looked_for(need, memory, wishes, reference, seen)

    def _intent(self, text: str, language: Language) -> tuple[Intent, float]:
        """By words that leave no doubt, else by the trained head."""
        if not text:
            return "product_search", SURE
        certain = settled(text) or settled(without_opening(text))
        if certain is not None:
            return certain, SURE
        encoder = self._encoders.get(language)
        asked = without_opening(text)[:500]
        vector = encoder.encode([asked])[0] if encoder is not None else None
        odds = self._head.probabilities(asked, language, vector)
        best = max(odds, key=odds.__getitem__)
        return best, odds[best]  # type: ignore[return-value]  # the head is trained on INTENTS

    def _in_context(
        self,
        intent: Intent,
        confidence: float,
        text: str,
        memory: Memory,
        wishes: Wishes,
        reference: Reference,
        email: str,
        orders: tuple[str, ...],
        seen: tuple[Seen, ...],
    ) -> tuple[Intent, float]:
        """What came before and what stands in the message may settle what the words alone do not."""
        if seen and intent not in ("handoff", "order_status", "order_change", "product_question"):
            return ("product_search", SURE) if intent != "refine" else ("refine", SURE)
        if email or (orders and (memory.asked == "identity" or confidence < SURE)):
            return "identity", SURE
        if memory.asked == "identity" and intent in ("affirm", "identity"):
            return "order_status", SURE
        followed = bool(memory.shown or memory.wish.query or reference.products)
        asks = bool(find_attribute(text, self._vocabulary.fields))
        if followed and not wishes.kind:
            if wishes.cheaper or wishes.pricier or wishes.more or wishes.cheapest:
                return "refine", SURE
            colour_asked = any(c.field in ("shade", self._vocabulary.colour_field) for c in wishes.filters.conditions)
            if colour_asked and intent not in ("faq", "order_status", "order_change", "handoff", "off_topic"):
                pointed = bool(reference.products) and asks
                return ("product_question", 0.9) if pointed else ("refine", SURE)
            if (
                reference.products
                and asks
                and intent in ("product_question", "faq", "refine", "off_topic", "product_search")
            ):
                return "product_question", max(confidence, 0.85)
            if (
                intent == "product_search"
                and wishes.filters
                and not reference.products
                and len(wishes.rest.split()) <= 3
            ):
                return "refine", max(confidence, 0.85)
        if reference.missing and intent in ("product_question", "refine", "product_search"):
            return "product_question", SURE
        if (
            wishes.kind
            and intent in ("off_topic", "chitchat", "deny", "affirm", "refine", "product_question")
            and not (reference.products and asks)
        ):
            return "product_search", max(confidence if intent == "product_search" else 0.7, 0.7)
        if intent == "refine" and not followed:
            return "product_search", confidence
        return intent, confidence

    def _looked_for(
        self, need: Need, memory: Memory, wishes: Wishes, reference: Reference, seen: tuple[Seen, ...]
    ) -> Need:
        """The query and filters: this message's own, on top of the earlier ones where it follows them up."""
        need = replace(need, unknown_reference=reference.missing)
        if need.intent in _TALK or need.intent in ("identity", "order_status", "handoff"):
            return need
        if need.intent == "product_question":
            return replace(need, products=reference.products, query=wishes.rest, filters=wishes.filters)
        if need.intent == "refine":
            return self._refined(need, memory, wishes, reference)
        query = wishes.rest
        if seen:
            printed = " ".join(found.text for s in seen for found in s.reading.text)[:_PHOTO_TEXT_AT_MOST]
            query = f"{query} {printed}".strip()
        return replace(need, query=query, filters=wishes.filters)

    def _refined(self, need: Need, memory: Memory, wishes: Wishes, reference: Reference) -> Need:
        """ "do you have it in green?" keeps what is looked for and changes only what it names."""
        pointed = self._product(reference.products[0] if reference.products else memory.focus)
        filters = memory.wish.filters
        colours = (self._vocabulary.colour_field, "shade")
        if any(c.field in colours for c in wishes.filters.conditions):
            for field in colours:
                filters = filters.without(field)
        filters = filters.with_(*wishes.filters.conditions)
        query = memory.wish.query
        if pointed is not None:
            kind = pointed.attributes.get(self._vocabulary.kind_field, "")
            if kind and self._vocabulary.kind_field:
                filters = filters.with_(Condition(self._vocabulary.kind_field, "=", kind.casefold()))
            query = pointed.title.split(",")[0]
        query = self._without_colours(query)
        shown = [p for p in map(self._product, memory.shown) if p is not None]
        compared = pointed or (shown[0] if shown else None)
        if compared is not None and (wishes.cheaper or wishes.pricier) and not _has_price(wishes.filters):
            operator = "<" if wishes.cheaper else ">"
            filters = filters.without("price").with_(Condition("price", operator, f"{compared.price:f}"))  # type: ignore[arg-type]
        extra = self._without_colours(wishes.rest)
        if extra and extra.casefold() not in query.casefold():
            query = f"{query} {extra}".strip()
        return replace(need, query=query, filters=filters, products=(pointed.id,) if pointed else ())

    def _without_colours(self, text: str) -> str:
        """The text without its words for colours: filters hold them."""
        for mention in reversed(self._vocabulary.mentions(text)):
            if mention.field in (self._vocabulary.colour_field, "shade"):
                text = f"{text[: mention.start]} {text[mention.end :]}"
        return " ".join(text.split())

    def _foreign(self, currency: str) -> str:
        known = self._vocabulary.currencies
        return currency if currency and known and currency not in known else ""


def _has_price(filters: Filters) -> bool:
    return any(c.field == "price" for c in filters.conditions)


def _email(text: str) -> str:
    match = _EMAIL.search(text.replace("＠", "@"))
    return re.sub(r"\s", "", match[0]) if match else ""


def _orders(text: str, memory: Memory) -> tuple[str, ...]:
    """Order numbers; a bare number is one where it was asked for."""
    text = _EMAIL.sub(" ", text)
    found = found_in(text)
    if not found and memory.asked == "identity":
        numbers = [m for m in re.findall(r"#?\s?[Ww]?[\s.-]?\d[\dOoIl]{3,11}", text)]
        found = tuple(_normal(n) for n in numbers if _normal(n))
    if not found and _BARE_NUMBER.fullmatch(text):
        found = tuple(filter(None, (_normal(text.strip(" .,;!?")),)))
    return found


def _normal(text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        return ""
