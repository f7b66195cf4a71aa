"""Signing in at the demo shop, and the word that it signs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from server.clock import FixedClock, UlidIds
from server.demo.accounts import OFFERED, accounts_router
from server.log.log import EventLog
from server.sessions import SessionRequest, Sessions, Site
from server.settings import Settings

KEY = "a key of this server only, of 32 bytes or more"
CLOCK = FixedClock(datetime(2026, 11, 26, 4, 0, tzinfo=UTC))


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(accounts_router(identity_key=lambda: KEY, site_key="demo", clock=CLOCK))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demo")


async def test_the_chat_believes_the_word_that_the_demo_signs(client: httpx.AsyncClient, tmp_path: Path):
    answer = (await client.post("/demo/sign-in", json={"customer": "C-1001"})).json()
    log = await EventLog.open(tmp_path / "log.sqlite3", clock=CLOCK, ids=UlidIds(CLOCK))
    sessions = Sessions(log, site=Site("demo", identity_key=KEY), signing_key=b"k" * 32, clock=CLOCK)

    opened = await sessions.open(SessionRequest(site_key="demo", identity=answer["identity"]))
    await log.close()

    assert (opened.session.visitor.customer_id, opened.session.visitor.name) == ("C-1001", "Anna Keller")
    assert answer["name"] == "Anna Keller"


async def test_the_customers_to_choose_from_have_something_to_try(client: httpx.AsyncClient):
    accounts = (await client.get("/demo/accounts.json")).json()

    assert [account["id"] for account in accounts] == list(OFFERED)
    assert all(account["orders"] for account in accounts)


@pytest.mark.parametrize("customer", ["C-1025", "nobody", ""])
async def test_nobody_else_is_signed_in(client: httpx.AsyncClient, customer: str):
    answer = await client.post("/demo/sign-in", json={"customer": customer})

    assert answer.status_code == 404


def test_only_the_demo_has_a_key_that_nobody_set(tmp_path: Path):
    demo = Settings(demo=True, data_dir=tmp_path)

    assert len(demo.identity_secret) == 64
    assert Settings(demo=True, data_dir=tmp_path).identity_secret == demo.identity_secret
    assert Settings(data_dir=tmp_path).identity_secret == ""
    assert Settings(demo=True, data_dir=tmp_path, identity_algorithm="RS256").identity_secret == ""
