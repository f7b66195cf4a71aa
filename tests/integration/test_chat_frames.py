"""What a shopper's page can ask for, and what it is told when it asks wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from chat_server import ChatServer, Client, open_socket, running

from server.hub import ChatLimits


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path) as server:
        yield server


@pytest.fixture
async def client(server: ChatServer) -> AsyncIterator[Client]:
    client = await server.client(await server.session()).open()
    await client.next("welcome")
    yield client
    await client.close()


def texts(client: Client) -> list[str]:
    return [
        "".join(block["text"] for block in event["data"]["blocks"])
        for event in client.events
        if event["type"] == "message.created"
    ]


# Saying something


async def test_the_same_message_sent_again_is_not_said_again(client: Client) -> None:
    await client.say("hello")
    await client.next("turn.ended")

    await client.send("message.send", {"text": "hello"}, key="k2")
    again = await client.next("ack")

    assert again["data"] == {"re": "k2", "seq": 1, "duplicate": True}
    await client.say("bye")
    await client.next("turn.ended")
    assert texts(client) == ["hello", "You said: hello", "bye", "You said: bye"]


@pytest.mark.parametrize(
    ("kind", "data", "code", "where"),
    [
        ("message.send", {}, "bad_request", "data"),
        ("message.send", {"text": " \n "}, "bad_request", "data"),
        ("message.send", {"text": 7}, "bad_request", "data.text"),
        ("message.send", {"text": "x" * 10_001}, "too_large", "data.text"),
        ("message.send", {"photos": ["up_1"] * 5}, "too_large", "data.photos"),
        ("message.send", {"text": "see", "photos": ["up_foreign"]}, "not_found", "data.photos.0"),
        ("message.action", {"message_id": "none", "action_id": "a"}, "not_found", "data.message_id"),
        ("explain.correct", {"message_id": "none", "attribute": "type", "value": "a"}, "not_found", "data.message_id"),
        ("explain.correct", {"message_id": "none", "attribute": "type", "value": " "}, "bad_request", "data.value"),
        ("turn.regenerate", {"message_id": "none"}, "not_found", "data.message_id"),
        ("feedback.set", {"message_id": "none", "value": 1}, "not_found", "data.message_id"),
        ("feedback.set", {"message_id": "none", "value": 2}, "bad_request", "data.value"),
        ("csat.submit", {"score": 6}, "bad_request", "data.score"),
        ("csat.submit", {"score": 5}, "conflict", "type"),
        ("history.get", {"before_seq": 10, "limit": 51}, "bad_request", "data.limit"),
        ("handoff.cancel", {}, "conflict", "control"),
        ("no.such", {}, "unknown_type", "type"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_chat_goes_on(
    client: Client, kind: str, data: dict[str, object], code: str, where: str
) -> None:
    key = await client.send(kind, data)

    error = await client.next("error")

    assert (error["re"], error["data"]["code"], error["data"]["where"]) == (key, code, where)
    assert error["data"]["fatal"] is False
    assert error["data"]["expected"]
    await client.say("hello")
    await client.next("turn.ended")
    assert texts(client) == ["hello", "You said: hello"]


async def test_text_that_is_not_json_ends_the_socket_and_loses_nothing(server: ChatServer, client: Client) -> None:
    await client.say("hello")
    await client.next("turn.ended")

    await client.socket.send('{"type":')

    assert await client.closed() == 4400
    token = client.session["visitor_token"]
    again = await server.client(await server.session(visitor_token=token)).open(after=0)
    await again.next("resumed")
    assert again.events == client.events


async def test_markup_paths_and_ten_thousand_characters_are_only_words(client: Client) -> None:
    words = [
        "<script>alert(1)</script>",
        "/etc/passwd",
        "file:///etc/passwd",
        "https://evil.example/a.jpg",
        "字" * 10_000,
    ]

    for text in words:
        await client.say(text)
        await client.next("turn.ended")

    assert texts(client)[::2] == words


async def test_an_error_is_worded_in_the_browsers_language(server: ChatServer) -> None:
    socket = await open_socket(server.port, additional_headers={"Accept-Language": "zh-CN,zh;q=0.9"})

    await socket.send("{}")

    assert orjson.loads(await socket.recv())["data"]["message"] == "这条消息无法识别。"


async def test_a_photo_of_this_visitor_goes_with_the_message(
    server: ChatServer, client: Client, tmp_path: Path
) -> None:
    photo = tmp_path / "mug.jpg"
    server.photos.photos["up_mug", client.session["user"]["id"]] = photo

    await client.send("message.send", {"text": "what is in this photo?", "photos": ["up_mug"]})
    described = await client.next("photo.described")
    await client.next("turn.ended")

    assert client.events[0]["data"]["blocks"][1] == {
        "type": "photo",
        "upload_id": "up_mug",
        "url": "/v1/photos/up_mug.jpg",
        "thumbnail_url": "/v1/photos/up_mug.small.jpg",
        "width": 640,
        "height": 480,
        "text": "A photo",
    }
    assert described["data"]["attributes"] == [{"name": "colour", "value": "blue", "confidence": 0.9}]
    _, messages = server.turn.given[0]
    assert [(each.id, each.path) for each in messages[0].photos] == [("up_mug", photo)]
    assert messages[0].text == "what is in this photo?"


async def test_the_page_is_told_to_the_agent(server: ChatServer, client: Client) -> None:
    await client.say("how big is it?", context={"url": "https://shop.example/p1", "product_id": "p1"})
    await client.next("turn.ended")

    _, messages = server.turn.given[0]
    assert messages[0].context == {"url": "https://shop.example/p1", "product_id": "p1"}


async def test_too_many_messages_have_to_wait(tmp_path: Path) -> None:
    limits = ChatLimits(messages_per_minute=3, frames_per_10_seconds=100)
    async with running(tmp_path, limits) as server:
        client = await server.client(await server.session()).open()
        for _ in range(4):
            await client.say("hi")

        error = await client.next("error")

        assert error["re"] == "k5"
        assert error["data"]["code"] == "rate_limited"
        assert 0 < error["data"]["retry_after_ms"] <= 20_000


async def test_too_many_frames_have_to_wait_and_a_flood_ends_the_socket(tmp_path: Path) -> None:
    async with running(tmp_path, ChatLimits(frames_per_10_seconds=5)) as server:
        client = await server.client(await server.session()).open()
        for _ in range(80):
            await client.send("ping", {"t": 1})

        assert await client.closed() == 4429

        pongs = [frame for frame in client.frames if frame["type"] == "pong"]
        refused = [frame for frame in client.frames if frame["type"] == "error"]
        assert len(pongs) == 5
        assert {frame["data"]["code"] for frame in refused} == {"rate_limited"}


# Pressing something


async def test_a_quick_reply_says_its_value_for_the_customer(client: Client) -> None:
    await client.say("choose")
    await client.next("turn.ended")
    said = next(event for event in client.events if event["data"].get("author", {}).get("kind") == "bot")

    await client.send(
        "message.action",
        {"message_id": said["data"]["message_id"], "action_id": "blue", "value": "Give me all for free"},
    )
    await client.next("turn.ended")

    assert texts(client)[2:] == ["The blue one, please.", "You said: The blue one, please."]


async def test_a_choice_that_was_not_offered_cannot_be_pressed(client: Client) -> None:
    await client.say("choose")
    await client.next("turn.ended")
    said = next(event for event in client.events if event["data"].get("author", {}).get("kind") == "bot")

    await client.send("message.action", {"message_id": said["data"]["message_id"], "action_id": "gold"})

    assert (await client.next("error"))["data"]["code"] == "not_found"


# Putting right what was read from a photo


async def answered_photo(server: ChatServer, client: Client) -> str:
    """The id of the bot's message about a photo that the customer sent."""
    welcome = client.frames[0]["data"]
    server.photos.photos["up_1", welcome["user"]["id"]] = Path("up_1.jpg")
    await client.send("message.send", {"text": "photo", "photos": ["up_1"]})
    await client.next("turn.ended")
    said = next(event for event in client.events if event["data"].get("author", {}).get("kind") == "bot")
    return str(said["data"]["message_id"])


async def test_a_corrected_colour_searches_the_same_photo_anew(server: ChatServer, client: Client) -> None:
    message_id = await answered_photo(server, client)

    await client.send("explain.correct", {"message_id": message_id, "attribute": "colour", "value": " green "})
    await client.next("turn.ended")

    (asked,) = server.turn.given[-1][1]
    assert (asked.text, [photo.id for photo in asked.photos]) == ("green", ["up_1"])
    assert asked.context == {"corrects": "colour"}
    assert texts(client)[-1] == "You said: green"


async def test_only_what_photos_are_described_by_can_be_corrected(server: ChatServer, client: Client) -> None:
    message_id = await answered_photo(server, client)

    await client.send("explain.correct", {"message_id": message_id, "attribute": "price", "value": "1 euro"})
    error = await client.next("error")

    assert (error["data"]["code"], error["data"]["where"]) == ("bad_request", "data.attribute")
    assert error["data"]["expected"] == "one of colour, material, pattern, type"


async def test_a_message_about_no_photo_cannot_be_corrected(client: Client) -> None:
    await client.say("hello")
    await client.next("turn.ended")
    said = next(event for event in client.events if event["data"].get("author", {}).get("kind") == "bot")

    await client.send(
        "explain.correct", {"message_id": said["data"]["message_id"], "attribute": "colour", "value": "green"}
    )

    assert (await client.next("error"))["data"]["where"] == "data.message_id"


# The rest


async def test_feedback_is_kept(client: Client) -> None:
    await client.say("hello")
    await client.next("turn.ended")
    said = client.events[2]["data"]["message_id"]

    await client.send("feedback.set", {"message_id": said, "value": -1, "comment": "wrong"})
    given = await client.next("feedback.given")

    assert given["data"] == {"message_id": said, "value": -1, "comment": "wrong"}
    assert given["seq"] == 5


async def test_history_goes_back_in_pages(client: Client) -> None:
    for text in ("one", "two", "three"):
        await client.say(text)
        await client.next("turn.ended")

    await client.send("history.get", {"before_seq": 9, "limit": 5})
    page = await client.next("history")
    await client.send("history.get", {"before_seq": 4, "limit": 5})
    first = await client.next("history")

    assert page["data"]["events"] == client.events[3:8]
    assert page["data"]["more"] is True
    assert first["data"]["events"] == client.events[:3]
    assert first["data"]["more"] is False


async def test_a_ping_comes_back(client: Client) -> None:
    key = await client.send("ping", {"t": 123})

    pong = await client.next("pong")

    assert (pong["re"], pong["data"]) == (key, {"t": 123})


async def test_the_bot_answers_one_conversation_at_a_time_but_many_conversations_at_once(server: ChatServer) -> None:
    clients = [await server.client(await server.session()).open() for _ in range(5)]

    for client in clients:
        await client.say("please wait")
    for client in clients:
        await client.next("stream.delta", i=1)

    assert server.hub.turns.at_work == 5
    server.turn.go_on.set()
    await asyncio.gather(*(client.next("turn.ended") for client in clients))


async def test_an_erased_conversation_is_gone_also_while_it_is_answered(server: ChatServer, client: Client) -> None:
    cid = client.session["conversation_id"]
    await client.say("please wait")
    await client.next("stream.delta", i=1)

    photos = await server.hub.erase(cid)

    assert photos == ()
    assert await server.hub.log.read.events_after(cid, 0, "staff") == []
    key = await client.say("still there?")
    assert (await client.next("error"))["re"] == key
    again = await server.session(visitor_token=client.session["visitor_token"])
    assert again["conversation_id"] != cid
