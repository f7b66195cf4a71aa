"""Stand-ins for the tests of a turn: a shop of eight goods and six answers, a searcher by words, eyes and a reader."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from agent.brief import Brief
from agent.conversation import Conversation, Message
from agent.errors import PhotoUnreadable
from agent.events import MessageSaid, TurnEnded, TurnEvent
from agent.evidence import Evidence
from agent.memory import Memory
from agent.need import Need
from agent.turn import Turn
from agent.vision.reading import Attribute, Box, Photo, PhotoAnswer, PhotoQuestion, PhotoReading, TextFound
from retrieval.documents import Faq, Findings, Hit, Product, Query, Suggestion, Variant
from retrieval.filters import Condition, Filters, alternatives
from retrieval.intents import IntentHead
from tools.errors import NotFound
from tools.records import (
    Address,
    Assurance,
    Customer,
    CustomerScope,
    Order,
    OrderLine,
    PromoCode,
    Shipment,
    ShippingOption,
)

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def a_product(product_id: str, title: str, price: str, **more: Any) -> Product:
    attributes = {key: str(value) for key, value in more.items() if key not in Product.__slots__}
    given = {key: value for key, value in more.items() if key in Product.__slots__}
    return Product(
        id=product_id,
        title=title,
        description=given.pop("description", f"{title}. Made with care."),
        price=Decimal(price),
        currency="EUR",
        attributes=attributes,
        **given,
    )


def _mug(number: int, shade: str, colour: str, title_zh: str, price: str = "14.90", **more: Any) -> Product:
    return a_product(
        f"MUG-{number}",
        f"Fjord mug, {shade}",
        price,
        type="mug",
        colour=colour,
        shade=shade,
        material="stoneware",
        title_zh=title_zh,
        dishwasher_safe=more.pop("dishwasher_safe", "yes"),
        capacity="350 ml",
        brand="Havskog",
        group="mug-fjord",
        **more,
    )


GOODS = (
    _mug(1, "mist blue", "blue", "雾蓝色峡湾马克杯", stock=4),
    _mug(2, "sage", "green", "鼠尾草绿峡湾马克杯", stock=23),
    _mug(3, "chalk white", "white", "粉白色峡湾马克杯", dishwasher_safe="no", stock=9),
    a_product("MUG-9", "Harbour mug, navy", "16.50", type="mug", colour="blue", shade="navy", brand="Havskog", stock=7,
              dishwasher_safe="no", title_zh="海军蓝港湾马克杯"),
    a_product("MUG-8", "Camp mug, mustard", "24.00", type="mug", colour="yellow", shade="mustard",
              availability="out of stock", stock=0, title_zh="芥末黄露营马克杯"),
    a_product("VAS-1", "Luna vase, cobalt", "39.00", type="vase", colour="blue", shade="cobalt", material="glass",
              title_zh="钴蓝色月亮花瓶", description="A round vase with a narrow neck. It holds a single branch well."),
    a_product("VAS-2", "Reed vase, terracotta", "29.00", type="vase", colour="orange", shade="terracotta",
              material="earthenware", title_zh="陶土橙芦苇花瓶"),
    a_product("PLT-1", "Fjord plate, sage", "12.90", type="plate", colour="green", shade="sage",
              title_zh="鼠尾草绿餐盘",
              variants=(Variant("PLT-1-a", {"size": "21 cm"}, Decimal("12.90"), 10),
                        Variant("PLT-1-b", {"size": "27 cm"}, Decimal("18.90"), 3))),
)  # fmt: skip
ANSWERS = (
    Faq("delivery.en", "How long does delivery take?", "Standard delivery takes 2 to 4 working days."),
    Faq("delivery.zh", "配送需要多久？", "标准配送需要2到4个工作日。", language="zh"),
    Faq("return.en", "How do I return something?", "You can send anything back within 30 days. Returns are free."),
    Faq("return.zh", "怎么退货？", "30天内可以退货，退货免费。", language="zh"),
    Faq("care.en", "How do I wash linen?", "Wash linen at 30 °C and let it dry in the air."),
    Faq("pay.en", "Which payment methods do you take?", "We take PayPal, Visa and Mastercard."),
)


@dataclass
class Goods:
    """The shop's products by their ids."""

    products: Sequence[Product] = GOODS

    def product(self, product_id: str) -> Product | None:
        return next((p for p in self.products if p.id == product_id), None)


@dataclass
class WordSearch:
    """Finds by shared words, filters exactly, and keeps what it was asked. `photo_finds` is what any photo finds."""

    products: Sequence[Product] = GOODS
    answers: Sequence[Faq] = ANSWERS
    photo_finds: Sequence[str] = ()
    photo_probability: float = 0.9
    asked: list[Query] = field(default_factory=list)

    async def search(self, query: Query) -> Findings:
        self.asked.append(query)
        documents: Sequence[Product | Faq] = self.answers
        if query.kind == "product":
            documents = [p for p in self.products if all(_meets(p, c) for c in query.filters.conditions)]
        hits = sorted((self._hit(d, query) for d in documents), key=lambda hit: -hit.score)
        if query.kind == "faq" or not query.filters:
            hits = [hit for hit in hits if hit.score > 0]
        hits = hits[: query.limit]
        best = hits[0].probability if hits else 0.0
        return Findings(tuple(hits), answered=best >= 0.5, probability=best)

    def _hit(self, document: Product | Faq, query: Query) -> Hit:
        if query.photo is not None and document.id in self.photo_finds:
            score = self.photo_probability - 0.01 * list(self.photo_finds).index(document.id)
            return Hit(document, score, score, {"photo": score})
        text = document.title if isinstance(document, Product) else f"{document.question} {document.question}"
        if isinstance(document, Product):
            text += " " + " ".join(document.attributes.values())
        wanted = _tokens(query.text)
        score = len(wanted & _tokens(text)) / max(len(wanted), 1)
        return Hit(document, score, min(0.99, score), {"lexical": score}, why="words")


@dataclass
class Suggester:
    """Suggests goods of the same kind as the first of a history, in the shop's order, and keeps what it was asked."""

    products: Sequence[Product] = GOODS
    asked: list[tuple[str, tuple[str, ...], Filters | None]] = field(default_factory=list)

    async def similar(self, product_id: str, filters: Filters | None = None, *, limit: int) -> tuple[Suggestion, ...]:
        self.asked.append(("similar", (product_id,), filters))
        return self._like(product_id, filters, limit)

    async def recommend(
        self, history: Sequence[str], filters: Filters | None = None, *, limit: int
    ) -> tuple[Suggestion, ...]:
        self.asked.append(("recommend", tuple(history), filters))
        return self._like(history[0], filters, limit) if history else ()

    def _like(self, product_id: str, filters: Filters | None, limit: int) -> tuple[Suggestion, ...]:
        liked = next((p for p in self.products if p.id == product_id), None)
        if liked is None:
            return ()
        conditions = filters.conditions if filters else ()
        found = [p for p in self.products if p.attributes["type"] == liked.attributes["type"] and p.id != product_id]
        return tuple(Suggestion(p, 1.0, liked) for p in found if all(_meets(p, c) for c in conditions))[:limit]


def _tokens(text: str) -> set[str]:
    common = {"do", "i", "how", "the", "a", "is", "it", "to", "of", "you", "and", "what", "for", "in", "my"}
    return set(re.findall(r"[a-z]{2,}|[\u3400-\u9fff]", text.casefold())) - common


def _meets(product: Product, condition: Condition) -> bool:
    if condition.field == "price":
        wanted = Decimal(condition.value)
        prices = [variant.price for variant in product.variants] or [product.price]
        return any({"<": price < wanted, "<=": price <= wanted, ">": price > wanted, ">=": price >= wanted,
                    "=": price == wanted, "!=": price != wanted}[condition.operator] for price in prices)  # fmt: skip
    own = {"id": product.id, "brand": product.brand, "group": product.group, "availability": product.availability}
    value = own.get(condition.field, product.attributes.get(condition.field, ""))
    return (value.casefold() in alternatives(condition.value)) == (condition.operator == "=")


ADDRESS = Address(name="Anna Keller", line1="Lange Reihe 1", city="Hamburg", postcode="20099", country="DE")
SHIPPED = Order(
    id="#W10428",
    customer_id="C-1",
    placed_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    status="shipped",
    lines=(OrderLine(product_id="MUG-1", title="Fjord mug, mist blue", quantity=2, price=Decimal("14.90")),),
    shipping_cost=Decimal("4.90"),
    total=Decimal("34.70"),
    currency="EUR",
    payment_method="PayPal",
    address=ADDRESS,
    shipment=Shipment(
        carrier="DHL",
        tracking_number="00340434",
        tracking_url="https://dhl.example/00340434",
        shipped_on=NOW.date().replace(day=8),
        expected_on=NOW.date().replace(day=12),
    ),
)
PENDING = SHIPPED.model_copy(update={"id": "#W10430", "status": "pending", "shipment": None})
FOREIGN = SHIPPED.model_copy(update={"id": "#W20001", "customer_id": "C-2"})
ANNA_ACCOUNT = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="C-1")


@dataclass
class SmallShop:
    """Two customers and three orders; `tried` keeps each attempt to prove an identity."""

    owners: Mapping[str, str] = field(default_factory=lambda: {"C-1": "anna@example.com", "C-2": "ben@example.com"})
    all_orders: tuple[Order, ...] = (PENDING, SHIPPED, FOREIGN)
    codes: tuple[PromoCode, ...] = ()
    tried: list[tuple[str, str]] = field(default_factory=list)

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        self.tried.append((email, order_id))
        for order in self.all_orders:
            if order.id == order_id and self.owners[order.customer_id] == email.casefold():
                ids = frozenset({order.id})
                return CustomerScope(assurance=Assurance.ORDER, customer_id=order.customer_id, order_ids=ids)
        return None

    async def customer(self, scope: CustomerScope) -> Customer:
        raise NotFound("there is no such customer")

    async def orders(self, scope: CustomerScope) -> tuple[Order, ...]:
        return tuple(o for o in self.all_orders if self._visible(o, scope))

    async def order(self, order_id: str, scope: CustomerScope) -> Order:
        for order in self.all_orders:
            if order.id == order_id and self._visible(order, scope):
                return order
        raise NotFound("there is no such order")

    async def shipping_options(self, country: str | None = None) -> tuple[ShippingOption, ...]:
        return ()

    async def promo_code(self, code: str) -> PromoCode | None:
        return next((one for one in self.codes if one.code == code), None)

    @staticmethod
    def _visible(order: Order, scope: CustomerScope) -> bool:
        if scope.assurance >= Assurance.ACCOUNT:
            return order.customer_id == scope.customer_id
        return order.id in scope.order_ids


BOX = Box(0.1, 0.1, 0.5, 0.2)


def a_reading(*, named: bool = True, kind: str = "mug") -> PhotoReading:
    attributes = (Attribute("colour", "blue", 0.95), *((Attribute("type", kind, 0.9),) if named else ()))
    return PhotoReading(
        caption=f"A blue {kind}." if named else "Something blue; I cannot tell what it is.",
        caption_zh="一个蓝色的马克杯。" if named else "蓝色的东西，看不出是什么。",
        attributes=attributes,
        text=(),
        embedding=np.ones(8, dtype=np.float32) / np.sqrt(np.float32(8)),
        named=named,
    )


@dataclass
class Eyes:
    """Sees what it was given, after `seconds`; a photo whose file is called broken cannot be opened."""

    reading: PhotoReading = field(default_factory=a_reading)
    seconds: float = 0.0
    answers: Mapping[PhotoQuestion, PhotoAnswer] = field(default_factory=dict)

    async def read(self, photo: Photo) -> PhotoReading:
        await asyncio.sleep(self.seconds)
        if photo.path.name.startswith("broken"):
            raise PhotoUnreadable("cannot be decoded")
        return self.reading

    async def answer(self, photo: Photo, question: PhotoQuestion) -> PhotoAnswer:
        return self.answers.get(question, PhotoAnswer.of(self.reading, question))


@dataclass
class Reader:
    """Reads these words, after `seconds`; fails with `error` where there is one."""

    words: Sequence[str] = ()
    seconds: float = 0.0
    error: Exception | None = None

    async def read_text(self, photo: Photo) -> tuple[TextFound, ...]:
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return tuple(TextFound(word, 0.9, BOX) for word in self.words)


PHOTO = Photo("upl_1", Path("photo.jpg"))
BROKEN = Photo("upl_2", Path("broken.jpg"))
HEAD = IntentHead.load()


def a_brief(need: Need, evidence: Evidence | None = None, memory: Memory | None = None) -> Brief:
    return Brief(Conversation("conv_1"), need, (), evidence or Evidence(), memory or Memory())


async def collect(turn: Turn, text: str, conversation: Conversation | None = None, **more: Any) -> list[TurnEvent]:
    """Every event of a turn on one message."""
    message = Message("msg_1", text, **more)
    events: AsyncGenerator[TurnEvent, None] = turn.run(conversation or Conversation("conv_1"), (message,))
    return [event async for event in events]


def said(events: Sequence[TurnEvent]) -> MessageSaid:
    return next(event for event in events if isinstance(event, MessageSaid))


def words(events: Sequence[TurnEvent]) -> str:
    """The reply's text."""
    return next((block.text for block in said(events).blocks if block.type == "text"), "")


def shown(events: Sequence[TurnEvent]) -> list[str]:
    """The ids of the products on cards."""
    return [card.id for block in said(events).blocks if block.type == "products" for card in block.products]


def ended(events: Sequence[TurnEvent]) -> TurnEnded:
    last = events[-1]
    assert isinstance(last, TurnEnded)
    return last
