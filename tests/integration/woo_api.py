"""A server that answers as WooCommerce's REST API v3 is documented to, for what our adapter asks.

Basic authentication, the documented fields and status codes. `POST /reset` makes everything new, and lets the answer to
one write get lost; `GET /said` tells which writes came.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials

KEY, SECRET = "ck_test", "cs_test"
BASIC = HTTPBasic()
HOME = {
    "first_name": "Anna",
    "last_name": "Keller",
    "address_1": "Lange Reihe 1",
    "address_2": "",
    "city": "Hamburg",
    "state": "",
    "postcode": "20099",
    "country": "DE",
}
NOWHERE = dict.fromkeys(HOME, "")


def an_order(number: int, status: str, *, customer: int = 7, paid: bool = True, completed: str | None = None) -> Any:
    return {
        "id": number,
        "number": str(number),
        "status": status,
        "currency": "EUR",
        "date_created_gmt": "2026-02-26T10:00:00",
        "date_paid_gmt": "2026-02-26T10:05:00" if paid else None,
        "date_completed_gmt": completed,
        "customer_id": customer,
        "customer_note": "",
        "billing": {**HOME, "email": "anna.keller@example.com"},
        "shipping": NOWHERE,
        "shipping_total": "4.12",
        "shipping_tax": "0.78",
        "total": "30.70",
        "payment_method": "ppcp-gateway-paypal",
        "payment_method_title": "PayPal",
        "line_items": [
            {
                "id": 1,
                "name": "Fjord plate",
                "product_id": 50,
                "variation_id": 51,
                "quantity": 2,
                "total": "21.68",
                "total_tax": "4.12",
                "meta_data": [
                    {"key": "pa_size", "display_key": "Size", "display_value": "21 cm", "value": "21-cm"},
                    {"key": "_reduced_stock", "display_key": "_reduced_stock", "display_value": "2", "value": "2"},
                ],
            }
        ],
        "refunds": [],
        "meta_data": [],
        "notes": [],
    }


class Shop:
    def __init__(self) -> None:
        self.orders = {
            order["id"]: order
            for order in (
                an_order(1001, "processing"),
                an_order(1002, "completed", completed="2026-02-27T09:00:00"),
                an_order(1003, "processing", customer=8),
                an_order(1004, "processing", customer=0),
                an_order(1005, "pending", paid=False),
                an_order(1006, "awaiting-pickup"),
                an_order(1007, "completed", completed="2026-03-09T09:00:00"),
            )
        }
        self.customer = {
            "id": 7,
            "email": "anna.keller@example.com",
            "first_name": "Anna",
            "last_name": "Keller",
            "billing": {**HOME, "email": "anna.keller@example.com"},
            "shipping": dict(NOWHERE),
        }
        self.said: list[str] = []
        self.drop_after = 0
        self.gateway_refuses = False


def api() -> FastAPI:
    state: dict[str, Shop] = {"shop": Shop()}

    def allowed(given: Annotated[HTTPBasicCredentials, Depends(BASIC)]) -> None:
        if (given.username, given.password) != (KEY, SECRET):
            raise HTTPException(401)

    app = FastAPI()
    guarded = [Depends(allowed)]
    base = "/wp-json/wc/v3"

    def order_of(number: int) -> Any:
        if number not in state["shop"].orders:
            raise HTTPException(404, "woocommerce_rest_shop_order_invalid_id")
        return state["shop"].orders[number]

    def wrote(what: str, answer: Any, status: int = 200) -> JSONResponse:
        shop = state["shop"]
        shop.said.append(what)
        if len(shop.said) == shop.drop_after:  # made, and not answered
            raise HTTPException(502)
        return JSONResponse(copy.deepcopy(answer), status)

    @app.get(f"{base}/orders", dependencies=guarded)
    async def orders(customer: int, per_page: int, orderby: str) -> Any:
        return [order for order in state["shop"].orders.values() if order["customer_id"] == customer][:per_page]

    @app.get(f"{base}/orders/{{number}}", dependencies=guarded)
    async def order(number: int) -> Any:
        return order_of(number)

    @app.put(f"{base}/orders/{{number}}", dependencies=guarded)
    async def update(number: int, given: dict[str, Any]) -> Any:
        assert set(given) <= {"status", "shipping", "meta_data"}
        order_of(number).update(given)
        return wrote(f"update {sorted(given)[0]}", order_of(number))

    @app.post(f"{base}/orders/{{number}}/refunds", dependencies=guarded)
    async def refund(number: int, given: dict[str, Any]) -> Any:
        assert isinstance(given["amount"], str)
        if state["shop"].gateway_refuses:
            return JSONResponse({"code": "woocommerce_rest_cannot_create_order_refund"}, 400)
        order_of(number)["refunds"].append({"id": 9, "reason": given["reason"], "total": f"-{given['amount']}"})
        order_of(number)["status"] = "refunded"
        return wrote("refund", {"id": 9, "amount": given["amount"]}, 201)

    @app.post(f"{base}/orders/{{number}}/notes", dependencies=guarded)
    async def note(number: int, given: dict[str, Any]) -> Any:
        order_of(number)["notes"].append(given)
        return wrote("note", {"id": 3, **given}, 201)

    @app.get(f"{base}/customers/{{customer_id}}", dependencies=guarded)
    async def customer(customer_id: int) -> Any:
        if customer_id != 7:
            raise HTTPException(404)
        return state["shop"].customer

    @app.put(f"{base}/customers/{{customer_id}}", dependencies=guarded)
    async def update_customer(customer_id: int, given: dict[str, Any]) -> Any:
        if given.get("email") == "taken@example.com":
            return JSONResponse({"code": "woocommerce_rest_customer_invalid_email"}, 400)
        state["shop"].customer.update(given)
        return wrote("customer", state["shop"].customer)

    @app.get(f"{base}/products/{{product_id}}", dependencies=guarded)
    async def product(product_id: int) -> Any:
        if product_id != 50:
            raise HTTPException(404)
        return {"id": 50, "name": "Fjord plate", "type": "variable", "price": "12.90", "stock_status": "instock"}

    @app.get(f"{base}/products/{{product_id}}/variations", dependencies=guarded)
    async def variations(product_id: int, per_page: int) -> Any:
        sizes = ((51, "21 cm", "12.90", "instock"), (52, "27 cm", "18.90", "outofstock"))
        return [
            {"id": one, "price": price, "stock_status": stock, "attributes": [{"name": "Size", "option": size}]}
            for one, size, price, stock in sizes
        ]

    @app.get(f"{base}/coupons", dependencies=guarded)
    async def coupons(code: str) -> Any:
        coupon = {
            "code": "hello10",
            "amount": "10.00",
            "discount_type": "percent",
            "free_shipping": False,
            "minimum_amount": "40.00",
            "date_expires_gmt": "2026-04-01T00:00:00",
            "usage_limit": None,
            "usage_count": 3,
        }
        return [coupon] if code.lower() == "hello10" else []

    @app.post("/reset")
    async def reset(drop_after: int = 0, gateway_refuses: bool = False) -> None:
        state["shop"] = Shop()
        state["shop"].drop_after = drop_after
        state["shop"].gateway_refuses = gateway_refuses

    @app.get("/said")
    async def said() -> list[str]:
        return list(state["shop"].said)

    return app


def serve(path: Path, port: int) -> None:
    """The process of a test."""
    uvicorn.run(api(), host="127.0.0.1", port=port, log_level="error")
