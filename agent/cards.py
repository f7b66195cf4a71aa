"""Evidence as blocks of a message: product cards, quotes of the shop's answers, orders, quick replies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from agent.blocks import AnyBlock, Choice, ChoicesBlock, FaqBlock, OrderBlock, ProductCard, ProductsBlock, TextBlock
from agent.brief import Reply
from agent.evidence import Evidence
from retrieval.documents import Faq, Language, Product, Suggestion
from tools.records import Order
from tools.results import Ok

QUOTE_AT_MOST = 500
CARDS_AT_MOST = 6
LOW_STOCK = 5

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥", "JPY": "¥"}
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_STATUS_ZH = {
    "pending": "待处理",
    "processed": "处理中",
    "shipped": "已发货",
    "delivered": "已送达",
    "cancelled": "已取消",
    "return requested": "已申请退货",
    "returned": "已退货",
    "exchange requested": "已申请换货",
}
_LABELS: dict[str, dict[Language, str]] = {
    "only_left": {"en": "only {n} left", "zh": "仅剩 {n} 件"},
    "out of stock": {"en": "out of stock", "zh": "缺货"},
    "preorder": {"en": "preorder", "zh": "预订"},
    "because": {"en": "Because you looked at {title}", "zh": "因为您看过{title}"},
    "source": {"en": "From the shop's answers: {title}", "zh": "来自商店的解答：{title}"},
    "order": {"en": "Order {id}: {status}, {total}", "zh": "订单 {id}：{status}，{total}"},
}


def money(amount: Decimal, currency: str) -> str:
    """ "€14.90" where the currency has a sign that people know, else "14.90 SEK"."""
    sign = _SIGNS.get(currency)
    return f"{sign}{amount:,.2f}" if sign else f"{amount:,.2f} {currency}"


def day(when: date, language: Language) -> str:
    """ "3 December 2026" or "2026年12月3日"."""
    if language == "zh":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def title_of(product: Product, language: Language) -> str:
    return (product.attributes.get("title_zh") or product.title) if language == "zh" else product.title


def status_of(order: Order, language: Language) -> str:
    return _STATUS_ZH[order.status] if language == "zh" else order.status


def because(suggestion: Suggestion, language: Language) -> str:
    """Why something is recommended to somebody who viewed products."""
    return _LABELS["because"][language].format(title=title_of(suggestion.because, language))


def blocks_of(reply: Reply, evidence: Evidence, language: Language) -> tuple[AnyBlock, ...]:
    """The reply's text with everything it points at, each from this turn's own evidence."""
    found = _Found(evidence, reply, language)
    blocks: list[AnyBlock] = [TextBlock(text=reply.text)] if reply.text else []
    cards = tuple(card_of(p, found.why(p.id), language) for i in reply.products if (p := found.product(i)))
    if cards:
        text = "\n".join(f"- {card.title}, {money(card.price, card.currency)}" for card in cards[:CARDS_AT_MOST])
        blocks.append(ProductsBlock(products=cards[:CARDS_AT_MOST], text=text))
    blocks += [_order(order, language) for i in reply.orders if (order := found.order(i))]
    blocks += [_quote(faq, language) for i in reply.answers if (faq := found.answer(i))]
    if reply.choices:
        choices = tuple(Choice(id=f"choice-{n}", label=c.label, value=c.value) for n, c in enumerate(reply.choices, 1))
        blocks.append(ChoicesBlock(choices=choices, text=" · ".join(c.label for c in choices)))
    return tuple(blocks)


class _Found:
    """Documents and records by their ids, from the turn's own search and from the tools that ran."""

    def __init__(self, evidence: Evidence, reply: Reply, language: Language) -> None:
        self._products = {p.id: p for p in evidence.goods}
        self._answers = {f.id: f for f in evidence.answers}
        self._orders: dict[str, Order] = {}
        self._why = {hit.id: hit.why for hit in evidence.products.hits}
        self._why |= {s.id: because(s, language) for s in evidence.suggested}
        for ran in reply.ran:
            if isinstance(ran.result, Ok):
                for record in _records(ran.result.value):
                    match record:
                        case Product():
                            self._products.setdefault(record.id, record)
                        case Faq():
                            self._answers.setdefault(record.id, record)
                        case Order():
                            self._orders[record.id] = record

    def product(self, product_id: str) -> Product | None:
        return self._products.get(product_id)

    def answer(self, faq_id: str) -> Faq | None:
        return self._answers.get(faq_id)

    def order(self, order_id: str) -> Order | None:
        return self._orders.get(order_id)

    def why(self, product_id: str) -> str:
        return self._why.get(product_id, "")


def _records(value: object) -> Iterable[object]:
    """The records of a tool's typed value: one, several, or the documents of findings."""
    hits = getattr(value, "hits", None)
    if hits is not None:
        return [hit.document for hit in hits]
    return value if isinstance(value, tuple) else (value,)


def card_of(product: Product, why: str, language: Language) -> ProductCard:
    """A product as a card; `why` says in words why it is shown."""
    badges = []
    if product.availability != "in stock":
        badges.append(_LABELS[product.availability][language])
    elif product.stock is not None and 0 < product.stock <= LOW_STOCK:
        badges.append(_LABELS["only_left"][language].format(n=product.stock))
    return ProductCard(
        id=product.id,
        title=title_of(product, language),
        price=product.price,
        currency=product.currency,
        stock=product.stock,
        availability=product.availability,
        url=product.url,
        image=product.image,
        variants=tuple(" / ".join(v.options.values()) for v in product.variants),
        badges=tuple(badges),
        why=why,
    )


def _quote(faq: Faq, language: Language) -> FaqBlock:
    quote = faq.answer if len(faq.answer) <= QUOTE_AT_MOST else faq.answer[: QUOTE_AT_MOST - 1] + "…"
    source = _LABELS["source"][language].format(title=faq.question)
    return FaqBlock(id=faq.id, title=faq.question, quote=quote, text=source)


def _order(order: Order, language: Language) -> OrderBlock:
    lines = tuple(
        f"{line.quantity} × {line.title}" + (f" ({', '.join(line.options.values())})" if line.options else "")
        for line in order.lines
    )
    total = money(order.total, order.currency)
    status = status_of(order, language)
    return OrderBlock(
        id=order.id,
        status=status,
        lines=lines,
        total=total,
        tracking_url=order.shipment.tracking_url if order.shipment else "",
        text=_LABELS["order"][language].format(id=order.id, status=status, total=total),
    )
