"""The records of tau-bench's retail shop (github.com/sierra-research/tau-bench) as ours.

The benchmark has no dates and no shipping costs: every order is placed on one nominal day, and nothing is added to its
prices.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from retrieval.documents import Product
from retrieval.documents import Variant as ProductVariant
from tools.countries import country_code, country_name
from tools.errors import BadArguments
from tools.records import (
    Address,
    Customer,
    Exchange,
    Order,
    OrderLine,
    Payment,
    PaymentKind,
    PaymentMethod,
    Return,
    Shipment,
    Swap,
    Variant,
)

Raw = dict[str, Any]

NOMINAL_DAY = datetime(2024, 5, 15, 12, 0, tzinfo=UTC)
CURRENCY = "USD"
FILES = ("users", "orders", "products")
MODIFIED = "pending (item modified)"
_KINDS: Mapping[str, PaymentKind] = {"credit_card": "card", "paypal": "paypal", "gift_card": "gift_card"}


@dataclass(frozen=True, slots=True)
class TauData:
    """The benchmark's records by their ids, as its files hold them; never changed."""

    users: Mapping[str, Raw]
    orders: Mapping[str, Raw]
    products: Mapping[str, Raw]

    @classmethod
    def load(cls, folder: Path) -> TauData:
        """Read `users.json`, `orders.json` and `products.json`; `BadArguments` says which is missing or broken."""
        return cls(*(_read(folder / f"{name}.json") for name in FILES))


def _read(path: Path) -> dict[str, Raw]:
    try:
        records = json.loads(path.read_bytes())
    except OSError as error:
        raise BadArguments(f"{path}: expected a file of the tau-bench retail shop: {error.strerror}") from None
    except ValueError as error:
        raise BadArguments(f"{path}: expected JSON: {error}") from None
    if not isinstance(records, dict) or not all(isinstance(record, dict) for record in records.values()):
        raise BadArguments(f"{path}: expected an object that holds records by their ids")
    return records


def money(amount: float) -> Decimal:
    """To the cent; the benchmark's sums of floats carry noise far below it."""
    return Decimal(str(round(amount, 2)))


def name_of(user: Raw) -> str:
    return f"{user['name']['first_name']} {user['name']['last_name']}"


def customer_of(user_id: str, user: Raw) -> Customer:
    return Customer(
        id=user_id,
        name=name_of(user),
        email=user["email"],
        address=address_of(user["address"], name_of(user)),
        payment_methods=tuple(_method(method) for method in user["payment_methods"].values()),
    )


def order_of(order: Raw, user: Raw) -> Order:
    methods = {method.id: method.label for method in map(_method, user["payment_methods"].values())}
    payments = tuple(
        Payment(kind=moved["transaction_type"], amount=money(moved["amount"]), method_id=moved["payment_method_id"])
        for moved in order["payment_history"]
    )
    modified = order["status"] == MODIFIED
    return Order(
        id=order["order_id"],
        customer_id=order["user_id"],
        placed_at=NOMINAL_DAY,
        status="pending" if modified else order["status"],
        lines=tuple(_line(item) for item in order["items"]),
        shipping_cost=Decimal(),
        total=sum((money(item["price"]) for item in order["items"]), Decimal()),
        currency=CURRENCY,
        payment_method=methods.get(payments[0].method_id, payments[0].method_id) if payments else "",
        address=address_of(order["address"], name_of(user)),
        shipment=_shipment(order),
        payments=payments,
        items_modified=modified,
        cancel_reason=order.get("cancel_reason"),
        returning=_returning(order),
        exchanging=_exchanging(order),
    )


def variants_of(product: Raw) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            id=variant["item_id"],
            product_id=product["product_id"],
            title=product["name"],
            options=variant["options"],
            price=money(variant["price"]),
            available=variant["available"],
        )
        for variant in product["variants"].values()
    )


def product_of(product: Raw) -> Product:
    """The product for a catalogue; its price is that of its cheapest variant."""
    variants = variants_of(product)
    return Product(
        id=product["product_id"],
        title=product["name"],
        description="",
        price=min((variant.price for variant in variants), default=Decimal()),
        currency=CURRENCY,
        availability="in stock" if any(variant.available for variant in variants) else "out of stock",
        variants=tuple(
            ProductVariant(variant.id, variant.options, variant.price, None if variant.available else 0)
            for variant in variants
        ),
    )


def address_of(raw: Raw, name: str) -> Address:
    return Address(
        name=name,
        line1=raw["address1"],
        line2=raw["address2"],
        city=raw["city"],
        postcode=raw["zip"],
        country=country_code(raw["country"]) or raw["country"],
        state=raw["state"],
    )


def raw_address(address: Address) -> Raw:
    """The address as the benchmark writes it; it names the country, and the United States as USA."""
    return {
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "country": "USA" if address.country == "US" else country_name(address.country),
        "state": address.state,
        "zip": address.postcode,
    }


def _method(raw: Raw) -> PaymentMethod:
    match raw["source"]:
        case "credit_card":
            label = f"{raw['brand'].capitalize()} ending in {raw['last_four']}"
        case "paypal":
            label = "PayPal"
        case _:
            label = "Gift card"
    balance = money(raw["balance"]) if "balance" in raw else None
    return PaymentMethod(id=raw["id"], kind=_KINDS[raw["source"]], label=label, balance=balance)


def _line(item: Raw) -> OrderLine:
    return OrderLine(
        product_id=item["product_id"],
        title=item["name"],
        quantity=1,
        price=money(item["price"]),
        variant_id=item["item_id"],
        options=item["options"],
    )


def _shipment(order: Raw) -> Shipment | None:
    numbers = [number for parcel in order["fulfillments"] for number in parcel["tracking_id"]]
    if not numbers:
        return None
    return Shipment(carrier="", tracking_number=", ".join(numbers), shipped_on=NOMINAL_DAY.date())


def _returning(order: Raw) -> Return | None:
    if "return_items" not in order:
        return None
    prices = {item["item_id"]: money(item["price"]) for item in order["items"]}
    return Return(
        item_ids=tuple(order["return_items"]),
        amount=sum((prices[item_id] for item_id in order["return_items"]), Decimal()),
        refund_to=order["return_payment_method_id"],
        requested_on=NOMINAL_DAY.date(),
    )


def _exchanging(order: Raw) -> Exchange | None:
    """The benchmark sorts both lists of ids apart, so which item is for which is lost: the pairs are as they lie."""
    if "exchange_items" not in order:
        return None
    pairs = zip(order["exchange_items"], order["exchange_new_items"], strict=True)
    return Exchange(
        swaps=tuple(Swap(item_id=old, new_item_id=new) for old, new in pairs),
        price_difference=money(order["exchange_price_difference"]),
        payment_method_id=order["exchange_payment_method_id"],
        requested_on=NOMINAL_DAY.date(),
    )
