"""The handshake: who may come in, with what first frame, and what closes the socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from chat_server import ORIGIN, ChatServer, open_socket, running
from websockets.exceptions import InvalidStatus

from server.hub import ChatLimits


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path) as server:
        yield server


async def test_the_welcome_says_who_and_where_the_customer_is(server: ChatServer) -> None:
    session = await server.session()

    client = await server.client(session).open()

    welcome = (await client.next("welcome"))["data"]
    assert welcome["session_id"] == session["session_id"]
    assert welcome["user"] == {"id": session["user"]["id"], "name": "", "signed_in": False}
    assert welcome["heartbeat_ms"] == 25_000
    assert welcome["limits"]["text"] == 10_000
    assert welcome["conversation"] == {
        "id": session["conversation_id"],
        "status": "open",
        "control": "bot",
        "control_epoch": 0,
        "last_seq": 0,
    }


async def test_a_ticket_opens_one_socket_only(server: ChatServer) -> None:
    session = await server.session()
    await (await server.client(session).open()).next("welcome")

    second = await server.client(session).open()

    assert await second.closed() == 4401
    assert second.frames[0]["data"]["code"] == "unauthorized"
    assert second.frames[0]["data"]["fatal"] is True


async def test_a_forged_ticket_is_refused(server: ChatServer) -> None:
    session = await server.session()

    client = await server.client(session).open(ticket="tkt_forged")

    assert await client.closed() == 4401


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type":"message.send","id":"k1","data":{"text":"hi"}}', 4401),
        ('{"type":"no.such","id":"k1","data":{}}', 4401),
        ('{"type":"hello","id":"k1","data":{}}', 4401),
        ("not JSON", 4400),
        ("[]", 4400),
        ('{"id":"k1"}', 4400),
        (b"\x00\x01", 4400),
    ],
)
async def test_anything_but_a_hello_closes_the_socket(server: ChatServer, first: str | bytes, code: int) -> None:
    socket = await open_socket(server.port)

    await socket.send(first)

    frames = [orjson.loads(await socket.recv())]
    await socket.wait_closed()
    assert socket.close_code == code
    assert [frame["type"] for frame in frames] == ["error"]


async def test_a_socket_that_says_nothing_is_closed(tmp_path: Path) -> None:
    async with running(tmp_path, ChatLimits(hello_seconds=0.1)) as server:
        socket = await open_socket(server.port)

        await socket.wait_closed()

        assert socket.close_code == 4408


async def test_a_second_hello_is_too_many(server: ChatServer) -> None:
    client = await server.client(await server.session()).open()

    await client.send("hello", {"ticket": "again"})

    assert await client.closed() == 4429


@pytest.mark.parametrize("offered", [None, ["vitrine.v2"], ["graphql-transport-ws"]])
async def test_another_protocol_is_not_spoken(server: ChatServer, offered: list[str] | None) -> None:
    socket = await open_socket(server.port, subprotocols=offered)

    await socket.wait_closed()

    assert socket.close_code == 4406


async def test_a_page_of_another_origin_gets_no_socket(server: ChatServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await open_socket(server.port, origin="https://evil.example")

    assert refused.value.response.status_code == 403


async def test_a_program_without_an_origin_needs_a_token(server: ChatServer) -> None:
    session = await server.session()
    with pytest.raises(InvalidStatus) as refused:
        await open_socket(server.port, origin=None)

    socket = await open_socket(
        server.port, origin=None, additional_headers={"Authorization": f"Bearer {session['visitor_token']}"}
    )

    assert refused.value.response.status_code == 403
    assert socket.subprotocol == "vitrine.v1"
    await socket.close()


async def test_two_origins_are_refused_before_the_chat_sees_them(server: ChatServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await open_socket(server.port, additional_headers={"Origin": ORIGIN})

    assert refused.value.response.status_code == 400


async def test_a_newer_connection_of_the_same_session_replaces_the_older(server: ChatServer) -> None:
    first = await server.session(session_id="page-1")
    older = await server.client(first).open()
    await older.next("welcome")

    again = await server.session(session_id="page-1", visitor_token=first["visitor_token"])
    newer = await server.client(again).open()

    assert await older.closed() == 4409
    await newer.next("welcome")
    await newer.say("still here?")
    await newer.next("turn.ended")


async def test_two_pages_of_one_visitor_both_stay(server: ChatServer) -> None:
    first = await server.session(session_id="page-1")
    one = await server.client(first).open()
    other = await server.client(await server.session(session_id="page-2", visitor_token=first["visitor_token"])).open()
    await other.next("welcome")

    await one.say("hello")

    await one.next("turn.ended")
    await other.next("turn.ended")
    assert one.events == other.events


async def test_a_foreign_conversation_looks_like_one_that_does_not_exist(server: ChatServer) -> None:
    theirs = await server.session()
    mine, again = await server.session(), await server.session()

    foreign = await server.client(mine).open(after=0, cid=theirs["conversation_id"])
    absent = await server.client(again).open(after=0, cid="conv_absent")

    assert [await foreign.closed(), await absent.closed()] == [4403, 4403]
    assert foreign.frames[0]["data"] == absent.frames[0]["data"]
    assert foreign.frames[0]["data"]["code"] == "not_found"


async def test_a_frame_that_is_too_large_closes_the_socket_and_loses_nothing(server: ChatServer) -> None:
    session = await server.session()
    client = await server.client(session).open()
    await client.say("before")
    await client.next("turn.ended")

    await client.socket.send("x" * 70_000)

    assert await client.closed() == 1009
    again = await server.client(await server.session(visitor_token=session["visitor_token"])).open(after=0)
    await again.next("resumed")
    assert again.events == client.events


async def test_a_draining_server_says_so_and_finishes_what_it_says(server: ChatServer) -> None:
    client = await server.client(await server.session()).open()
    await client.say("please wait")
    await client.next("stream.delta", i=1)

    draining = asyncio.create_task(server.hub.drain(5))
    await client.next("server.draining")
    server.turn.go_on.set()
    await client.next("turn.ended", reason="done")

    await draining
    assert await client.closed() == 1012
