"""Frames in and out, without sockets: text to a client frame, payloads and stored events to text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

import orjson
from pydantic import BaseModel, ValidationError

from server.clock import Clock, Ids, timestamp
from server.errors import WORDS as ERROR_WORDS
from server.errors import BadRequest, Malformed, NotFound, ServerError, TooLarge, UnknownType, failure_of
from server.log.records import Event
from server.wire.client import ClientFrame, ShopperFrame, StaffFrame
from server.wire.events import Audience, Payload
from server.wire.server import Failed

TOO_MUCH = frozenset({"string_too_long", "too_long", "bytes_too_long"})

Models = Mapping[str, type[ClientFrame]]
M = TypeVar("M", bound=BaseModel)


def _by_type(union: object) -> dict[str, type[ClientFrame]]:
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(union)}


SHOPPER_FRAMES: Models = _by_type(ShopperFrame)
STAFF_FRAMES: Models = _by_type(StaffFrame)


def parse(text: str | bytes, models: Models) -> ClientFrame:
    """Read a client frame.

    Raises Malformed when it is not even an envelope, UnknownType, or BadRequest and TooLarge that say where.
    """
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed(where="frame", expected="JSON text", got=f"{error.msg} at character {error.pos}") from None
    if not isinstance(raw, dict):
        raise Malformed(where="frame", expected="a JSON object", got=_kind(raw))
    kind = raw.get("type")
    if not isinstance(kind, str):
        raise Malformed(where="type", expected="a string", got=_kind(kind))
    if kind not in models:
        raise UnknownType(where="type", expected="one of " + ", ".join(sorted(models)), got=kind[:64])
    return read_model(models[kind], raw)


def read_model(model: type[M], raw: object) -> M:
    """Validate what came, or raise BadRequest or TooLarge for its first fault."""
    try:
        return model.model_validate(raw, strict=False)
    except ValidationError as error:
        raise first_fault(error) from None


def first_fault(error: ValidationError) -> BadRequest:
    """The first thing that is wrong: where, what was expected, what came. Contents are not repeated, only sizes."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"] if part != "__root__") or "data"
    got = fault["input"]
    if fault["type"] in TOO_MUCH:
        limit = fault["ctx"].get("max_length")
        return TooLarge(where=where, expected=f"at most {limit}", got=str(len(got)))
    if fault["type"] == "missing":
        return BadRequest(where=where, expected="a value", got="nothing")
    if fault["type"] == "value_error":
        return BadRequest(where=where, expected=fault["msg"].removeprefix("Value error, "), got="neither")
    return BadRequest(where=where, expected=fault["msg"], got=_kind(got))


def frame_id(text: str | bytes) -> str | None:
    """The `id` of a frame that could not be read, so that its error can be matched; None if there is none."""
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:64] if isinstance(found, str) else None


def encode(payload: Payload, *, cid: str | None, clock: Clock, ids: Ids, re: str | None = None) -> str:
    """An ephemeral frame as text."""
    envelope: dict[str, Any] = {"type": payload.TYPE, "id": ids.new("frm")}
    if cid:
        envelope["cid"] = cid
    if re:
        envelope["re"] = re
    envelope["ts"] = timestamp(clock.now())
    envelope["data"] = orjson.Fragment(payload.model_dump_json(exclude_none=True))
    return orjson.dumps(envelope).decode()


def render(event: Event, audience: Audience) -> str:
    """A stored event as its audience sees it; each audience's numbers rise by exactly one.

    Raises NotFound for an event that this audience may not see: its query should not have found it.
    """
    seq = event.seq if audience == "staff" else event.visitor_seq
    if seq is None:
        raise NotFound(where=event.type, expected="an event for visitors")
    envelope: dict[str, Any] = {"type": event.type, "id": event.id, "cid": event.conversation_id, "seq": seq}
    if event.client_id:
        envelope["re"] = event.client_id
    envelope["ts"] = event.ts
    if audience == "staff" and event.staff_data:
        envelope["data"] = orjson.loads(event.data) | orjson.loads(event.staff_data)
    else:
        envelope["data"] = orjson.Fragment(event.data)
    return orjson.dumps(envelope).decode()


def failed(error: Exception, *, language: str, re: str | None = None, fatal: bool = False) -> Failed:
    """The error frame's data. An unexpected exception says nothing about itself."""
    known: ServerError = failure_of(error)
    return Failed(
        re=re,
        code=known.code,
        message=ERROR_WORDS[known.code].of("zh" if language == "zh" else "en"),
        retry_after_ms=known.retry_after_ms or None,
        fatal=fatal,
        where=known.where or None,
        expected=known.expected or None,
        got=known.got or None,
    )


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool() | int() | float():
            return repr(value)[:40]
        case str():
            return f"a string of {len(value)} characters"
        case list() | tuple():
            return f"a list of {len(value)}"
        case _:
            return "an object"
