"""Who may open a socket, and the first frame on it."""

from __future__ import annotations

import asyncio
import hmac
from typing import NoReturn, TypeVar

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.errors import Forbidden, Malformed, NotFound, ServerError, Unauthorized
from server.frames import Models, failed, frame_id, parse
from server.hub import Hub
from server.origins import origin_allowed
from server.wire import SUBPROTOCOL
from server.wire.client import ClientFrame
from server.wire.close import Close
from server.words import language_from_header

F = TypeVar("F", bound=ClientFrame)


class Refused(Exception):
    """The socket was told why it cannot stay, and closed."""


async def admit(websocket: WebSocket, hub: Hub) -> bool:
    """Accept the socket if its page, its protocol and the server's state allow it; False when it was refused."""
    if not origin_allowed(websocket.scope["headers"], hub.origins, has_token=_has_token(websocket, hub)):
        await websocket.send_denial_response(
            JSONResponse({"code": "forbidden", "message": "this page may not use the chat"}, status_code=403)
        )
        return False
    offered: list[str] = websocket.scope["subprotocols"]
    if SUBPROTOCOL not in offered:
        # Browsers only learn the close code if the server takes up something that they offered.
        await websocket.accept(subprotocol=offered[0] if offered else None)
        await websocket.close(Close.SUBPROTOCOL, f"this server speaks {SUBPROTOCOL}")
        return False
    await websocket.accept(subprotocol=SUBPROTOCOL)
    if hub.draining:
        await websocket.close(Close.OVERLOADED, "the server restarts")
        return False
    return True


async def first_frame(websocket: WebSocket, hub: Hub, models: Models, expected: type[F]) -> F:
    """The hello, within its deadline. Raises Refused after closing: 4408 too late, 4400 malformed, 4401 no hello."""
    try:
        async with asyncio.timeout(hub.limits.hello_seconds):
            text = await receive_text(websocket)
    except TimeoutError:
        await websocket.close(Close.TIMEOUT, f"no hello within {hub.limits.hello_seconds:g} seconds")
        raise Refused from None
    except Malformed as error:
        await refuse(websocket, hub, error, Close.MALFORMED)
    try:
        frame = parse(text, models)
        if not isinstance(frame, expected):
            raise Unauthorized(where="type", expected="hello as the first frame", got="another frame")
    except Malformed as error:
        await refuse(websocket, hub, error, Close.MALFORMED)
    except ServerError as error:
        await refuse(websocket, hub, error, Close.UNAUTHENTICATED, re=frame_id(text))
    return frame


async def refuse(websocket: WebSocket, hub: Hub, error: ServerError, code: Close, *, re: str | None = None) -> NoReturn:
    """Say why, close, and raise Refused."""
    language = language_from_header(websocket.headers.get("accept-language", ""))
    await websocket.send_text(hub.encode(failed(error, language=language, re=re, fatal=True), None, re))
    await websocket.close(code)
    raise Refused


def close_code_of(error: ServerError) -> Close:
    """What a hello that failed closes with."""
    return Close.FORBIDDEN if isinstance(error, Forbidden | NotFound) else Close.UNAUTHENTICATED


async def receive_text(websocket: WebSocket) -> str:
    """The next text frame. Raises WebSocketDisconnect at the end, Malformed for a binary frame."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005), message.get("reason"))
    text = message.get("text")
    if text is None:
        raise Malformed(where="frame", expected="a text frame", got="a binary frame")
    return str(text)


def is_staff(token: str, hub: Hub) -> bool:
    """Whether this is the console's token; nobody is staff where none is set."""
    return bool(hub.staff_token) and hmac.compare_digest(token.encode(), hub.staff_token.encode())


def _has_token(websocket: WebSocket, hub: Hub) -> bool:
    scheme, _, token = websocket.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and (is_staff(token, hub) or hub.sessions.visitor_of(token) is not None)
