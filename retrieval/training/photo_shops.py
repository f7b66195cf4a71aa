"""Simulated shops for photos: what is asked with a photo of something that they have, or do not, or that is nothing.

Only pictures that the photo encoder was not trained on: groceries photographed in shops (the goods themselves are
known to it), copies of catalogue photos as they may come back, people's photos of their own clothes, and pictures of
nothing. No shop's own pictures of the demo are among them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from retrieval.documents import Hit, Product
from retrieval.embedders.photo_labels import PhotoLabels
from retrieval.evaluation.photo_copies import altered, on_other_ground
from retrieval.roles import PictureEncoder
from retrieval.search import RERANKED
from retrieval.training.curves import Judged, judged
from retrieval.training.eyes_augment import plain, without_product
from retrieval.training.eyes_data import Example, decode, product_mask, read_examples

SHOPS = 24
ASKED = 60  # photos of goods that a shop has
STRANGE = 30  # of goods that it does not have, and as many of something else altogether

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _World:
    """Goods that a shop may have, and photos of them: `shows[i]` is the row in `goods` of photo i."""

    goods: Vectors
    photos: Vectors
    shows: NDArray[np.int64]


def photo_questions(data: Path, pictures: PictureEncoder, chance: random.Random) -> tuple[list[Judged], list[Judged]]:
    """Judged photos in two parts that share neither a photo nor, but for groceries, a product.

    Raises BadImport where a photo set is missing.
    """
    held_out: dict[str, list[Example]] = {}
    for example in read_examples(data, PhotoLabels.read(), None, None):
        if example.development or example.source == "icon":
            held_out.setdefault(example.source, []).append(example)
    strangers = [_opened(example) for example in held_out["clothing"]]
    nothing = _pictures_of_nothing(held_out["clothing"])
    elsewhere = pictures.encode([*strangers, *nothing])
    worlds = (_groceries(pictures, held_out), _catalogue(pictures, held_out, strangers))
    parts: tuple[list[Judged], list[Judged]] = ([], [])
    for world in worlds:
        for part, samples in enumerate(parts):
            samples.extend(_asked(_half(world, part), elsewhere[part::2], chance))
    return parts


def _groceries(pictures: PictureEncoder, held_out: dict[str, list[Example]]) -> _World:
    place = {icon.product: i for i, icon in enumerate(held_out["icon"])}
    shows = np.array([place[example.product] for example in held_out["grocery"]])
    goods, photos = (pictures.encode([_opened(e) for e in held_out[source]]) for source in ("icon", "grocery"))
    return _World(goods, photos, shows)


def _catalogue(pictures: PictureEncoder, held_out: dict[str, list[Example]], grounds: Sequence[Image.Image]) -> _World:
    """Catalogue photos, and one altered copy of each, half of them on another ground."""
    chance = np.random.default_rng(5)
    goods = [Image.fromarray(decode(e.picture)) for e in (*held_out["fashion"], *held_out["wordless"])]
    moved = [
        on_other_ground(p, product_mask(np.asarray(p)), grounds, chance) if i % 2 else p for i, p in enumerate(goods)
    ]
    copies = [altered(picture, chance) for picture in moved]
    return _World(pictures.encode(goods), pictures.encode(copies), np.arange(len(goods)))


def _half(world: _World, part: int) -> _World:
    """Every second photo; where each photo has a product of its own, every second product, too."""
    photos = np.arange(part, len(world.photos), 2)
    if len(world.goods) < len(world.photos):
        return _World(world.goods, world.photos[photos], world.shows[photos])
    return _World(world.goods[photos], world.photos[photos], np.arange(len(photos)))


def _asked(world: _World, elsewhere: Vectors, chance: random.Random) -> Iterator[Judged]:
    for _ in range(SHOPS):
        most = max(1, len(world.goods) * 3 // 4)
        there = sorted(chance.sample(range(len(world.goods)), chance.randint(min(30, most), min(300, most))))
        here = np.flatnonzero(np.isin(world.shows, there)).tolist()
        absent = np.flatnonzero(~np.isin(world.shows, there)).tolist()
        for photo in chance.sample(here, min(ASKED, len(here))):
            yield from _sample(world.photos[photo], world.goods[there], there.index(world.shows[photo]))
        for photo in chance.sample(absent, min(STRANGE, len(absent))):
            yield from _sample(world.photos[photo], world.goods[there], None)
        for photo in chance.sample(range(len(elsewhere)), min(STRANGE, len(elsewhere))):
            yield from _sample(elsewhere[photo], world.goods[there], None)


def _sample(photo: Vectors, goods: Vectors, right: int | None) -> Iterator[Judged]:
    scores = goods @ photo
    order = np.argsort(-scores)[:RERANKED]
    hits = [Hit(_named(int(i)), float(scores[i]), 0.0, {"photo": float(scores[i])}) for i in order]
    if sample := judged(hits, [i == right for i in order], answerable=right is not None):
        yield sample


def _pictures_of_nothing(examples: Sequence[Example]) -> list[Image.Image]:
    """A fifth as many as there are examples: scrambled photos, noise and plain frames."""
    pixels = torch.from_numpy(np.stack([decode(e.picture) for e in examples]))
    made = without_product(plain(pixels, pixels.shape[1]), len(examples) // 5, torch.Generator().manual_seed(3))
    return [Image.fromarray(picture) for picture in (made.permute(0, 2, 3, 1) * 255).byte().numpy()]


def _opened(example: Example) -> Image.Image:
    return Image.fromarray(decode(example.picture))


def _named(number: int) -> Product:
    return Product(str(number), str(number), "", Decimal(1), "EUR")
