"""What WooCommerce's REST API answers, as our records.

WooCommerce knows neither parcels nor returns: an order is sent when it is completed, and is taken to arrive some days
later. A return that was asked for is kept as the order's own meta data.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from tools.records import (
    Address,
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentMethod,
    PromoCode,
    Return,
    Shipment,
    Variant,
)

Raw = dict[str, Any]

RETURN_META = "_vitrine_return"
_STATUS: dict[str, OrderStatus] = {
    "pending": "pending",
    "on-hold": "pending",
    "processing": "pending",  # paid and waiting to be packed
    "cancelled": "cancelled",
    "failed": "cancelled",
    "refunded": "returned",
}
CENT = Decimal("0.01")


def owner_of(raw: Raw) -> str:
    """The customer's id; an order that was placed as a guest (customer 0) is its own owner."""
    return str(raw["customer_id"]) if raw["customer_id"] else f"guest:{raw['id']}"


def number_of(order_id: str) -> str:
    """WooCommerce's id of an order, which it also shows as the order's number."""
    return re.sub(r"\D", "", order_id)


def order_of(raw: Raw, delivery_days: int, today: date) -> Order:
    shipment = _shipment(raw, delivery_days, today)
    returning = _returning(raw)
    return Order(
        id=f"#W{raw['id']}",
        customer_id=owner_of(raw),
        placed_at=_moment(raw["date_created_gmt"]),
        status=_status(raw, shipment, returning),
        lines=tuple(_line(line) for line in raw["line_items"]),
        shipping_cost=_cents(Decimal(raw["shipping_total"]) + Decimal(raw["shipping_tax"])),
        total=_cents(Decimal(raw["total"])),
        currency=raw["currency"],
        payment_method=raw["payment_method_title"] or raw["payment_method"],
        address=address_of(raw["shipping"] if raw["shipping"]["address_1"] else raw["billing"]),
        shipment=shipment,
        note=raw["customer_note"],
        payments=_payments(raw),
        returning=returning,
    )


def method_of(raw: Raw) -> PaymentMethod:
    """The way the order was paid; WooCommerce lends no other to an API."""
    name = raw["payment_method"] or "none"
    kind = "paypal" if "paypal" in name else "other"
    return PaymentMethod.model_validate({"id": name, "kind": kind, "label": raw["payment_method_title"] or name})


def customer_of(raw: Raw) -> Customer:
    shipping = raw["shipping"] if raw["shipping"]["address_1"] else raw["billing"]
    return Customer(
        id=str(raw["id"]),
        name=f"{raw['first_name']} {raw['last_name']}".strip(),
        email=raw["email"],
        address=address_of(shipping) if shipping["address_1"] else None,
    )


def variants_of(product: Raw, variations: list[Raw]) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            id=str(one["id"]),
            product_id=str(product["id"]),
            title=product["name"],
            options={attribute["name"]: attribute["option"] for attribute in one["attributes"]} if variations else {},
            price=Decimal(one["price"] or "0"),
            available=one["stock_status"] == "instock",
        )
        for one in variations or [product]
    )


def address_of(raw: Raw) -> Address:
    return Address(
        name=f"{raw['first_name']} {raw['last_name']}".strip(),
        line1=raw["address_1"],
        line2=raw["address_2"],
        city=raw["city"],
        postcode=raw["postcode"],
        country=raw["country"],
        state=raw["state"],
    )


def raw_address(address: Address) -> Raw:
    first, _, last = address.name.rpartition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "address_1": address.line1,
        "address_2": address.line2,
        "city": address.city,
        "postcode": address.postcode,
        "country": address.country,
        "state": address.state,
    }


def promo_code_of(raw: Raw) -> PromoCode | None:
    """The coupon, where it gives per cent or free shipping; other kinds are for people to explain."""
    percent = raw["discount_type"] == "percent"
    if not percent and not raw["free_shipping"]:
        return None
    limit = raw["usage_limit"]
    return PromoCode(
        code=raw["code"].upper(),
        percent=Decimal(raw["amount"]) if percent else Decimal(),
        free_shipping=raw["free_shipping"],
        from_value=Decimal(raw["minimum_amount"] or "0"),
        currency="",
        ends_on=_moment(raw["date_expires_gmt"]).date() if raw["date_expires_gmt"] else None,
        used_up=bool(limit) and raw["usage_count"] >= limit,
    )


def _status(raw: Raw, shipment: Shipment | None, returning: Return | None) -> OrderStatus:
    if raw["status"] == "completed":
        if returning is not None:
            return "return requested"
        return "delivered" if shipment and shipment.delivered_on else "shipped"
    # A status that a plugin has added is nobody's to guess: nothing but a look is offered.
    return _STATUS.get(raw["status"], "processed")


def _shipment(raw: Raw, delivery_days: int, today: date) -> Shipment | None:
    if not raw["date_completed_gmt"]:
        return None
    sent = _moment(raw["date_completed_gmt"]).date()
    due = sent + timedelta(days=delivery_days)
    return Shipment(
        carrier="", tracking_number="", shipped_on=sent, expected_on=due, delivered_on=due if due <= today else None
    )


def _returning(raw: Raw) -> Return | None:
    for meta in raw["meta_data"]:
        if meta["key"] == RETURN_META:
            try:
                return Return.model_validate_json(
                    meta["value"] if isinstance(meta["value"], str) else json.dumps(meta["value"])
                )
            except ValidationError:
                return None
    return None


def _line(raw: Raw) -> OrderLine:
    """Totals are without tax; what a customer pays for a piece is with it."""
    paid = (Decimal(raw["total"]) + Decimal(raw["total_tax"])) / max(raw["quantity"], 1)
    return OrderLine(
        product_id=str(raw["product_id"]),
        title=raw["name"],
        quantity=raw["quantity"],
        price=_cents(paid),
        variant_id=str(raw["variation_id"]) if raw["variation_id"] else None,
        options={
            str(meta["display_key"]): str(meta["display_value"])
            for meta in raw["meta_data"]
            if not meta["key"].startswith("_")
        },
    )


def _payments(raw: Raw) -> tuple[Payment, ...]:
    if not raw["date_paid_gmt"]:
        return ()
    method = method_of(raw).id
    refunds = tuple(
        Payment(kind="refund", amount=_cents(abs(Decimal(refund["total"]))), method_id=method)
        for refund in raw["refunds"]
    )
    return (Payment(kind="payment", amount=_cents(Decimal(raw["total"])), method_id=method), *refunds)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)
