"""How fast the search is on a large catalogue: from a customer's words to fused and judged hits."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from retrieval.calibration import Calibrator
from retrieval.catalogue import Catalogue
from retrieval.documents import Product, Query
from retrieval.filters import parse_filters
from retrieval.index.shop import ShopIndex
from retrieval.ingest.parsed import Parsed
from retrieval.rerank import KeepOrder
from retrieval.roles import TextEncoder
from retrieval.search import HybridSearch

_KINDS = (
    "mug", "bowl", "plate", "teapot", "bottle", "vase", "lamp", "chair", "stool", "cushion", "throw", "basket", "clock",
    "candle", "tray", "jar", "notebook", "bag", "rug", "mirror", "shelf", "towel", "pan", "knife", "board", "glass",
)  # fmt: skip
_COLOURS = ("red", "green", "blue", "white", "black", "yellow", "grey", "brown", "orange", "pink", "purple", "beige")
_MATERIALS = ("stoneware", "oak", "cotton", "linen", "steel", "glass", "wool", "brass", "bamboo", "leather")
_SERIES = tuple(
    f"{a}{b}" for a in ("Nor", "Sel", "Tam", "Ria", "Ovi", "Lun", "Kar", "Bel") for b in ("a", "en", "is", "o", "ur")
)
_ASKED = (
    "a {colour} {kind}", "do you have {material} {kind}s", "{kind} for a small kitchen", "{series} {kind}",
    "I need a {colour} {kind} as a present", "something like a {material} {kind} in {colour}",
    "how much is the {series} {kind}",
)  # fmt: skip
_FILTERS = {"none": (), "rare": ("colour=red", "material=oak"), "half": ("price<130",)}
_MODELS = 2_000
_NEAREST_KIN = 0.35  # how far a product's vector lies from that of the text it is modelled on


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds over many searches with one kind of filter, in all and by step (medians)."""

    filters: str
    items: int
    searches: int
    p50: float
    p95: float
    p99: float
    steps: dict[str, float]


class Kindred:
    """Gives each text the vector of a real text of its kind, moved a little: 100,000 vectors in seconds, not minutes.

    Real vectors lie in clusters, which is what makes or breaks a nearest-neighbour index, and so do these.
    """

    def __init__(self, encoder: TextEncoder, texts: Sequence[str]) -> None:
        self.name = f"kindred-of-{encoder.name}"
        self.dimensions = encoder.dimensions
        self._models = encoder.encode(texts)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        numbers = np.array([crc32(text.encode()) for text in texts])
        moved = self._models[numbers % len(self._models)].copy()
        noise = np.random.default_rng(int(numbers[0]) if len(numbers) else 0).normal(size=moved.shape)
        moved += np.float32(_NEAREST_KIN) * (noise / np.linalg.norm(noise, axis=1, keepdims=True)).astype(np.float32)
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return [np.empty((0, self.dimensions), np.float32)] * len(texts)

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[]] * len(texts)


def bench_search(encoder: TextEncoder, items: int = 100_000, *, searches: int = 300) -> list[Latency]:
    """Make a catalogue of so many products in a folder of its own, and time searches in it one after the other.

    The products' vectors are `Kindred`'s; the questions are encoded by the real encoder, which is part of the time.
    """
    with tempfile.TemporaryDirectory() as folder:
        chance = random.Random(1)
        models = [_product(number, chance).title for number in range(_MODELS)]
        catalogue = Catalogue(Path(folder) / "shop.sqlite3")
        index = ShopIndex.open(Path(folder), Kindred(encoder, models))
        catalogue.import_products(Parsed("generated", tuple(_product(number, chance) for number in range(items))))
        index.sync(catalogue)
        searcher = HybridSearch(index, catalogue, encoder, KeepOrder(), Calibrator.load())
        try:
            return [_bench(searcher, items, searches, name, conditions) for name, conditions in _FILTERS.items()]
        finally:
            searcher.close()
            index.close()
            catalogue.close()


def _bench(searcher: HybridSearch, items: int, searches: int, name: str, conditions: Sequence[str]) -> Latency:
    chance = random.Random(2)
    filters = parse_filters(conditions)
    found = [searcher.find(Query(_question(chance), "product", filters=filters)) for _ in range(searches + 20)]
    times = [findings.milliseconds for findings in found[20:]]  # the first ones warm up
    totals = np.array([time["total"] for time in times])
    steps = {step: round(float(np.median([time[step] for time in times])), 2) for step in times[0]}
    p50, p95, p99 = (round(float(value), 2) for value in np.percentile(totals, [50, 95, 99]))
    return Latency(name, items, searches, p50, p95, p99, steps)


def _product(number: int, chance: random.Random) -> Product:
    kind, colour, material = chance.choice(_KINDS), chance.choice(_COLOURS), chance.choice(_MATERIALS)
    series = chance.choice(_SERIES)
    return Product(
        id=f"{kind[:3].upper()}-{100_000 + number}",
        title=f"{series} {material} {kind}, {colour}",
        description="",
        price=Decimal(chance.randint(500, 25_000)) / 100,
        currency="EUR",
        category=kind,
        brand=series,
        attributes={"colour": colour, "material": material},
        stock=chance.randint(0, 50),
    )


def _question(chance: random.Random) -> str:
    return chance.choice(_ASKED).format(
        kind=chance.choice(_KINDS),
        colour=chance.choice(_COLOURS),
        material=chance.choice(_MATERIALS),
        series=chance.choice(_SERIES),
    )
