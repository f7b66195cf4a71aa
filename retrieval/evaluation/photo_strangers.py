"""Photos of what a shop does not sell, or of no product at all: how often one is matched all the same."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from retrieval.documents import Query
from retrieval.embedders.photo import PhotoEncoder
from retrieval.evaluation.photos import Figures, Table
from retrieval.roles import Searcher

SIDE = 160
EACH = 100
FACE = (160, 20, 375, 345)  # where it is in the portrait


def evaluate_strangers(encoder: PhotoEncoder, searcher: Searcher, photos: Path, data: Path | None) -> Table:
    """By kind of photo: the share that the search would answer, which is wrong for all but the shop's own.

    `photos` are customers' photos of the shop's products, for comparison; with `data` the held-out photos of goods
    that it does not sell are asked about, too. The search was fitted on the latter, asked of other shops, but for those
    of the clothes' set that nobody could name.
    """
    asked = {"the shop's own goods": [_opened(path) for path in sorted(photos.glob("*.jpg"))], **no_products()}
    if data:
        asked |= _not_sold(encoder, data)
    return asyncio.run(_answered(encoder, searcher, asked))


def no_products() -> Mapping[str, list[Image.Image]]:
    """Made here: black and white frames, noise from fine to coarse, smooth blotches; and parts of the two real photos,
    a temple and a flower, that come with scikit-learn (CC-BY 2.0, attributed there), and of one portrait."""
    chance = np.random.default_rng(17)
    frames = [Image.new("RGB", (SIDE, SIDE), (shade,) * 3) for shade in (0, 6, 12, 245, 255)]
    noise: list[Image.Image] = []
    for cells in np.linspace(2, SIDE, EACH).astype(int):
        grain = Image.fromarray(chance.integers(0, 256, (cells, cells, 3), np.uint8))
        smooth = Image.Resampling.BICUBIC if len(noise) % 2 else Image.Resampling.NEAREST
        noise.append(grain.resize((SIDE, SIDE), smooth))
    return {
        "empty frames": frames,
        "noise and blotches": noise,
        "scenery": _scenery(chance),
        "a face": list(_around(_portrait(), FACE, chance)),
    }


def _scenery(chance: np.random.Generator) -> list[Image.Image]:
    from sklearn.datasets import load_sample_images

    parts = []
    for whole in load_sample_images().images:
        picture = Image.fromarray(whole)
        for _ in range(EACH // 2):
            side = int(chance.integers(SIDE, min(picture.size)))
            left, top = (int(chance.integers(0, length - side + 1)) for length in picture.size)
            parts.append(picture.crop((left, top, left + side, top + side)))
    return parts


def _portrait() -> Image.Image:
    """Grace Hopper, a photo of the US Navy in the public domain that comes with matplotlib."""
    from matplotlib.cbook import get_sample_data

    return _opened(Path(get_sample_data("grace_hopper.jpg", asfileobj=False)))


def _around(picture: Image.Image, box: tuple[int, int, int, int], chance: np.random.Generator) -> Iterator[Image.Image]:
    """Square parts of the picture that hold the box (left, top, right, bottom)."""
    left, top, right, bottom = box
    for _ in range(EACH // 2):
        side = int(chance.integers(max(right - left, bottom - top), min(picture.size) + 1))
        x = int(chance.integers(max(0, right - side), min(left, picture.width - side) + 1))
        y = int(chance.integers(max(0, bottom - side), min(top, picture.height - side) + 1))
        yield picture.crop((x, y, x + side, y + side))


def _not_sold(encoder: PhotoEncoder, data: Path) -> dict[str, list[Image.Image]]:
    from retrieval.evaluation.photo_sets import picture_of
    from retrieval.training.eyes_data import read_examples, unsorted_photos

    held_out = [e for e in read_examples(data, encoder.labels, None, None) if e.development]
    return {
        "photos that nothing was fitted on": [_opened(io.BytesIO(photo)) for photo in unsorted_photos(data)],
        **{
            f"{source} photos": [picture_of(e) for e in held_out if e.source == source]
            for source in ("clothing", "fashion", "grocery")
        },
    }


async def _answered(encoder: PhotoEncoder, searcher: Searcher, asked: Mapping[str, Sequence[Image.Image]]) -> Table:
    table: Table = {}
    for kind, pictures in asked.items():
        found = [await searcher.search(Query("", photo=encoder.look(picture).embedding)) for picture in pictures]
        sure = np.array([each.probability for each in found])
        figures: Figures = {
            "photos": len(pictures),
            "answered": round(float(np.mean([each.answered for each in found])), 4),
            "claimed above .9": round(float((sure >= 0.9).mean()), 4),
            "median probability": round(float(np.median(sure)), 4),
        }
        table[kind] = figures
    return table


def _opened(file: Path | BinaryIO) -> Image.Image:
    with Image.open(file) as picture:
        return picture.convert("RGB")
