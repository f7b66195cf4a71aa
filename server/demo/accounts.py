"""Signing in at the demo shop as one of its customers, so that visitors can try what needs an account.

A real shop signs in its own customers and makes the same token on its own server (docs/embedding.md); here anybody may
be anybody, which is why this is served with the demo only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from server.clock import Clock
from server.sessions import IDENTITY_SECONDS

DEMO = Path(__file__).parent
OFFERED = ("C-1001", "C-1002", "C-1003", "C-1004")  # with orders, gift cards and subscriptions to try things on


class SignIn(BaseModel):
    """Who to be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customer: str = Field(max_length=40)


def accounts_router(*, identity_key: Callable[[], str], site_key: str, clock: Clock) -> APIRouter:
    """`GET /demo/accounts.json`: the customers to choose from; `POST /demo/sign-in`: the shop's signed word for one."""
    router = APIRouter(include_in_schema=False)
    customers = {row["id"]: row for row in _rows("customers")}
    offered = [_account(customers[customer_id]) for customer_id in OFFERED]

    @router.get("/demo/accounts.json")
    async def accounts() -> list[dict[str, Any]]:
        return offered

    @router.post("/demo/sign-in")
    async def sign_in(body: SignIn) -> dict[str, Any]:
        if body.customer not in OFFERED:
            raise HTTPException(404, f"expected one of {', '.join(OFFERED)}, got {body.customer!r}")
        customer = customers[body.customer]
        until = clock.now() + timedelta(seconds=IDENTITY_SECONDS)
        claims = {
            "sub": customer["id"],
            "name": customer["name"],
            "email": customer["email"],
            "aud": site_key,
            "exp": int(until.timestamp()),
        }
        token = jwt.encode(claims, identity_key(), algorithm="HS256")
        return {"identity": token, "name": customer["name"], "until": int(until.timestamp() * 1000)}

    return router


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DEMO / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def _account(customer: dict[str, Any]) -> dict[str, Any]:
    """A customer with how much there is to try."""
    mine = customer["id"]
    return {
        "id": mine,
        "name": customer["name"],
        "orders": sum(order["customer"] == mine for order in _rows("orders")),
        "subscriptions": sum(one["customer"] == mine for one in _rows("subscriptions")),
    }
