"""`vitrine erase`: what was said, shown and viewed is gone for good, and nothing of anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt
import pytest
from chat_server import IDENTITY_KEY, STAFF_TOKEN, ScriptedTurn, app_for, open_hub
from click.testing import Result
from pydantic import ValidationError
from shop_process import json_of, run_vitrine
from typer.testing import CliRunner

from server.admin import admin_router
from server.cli import app
from server.cli.app import CommandFailed
from server.erasing import Eraser
from server.errors import NotFound
from server.hub import Hub
from server.log.views import view
from server.photos import CleanPhoto
from server.running import announce, retract
from server.serving import listen, server_for
from server.sessions import SessionRequest
from server.uploads import PhotoStore
from server.wire.client import MessageSendData
from server.wire.events import IdentityProven
from server.work import EraseRequest

CANARY = b"the canary sings"
A_PHOTO = CleanPhoto(jpeg=b"jpeg " + CANARY, thumbnail=b"small " + CANARY, width=4, height=3)


@dataclass
class Shop:
    """A running shop with one visitor or more."""

    hub: Hub
    photos: PhotoStore
    folder: Path

    @property
    def eraser(self) -> Eraser:
        return Eraser(self.hub.log, self.photos, self.hub.turns.silence)

    async def visitor(self, *, customer: str = "", email: str = "") -> tuple[str, str]:
        """Somebody who wrote, sent a photo, left another unsent, and looked at a product; with their conversation."""
        expires = datetime.now(UTC) + timedelta(minutes=5)
        claims = {"sub": customer, "email": email, "exp": expires}
        identity = jwt.encode(claims, IDENTITY_KEY, "HS256") if customer else None
        session = (await self.hub.sessions.open(SessionRequest(site_key="demo", identity=identity))).session
        visitor, cid = session.visitor.id, session.conversation_id
        sent, _unsent = self.photos.add(A_PHOTO, visitor), self.photos.add(A_PHOTO, visitor)
        said = MessageSendData(text=CANARY.decode(), photos=(sent.id,))
        await self.hub.intake.message(cid, said, visitor_id=visitor, client_id="k1")
        await self.hub.log.write(lambda tx: view(tx, visitor, CANARY.decode(), keep=20))
        await self.hub.turns.silence(cid)
        return visitor, cid

    def with_canary(self) -> list[str]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.name for path in files if CANARY in path.read_bytes())


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    photos = PhotoStore(tmp_path / "photos")
    hub = await open_hub(tmp_path, ScriptedTurn(), photos)
    yield Shop(hub, photos, tmp_path)
    await hub.close()


async def test_an_erased_conversation_leaves_no_byte_of_words_photos_or_views(shop: Shop) -> None:
    visitor, cid = await shop.visitor()
    assert len(shop.with_canary()) >= 5

    erased = await shop.eraser(EraseRequest(conversation=cid))

    assert erased == {"conversations": 1, "photos": 2}
    assert shop.with_canary() == []
    assert await shop.hub.log.read.visitor(visitor) is None


async def test_nobody_elses_conversation_is_touched(shop: Shop) -> None:
    _, erased = await shop.visitor()
    visitor, kept = await shop.visitor()

    await shop.eraser(EraseRequest(conversation=erased))

    assert await shop.hub.log.read.conversation(kept) is not None
    assert await shop.hub.log.read.views(visitor) == (CANARY.decode(),)
    assert len([name for name in shop.with_canary() if name.endswith(".jpg")]) == 4


@pytest.mark.parametrize("named", ["C-1", "Anna@Example.com"])
async def test_a_customer_is_erased_by_id_or_address_whoever_they_were_to_the_chat(shop: Shop, named: str) -> None:
    await shop.visitor(customer="C-1", email="anna@example.com")
    _, other = await shop.visitor(customer="C-2", email="ben@example.com")

    erased = await shop.eraser(EraseRequest(customer=named))

    assert erased["conversations"] == 1
    assert await shop.hub.log.read.belonging_to("C-1") == ((), ())
    assert await shop.hub.log.read.conversation(other) is not None


async def test_a_conversation_in_which_they_proved_an_order_is_theirs_too(shop: Shop) -> None:
    _, cid = await shop.visitor()
    proven = IdentityProven(scope={"assurance": 1, "customer_id": "C-1", "order_ids": ["#W1"]})
    await shop.hub.log.write(lambda tx: tx.append(cid, proven))

    await shop.eraser(EraseRequest(customer="C-1"))

    assert await shop.hub.log.read.conversation(cid) is None


async def test_what_is_not_there_is_said(shop: Shop) -> None:
    await shop.visitor()

    for asked in (EraseRequest(conversation="conv_none"), EraseRequest(customer="C-9")):
        with pytest.raises(NotFound):
            await shop.eraser(asked)


def test_both_or_neither_is_no_request() -> None:
    for wrong in ({}, {"conversation": "c", "customer": "C-1"}):
        with pytest.raises(ValidationError, match="either a conversation or a customer"):
            EraseRequest(**wrong)


async def test_the_command_erases_beside_a_running_server(shop: Shop) -> None:
    _, cid = await shop.visitor()
    listening = listen("127.0.0.1", 0)
    running = announce(shop.folder, f"http://127.0.0.1:{listening.getsockname()[1]}", 1)
    app = app_for(shop.hub)
    app.include_router(admin_router(running.token, None, shop.eraser))  # type: ignore[arg-type]
    server = server_for(app, drain=lambda: asyncio.sleep(0))
    task = asyncio.create_task(server._serve(sockets=[listening]))

    result = await asyncio.to_thread(run_vitrine, shop.folder, "erase", cid, "--yes", "--json")
    again = await command(shop.folder, "erase", cid, "--yes")
    async with httpx.AsyncClient(trust_env=False) as stranger:
        headers = {"Authorization": f"Bearer {STAFF_TOKEN}"}
        refused = await stranger.post(f"{running.url}/v1/admin/erase", json={"conversation": cid}, headers=headers)
    server.should_exit = True
    await task
    retract(shop.folder)

    assert json_of(result) == {"conversations": 1, "photos": 2}
    assert f"expected a conversation of this shop, got '{cid}'" in str(again.exception)
    assert refused.status_code == 401
    assert shop.with_canary() == []


async def test_the_command_erases_when_no_server_runs_and_asks_first(tmp_path: Path) -> None:
    photos = PhotoStore(tmp_path / "photos")
    shop = Shop(await open_hub(tmp_path, ScriptedTurn(), photos), photos, tmp_path)
    _, cid = await shop.visitor(customer="C-1")
    locked = await command(tmp_path, "erase", cid, "--yes")
    await shop.hub.close()

    unsure = await command(tmp_path, "erase", cid)
    kept = shop.with_canary()
    erased = await command(tmp_path, "erase", "--customer", "C-1", "--yes", "--json")

    assert isinstance(locked.exception, CommandFailed)
    assert "one server process on a data folder" in str(locked.exception)
    assert unsure.exit_code == 1
    assert kept
    assert erased.exit_code == 0
    assert shop.with_canary() == []


async def test_a_command_without_a_target_or_a_shop_says_what_it_expects(tmp_path: Path) -> None:
    nothing = await command(tmp_path, "erase", "--yes")
    nowhere = await command(tmp_path / "none", "erase", "conv_1", "--yes")

    assert nothing.exit_code == 2
    assert "expected either CONVERSATION or --customer" in nothing.output
    assert "there are no conversations in" in str(nowhere.exception)


async def command(folder: Path, *arguments: str) -> Result:
    """A command in this process, in a thread, since it runs a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["--data-dir", str(folder), *arguments])
