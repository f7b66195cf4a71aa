"""The web application, put together. Importing it loads no model and no heavy library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Response, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from agent.summary import summary_of
from prompts import Prompts
from retrieval.documents import Product
from server.admin import admin_router
from server.api_docs import api_docs_router
from server.bootstrap import open_parts
from server.chat import chat_endpoint
from server.closing import keep_closing
from server.console import console_endpoint
from server.console_files import console_router
from server.demo.accounts import accounts_router
from server.erasing import Eraser
from server.hub import ChatLimits, Hub
from server.loading import LoadingParts
from server.log.log import EventLog
from server.metrics import Metrics
from server.pages import pages_router
from server.people import open_people
from server.pictures import pictures_router
from server.rest import rest_router
from server.running import announce, retract
from server.sessions import Site
from server.settings import Settings
from server.suggestions import keep_learning, suggestions_router
from server.tracing import Tracing
from server.uploads import PhotoStore, PhotoWorkshop, uploads_router
from server.waiting import keep_offering
from server.work import Worker

if TYPE_CHECKING:
    from retrieval.recommend import Recommender
    from server.bootstrap import Answering
    from server.parts import Models


def create_app(
    settings: Settings, *, pid: int, models: Models | None = None, answering: Answering | None = None
) -> FastAPI:
    """The application of one shop. Its parts open when it starts; `app.state.drain` lets running turns finish.

    `models` are those that were loaded already, if any; `answering` is as in `open_parts`.
    """
    metrics = Metrics()
    loading = LoadingParts(
        lambda: open_parts(settings, models=models, answering=answering), metrics, Tracing.to(settings.otel_endpoint)
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        around = settings.surroundings
        photos = PhotoStore(settings.data_dir / "photos", around.tokens("photos"))
        workshop = PhotoWorkshop(settings.max_megapixels)
        log = await EventLog.open(settings.log_database, clock=around.clock, ids=around.ids("log"))
        hub = _hub(settings, log, loading, photos, metrics)
        app.state.hub = hub
        uploads = uploads_router(
            photos,
            workshop,
            visitor_of=hub.sessions.visitor_of,
            max_bytes=settings.max_upload_bytes,
            per_minute=settings.uploads_per_minute,
            metrics=metrics,
        )
        _add_routes(app, hub, uploads)
        app.include_router(console_router(hub, photos, settings.shop_database if settings.shop == "sqlite" else None))
        app.include_router(suggestions_router(hub, recommender, keep_views=settings.keep_views))
        running = await asyncio.to_thread(announce, settings.data_dir, settings.local_url, pid)
        app.include_router(
            admin_router(running.token, worker, Eraser(log, photos, hub.turns.silence, settings.ledgers))
        )
        loading.start()
        await hub.start()
        chores = _chores(settings, hub, recommender)
        try:
            yield
        finally:
            for chore in chores:
                chore.cancel()
            retract(settings.data_dir)
            await hub.close()
            await loading.close()
            await asyncio.to_thread(workshop.close)

    async def worker() -> Worker:
        return (await loading.parts()).work

    def recommender() -> Recommender | None:
        return loading.now.knowledge.recommender if loading.now else None

    def product(product_id: str) -> Product | None:
        parts = loading.now
        return parts.knowledge.catalogue.product(product_id) if parts else None

    app = FastAPI(
        title="Vitrine",
        version=version("vitrine"),
        summary="A customer-service agent for web shops.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.openapi_version = "3.0.2"  # what the page of `api_docs` draws
    app.state.drain = lambda: app.state.hub.drain(settings.drain_s)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.allowed_origins),  # pages of these shops open sessions and upload photos
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization"],
        max_age=3600,
    )
    for pages in _pages(settings):
        app.include_router(pages)
    app.include_router(pictures_router(product))
    app.include_router(api_docs_router(app.title))

    @app.get("/health", tags=["operation"])
    async def health() -> dict[str, str]:
        """The process answers; it says nothing of models or stores."""
        return {"status": "ok", "version": app.version}

    @app.get("/ready", tags=["operation"])
    async def ready() -> JSONResponse:
        """200 once the models are loaded and while the server is not draining, else 503; says which."""
        state = "draining" if app.state.hub.draining else loading.state
        return JSONResponse({"status": state}, 200 if state == "ready" else 503)

    @app.get("/metrics", tags=["operation"])
    async def exposition() -> Response:
        """Prometheus metrics; put this address behind your proxy's access rules."""
        metrics.connections.set(app.state.hub.connected)
        metrics.turns_recovered.set(app.state.hub.turns.recovered)
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    return app


def _pages(settings: Settings) -> Iterator[APIRouter]:
    """What browsers load, and in the demo the signing in of its customers."""
    yield pages_router(site_key=settings.site_key, shop_name=settings.shown_name, demo=settings.demo)
    if settings.demo and settings.identity_algorithm == "HS256":
        yield accounts_router(
            identity_key=lambda: settings.identity_secret,
            site_key=settings.site_key,
            clock=settings.surroundings.clock,
        )


def _chores(
    settings: Settings, hub: Hub, recommender: Callable[[], Recommender | None]
) -> tuple[asyncio.Task[None], ...]:
    """What is done now and then while the server runs."""
    chores = [keep_learning(hub, recommender, days=settings.views_days)]
    if hub.people.wait_minutes:
        chores.append(keep_offering(hub))
    if settings.close_after_hours:
        chores.append(keep_closing(hub, settings.close_after_hours))
    return tuple(asyncio.create_task(chore) for chore in chores)


def _hub(settings: Settings, log: EventLog, answers: LoadingParts, photos: PhotoStore, metrics: Metrics) -> Hub:
    prompts = Prompts()
    own_pages = {settings.base_url, settings.local_url, f"http://127.0.0.1:{settings.port}"}
    return Hub(
        log=log,
        answers=answers,
        uploads=photos,
        acknowledged=metrics.ack_seconds.observe,
        site=Site(
            key=settings.site_key,
            identity_key=settings.identity_secret,
            identity_algorithm=settings.identity_algorithm,
            identity_required=settings.identity_required,
        ),
        signing_key=settings.signing_key(),
        origins=frozenset({*settings.allowed_origins, *own_pages}),
        staff_token=settings.staff_token,
        clock=settings.surroundings.clock,
        ids=settings.surroundings.ids("hub"),
        limits=ChatLimits(
            messages_per_minute=settings.messages_per_minute,
            max_text=settings.max_text,
            max_photos=settings.max_photos,
            upload_bytes=settings.max_upload_bytes,
            turn_seconds=settings.turn_timeout_s,
        ),
        people=open_people(settings),
        summarise=lambda conversation: summary_of(conversation, prompts),
    )


def _add_routes(app: FastAPI, hub: Hub, uploads: APIRouter) -> None:
    app.include_router(rest_router(hub))
    app.include_router(uploads)
    add_sockets(app, hub)


def add_sockets(app: FastAPI, hub: Hub) -> None:
    """The sockets of visitors and of the shop's people."""

    @app.websocket("/ws/chat")
    async def chat(websocket: WebSocket) -> None:
        await chat_endpoint(websocket, hub)

    @app.websocket("/ws/console")
    async def console(websocket: WebSocket) -> None:
        await console_endpoint(websocket, hub)
