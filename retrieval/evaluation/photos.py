"""How well photos find products and are named, always beside a baseline that learns nothing: the thumbnail.

The thumbnail of a picture is its colours on an 8 × 8 grid and a histogram of 6 × 6 × 6 colours. What it also solves
says nothing about a model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.embedders.photo import PhotoEncoder
from retrieval.errors import BadImport

Vectors = NDArray[np.float32]
Item = TypeVar("Item")
Encode = Callable[[Sequence[Item]], Vectors]
Figures = dict[str, float]
Table = dict[str, Figures]

RESAMPLES = 2000


def evaluate_photos(
    encoder: PhotoEncoder, words: Encode[str], *, catalogue: Path, photos: Path, data: Path | None = None
) -> dict[str, Table]:
    """Tables of figures, each line `{"photos": n, "eyes…": share, "thumbnail…": share}`.

    `words` gives MiniLM's vectors of English texts.

    `catalogue` is the shop's products (JSONL with `id` and `image`); `photos` a folder of customers' photos whose
    names begin with the product's id (`MUG-1040-1.jpg`); `data` the folder of photo sets, whose development part is
    then measured too. Raises BadImport where there is nothing to measure on.
    """
    tables = {"customer photo to product": {"demo shop": _customer_photos(encoder, catalogue, photos)}}
    if data:
        from retrieval.evaluation.photo_sets import evaluate_sets

        tables["held-out photos"] = evaluate_sets(encoder, words, data)
    return tables


def matches(queries: Vectors, index: Vectors, right: NDArray[np.int64]) -> Figures:
    """Top-1, top-5 and mean reciprocal rank of exact cosine search; `right` holds each query's row in the index."""
    found = ranks(queries, index, right)
    return {"top1": share(found == 1), "top5": share(found <= 5), "mrr": round(float((1 / found).mean()), 4)}


def ranks(queries: Vectors, index: Vectors, right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each query's rank of its own row, from 1."""
    scores = queries @ index.T
    own = scores[np.arange(len(right)), right]
    found: NDArray[np.int64] = 1 + (scores > own[:, None]).sum(axis=1)
    return found


def paired(ours: NDArray[np.bool_], baseline: NDArray[np.bool_]) -> Figures:
    """Both shares, and the 95 % interval of their difference over resampled photos."""
    difference = ours.astype(np.float64) - baseline
    picks = np.random.default_rng(0).integers(len(ours), size=(RESAMPLES, len(ours)))
    low, high = np.quantile(difference[picks].mean(axis=1), [0.025, 0.975])
    return {
        "photos": len(ours),
        "eyes": share(ours),
        "thumbnail": share(baseline),
        "gain from": round(float(low), 3),
        "gain to": round(float(high), 3),
    }


def share(right: NDArray[np.bool_]) -> float:
    return round(float(right.mean()), 4)


def thumbnails(pictures: Sequence[Image.Image]) -> Vectors:
    """Vectors (pictures, 408), L2-normalised."""
    return np.stack([_thumbnail(picture) for picture in pictures])


def _customer_photos(encoder: PhotoEncoder, catalogue: Path, photos: Path) -> Figures:
    rows = [json.loads(line) for line in catalogue.read_text(encoding="utf-8").splitlines() if line.strip()]
    shown = {row["id"]: catalogue.parent / row["image"] for row in rows}
    shown = {id: path for id, path in shown.items() if path.exists()}
    taken = [(path, id) for path in sorted(photos.glob("*.jpg")) if (id := _product_of(path, shown))]
    if not shown or not taken:
        raise BadImport(f"expected pictures of {catalogue} and photos of them in {photos}, found none")
    place = {id: i for i, id in enumerate(shown)}
    right = np.array([place[id] for _, id in taken])
    figures: Figures = {"photos": len(taken), "products": len(shown)}
    for name, encode in (("eyes", encoder.encode), ("thumbnail", thumbnails)):
        index, queries = _encoded(encode, shown.values()), _encoded(encode, (path for path, _ in taken))
        figures |= {f"{name} {figure}": value for figure, value in matches(queries, index, right).items()}
    return figures


def _product_of(photo: Path, products: Iterable[str]) -> str | None:
    """The product whose id the file's name begins with; the longest where several do."""
    return max((id for id in products if photo.stem == id or photo.stem.startswith(f"{id}-")), key=len, default=None)


def _encoded(encode: Encode[Image.Image], paths: Iterable[Path]) -> Vectors:
    vectors = []
    for path in paths:
        with Image.open(path) as opened:
            vectors.append(encode([opened.convert("RGB")])[0])
    return np.stack(vectors)


def _thumbnail(picture: Image.Image) -> Vectors:
    pixels = np.asarray(picture.convert("RGB").resize((64, 64), Image.Resampling.BOX))
    grid = pixels.reshape(8, 8, 8, 8, 3).mean(axis=(1, 3)).ravel() - 128.0
    bins = (pixels.reshape(-1, 3) // 43).astype(np.int64) @ np.array([36, 6, 1])
    histogram = np.sqrt(np.bincount(bins, minlength=216).astype(np.float32))
    both = np.concatenate([part / (np.linalg.norm(part) + 1e-6) for part in (grid, histogram)])
    vector: Vectors = (both / np.linalg.norm(both)).astype(np.float32)
    return vector
