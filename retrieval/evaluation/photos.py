"""How well photos find products and are named, always beside a baseline that learns nothing: the thumbnail.

The thumbnail of a picture is its colours on an 8 × 8 grid and a histogram of 6 × 6 × 6 colours. What it also solves
says nothing about a model.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.embedders.photo import PhotoEncoder
from retrieval.errors import BadImport

if TYPE_CHECKING:
    from retrieval.training.eyes_data import Example

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[Image.Image]], Vectors]
Table = dict[str, dict[str, float]]

TEN_KINDS = ("T-Shirt", "Longsleeve", "Pants", "Shoes", "Shirt", "Dress", "Outwear", "Shorts", "Hat", "Skirt")
NEIGHBOURS = 5


def evaluate_photos(
    encoder: PhotoEncoder, *, catalogue: Path, photos: Path, data: Path | None = None
) -> dict[str, Table]:
    """Tables of figures, each line `{"photos": n, "eyes…": share, "thumbnail…": share}`.

    `catalogue` is the shop's products (JSONL with `id` and `image`); `photos` a folder of customers' photos whose
    names begin with the product's id (`MUG-1040-1.jpg`); `data` the folder of photo sets, whose development part is
    then measured too. Raises BadImport where there is nothing to measure on.
    """
    tables = {"customer photo to product": {"demo shop": _customer_photos(encoder, catalogue, photos)}}
    if data:
        tables["development photos"] = _development(encoder, data)
    return tables


def matches(queries: Vectors, index: Vectors, right: NDArray[np.int64]) -> dict[str, float]:
    """Top-1, top-5 and mean reciprocal rank of exact cosine search; `right` holds each query's row in the index."""
    scores = queries @ index.T
    own = scores[np.arange(len(right)), right]
    ranks = 1 + (scores > own[:, None]).sum(axis=1)
    return {"top1": _share(ranks == 1), "top5": _share(ranks <= 5), "mrr": round(float((1 / ranks).mean()), 4)}


def thumbnails(pictures: Sequence[Image.Image]) -> Vectors:
    """Vectors (pictures, 408), L2-normalised."""
    return np.stack([_thumbnail(picture) for picture in pictures])


def _customer_photos(encoder: PhotoEncoder, catalogue: Path, photos: Path) -> dict[str, float]:
    rows = [json.loads(line) for line in catalogue.read_text(encoding="utf-8").splitlines() if line.strip()]
    shown = {row["id"]: catalogue.parent / row["image"] for row in rows}
    shown = {id: path for id, path in shown.items() if path.exists()}
    taken = [(path, id) for path in sorted(photos.glob("*.jpg")) if (id := _product_of(path, shown))]
    if not shown or not taken:
        raise BadImport(f"expected pictures of {catalogue} and photos of them in {photos}, found none")
    place = {id: i for i, id in enumerate(shown)}
    right = np.array([place[id] for _, id in taken])
    figures: dict[str, float] = {"photos": len(taken), "products": len(shown)}
    for name, encode in (("eyes", encoder.encode), ("thumbnail", thumbnails)):
        index, queries = _encoded(encode, shown.values()), _encoded(encode, (path for path, _ in taken))
        figures |= {f"{name} {figure}": value for figure, value in matches(queries, index, right).items()}
    return figures


def _product_of(photo: Path, products: Iterable[str]) -> str | None:
    """The product whose id the file's name begins with; the longest where several do."""
    return max((id for id in products if photo.stem == id or photo.stem.startswith(f"{id}-")), key=len, default=None)


def _encoded(encode: Encode, paths: Iterable[Path]) -> Vectors:
    vectors = []
    for path in paths:
        with Image.open(path) as opened:
            vectors.append(encode([opened.convert("RGB")])[0])
    return np.stack(vectors)


def _development(encoder: PhotoEncoder, data: Path) -> Table:
    """Heads against the nearest thumbnails of the training photos; groceries against the shop's own pictures."""
    from retrieval.training.eyes_data import read_examples

    examples = read_examples(data, encoder.labels, None, None)
    parts: dict[str, list[Example]] = {}
    for example in examples:
        parts.setdefault(f"{example.source} {example.development}", []).append(example)
    kinds = (
        ("clothing kind, 10 classes", "clothing", "type", TEN_KINDS),
        ("article type, all", "fashion", "type", ()),
        ("base colour, all", "fashion", "colour", ()),
        ("grocery kind, 43", "grocery", "type", ()),
    )
    table: Table = {}
    for title, source, head, only in kinds:
        asked, known = (
            [e for e in parts[f"{source} {held}"] if not only or e.names[head] in only] for held in (True, False)
        )
        table[title] = {
            "photos": len(asked),
            "eyes": _head_accuracy(encoder, asked, source, head, only),
            "thumbnail": _neighbours_accuracy(asked, known, head),
        }
    table["grocery photo to shop picture, 81"] = _photo_to_icon(encoder, parts["grocery True"], parts["icon False"])
    return table


def _head_accuracy(
    encoder: PhotoEncoder, asked: Sequence[Example], source: str, head: str, only: Sequence[str]
) -> float:
    """Share of photos for which the likeliest of the source's own labels (or of `only`) is right.

    A label that the encoder does not know counts as wrong.
    """
    places = {name: place for name, place in encoder.labels.positions(head, source).items() if not only or name in only}
    choice = np.array(sorted(set(places.values())))
    right = [
        choice[encoder.look(_picture(e.picture)).probabilities[head][choice].argmax()] == places.get(e.names[head], -1)
        for e in asked
    ]
    return _share(np.array(right))


def _neighbours_accuracy(asked: Sequence[Example], known: Sequence[Example], head: str) -> float:
    """Share of photos for which the nearest training thumbnails vote for the right label."""
    index, queries = (thumbnails([_picture(e.picture) for e in part]) for part in (known, asked))
    nearest = np.argsort(-(queries @ index.T), axis=1)[:, :NEIGHBOURS]
    votes = [Counter(known[row].names[head] for row in rows).most_common(1)[0][0] for rows in nearest]
    return _share(np.array([vote == e.names[head] for vote, e in zip(votes, asked, strict=True)]))


def _photo_to_icon(encoder: PhotoEncoder, asked: Sequence[Example], icons: Sequence[Example]) -> dict[str, float]:
    place = {icon.product: i for i, icon in enumerate(icons)}
    right = np.array([place[e.product] for e in asked])
    figures: dict[str, float] = {"photos": len(asked)}
    for name, encode in (("eyes", encoder.encode), ("thumbnail", thumbnails)):
        index, queries = (encode([_picture(e.picture) for e in part]) for part in (icons, asked))
        figures |= {f"{name} {figure}": value for figure, value in matches(queries, index, right).items()}
    return figures


def _picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def _thumbnail(picture: Image.Image) -> Vectors:
    pixels = np.asarray(picture.convert("RGB").resize((64, 64), Image.Resampling.BOX))
    grid = pixels.reshape(8, 8, 8, 8, 3).mean(axis=(1, 3)).ravel() - 128.0
    bins = (pixels.reshape(-1, 3) // 43).astype(np.int64) @ np.array([36, 6, 1])
    histogram = np.sqrt(np.bincount(bins, minlength=216).astype(np.float32))
    both = np.concatenate([part / (np.linalg.norm(part) + 1e-6) for part in (grid, histogram)])
    vector: Vectors = (both / np.linalg.norm(both)).astype(np.float32)
    return vector


def _share(right: NDArray[np.bool_]) -> float:
    return round(float(right.mean()), 4)
