"""What visitors viewed and what they may like, for the shop's pages: views come in, recommendations go out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from agent.cards import because, card_of
from retrieval.documents import Suggestion
from retrieval.errors import IndexUnavailable
from retrieval.filters import Condition, Filters
from server.bodies import body_of, error_answer, visitor_of
from server.clock import timestamp
from server.errors import Busy, NotFound, RateLimited, ServerError
from server.faults import log_fault
from server.frames import read_model
from server.hub import Hub
from server.limits import TokenBuckets, address_key
from server.log.views import drop_views, forget_views, view
from server.pictures import addressed_card
from server.words import language_from_header

if TYPE_CHECKING:
    from retrieval.recommend import Recommender

logger = logging.getLogger(__name__)

VIEWS_PER_MINUTE = 60
ASKED_PER_MINUTE = 600  # of one address, behind which a whole office may be
LEARN_SECONDS = 900.0
LEARNT_VIEWS = 200_000
STARTING_MS = 5000

_AVAILABLE = Filters((Condition("availability", "!=", "out of stock"),))

Limit = Annotated[int, Query(ge=1, le=24, description="Products in the answer, at most.")]


class ViewBody(BaseModel):
    """A product that the visitor looks at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    product_id: str = Field(min_length=1, max_length=200)


def suggestions_router(hub: Hub, recommender: Callable[[], Recommender | None], *, keep_views: int) -> APIRouter:
    """`/v1/views`, `/v1/recommendations` and `/v1/products/{id}/similar`; the first two want a visitor's token.

    `recommender` gives None while the models load.
    """
    router = APIRouter(prefix="/v1", tags=["recommendations"])
    views = TokenBuckets(rate=VIEWS_PER_MINUTE / 60, burst=VIEWS_PER_MINUTE)
    asked = TokenBuckets(rate=ASKED_PER_MINUTE / 60, burst=ASKED_PER_MINUTE)

    @router.post("/views", status_code=204)
    async def viewed(request: Request) -> Response:
        """The visitor looks at a product: body as `ViewBody`. Only the latest few are kept, and erased when asked."""
        try:
            visitor_id = await visitor_of(request, hub)
            _take(views, visitor_id)
            product_id = read_model(ViewBody, await body_of(request)).product_id
            if keep_views:
                await hub.log.write(lambda tx: view(tx, visitor_id, product_id, keep=keep_views))
        except ServerError as error:
            return error_answer(request, error)
        return Response(status_code=204)

    @router.delete("/views", status_code=204)
    async def forget(request: Request) -> Response:
        """Forget what this visitor viewed."""
        try:
            visitor_id = await visitor_of(request, hub)
            await hub.log.forget(lambda tx: forget_views(tx, visitor_id))
        except ServerError as error:
            return error_answer(request, error)
        return Response(status_code=204)

    @router.get("/recommendations")
    async def recommendations(request: Request, limit: Limit = 8) -> Response:
        """What fits the visitor's latest views, best first, each with why; empty for who has viewed nothing."""
        try:
            history = await hub.log.read.views(await visitor_of(request, hub))
            found = await _opened(recommender).recommend(history, _AVAILABLE, limit=limit) if history else ()
        except (ServerError, IndexUnavailable) as error:
            return error_answer(request, _worded(error))
        return _cards(request, found, explained=True)

    @router.get("/products/{product_id}/similar")
    async def similar(request: Request, product_id: str, limit: Limit = 8) -> Response:
        """Products like this one, the most alike first: none of its own range, one of any other."""
        try:
            _take(asked, address_key(request.client.host if request.client else ""))
            found = await _opened(recommender).similar(product_id, _AVAILABLE, limit=limit)
            if not found:
                raise NotFound(where="product_id", expected="a product of this shop")
        except (ServerError, IndexUnavailable) as error:
            return error_answer(request, _worded(error))
        return _cards(request, found, explained=False)

    return router


async def keep_learning(hub: Hub, recommender: Callable[[], Recommender | None], *, days: int) -> None:
    """`learn_and_forget` again and again; soon where the models still load."""
    while True:
        try:
            await learn_and_forget(hub, recommender(), days=days)
        except Exception as error:
            log_fault(logger, "views not learnt", error)
        await asyncio.sleep(LEARN_SECONDS if recommender() is not None else STARTING_MS / 1000)


async def learn_and_forget(hub: Hub, recommender: Recommender | None, *, days: int) -> None:
    """Forget views that are older than so many days, and count the others for the recommender."""
    oldest = timestamp(hub.clock.now() - timedelta(days=days))
    await hub.log.forget(lambda tx: drop_views(tx, oldest))
    if recommender is not None:
        recommender.learn(await hub.log.read.histories(LEARNT_VIEWS))


def _opened(recommender: Callable[[], Recommender | None]) -> Recommender:
    if (opened := recommender()) is None:
        raise Busy(where="models", expected="a server whose models are loaded", retry_after_ms=STARTING_MS)
    return opened


def _worded(error: ServerError | IndexUnavailable) -> ServerError:
    if isinstance(error, ServerError):
        return error
    return Busy(where="index", expected="an index", retry_after_ms=STARTING_MS)


def _take(buckets: TokenBuckets, key: str) -> None:
    if wait := buckets.take(key):
        raise RateLimited(where="request", expected="fewer requests a minute", retry_after_ms=wait)


def _cards(request: Request, found: Sequence[Suggestion], *, explained: bool) -> JSONResponse:
    language = language_from_header(request.headers.get("accept-language", ""))
    cards = [card_of(s.product, because(s, language) if explained else "", language) for s in found]
    return JSONResponse({"products": [addressed_card(card).model_dump(mode="json") for card in cards]})
