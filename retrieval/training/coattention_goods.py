"""Goods with pictures, and photos of them: catalogue photos of clothes, groceries, and the demo shop's own products.

What was held out from the training of the photo encoder is held out here too, half for development and half for the
test; customers' photos of the demo shop are for the test alone.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from retrieval.documents import Product
from retrieval.embedders.photo_labels import PhotoLabels
from retrieval.training.coattention_texts import Part
from retrieval.training.eyes_data import Example, decode, read_examples
from retrieval.training.ranges import read_range

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Good:
    """A product with its catalogue picture, and what it is: goods of one family differ in colour alone."""

    product: Product
    picture: int  # row among the collection's pictures
    kind: str
    colour: str
    family: str
    part: Part


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo of a good, taken by somebody else than the shop."""

    picture: int
    good: int
    part: Part


@dataclass(frozen=True, slots=True)
class Range:
    """The goods of one shop and photos of them, with all their pictures."""

    name: str
    goods: tuple[Good, ...]
    shots: tuple[Shot, ...]
    pictures: tuple[Pixels, ...]

    def moved(self, first: int) -> Range:
        """The same with its pictures beginning at another row."""
        return replace(
            self,
            goods=tuple(replace(good, picture=good.picture + first) for good in self.goods),
            shots=tuple(replace(shot, picture=shot.picture + first) for shot in self.shots),
        )


def read_ranges(data: Path, labels: PhotoLabels, shop: Path, renders: Path | None) -> list[Range]:
    """Clothes, groceries and the demo shop.

    `shop` is the demo shop's folder with `products.jsonl` and `photos`; `renders` holds other views of its products,
    as for the photo encoder. Raises `BadImport` where a file is missing.
    """
    examples = read_examples(data, labels, renders, shop / "products.jsonl")
    return [_clothes(data, examples), _groceries(data, examples), _demo(shop, examples)]


def _clothes(data: Path, examples: Sequence[Example]) -> Range:
    products = {product.id: product for product in read_range(data)}
    pictures: list[Pixels] = []
    goods: list[Good] = []
    shots: list[Shot] = []
    chance = random.Random(0)
    for example in examples:
        if example.source != "fashion" or (product := products.get(example.id)) is None:
            continue
        has = product.attributes
        part = _held_out(f"title:{product.title}") if example.development else "train"
        pixels = decode(example.picture)
        pictures += [pixels, altered(pixels, chance)]
        shots.append(Shot(len(pictures) - 1, len(goods), part))
        family = f"{has['type']}, {has['for']}"
        goods.append(Good(product, len(pictures) - 2, has["type"], has["colour"].lower(), family, part))
    return Range("clothes", tuple(goods), tuple(shots), tuple(pictures))


def _groceries(data: Path, examples: Sequence[Example]) -> Range:
    rows = {row["id"]: row for row in pq.read_table(data / "grocery_catalogue.parquet").to_pylist()}
    pictures: list[Pixels] = []
    goods: list[Good] = []
    shots: list[Shot] = []
    for example in (e for e in examples if e.source == "icon"):
        row = rows[example.id]
        title, kind = row["label"].replace("-", " "), row["coarse"].replace("-", " ").lower()
        product = Product(row["id"], title, row["description"], Decimal(2), "EUR", category=kind)
        goods.append(Good(product, len(pictures), kind, "", kind, "train"))
        pictures.append(decode(example.picture))
    place = {good.product.id: i for i, good in enumerate(goods)}
    for example in (e for e in examples if e.source == "grocery"):
        part = _held_out(f"grocery:{example.product}") if example.development else "train"
        shots.append(Shot(len(pictures), place[example.product], part))
        pictures.append(decode(example.picture))
    return Range("groceries", tuple(goods), tuple(shots), tuple(pictures))


def _demo(shop: Path, examples: Sequence[Example]) -> Range:
    goods: list[Good] = []
    pictures: list[Pixels] = []
    for row in _json_lines(shop / "products.jsonl"):
        silent = ("id", "title", "description", "price", "currency", "image", "url", "category", "brand", "group")
        attributes = {name: str(value) for name, value in row.items() if name not in (*silent, "availability", "stock")}
        product = Product(
            row["id"], row["title"], row["description"], Decimal(str(row["price"])), row["currency"],
            category=row["category"], brand=row["brand"], group=row.get("group") or "", attributes=attributes,
        )  # fmt: skip
        family = product.group or f"only {product.id}"
        goods.append(Good(product, len(pictures), attributes["type"], attributes["shade"], family, "train"))
        pictures.append(_opened(shop / row["image"]))
    place = {good.product.id: i for i, good in enumerate(goods)}
    shots: list[Shot] = []
    for example in (e for e in examples if e.source == "render" and e.product in place):
        shots.append(Shot(len(pictures), place[example.product], "dev" if example.development else "train"))
        pictures.append(decode(example.picture))
    for photo in sorted((shop / "photos").glob("*.jpg")):
        good = max((id_ for id_ in place if photo.stem.startswith(f"{id_}-")), key=len)
        shots.append(Shot(len(pictures), place[good], "test"))
        pictures.append(_opened(photo))
    return Range("demo", tuple(goods), tuple(shots), tuple(pictures))


def altered(pixels: Pixels, chance: random.Random) -> Pixels:
    """A copy as somebody else would have photographed it: turned, cut, in other light and a little blurred."""
    picture = Image.fromarray(pixels)
    side = picture.width
    turned = picture.rotate(chance.uniform(-12, 12), Image.Resampling.BILINEAR, fillcolor=(255, 255, 255))
    kept = chance.uniform(0.7, 1.0) * side
    left, top = chance.uniform(0, side - kept), chance.uniform(0, side - kept)
    cut = turned.resize((side, side), Image.Resampling.BILINEAR, box=(left, top, left + kept, top + kept))
    lit = ImageEnhance.Brightness(cut).enhance(chance.uniform(0.7, 1.3))
    return np.asarray(lit.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.5))))


def _held_out(key: str) -> Part:
    """Half for development, half for the test."""
    return "dev" if sha256(key.encode()).digest()[0] < 128 else "test"


def _opened(path: Path) -> Pixels:
    return decode(path.read_bytes())


def _json_lines(path: Path) -> Iterator[dict[str, str]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
