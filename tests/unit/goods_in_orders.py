"""Orders and variants of goods with options, for what customers' words mean beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from tools.records import Address, Order, OrderLine, Variant

Options = dict[str, str]


def order_of(*lines: tuple[str, str, Options]) -> Order:
    """A pending order of one piece each of `lines`: variant, title and options."""
    return Order(
        id="#W10451",
        customer_id="C-1",
        placed_at=datetime(2026, 3, 1, tzinfo=UTC),
        status="pending",
        lines=tuple(
            OrderLine(product_id=i, title=title, quantity=1, price=Decimal(9), variant_id=i, options=options)
            for i, title, options in lines
        ),
        shipping_cost=Decimal(),
        total=Decimal(9 * len(lines)),
        currency="EUR",
        payment_method="Visa",
        address=Address(name="A", line1="L 1", city="H", postcode="20099", country="DE"),
    )


def variants_of(
    options: Mapping[str, Options], sold_out: str = "", prices: Mapping[str, str] | None = None
) -> list[Variant]:
    """A product's variants by their ids, all at one price unless `prices` has theirs."""
    priced = {i: Decimal((prices or {}).get(i, "9")) for i in options}
    return [
        Variant(id=i, product_id="P", title="", options=o, price=priced[i], available=i != sold_out)
        for i, o in options.items()
    ]
