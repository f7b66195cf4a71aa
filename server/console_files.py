"""What the console downloads: a conversation as a test, for whoever has the staff's token."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from server.handshake import is_staff
from server.hub import Hub
from server.photos_port import UploadLookup


def console_router(hub: Hub, photos: UploadLookup, shop: Path | None) -> APIRouter:
    """`GET /v1/console/conversations/{id}/test`: a zip with the test and its photos. `shop` is the database with the
    shop's customers, whose data are replaced in it, where there is one on this machine."""
    router = APIRouter(prefix="/v1/console", include_in_schema=False)

    @router.get("/conversations/{conversation_id}/test")
    async def recorded(conversation_id: str, request: Request) -> Response:
        from server.testing.recording import record  # not for those who only chat

        if not is_staff(request.headers.get("authorization", "").removeprefix("Bearer "), hub):
            return JSONResponse({"code": "unauthorized", "message": "expected the console's token"}, 401)
        made = await record(hub.log.read, photos, conversation_id, shop=shop, name=conversation_id)
        if made is None:
            return JSONResponse({"code": "not_found", "message": "there is no such conversation"}, 404)
        name = f"{conversation_id}.chat.yaml"
        return Response(
            made.zipped(name),
            media_type="application/zip",
            headers={"Content-Disposition": 'attachment; filename="test.zip"', "Cache-Control": "no-store"},
        )

    return router
