"""How fast photos are looked at and products with pictures are indexed, on one thread a model."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from retrieval.catalogue import Catalogue
from retrieval.documents import Product
from retrieval.embedders.photo import PhotoEncoder
from retrieval.index.shop import ShopIndex
from retrieval.ingest.parsed import Parsed


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds of one step over many photos."""

    step: str
    photos: int
    p50: float
    p95: float


def bench_photos(encoder: PhotoEncoder, photos: Sequence[Path]) -> list[Speed]:
    """Each photo's file decoded, encoded, and both; the files are read beforehand."""
    contents = [path.read_bytes() for path in photos]
    pictures = [_decoded(content) for content in contents]
    return [
        _timed("decode", [lambda c=c: _decoded(c) for c in contents]),  # type: ignore[misc]
        _timed("look", [lambda p=p: encoder.look(p) for p in pictures]),  # type: ignore[misc]
        _timed("decode and look", [lambda c=c: encoder.look(_decoded(c)) for c in contents]),  # type: ignore[misc]
    ]


def bench_import(index: ShopIndex, catalogue: Catalogue, products: Parsed[Product]) -> dict[str, float]:
    """Products with a picture each that an empty index takes in a second, text and picture encoded."""
    catalogue.import_products(products)
    started = time.perf_counter()
    index.sync(catalogue)
    seconds = time.perf_counter() - started
    count = len(catalogue.products())
    return {"products": count, "seconds": round(seconds, 2), "products a second": round(count / seconds, 1)}


def _decoded(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def _timed(step: str, calls: Sequence[Callable[[], object]]) -> Speed:
    calls[0]()
    spent = []
    for call in calls:
        started = time.perf_counter()
        call()
        spent.append((time.perf_counter() - started) * 1000)
    p50, p95 = np.quantile(spent, [0.5, 0.95])
    return Speed(step, len(calls), round(float(p50), 2), round(float(p95), 2))
