"""What the HTTP routes share: who asks, the body that they send, and how a failure is answered."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import JSONResponse

from server.clock import timestamp
from server.errors import BadRequest, ServerError, TooLarge, Unauthorized
from server.frames import failed
from server.hub import Hub
from server.words import language_from_header

MAX_BODY = 64 * 1024


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer`, or ""."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


async def visitor_of(request: Request, hub: Hub) -> str:
    """The visitor whose token it is; Unauthorized without one, or when the shop's word for who they are has run out."""
    visitor_id = hub.sessions.visitor_of(bearer(request))
    if visitor_id is None:
        raise Unauthorized(where="Authorization", expected="Bearer and a visitor's token")
    visitor = await hub.log.read.visitor(visitor_id)
    if visitor and visitor.customer_id and not visitor.signed_in(timestamp(hub.clock.now())):
        raise Unauthorized(where="identity", expected="a new session: the signed identity has run out")
    return visitor_id


async def body_of(request: Request) -> Any:
    """The JSON body, read no further than it may be long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge(where="body", expected=f"at most {MAX_BODY} bytes", got="more")
    try:
        return orjson.loads(bytes(body))
    except orjson.JSONDecodeError as error:
        raise BadRequest(where="body", expected="JSON", got=f"{error.msg} at character {error.pos}") from None


def error_answer(request: Request, error: ServerError) -> JSONResponse:
    """A failure in the visitor's language, with the status and the wait that belong to it."""
    language = language_from_header(request.headers.get("accept-language", ""))
    content = failed(error, language=language).model_dump(exclude_none=True, exclude={"re", "fatal"})
    headers = {"Retry-After": str(-(-error.retry_after_ms // 1000))} if error.retry_after_ms else None
    return JSONResponse(content, status_code=error.status, headers=headers)
