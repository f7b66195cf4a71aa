"""Product pictures of the catalogue, by product id: what a card shows and a widget on any page loads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse

from agent.blocks import AnyBlock, ProductCard, ProductsBlock
from agent.events import MessageSaid, TurnEvent
from retrieval.documents import Product
from server.photos import UnsupportedMedia, sniff

_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def with_addresses(event: TurnEvent) -> TurnEvent:
    """What a turn says, with each product's picture where a browser finds it.

    That is the shop's own URL, or this server for a picture that lies on its disk; paths of the disk go no further.
    """
    if not isinstance(event, MessageSaid):
        return event
    return replace(event, blocks=tuple(_addressed(block) for block in event.blocks))


def _addressed(block: AnyBlock) -> AnyBlock:
    if not isinstance(block, ProductsBlock):
        return block
    return block.model_copy(update={"products": tuple(addressed_card(card) for card in block.products)})


def addressed_card(card: ProductCard) -> ProductCard:
    """A card with its picture where a browser finds it."""
    return card.model_copy(update={"image": _address(card.id, card.image)})


def _address(product_id: str, image: str) -> str:
    if not image or image.startswith(("https://", "http://")):
        return image
    return f"/v1/pictures/{quote(product_id, safe='')}"


def pictures_router(product: Callable[[str], Product | None]) -> APIRouter:
    """`GET /v1/pictures/{id}`; only files that an import named as a product's picture are ever opened."""
    router = APIRouter(prefix="/v1", tags=["catalogue"])

    @router.get("/pictures/{product_id:path}", response_class=FileResponse)
    async def picture(product_id: str) -> Response:
        """The picture of a product as it was imported."""
        found = await asyncio.to_thread(_file, product(product_id))
        if found is None:
            return JSONResponse({"code": "not_found", "message": "there is no such picture"}, 404)
        path, media_type = found
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "public, max-age=3600",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
        }
        return FileResponse(path, media_type=media_type, headers=headers)

    return router


def _file(product: Product | None) -> tuple[Path, str] | None:
    if product is None or not product.image or "://" in product.image:
        return None
    path = Path(product.image)
    try:
        with path.open("rb") as file:
            kind = sniff(file.read(32))
    except (OSError, UnsupportedMedia):
        return None
    return (path, _MEDIA_TYPES[kind]) if kind in _MEDIA_TYPES else None
