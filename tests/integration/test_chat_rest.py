"""The chat over plain HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
import pytest
from chat_server import IDENTITY_KEY, STAFF_TOKEN, ChatServer, StillClock, running

from server.hub import ChatLimits


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path) as server:
        yield server


@pytest.fixture
async def http(server: ChatServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.http, trust_env=False) as http:
        yield http


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def ended(server: ChatServer, session: dict[str, Any]) -> list[dict[str, Any]]:
    """What a socket of this visitor sees of the conversation, to the end of its turn."""
    client = await server.client(await server.session(visitor_token=session["visitor_token"])).open(after=0)
    await client.next("turn.ended")
    await client.close()
    return client.events


async def test_a_message_over_http_is_stored_once_and_answered(server: ChatServer, http: httpx.AsyncClient) -> None:
    session = await server.session()
    url, headers = f"/v1/conversations/{session['conversation_id']}/messages", bearer(session["visitor_token"])

    first = await http.post(url, json={"id": "k1", "text": "hello"}, headers=headers)
    again = await http.post(url, json={"id": "k1", "text": "hello"}, headers=headers)
    events = await ended(server, session)

    assert (first.status_code, first.json()) == (202, {"re": "k1", "seq": 1, "duplicate": False})
    assert (again.status_code, again.json()) == (202, {"re": "k1", "seq": 1, "duplicate": True})
    listed = await http.get(f"/v1/conversations/{session['conversation_id']}/events", headers=headers)
    assert listed.json() == {"events": events, "more": False}


async def test_events_and_history_come_in_pages(server: ChatServer, http: httpx.AsyncClient) -> None:
    session = await server.session()
    base, headers = f"/v1/conversations/{session['conversation_id']}", bearer(session["visitor_token"])
    await http.post(f"{base}/messages", json={"id": "k1", "text": "hello"}, headers=headers)
    events = await ended(server, session)

    page = await http.get(f"{base}/events", params={"after": 1, "limit": 2}, headers=headers)
    history = await http.get(f"{base}/history", params={"before": 4, "limit": 2}, headers=headers)

    assert page.json() == {"events": events[1:3], "more": True}
    assert history.json() == {"events": events[1:3], "more": True}


async def test_an_event_stream_replays_then_goes_on_live(server: ChatServer, http: httpx.AsyncClient) -> None:
    session = await server.session()
    base = f"/v1/conversations/{session['conversation_id']}"
    headers = {**bearer(session["visitor_token"]), "Accept": "text/event-stream"}
    await http.post(f"{base}/messages", json={"id": "k1", "text": "first"}, headers=headers)
    events = await ended(server, session)

    names, ids, frames = [], [], []
    async with asyncio.timeout(5), http.stream("GET", f"{base}/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                names.append(value)
            elif name == "id":
                ids.append(int(value))
            elif name == "data":
                frames.append(orjson.loads(value))
                if names == ["message.created", "turn.started", "message.created", "turn.ended"]:
                    await http.post(f"{base}/messages", json={"id": "k2", "text": "second"}, headers=headers)
                if names.count("turn.ended") == 2:
                    break

    assert frames[:4] == events
    assert ids == list(range(1, 9))
    assert names[4:7] == ["message.created", "turn.started", "status"]
    assert names.count("stream.delta") == 3


async def test_an_event_stream_goes_on_after_the_last_event_that_came(
    server: ChatServer, http: httpx.AsyncClient
) -> None:
    session = await server.session()
    base = f"/v1/conversations/{session['conversation_id']}"
    headers = {**bearer(session["visitor_token"]), "Accept": "text/event-stream", "Last-Event-ID": "3"}
    await http.post(f"{base}/messages", json={"id": "k1", "text": "first"}, headers=headers)
    events = await ended(server, session)

    async with asyncio.timeout(5), http.stream("GET", f"{base}/events", headers=headers) as stream:
        lines = stream.aiter_lines()
        first = [await anext(lines) for _ in range(3)]

    assert first[0] == "id: 4"
    assert orjson.loads(first[2].removeprefix("data: ")) == events[3]


async def test_staff_see_more_than_the_customer(server: ChatServer, http: httpx.AsyncClient) -> None:
    session = await server.session()
    base = f"/v1/conversations/{session['conversation_id']}"
    await http.post(
        f"{base}/messages", json={"id": "k1", "text": "my order?"}, headers=bearer(session["visitor_token"])
    )
    await ended(server, session)

    theirs = (await http.get(f"{base}/events", headers=bearer(session["visitor_token"]))).json()["events"]
    ours = (await http.get(f"{base}/events", headers=bearer(STAFF_TOKEN))).json()["events"]

    assert [event["type"] for event in ours if event["type"] not in {each["type"] for each in theirs}] == [
        "tool.ran",
        "identity.proven",
    ]
    assert "memory" not in orjson.dumps(theirs).decode()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "events"), ("GET", "history"), ("POST", "messages")],
)
async def test_a_foreign_conversation_looks_like_one_that_does_not_exist(
    server: ChatServer, http: httpx.AsyncClient, method: str, path: str
) -> None:
    mine, theirs = await server.session(), await server.session()
    headers = bearer(mine["visitor_token"])

    foreign, absent = [
        await http.request(method, f"/v1/conversations/{cid}/{path}", headers=headers, json={"id": "k1", "text": "hi"})
        for cid in (theirs["conversation_id"], "conv_absent")
    ]
    nobody = await http.request(method, f"/v1/conversations/{theirs['conversation_id']}/{path}")

    assert (foreign.status_code, foreign.json()) == (absent.status_code, absent.json())
    assert foreign.status_code == 404
    assert nobody.status_code == 401
    assert await server.hub.log.read.events_after(theirs["conversation_id"], 0, "staff") == []


@pytest.mark.parametrize(
    ("body", "status", "code", "where"),
    [
        (b"not JSON", 400, "bad_request", "body"),
        (b"[]", 400, "bad_request", "data"),
        (b"{}", 400, "bad_request", "id"),
        (b'{"id":"k1"}', 400, "bad_request", "data"),
        (b'{"id":"k1","text":"%s"}' % (b"x" * 10_001), 413, "too_large", "data.text"),
        (b'{"id":"k1","text":"%s"}' % (b"x" * 70_000), 413, "too_large", "body"),
        (b'{"id":"k1","photos":["up_foreign"]}', 404, "not_found", "data.photos.0"),
    ],
)
async def test_a_bad_body_says_what_is_wrong_with_it(
    server: ChatServer, body: bytes, status: int, code: str, where: str
) -> None:
    session = await server.session()

    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{server.http}/v1/conversations/{session['conversation_id']}/messages",
            content=body,
            headers=bearer(session["visitor_token"]),
        )

    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (status, code, where)
    assert answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_request"),
        ({"site_key": "other"}, 403, "forbidden"),
        ({"site_key": "demo", "visitor_token": "vis_1.forged"}, 401, "unauthorized"),
        ({"site_key": "demo", "identity": "not.a.token"}, 401, "unauthorized"),
        ({"site_key": "demo", "identity": "x" * 8192}, 413, "too_large"),
    ],
)
async def test_a_session_that_is_asked_for_wrongly_is_refused(
    http: httpx.AsyncClient, body: dict[str, str], status: int, code: str
) -> None:
    answer = await http.post("/v1/sessions", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_session_says_what_the_page_needs(server: ChatServer) -> None:
    session = await server.session(session_id="page-1")

    assert session["session_id"] == "page-1"
    assert session["greeting"] == "Hello!"
    assert session["features"]["photos"] is True
    assert session["limits"]["frame_bytes"] == 65_536


async def test_one_address_cannot_open_sessions_without_end(tmp_path: Path) -> None:
    async with running(tmp_path, ChatLimits(sessions_per_minute=2)) as server, httpx.AsyncClient() as http:
        answers = [await http.post(f"{server.http}/v1/sessions", json={"site_key": "demo"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[2].headers["Retry-After"]) >= 1


async def test_a_signed_identity_that_has_run_out_opens_nothing_any_more(tmp_path: Path) -> None:
    clock = StillClock()
    claims = {"sub": "customer-7", "exp": clock.now().timestamp() + 60}
    async with running(tmp_path, clock=clock) as server, httpx.AsyncClient(base_url=server.http) as http:
        session = await server.session(identity=jwt.encode(claims, IDENTITY_KEY, algorithm="HS256"))
        url = f"/v1/conversations/{session['conversation_id']}/events"
        before = await http.get(url, headers=bearer(session["visitor_token"]))
        clock.moment = clock.moment.replace(minute=2)
        after = await http.get(url, headers=bearer(session["visitor_token"]))

    assert (before.status_code, after.status_code) == (200, 401)
