"""A turn that a crash cut off is given after the restart, once; and not for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from chat_server import ChatServer, Client, OwnedPhotos, ScriptedTurn, open_hub, running

from agent.blocks import TextBlock
from server.hub import Hub
from server.log import changes
from server.log.changes import BegunTurn
from server.sessions import SessionRequest
from server.wire.events import BOT, MessageCreated, PhotoDescribed


async def ask(hub: Hub, text: str) -> tuple[str, dict[str, Any]]:
    """A message that is stored and not answered yet, as a server leaves it that dies at once."""
    opened = await hub.sessions.open(SessionRequest(site_key="demo"))
    cid = opened.session.conversation_id
    await hub.log.write(lambda tx: changes.receive(tx, cid, client_id="k1", blocks=(TextBlock(text=text),)))
    return cid, {"visitor_token": opened.visitor_token}


async def begin(hub: Hub, cid: str) -> BegunTurn:
    begun = await hub.log.write(lambda tx: changes.begin_turn(tx, cid))
    assert begun is not None
    return begun


async def dead_server(folder: Path) -> Hub:
    return await open_hub(folder, ScriptedTurn(), OwnedPhotos())


async def conversation_after(server: ChatServer, body: dict[str, Any]) -> Client:
    """What the customer sees when they come back, to the end of the turn."""
    client = await server.client(await server.session(**body)).open(after=0)
    await client.next("turn.ended")
    return client


def kinds(client: Client) -> list[str]:
    return [event["type"] for event in client.events]


async def test_a_message_that_nobody_began_to_answer_is_answered(tmp_path: Path) -> None:
    hub = await dead_server(tmp_path)
    _, body = await ask(hub, "hello")
    await hub.close()

    async with running(tmp_path) as server:
        client = await conversation_after(server, body)

        assert kinds(client) == ["message.created", "turn.started", "message.created", "turn.ended"]
        assert server.hub.turns.recovered == 1


async def test_an_answer_that_was_cut_off_is_given_anew_and_begins_once(tmp_path: Path) -> None:
    hub = await dead_server(tmp_path)
    cid, body = await ask(hub, "hello")
    await begin(hub, cid)
    await hub.close()

    async with running(tmp_path) as server:
        client = await conversation_after(server, body)

        assert kinds(client) == ["message.created", "turn.started", "message.created", "turn.ended"]
        assert client.events[3]["data"]["reason"] == "done"


async def test_an_answer_that_was_stored_is_not_given_twice(tmp_path: Path) -> None:
    hub = await dead_server(tmp_path)
    cid, body = await ask(hub, "hello")
    begun = await begin(hub, cid)
    said = MessageCreated(message_id="m", author=BOT, turn_id=begun.turn.id, blocks=(TextBlock(text="Hi!"),))
    await hub.log.write(lambda tx: changes.say(tx, cid, said))
    await hub.close()

    async with running(tmp_path) as server:
        client = await conversation_after(server, body)

        assert kinds(client) == ["message.created", "turn.started", "message.created", "turn.ended"]
        assert server.turn.given == []


async def test_a_photo_is_not_described_twice(tmp_path: Path) -> None:
    hub = await dead_server(tmp_path)
    cid, body = await ask(hub, "what is in this photo?")
    begun = await begin(hub, cid)
    seen = PhotoDescribed(turn_id=begun.turn.id, upload_id="up_1", caption="A blue mug.", attributes=())
    await hub.log.write(lambda tx: tx.append(cid, seen))
    await hub.close()

    async with running(tmp_path) as server:
        client = await conversation_after(server, body)

        assert kinds(client).count("photo.described") == 1
        assert kinds(client)[-1] == "turn.ended"


async def test_a_turn_that_brings_the_server_down_twice_goes_to_a_person(tmp_path: Path) -> None:
    hub = await dead_server(tmp_path)
    cid, body = await ask(hub, "你好")
    await begin(hub, cid)
    await begin(hub, cid)
    await hub.close()

    async with running(tmp_path) as server:
        client = await conversation_after(server, body)

        assert kinds(client) == ["message.created", "turn.started", "message.created", "control.changed", "turn.ended"]
        assert client.events[2]["data"]["blocks"][0]["text"].startswith("抱歉")
        assert client.events[3]["data"]["control"] == "queued"
        assert server.turn.given == []


async def test_a_server_that_closes_in_the_middle_of_an_answer_gives_it_after_the_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        client = await server.client(await server.session()).open()
        await client.say("please wait")
        await client.next("stream.delta", i=1)
        token = client.session["visitor_token"]

    turn = ScriptedTurn()
    turn.go_on.set()
    async with running(tmp_path, turn=turn) as server:
        client = await conversation_after(server, {"visitor_token": token})

        assert kinds(client) == ["message.created", "turn.started", "message.created", "turn.ended"]
        assert client.events[2]["data"]["blocks"][0]["text"] == "You said: please wait"


async def test_a_person_who_was_asked_for_is_still_expected(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        client = await server.client(await server.session()).open()
        await client.send("handoff.request", {})
        await client.next("control.changed")
        await client.say("hello?")
        await client.next("ack", seq=2)
        token = client.session["visitor_token"]

    async with running(tmp_path) as server:
        client = await server.client(await server.session(visitor_token=token)).open(after=0)
        welcome = await client.next("welcome")
        await client.next("resumed")

        assert welcome["data"]["conversation"]["control"] == "queued"
        assert server.turn.given == []


async def test_nothing_is_left_over_when_everybody_has_gone(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        for _ in range(3):
            client = await server.client(await server.session()).open()
            await client.say("hello")
            await client.next("turn.ended")
            await client.close()
            await client.socket.wait_closed()
        await server.session()

        assert (len(server.hub.feeds), server.hub.turns.at_work) == (0, 0)


async def test_a_message_that_comes_while_the_server_drains_is_answered_after_the_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        client = await server.client(await server.session()).open()
        await client.say("please wait")
        await client.next("stream.delta", i=1)
        draining = asyncio.create_task(server.hub.drain(5))
        await client.next("server.draining")
        await client.say("one more thing")
        await client.next("ack", re="k3")
        server.turn.go_on.set()
        await client.next("turn.ended", reason="done")
        await draining
        token = client.session["visitor_token"]

    async with running(tmp_path) as server:
        client = await server.client(await server.session(visitor_token=token)).open(after=0)
        await client.until_seq(8)

        said = [event["data"]["blocks"][0]["text"] for event in client.events if event["type"] == "message.created"]
        assert said == ["please wait", "one more thing", "You said: please wait", "You said: one more thing"]
