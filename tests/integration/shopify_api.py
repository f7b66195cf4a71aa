"""A server that answers as Shopify's Admin API is documented to, for the documents that our adapter sends.

It keeps some orders in memory, checks the token, the names and the shapes of the variables, and refuses by userErrors.
`POST /reset` makes everything new, and lets the answer to one mutation get lost; `GET /said` tells which came.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Header, HTTPException

TOKEN = "shpat-test"
CUSTOMER = "gid://shopify/Customer/7"
SMALL, LARGE, GONE = (f"gid://shopify/ProductVariant/{number}" for number in (11, 12, 13))
PLATE = "gid://shopify/Product/1"


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def variant(variant_id: str) -> dict[str, Any]:
    size = {SMALL: "21 cm", LARGE: "27 cm", GONE: "31 cm"}[variant_id]
    return {"id": variant_id, "selectedOptions": [{"name": "Size", "value": size}]}


def an_order(number: int, *, sent: bool, customer: str | None = CUSTOMER) -> dict[str, Any]:
    order_id = f"gid://shopify/Order/{number}"
    line = f"gid://shopify/LineItem/{number}1"
    parcel = {
        "createdAt": "2026-02-27T10:00:00Z",
        "deliveredAt": "2026-03-01T10:00:00Z",
        "estimatedDeliveryAt": "2026-03-02T10:00:00Z",
        "displayStatus": "DELIVERED",
        "trackingInfo": [{"company": "DHL", "number": "003", "url": "https://dhl.example/003"}],
        "fulfillmentLineItems": {
            "nodes": [{"id": f"gid://shopify/FulfillmentLineItem/{number}9", "quantity": 2, "lineItem": {"id": line}}]
        },
    }
    return {
        "id": order_id,
        "name": f"#{number}",
        "email": "anna.keller@example.com",
        "createdAt": "2026-02-26T10:00:00Z",
        "cancelledAt": None,
        "edited": False,
        "returnStatus": "NO_RETURN",
        "displayFulfillmentStatus": "FULFILLED" if sent else "UNFULFILLED",
        "note": None,
        "currencyCode": "EUR",
        "customer": {"id": customer} if customer else None,
        "totalShippingPriceSet": money("4.9"),
        "currentTotalPriceSet": money("30.7"),
        "shippingAddress": {
            "name": "Anna Keller",
            "address1": "Lange Reihe 1",
            "address2": None,
            "city": "Hamburg",
            "zip": "20099",
            "provinceCode": None,
            "countryCodeV2": "DE",
        },
        "lineItems": {
            "nodes": [
                {
                    "id": line,
                    "title": "Fjord plate",
                    "currentQuantity": 2,
                    "discountedUnitPriceSet": money("12.9"),
                    "product": {"id": PLATE},
                    "variant": variant(SMALL),
                }
            ]
        },
        "transactions": [
            {
                "kind": "SALE",
                "status": "SUCCESS",
                "gateway": "shopify_payments",
                "formattedGateway": "Shopify Payments",
                "amountSet": money("30.7"),
            },
            {
                "kind": "AUTHORIZATION",
                "status": "SUCCESS",
                "gateway": "shopify_payments",
                "formattedGateway": "Shopify Payments",
                "amountSet": money("30.7"),
            },
        ],
        "fulfillments": [parcel] if sent else [],
        "returns": {"nodes": []},
    }


class Shop:
    """The state, and what each operation does to it."""

    def __init__(self) -> None:
        self.orders = {
            order["id"]: order
            for order in (
                an_order(1001, sent=False),
                an_order(1002, sent=True),
                an_order(1003, sent=False, customer="gid://shopify/Customer/8"),
                an_order(10011, sent=False),
                an_order(1004, sent=False, customer=None),
            )
        }
        self.said: list[str] = []
        self.staged: list[tuple[str, int]] = []
        self.looks = 0
        self.drop_after = 0

    def run(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        method = getattr(self, name)
        return method(**given)

    def VitrineOrders(self, query: str, first: int) -> dict[str, Any]:  # noqa: N802 - the operation's name
        field, _, value = query.partition(":")
        if field == "name":  # finds what begins alike, as a search does
            value = value.strip('"')
            found = [order for order in self.orders.values() if order["name"].startswith(value)]
        else:
            found = [o for o in self.orders.values() if (o["customer"] or {}).get("id", "").endswith(f"/{value}")]
        return {"orders": {"nodes": copy.deepcopy(found[:first])}}

    def VitrineCustomer(self, id: str) -> dict[str, Any]:  # noqa: N802
        if id != CUSTOMER:
            return {"customer": None}
        address = self.orders["gid://shopify/Order/1001"]["shippingAddress"]
        return {
            "customer": {
                "id": CUSTOMER,
                "displayName": "Anna Keller",
                "locale": "en",
                "defaultEmailAddress": {"emailAddress": "anna.keller@example.com"},
                "defaultAddress": address,
            }
        }

    def VitrineVariants(self, id: str) -> dict[str, Any]:  # noqa: N802
        if id != PLATE:
            return {"product": None}
        nodes = [
            {**variant(SMALL), "price": "12.90", "availableForSale": True},
            {**variant(LARGE), "price": "18.90", "availableForSale": True},
            {**variant(GONE), "price": "28.90", "availableForSale": False},
        ]
        return {"product": {"id": PLATE, "title": "Fjord plate", "variants": {"nodes": nodes}}}

    def VitrinePromoCode(self, code: str) -> dict[str, Any]:  # noqa: N802
        if code.upper() != "HELLO10":
            return {"codeDiscountNodeByCode": None}
        discount = {
            "__typename": "DiscountCodeBasic",
            "status": "ACTIVE",
            "startsAt": "2026-01-01T00:00:00Z",
            "endsAt": None,
            "usageLimit": 5,
            "asyncUsageCount": 5,
            "customerGets": {"value": {"__typename": "DiscountPercentage", "percentage": 0.1}},
            "minimumRequirement": {"greaterThanOrEqualToSubtotal": {"amount": "40.0", "currencyCode": "EUR"}},
        }
        return {"codeDiscountNodeByCode": {"codeDiscount": discount}}

    def VitrineCancel(self, orderId: str, staffNote: str) -> dict[str, Any]:  # noqa: N802, N803
        order = self.orders[orderId]
        assert len(staffNote) <= 255
        if order["cancelledAt"] or order["fulfillments"]:
            fault = {"field": ["orderId"], "message": "Cannot cancel", "code": "INVALID"}
            return {"orderCancel": {"job": None, "orderCancelUserErrors": [fault]}}
        order["cancelledAt"] = "2026-03-10T12:00:00Z"
        order["transactions"].append({**order["transactions"][0], "kind": "REFUND"})
        job = {"id": "gid://shopify/Job/1", "done": False}
        return {"orderCancel": {"job": job, "orderCancelUserErrors": []}}

    def VitrineJob(self, id: str) -> dict[str, Any]:  # noqa: N802
        self.looks += 1
        return {"job": {"id": id, "done": self.looks >= 2}}

    def VitrineReturn(self, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"returnRequest": self._returned(input, "REQUESTED", [])}

    def VitrineExchange(self, returnInput: dict[str, Any]) -> dict[str, Any]:  # noqa: N802, N803
        assert all({"variantId", "quantity"} == set(line) for line in returnInput["exchangeLineItems"])
        return {"returnCreate": self._returned(returnInput, "OPEN", [{"id": "gid://shopify/ExchangeLineItem/1"}])}

    def _returned(self, given: dict[str, Any], status: str, exchanged: list[Any]) -> dict[str, Any]:
        order = self.orders[given["orderId"]]
        lines = [line for parcel in order["fulfillments"] for line in parcel["fulfillmentLineItems"]["nodes"]]
        held = {line["id"]: line["quantity"] for line in lines}
        for line in given["returnLineItems"]:
            assert line["returnReason"] in {"UNWANTED", "DEFECTIVE", "WRONG_ITEM", "NOT_AS_DESCRIBED", "OTHER"}
            if line["quantity"] > held.get(line["fulfillmentLineItemId"], 0):
                return {"return": None, "userErrors": [{"field": ["quantity"], "message": "Too many"}]}
        order["returns"]["nodes"].append({"status": status, "exchangeLineItems": {"nodes": exchanged}})
        return {"return": {"id": "gid://shopify/Return/1", "status": status}, "userErrors": []}

    def VitrineEditBegin(self, id: str) -> dict[str, Any]:  # noqa: N802
        self.staged = []
        lines = [
            {"id": line["id"].replace("LineItem", "CalculatedLineItem"), "quantity": 2, "variant": line["variant"]}
            for line in self.orders[id]["lineItems"]["nodes"]
        ]
        edited = {"id": id.replace("Order", "CalculatedOrder"), "lineItems": {"nodes": lines}}
        return {"orderEditBegin": {"calculatedOrder": edited, "userErrors": []}}

    def VitrineEditQuantity(self, id: str, lineItemId: str, quantity: int) -> dict[str, Any]:  # noqa: N802, N803
        assert "CalculatedLineItem" in lineItemId
        self.staged.append((lineItemId.replace("CalculatedLineItem", "LineItem"), quantity))
        return {"orderEditSetQuantity": {"calculatedOrder": {"id": id}, "userErrors": []}}

    def VitrineEditAdd(self, id: str, variantId: str, quantity: int) -> dict[str, Any]:  # noqa: N802, N803
        self.staged.append((variantId, quantity))
        return {"orderEditAddVariant": {"calculatedOrder": {"id": id}, "userErrors": []}}

    def VitrineEditCommit(self, id: str, staffNote: str) -> dict[str, Any]:  # noqa: N802, N803
        order = self.orders[id.replace("CalculatedOrder", "Order")]
        nodes = order["lineItems"]["nodes"]
        for what, quantity in self.staged:
            if "LineItem" in what:
                next(line for line in nodes if line["id"] == what)["currentQuantity"] = quantity
            else:
                new = {"id": f"{what}-line", "currentQuantity": quantity, "variant": variant(what)}
                nodes.append({**nodes[0], **new, "discountedUnitPriceSet": money("18.90")})
        order["edited"] = True
        return {"orderEditCommit": {"order": {"id": order["id"]}, "userErrors": []}}

    def VitrineAddress(self, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        given = input["shippingAddress"]
        assert set(given) <= {
            *("firstName", "lastName", "address1", "address2", "city", "zip", "countryCode", "provinceCode")
        }
        self.orders[input["id"]]["shippingAddress"] = {
            "name": f"{given['firstName']} {given['lastName']}",
            "address1": given["address1"],
            "address2": given["address2"],
            "city": given["city"],
            "zip": given["zip"],
            "provinceCode": given.get("provinceCode"),
            "countryCodeV2": given["countryCode"],
        }
        return {"orderUpdate": {"order": {"id": input["id"]}, "userErrors": []}}


def api() -> FastAPI:
    app = FastAPI()
    app.state.shop = Shop()

    @app.post("/admin/api/2026-01/graphql.json")
    async def graphql(asked: dict[str, Any], x_shopify_access_token: str = Header("")) -> Any:
        if x_shopify_access_token != TOKEN:
            raise HTTPException(401)
        shop: Shop = app.state.shop
        kind, name = re.findall(r"^\s*(query|mutation) (\w+)", asked["query"], re.MULTILINE)[0]
        declared = set(re.findall(r"\$(\w+):", asked["query"]))
        if declared != set(asked["variables"]):
            return {"errors": [{"message": f"Variables {declared ^ set(asked['variables'])}"}]}
        data = shop.run(name, asked["variables"])
        if kind == "mutation":
            shop.said.append(name)
            if len(shop.said) == shop.drop_after:  # made, and not answered
                raise HTTPException(502)
        return {"data": data}

    @app.post("/reset")
    async def reset(drop_after: int = 0) -> None:
        app.state.shop = Shop()
        app.state.shop.drop_after = drop_after

    @app.get("/said")
    async def said() -> list[str]:
        return list(app.state.shop.said)

    return app


def serve(path: Path, port: int) -> None:
    """The process of a test."""
    uvicorn.run(api(), host="127.0.0.1", port=port, log_level="error")
