"""The chat over plain HTTP, for scripts and for networks that let no socket through."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field

from server.bodies import bearer, body_of, error_answer, visitor_of
from server.clock import timestamp
from server.errors import NotFound, RateLimited, ServerError
from server.frames import read_model, render
from server.handshake import is_staff
from server.hub import Hub
from server.limits import address_key
from server.log.records import Event
from server.server_sent import event_stream
from server.sessions import SessionRequest
from server.wire.client import Key, MessageSendData
from server.wire.events import Audience


class MessageBody(MessageSendData):
    """A message over HTTP; sending the same `id` again stores nothing twice."""

    id: Annotated[Key, Field(description="The client's own id of this message.")]


def rest_router(hub: Hub) -> APIRouter:
    """`POST /v1/sessions` and the conversation routes; every one but the first wants `Authorization: Bearer`."""
    router = APIRouter(prefix="/v1", tags=["chat"])

    @router.post("/sessions", status_code=201)
    async def open_session(request: Request) -> Response:
        """Open a session: body as `SessionRequest`, answer with the visitor's token and a ticket for the socket."""
        address = request.client.host if request.client else ""
        try:
            if wait := hub.session_buckets.take(address_key(address)):
                raise RateLimited(where="sessions", expected="fewer sessions a minute", retry_after_ms=wait)
            opened = await hub.sessions.open(read_model(SessionRequest, await body_of(request)))
        except ServerError as error:
            return error_answer(request, error)
        visitor = opened.session.visitor
        return JSONResponse(
            {
                "visitor_token": opened.visitor_token,
                "ticket": opened.ticket,
                "session_id": opened.session.id,
                "conversation_id": opened.session.conversation_id,
                "user": {
                    "id": visitor.id,
                    "name": visitor.name,
                    "signed_in": visitor.signed_in(timestamp(hub.clock.now())),
                },
                "limits": hub.limits.shown(),
                "features": {"photos": hub.limits.max_photos > 0, "handoff": True, "feedback": True},
                "greeting": hub.greeting,
            },
            status_code=201,
        )

    @router.get("/conversations/{cid}/events")
    async def events(
        request: Request,
        cid: str,
        after: Annotated[int, Query(ge=0, description="Only events after this number.")] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        last_event_id: Annotated[int | None, Header(ge=0)] = None,
    ) -> Response:
        """Stored events after `after`, as JSON; with `Accept: text/event-stream`, also the live ones as they come."""
        try:
            audience = await _audience(request, cid)
        except ServerError as error:
            return error_answer(request, error)
        start = last_event_id if last_event_id is not None else after
        if "text/event-stream" in request.headers.get("accept", ""):
            stream: AsyncGenerator[str, None] = event_stream(hub, cid, audience, after=start)
            return StreamingResponse(
                stream,
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        found = await hub.log.read.events_after(cid, start, audience, limit=limit + 1)
        return _events(found[:limit], audience, more=len(found) > limit)

    @router.get("/conversations/{cid}/history")
    async def history(
        request: Request,
        cid: str,
        before: Annotated[int, Query(ge=0, description="Only events before this number.")] = 2**53,
        limit: Annotated[int, Query(ge=1, le=50)] = 50,
    ) -> Response:
        """Stored events before `before`, oldest first."""
        try:
            audience = await _audience(request, cid)
        except ServerError as error:
            return error_answer(request, error)
        found = await hub.log.read.events_before(cid, before, audience, limit=limit + 1)
        return _events(found[-limit:], audience, more=len(found) > limit)

    @router.post("/conversations/{cid}/messages", status_code=202)
    async def send(request: Request, cid: str) -> Response:
        """Say something; 202 when it is stored. The answer comes as events."""
        try:
            visitor_id = await _visitor(request, cid)
            body = read_model(MessageBody, await body_of(request))
            stored = await hub.intake.message(cid, body, visitor_id=visitor_id, client_id=body.id)
        except ServerError as error:
            return error_answer(request, error)
        return JSONResponse({"re": body.id, "seq": stored.visitor_seq, "duplicate": stored.duplicate}, status_code=202)

    async def _audience(request: Request, cid: str) -> Audience:
        if is_staff(bearer(request), hub):
            if await hub.log.read.conversation(cid) is None:
                raise NotFound(where="cid", expected="a conversation")
            return "staff"
        await _visitor(request, cid)
        return "visitor"

    async def _visitor(request: Request, cid: str) -> str:
        """The visitor whose token it is and whose conversation, or Unauthorized, or NotFound."""
        visitor_id = await visitor_of(request, hub)
        await hub.sessions.owned(cid, visitor_id)
        return visitor_id

    return router


def _events(found: list[Event], audience: Audience, *, more: bool) -> Response:
    """Events as they are on the socket."""
    shown = ",".join(render(event, audience) for event in found)
    return Response(f'{{"events":[{shown}],"more":{str(more).lower()}}}', media_type="application/json")
