"""From a message, its photos and what came before to a need."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from agent.conversation import Seen
from agent.guard import Incoming
from agent.memory import Memory
from agent.need import Intent, Need, SuggestBy
from agent.offers import offered
from agent.understand.attributes import find_attribute
from agent.understand.codes import code_in
from agent.understand.context import Guess, Surroundings, in_context
from agent.understand.photo_questions import photo_question
from agent.understand.references import Reference, find_reference
from agent.understand.rules import SURE, settled, waits, wants_in_cart, without_opening
from agent.understand.suggesting import find_suggestion
from agent.understand.vocabulary import Vocabulary, squeezed
from agent.understand.wishes import Wishes, content_of, find_wishes
from agent.vision.reading import OF_THE_PHOTO, PhotoQuestion
from retrieval.documents import Language, Product
from retrieval.filters import Condition, Filters, Operator, alternatives
from retrieval.intents import IntentHead
from retrieval.roles import TextEncoder
from tools.order_numbers import found_in, normalise

_EMAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)*\s?\.\s?[A-Za-z]{2,}", re.ASCII)
_BARE_NUMBER = re.compile(r"\W*#?\s*[Ww]?[\s.-]?\d[\dOoIl \-]{2,11}\W*")
_LOOSE_NUMBER = re.compile(r"#?\s?[Ww]?[\s.-]?\d[\dOoIl]{3,11}")
# "zip 19122", "邮编 19122", "Yusuf Rossi, 19122": what people give of themselves, which names no order.
_POSTCODE = re.compile(
    r"\b(?:zip|postal|post|pin|plz|cep|area)(?:\s?code)?\W*(?:\w+\W+){0,4}?\d{4,6}|邮编\D{0,4}\d{4,6}|"
    r"(?-i:[A-Z][\w'-]+ [A-Z][\w'-]+)[,，.]?\s*\(?\d{5}\b",
    re.IGNORECASE,
)
_PHOTO_TEXT_AT_MOST = 80
_GOODS: tuple[Intent, ...] = ("product_search", "refine")
_SHOP: tuple[Intent, ...] = ("faq", "product_question", "order_change", "order_status")
_OF_GOODS: tuple[Intent, ...] = (*_GOODS, "product_question", "faq", "off_topic")
_SHARES = {**dict.fromkeys(_GOODS, (1.0, 0.0)), **dict.fromkeys(_SHOP, (0.0, 1.0))}
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

    async def need(self, incoming: Incoming, memory: Memory, seen: tuple[Seen, ...], language: Language) -> Need:
        """What the customer wants now. Reading is a few milliseconds of one thread, off the event loop."""
        return await asyncio.to_thread(self._need, incoming, memory, seen, language)

    def _need(self, incoming: Incoming, memory: Memory, seen: tuple[Seen, ...], language: Language) -> Need:
        text = incoming.text
        suggest_by, rest = find_suggestion(text) if not seen else ("", text)
        wishes = find_wishes(_EMAIL.sub(" ", rest), self._vocabulary)
        # With a photo, "this" is what the photo shows, not what was shown before.
        page = incoming.context.get("product_id", "")
        reference = self._pointed(text, Memory(), "") if seen else self._pointed(text, memory, page)
        colours = self._colours(wishes)
        reference = self._in_colours(reference, colours)
        coded = bool(self._vocabulary.coded(text))
        unknown_code = self._vocabulary.unknown_code(_EMAIL.sub(" ", text))
        asked, to_cart = find_attribute(text, self._vocabulary.fields), wants_in_cart(text)
        only_points = not asked and _only_points(text, reference)  # then it wants to be told of it
        around = Surroundings(
            memory=memory,
            wishes=wishes,
            reference=reference,
            attribute="cart" if to_cart else asked or "description" * only_points,
            pointed_kind=self._kind(reference),
            kind_before=self._kind_before(memory),
            names_colour=bool(colours),
            another_colour=bool(reference.products) and not self._is_in(reference.products[0], colours),
            names_product=coded,
            only_code=bool(self._only_code(wishes.rest)),
            promo_code="" if coded or unknown_code else code_in(_EMAIL.sub(" ", text)),
            email=_email(text),
            orders=_orders(text, memory),
            photo=bool(seen),
            waits=waits(text),
            to_cart=to_cart,
            only_points=only_points,
            asks_photo=_asks_photo(text, memory, seen) is not None,
        )
        guess = in_context(self._guess(text, language), around)
        need = Need(
            guess.intent,
            guess.confidence,
            language,
            words=text,
            promo_code=around.promo_code if guess.intent == "faq" else "",
            unknown_code="" if coded or around.orders or guess.intent not in _OF_GOODS else unknown_code,
            order_ids=around.orders,
            email=around.email,
            photo=around.photo,
            asks_photo=_asks_photo(text, memory, seen) if guess.intent == "product_question" else None,
            kind_seen=self._kind_seen(seen),
            subject=wishes.subject,
            more=wishes.more,
            cheapest=wishes.cheapest,
            attribute=around.attribute if guess.intent == "product_question" else "",
            foreign_currency=self._foreign(wishes.currency),
            unknown_reference=reference.missing,
            about_goods=guess.about_goods,
            about_shop=guess.about_shop,
            unlisted=tuple((m.surface, m.value) for m in wishes.unlisted if m.value in self._vocabulary.colours),
        )
        if suggest_by and self._wants_suggestion(suggest_by, need, wishes, reference):
            return self._suggested(replace(need, suggest_by=suggest_by), memory, wishes, reference)
        return self._looked_for(need, memory, wishes, reference, seen)

    @staticmethod
    def _wants_suggestion(suggest_by: SuggestBy, need: Need, wishes: Wishes, reference: Reference) -> bool:
        """Not who names what they look for ("can you recommend a mug?"): that is a search."""
        if need.intent in ("handoff", "order_status", "order_change", "identity") or reference.missing:
            return False
        return bool(suggest_by == "product" and reference.products) or not (wishes.kind or wishes.subject)

    def _suggested(self, need: Need, memory: Memory, wishes: Wishes, reference: Reference) -> Need:
        """What should hold for what is suggested; "similar" without a product means the one that was shown."""
        need = replace(need, intent="product_search", attribute="", more=False, filters=wishes.filters)
        if need.suggest_by == "history":
            return need
        products = reference.products[:1] or tuple(filter(None, (memory.focus or "", *memory.shown)))[:1]
        pointed = self._product(products[0]) if products else None
        filters = wishes.filters
        if pointed is not None and (reference.named or reference.described):
            # What says which product is meant ("similar to the blue vase") is no condition on the others.
            filters = Filters(tuple(c for c in filters.conditions if not _says_which(c, pointed)))
        if pointed is not None:
            filters = self._compared(filters, pointed, wishes, memory)
        return replace(need, products=products, query=pointed.title.split(",")[0] if pointed else "", filters=filters)

    @staticmethod
    def _compared(filters: Filters, product: Product, wishes: Wishes, memory: Memory) -> Filters:
        """ "cheaper" and "more expensive" than the price at which a product was shown, unless a price is named."""
        if not (wishes.cheaper or wishes.pricier) or _has_price(wishes.filters):
            return filters
        operator: Operator = "<" if wishes.cheaper else ">"
        price = offered(product, memory.wish.filters).price
        return filters.without("price").with_(Condition("price", operator, f"{price:f}"))

    def _pointed(self, text: str, memory: Memory, page: str) -> Reference:
        """What the message points at, else the product whose page the customer is on."""
        reference = find_reference(text, memory, self._product, self._vocabulary)
        if not reference.products and not reference.missing and page and self._product(page):
            return Reference((page,))
        return reference

    def _only_code(self, content: str) -> str:
        """The product whose code is all that a message's content says."""
        coded = self._vocabulary.coded(content)
        return coded[0] if len(coded) == 1 and squeezed(content) == squeezed(coded[0]) else ""

    def _colours(self, wishes: Wishes) -> tuple[Condition, ...]:
        fields = (self._vocabulary.colour_field, "shade")
        return tuple(c for c in wishes.filters.conditions if c.field in fields)

    def _in_colours(self, reference: Reference, colours: tuple[Condition, ...]) -> Reference:
        """The one of the same range that is in the colours that are named; unchanged where there is none."""
        product = self._product(reference.products[0]) if len(reference.products) == 1 else None
        if product is None or self._is_in(product.id, colours):
            return reference
        fitting = [other.id for other in self._vocabulary.range_of(product) if self._is_in(other.id, colours)]
        return replace(reference, products=tuple(fitting[:1])) if fitting else reference

    def _is_in(self, product_id: str, colours: tuple[Condition, ...]) -> bool:
        product = self._product(product_id)
        return product is None or all(_says_which(c, product) == (c.operator == "=") for c in colours)

    def _guess(self, text: str, language: Language) -> Guess:
        """By words that leave no doubt, else by the trained head."""
        if not text:
            return Guess("product_search", SURE, 1.0)
        certain = settled(text) or settled(without_opening(text))
        if certain is not None:
            return Guess(certain, SURE, *_SHARES.get(certain, (0.0, 0.0)))
        encoder = self._encoders.get(language)
        asked = without_opening(text)[:500]
        vector = encoder.encode([asked])[0] if encoder is not None else None
        odds = self._head.probabilities(asked, language, vector)
        best = max(odds, key=odds.__getitem__)
        shares = (sum(odds[i] for i in intents) for intents in (_GOODS, _SHOP))
        return Guess(cast(Intent, best), odds[best], *shares)

    def _looked_for(
        self, need: Need, memory: Memory, wishes: Wishes, reference: Reference, seen: tuple[Seen, ...]
    ) -> Need:
        """The query and filters: this message's own, on top of the earlier ones where it follows them up."""
        if need.intent in _TALK or need.intent in ("identity", "order_status", "handoff"):
            return need
        if need.intent == "product_question":
            return replace(need, products=reference.products, query=wishes.rest, filters=wishes.filters)
        if need.intent == "refine":
            return self._refined(need, memory, wishes, reference)
        if (code := self._only_code(wishes.rest)) and not seen:
            return replace(need, query=wishes.rest, filters=Filters((Condition("id", "=", code),)))
        query = wishes.rest
        if seen:
            printed = " ".join(found.text for s in seen for found in s.reading.text)[:_PHOTO_TEXT_AT_MOST]
            query = f"{query} {printed}".strip()
        return replace(need, query=query, filters=wishes.filters)

    def _refined(self, need: Need, memory: Memory, wishes: Wishes, reference: Reference) -> Need:
        """ "do you have it in green?" keeps what is looked for and changes only what it names."""
        pointed = self._product(reference.products[0] if reference.products else memory.focus)
        filters = memory.wish.filters.without("id")
        colours = (self._vocabulary.colour_field, "shade")
        if any(c.field in colours for c in wishes.filters.conditions):
            for field in colours:
                filters = filters.without(field)
        if _has_price(wishes.filters):
            filters = filters.without("price")  # a new bound is not meant beside an old one
        filters = filters.with_(*wishes.filters.conditions)
        query = memory.wish.query
        if pointed is not None:
            kind = self._one_kind([pointed])
            filters = filters.with_(kind) if kind is not None else filters
            query = pointed.title.split(",")[0]
        query = self._without_colours(query)
        shown = [p for p in map(self._product, memory.shown) if p is not None]
        kind = self._one_kind(shown)
        if kind is not None and not any(c.field == kind.field for c in filters.conditions):
            filters = filters.with_(kind)  # "in grey?" after four cushions means cushions
        compared = pointed or (shown[0] if shown else None)
        if compared is not None:
            filters = self._compared(filters, compared, wishes, memory)
        extra = self._without_colours(wishes.rest)
        if extra and extra.casefold() not in query.casefold():
            query = f"{query} {extra}".strip()
        return replace(need, query=query, filters=filters, products=(pointed.id,) if pointed else ())

    def _kind(self, reference: Reference) -> str:
        """The kind of the product that was pointed at."""
        product = self._product(reference.products[0]) if reference.products else None
        return product.attributes.get(self._vocabulary.kind_field, "").casefold() if product else ""

    def _one_kind(self, goods: Sequence[Product]) -> Condition | None:
        """The kind that all of the goods are of, if they are of one."""
        kinds = {product.attributes.get(self._vocabulary.kind_field, "").casefold() for product in goods}
        return Condition(self._vocabulary.kind_field, "=", kinds.pop()) if len(kinds) == 1 and "" not in kinds else None

    def _kind_before(self, memory: Memory) -> str:
        """The kind that was searched for."""
        conditions = memory.wish.filters.conditions
        return next((c.value for c in conditions if c.field == self._vocabulary.kind_field and c.operator == "="), "")

    def _kind_seen(self, seen: tuple[Seen, ...]) -> Condition | None:
        """The kind that the first photo surely shows, as the catalogue calls it."""
        named = seen[0].reading.value("type") if seen and self._vocabulary.kind_field else None
        if named is None:
            return None
        known = self._vocabulary.kinds(named)
        return Condition(self._vocabulary.kind_field, "=", known[-1].value if known else named.casefold())

    def _without_colours(self, text: str) -> str:
        """The text without its words for colours: filters hold them."""
        for mention in reversed(self._vocabulary.mentions(text)):
            if mention.field in (self._vocabulary.colour_field, "shade"):
                text = f"{text[: mention.start]} {text[mention.end :]}"
        return " ".join(text.split())

    def _foreign(self, currency: str) -> str:
        known = self._vocabulary.currencies
        return currency if currency and known and currency not in known else ""


def _only_points(text: str, reference: Reference) -> bool:
    if not (reference.products and reference.span):
        return False
    start, end = reference.span
    return not content_of(f"{text[:start]} {text[end:]}")


def _says_which(condition: Condition, product: Product) -> bool:
    return product.attributes.get(condition.field, "").casefold() in alternatives(condition.value)


def _has_price(filters: Filters) -> bool:
    return any(c.field == "price" for c in filters.conditions)


def _asks_photo(text: str, memory: Memory, seen: tuple[Seen, ...]) -> PhotoQuestion | None:
    """What is asked about a photo: anything of one in this message, of an earlier one what only the photo can tell."""
    question = photo_question(text) if seen or memory.photo else None
    return question if seen or question in OF_THE_PHOTO else None


def _email(text: str) -> str:
    match = _EMAIL.search(text.replace("＠", "@"))
    return re.sub(r"\s", "", match[0]) if match else ""


def _orders(text: str, memory: Memory) -> tuple[str, ...]:
    """Order numbers; a bare number is one where it was asked for."""
    text = _EMAIL.sub(" ", text)
    found = found_in(text)
    known = memory.identity.order_id or (memory.goals and memory.goals[0].order_id)
    if not found and memory.asked == "identity" and not known:
        loose = _LOOSE_NUMBER.findall(_POSTCODE.sub(" ", text))
        found = tuple(number for each in loose if (number := _normal(each)))
    if not found and _BARE_NUMBER.fullmatch(text):
        found = tuple(filter(None, (_normal(text.strip(" .,;!?")),)))
    return found


def _normal(text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        return ""
