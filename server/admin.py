"""What commands on this machine may ask the running server to do; the token lies in a file only its user can read."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from agent.errors import AgentError
from retrieval.errors import RetrievalError
from server.erasing import Eraser, told
from server.errors import ServerError
from server.photos import PhotoRejected
from server.work import WORK, EraseRequest, Worker
from tools.errors import ToolError

log = logging.getLogger(__name__)


def admin_router(token: str, worker: Callable[[], Awaitable[Worker]], erase: Eraser) -> APIRouter:
    """`POST /v1/admin/work` and `/erase`; `worker` is awaited at each call: the models load after the pages are up."""
    router = APIRouter(prefix="/v1/admin", include_in_schema=False)

    def allowed(request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), token.encode())

    @router.get("/ping")
    async def ping(request: Request) -> JSONResponse:
        return JSONResponse({}, 200 if allowed(request) else 401)

    @router.post("/work")
    async def work(request: Request) -> JSONResponse:
        if not allowed(request):
            return JSONResponse({"code": "unauthorized", "message": "expected the server's own token"}, 401)
        try:
            asked = WORK.validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"code": "bad_request", "message": str(error)}, 400)
        try:
            return JSONResponse(await (await worker())(asked))
        except (RetrievalError, ToolError, AgentError, PhotoRejected) as error:
            return JSONResponse({"code": error.code, "message": str(error)}, 422)
        except OSError as error:
            return JSONResponse({"code": "bad_request", "message": str(error)}, 422)
        except Exception:
            log.exception("work failed", extra={"do": asked.do})
            return JSONResponse({"code": "internal", "message": "the server failed; its log says why"}, 500)

    @router.post("/erase")
    async def erasing(request: Request) -> JSONResponse:
        if not allowed(request):
            return JSONResponse({"code": "unauthorized", "message": "expected the server's own token"}, 401)
        try:
            return JSONResponse(await erase(EraseRequest.model_validate_json(await request.body())))
        except ValidationError as error:
            return JSONResponse({"code": "bad_request", "message": str(error)}, 400)
        except ServerError as error:
            return JSONResponse({"code": error.code, "message": told(error)}, 422)

    return router
