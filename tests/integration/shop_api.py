"""A shop's server that follows docs/shop-api.md, on an SQLite shop; for tests, and to read beside the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import uvicorn
from acting_shop import NOW
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from tools.adapters.sqlite import SqliteShop
from tools.errors import KeyReused, NotFound, QuoteChanged, Refused
from tools.policy.reading import packaged
from tools.quotes import WriteKey, digest_of
from tools.records import Assurance, CustomerScope
from tools.registry import read_arguments, shop_tools

KEY = "a-key-of-the-shop"
TOOLS = shop_tools()


class Proof(BaseModel):
    email: str
    order_id: str


class Asked(BaseModel):
    operation: str
    arguments: dict[str, Any]
    assurance: str
    order_ids: list[str]
    version: str = ""


def account(customer_id: str) -> CustomerScope:
    return CustomerScope(assurance=Assurance.ACCOUNT, customer_id=customer_id)


def api(path: Path) -> FastAPI:
    shop = SqliteShop(path, packaged("demo"), lambda: NOW)

    def allowed(authorization: str = Header("")) -> None:
        if authorization != f"Bearer {KEY}":
            raise HTTPException(401)

    app = FastAPI(dependencies=[Depends(allowed)])

    @app.exception_handler(NotFound)
    async def absent(_: Request, error: NotFound) -> JSONResponse:
        return JSONResponse({"code": "not_found"}, 404)

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        told = {"code": "refused", "rule": error.rule, "sentence": error.sentence.model_dump()}
        return JSONResponse(told, 409)

    @app.exception_handler(QuoteChanged)
    async def changed(_: Request, error: QuoteChanged) -> JSONResponse:
        return JSONResponse({"code": "quote_changed"}, 409)

    @app.exception_handler(KeyReused)
    async def reused(_: Request, error: KeyReused) -> JSONResponse:
        return JSONResponse({"code": "key_reused"}, 422)

    @app.post("/verify")
    async def verify(proof: Proof) -> Any:
        proven = await shop.verify(email=proof.email, order_id=proof.order_id)
        if proven is None:
            raise NotFound("they do not fit together")
        return {"customer_id": proven.customer_id, "order_ids": sorted(proven.order_ids)}

    @app.get("/customers/{customer_id}")
    async def customer(customer_id: str) -> Any:
        return await shop.customer(account(customer_id))

    @app.get("/customers/{customer_id}/orders")
    async def orders(customer_id: str) -> Any:
        return await shop.orders(account(customer_id))

    @app.get("/customers/{customer_id}/orders/{order_id}")
    async def order(customer_id: str, order_id: str) -> Any:
        return await shop.order(order_id, account(customer_id))

    @app.get("/customers/{customer_id}/payment-methods")
    async def payment_methods(customer_id: str) -> Any:
        return await shop.payment_methods(account(customer_id))

    @app.get("/customers/{customer_id}/subscriptions")
    async def subscriptions(customer_id: str) -> Any:
        return await shop.subscriptions(account(customer_id))

    @app.get("/products/{product_id}/variants")
    async def variants(product_id: str) -> Any:
        return await shop.variants(product_id)

    @app.get("/shipping-options")
    async def shipping_options(country: str | None = None) -> Any:
        return await shop.shipping_options(country)

    @app.get("/promo-codes/{code}")
    async def promo_code(code: str) -> Any:
        found = await shop.promo_code(code)
        if found is None:
            raise NotFound("no such code")
        return found

    def scope_of(customer_id: str, asked: Asked) -> CustomerScope:
        return CustomerScope(
            assurance=Assurance[asked.assurance.upper()],
            customer_id=customer_id,
            order_ids=frozenset(asked.order_ids),
        )

    @app.post("/customers/{customer_id}/quotes")
    async def quotes(customer_id: str, asked: Asked) -> Any:
        change: Any = read_arguments(TOOLS[asked.operation], asked.arguments)
        return await shop.quote(change, scope_of(customer_id, asked))

    @app.post("/customers/{customer_id}/changes")
    async def changes(customer_id: str, asked: Asked, idempotency_key: str = Header()) -> Any:
        change: Any = read_arguments(TOOLS[asked.operation], asked.arguments)
        key = WriteKey("api", idempotency_key, digest_of(asked.operation, change))
        return await shop.apply(change, scope_of(customer_id, asked), key, asked.version)

    return app


def serve(path: Path, port: int) -> None:
    """The process of a test."""
    uvicorn.run(api(path), host="127.0.0.1", port=port, log_level="error")
