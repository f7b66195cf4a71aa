"""Frames as text, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock import UlidIds, timestamp
from server.errors import BadRequest, Malformed, ServerError, TooLarge, UnknownType
from server.frames import SHOPPER_FRAMES, encode, failed, frame_id, parse, render
from server.log.records import Event
from server.wire.client import MessageSend, MessageSendData
from server.wire.server import Pong


class NoonClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, 0, 0, 123_456, tzinfo=UTC)


def text(**frame: object) -> str:
    return orjson.dumps(frame).decode()


def test_a_frame_is_read_into_its_model() -> None:
    frame = parse(text(type="message.send", id="k1", data={"text": "hi", "later": 1}), SHOPPER_FRAMES)

    assert frame == MessageSend(type="message.send", id="k1", data=MessageSendData(text="hi"))


@pytest.mark.parametrize(
    ("raw", "error", "where"),
    [
        ("", Malformed, "frame"),
        ("null", Malformed, "frame"),
        ('"\\ud800"', Malformed, "frame"),
        ("[" * 100_000, Malformed, "frame"),
        ('{"type":1e308}', Malformed, "type"),
        ('{"type":"\u202eevil","id":"k"}', UnknownType, "type"),
        ('{"type":"ping"}', BadRequest, "id"),
        ('{"type":"ping","id":""}', BadRequest, "id"),
        ('{"type":"ping","id":"a b"}', BadRequest, "id"),
        ('{"type":"message.send","id":"k","data":{"text":true}}', BadRequest, "data.text"),
        ('{"type":"message.send","id":"k","data":[]}', BadRequest, "data"),
        ('{"type":"read","id":"k","data":{"seq":-1}}', BadRequest, "data.seq"),
        ('{"type":"read","id":"k","data":{"seq":1e300}}', BadRequest, "data.seq"),
    ],
)
def test_a_bad_frame_says_where_it_is_bad(raw: str, error: type[ServerError], where: str) -> None:
    with pytest.raises(error) as caught:
        parse(raw, SHOPPER_FRAMES)

    assert type(caught.value) is error
    assert caught.value.where == where
    assert caught.value.expected


def test_what_is_too_long_is_told_by_its_size_and_not_repeated() -> None:
    with pytest.raises(TooLarge) as caught:
        parse(text(type="message.send", id="k1", data={"text": "secret" * 20_000}), SHOPPER_FRAMES)

    assert (caught.value.expected, caught.value.got) == ("at most 100000", "120000")
    assert "secret" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(kind=st.sampled_from(sorted(SHOPPER_FRAMES)), key=JSON, data=JSON)
def test_whatever_comes_is_a_frame_or_one_of_our_errors(kind: str, key: object, data: object) -> None:
    try:
        frame = parse(orjson.dumps({"type": kind, "id": key, "data": data}), SHOPPER_FRAMES)
    except (ServerError, TypeError):  # TypeError: what orjson itself cannot write
        return

    assert isinstance(frame, SHOPPER_FRAMES[kind])


@given(raw=st.binary(max_size=200))
def test_whatever_bytes_come_are_a_frame_or_one_of_our_errors(raw: bytes) -> None:
    with pytest.raises(ServerError):
        parse(raw, SHOPPER_FRAMES)


def test_an_unexpected_exception_says_nothing_about_itself() -> None:
    said = failed(RuntimeError("password=hunter2"), language="en", re="k1")

    assert said.code == "internal"
    assert "hunter2" not in said.model_dump_json()


def test_a_frame_that_is_not_stored_has_no_seq() -> None:
    clock = NoonClock()

    frame = orjson.loads(encode(Pong(t=7), cid="conv_1", clock=clock, ids=UlidIds(clock), re="k1"))

    assert frame.pop("id").startswith("frm_")
    assert frame == {
        "type": "pong",
        "cid": "conv_1",
        "re": "k1",
        "ts": "2026-11-22T12:00:00.123Z",
        "data": {"t": 7},
    }


EVENT = Event("conv_1", 7, 5, "evt_1", "turn.ended", None, "now", '{"reason":"done"}', '{"memory":{"a":1}}')


def test_a_visitor_gets_their_own_numbers_and_nothing_of_the_staffs() -> None:
    shown = orjson.loads(render(EVENT, "visitor"))

    assert shown["seq"] == 5
    assert shown["data"] == {"reason": "done"}


def test_staff_get_everything() -> None:
    shown = orjson.loads(render(EVENT, "staff"))

    assert shown["seq"] == 7
    assert shown["data"] == {"reason": "done", "memory": {"a": 1}}


def test_an_error_is_matched_to_its_frame_where_that_can_be() -> None:
    assert frame_id('{"id":"k1","type":"nonsense"}') == "k1"
    assert frame_id("nonsense") is None
    assert frame_id("[]") is None


def test_ids_sort_by_time() -> None:
    class Later(NoonClock):
        def now(self) -> datetime:
            return datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)

    early, late = UlidIds(NoonClock()).new("evt"), UlidIds(Later()).new("evt")

    assert early < late
    assert len(early) == len("evt_") + 26
    assert timestamp(Later().now()) == "2026-11-22T12:00:01.000Z"
