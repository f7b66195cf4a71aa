"""`vitrine train calibration`: fits how sure the search may be, on shops that are simulated from public questions."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet
from numpy.typing import NDArray
from PIL import Image

from retrieval.calibration import CASES, FEATURES, WEIGHTS, Curve
from retrieval.documents import Hit, Language, Product
from retrieval.errors import RetrievalError
from retrieval.index.passages import passages_of
from retrieval.roles import PictureEncoder, TextEncoder
from retrieval.search import RERANKED
from retrieval.training.curves import Judged, check, fit, judged
from retrieval.training.ranges import SimulatedRange, read_range, simulate_range
from retrieval.training.shops import Corpus, Encodings, SimulatedShop, hits_for, joined, read_corpora, simulate

SHOPS = 30  # of each corpus and language
OWN_SHOPS = 120

Report = Callable[[str], None]


def train_calibration(
    data: Path,
    encoder: TextEncoder,
    pictures: PictureEncoder,
    *,
    out: Path = WEIGHTS,
    report: Report = print,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Fit one curve for each case, write them to `out`, and return figures on topics that were not fitted on.

    For the figures, two thirds of each corpus's topics (of the ranges, of the photos) make the shops to fit on, and the
    rest those that check; the curves that are written are fitted on all of them. Raises `RetrievalError` where the
    data is missing.
    """
    chance = random.Random(seed)
    corpora = read_corpora(data)
    samples = {f"faq-{language}": faq_samples(corpora, language, encoder, chance) for language in ("en", "zh")}
    samples |= {
        f"product-{language}": range_samples(data, corpora, language, encoder, chance) for language in ("en", "zh")
    }
    samples["photo"] = photo_samples(data, pictures, chance)
    curves: dict[str, Curve] = {}
    figures: dict[str, dict[str, float]] = {}
    for case in CASES:
        figures[case] = asdict(check(fit(samples[case].fitting), samples[case].checking))
        curves[case] = fit(samples[case].everything)
        report(f"{case}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures[case].items()))
    made_with: dict[str, str | int] = {"text": encoder.name, "pictures": pictures.name, "seed": seed}
    _write(out, curves, figures, made_with)
    return figures


@dataclass(frozen=True, slots=True)
class Samples:
    """Judged questions to fit on and to check with, which share no topics; what ships is fitted on everything."""

    fitting: list[Judged]
    checking: list[Judged]
    everything: list[Judged]


def faq_samples(corpora: Sequence[Corpus], language: Language, encoder: TextEncoder, chance: random.Random) -> Samples:
    """Questions to simulated FAQ lists; those on everything are as long as a shop's own are."""
    every = [corpus for corpus in corpora if corpus.language == language]
    halves: tuple[list[Corpus], list[Corpus]] = ([], [])
    for corpus in every:
        topics = chance.sample(sorted(corpus.topics), len(corpus.topics))
        cut = len(topics) * 2 // 3
        halves[0].append(corpus.part(topics[:cut]))
        halves[1].append(corpus.part(topics[cut:]))
    parts = [_shops(half, chance) for half in (*halves, every)]
    shops = [shop for part in parts for shop in part]
    texts = [text for shop in shops for faq in shop.faqs for text in (faq.question, *faq.variants, faq.answer)]
    encodings = Encodings(encoder, [*texts, *(asked.text for shop in shops for asked in shop.asked)])
    return Samples(*([sample for shop in part for sample in _shop_samples(shop, encodings)] for part in parts))


def _shops(corpora: Sequence[Corpus], chance: random.Random) -> list[SimulatedShop]:
    """Shops of each corpus and of all together; what is asked of shops weighs more than what is asked of banks."""
    return [
        simulate(corpus, chance)
        for corpus in (*corpora, joined(corpora))
        for _ in range(OWN_SHOPS if corpus.name.startswith("own") else SHOPS)
    ]


def _shop_samples(shop: SimulatedShop, encodings: Encodings) -> list[Judged]:
    shelf = encodings.shelf("faq", shop.faqs)
    samples = []
    for asked in shop.asked:
        hits = hits_for(shelf, shop.faqs, asked.text, shop.language, encodings)
        sample = judged(hits, [hit.id == asked.answer for hit in hits], answerable=asked.answer is not None)
        samples += [sample] if sample else []
    return samples


def range_samples(
    data: Path, corpora: Sequence[Corpus], language: Language, encoder: TextEncoder, chance: random.Random
) -> Samples:
    """Wishes to simulated product ranges."""
    products = read_range(data)
    elsewhere = [
        text for corpus in corpora if corpus.language == language for texts in corpus.topics.values() for text in texts
    ] + [text for corpus in corpora if corpus.language == language for text in corpus.off_topic]
    ranges = [simulate_range(products, elsewhere, language, chance) for _ in range(SHOPS)]
    texts = [p.text for each in ranges for product in each.products for p in passages_of(product)]
    texts += [wish.text for each in ranges for wish in each.wishes]
    encodings = Encodings(encoder, texts)
    cut = SHOPS * 2 // 3
    fitting, checking = (
        [s for each in part for s in _wish_samples(each, encodings)] for part in (ranges[:cut], ranges[cut:])
    )
    return Samples(fitting, checking, fitting + checking)


def _wish_samples(each: SimulatedRange, encodings: Encodings) -> list[Judged]:
    shelf = encodings.shelf("product", each.products)
    samples = []
    for wish in each.wishes:
        hits = hits_for(shelf, each.products, wish.text, each.language, encodings)
        right = [isinstance(hit.document, Product) and wish.fits(hit.document) for hit in hits]
        sample = judged(hits, right, answerable=bool(wish.kind))
        samples += [sample] if sample else []
    return samples


def photo_samples(data: Path, pictures: PictureEncoder, chance: random.Random) -> Samples:
    """Customers' photos of groceries, to shops that have some of them (GroceryStoreDataset, MIT; validation part)."""
    files = [data / "grocery_catalogue.parquet", data / "grocery_val.parquet"]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise RetrievalError(f"expected the evaluation data in {data}, missing {', '.join(missing)}")
    catalogue, photos = (pyarrow.parquet.read_table(file).to_pylist() for file in files)
    theirs = _encoded(pictures, [row["image"] for row in catalogue])
    asked = _encoded(pictures, [row["image"] for row in photos])
    ids = [row["id"] for row in catalogue]
    parts: tuple[list[Judged], list[Judged]] = ([], [])
    for _ in range(SHOPS // 4):
        kept = sorted(chance.sample(range(len(ids)), len(ids) // 2))
        there = {ids[k] for k in kept}
        for i in chance.sample(range(len(photos)), len(photos) // 3):
            scores = theirs[kept] @ asked[i]
            hits = [
                Hit(_named(ids[kept[at]]), float(scores[at]), 0.0, {"photo": float(scores[at])})
                for at in np.argsort(-scores)[:RERANKED]
            ]
            wanted = photos[i]["product"]
            sample = judged(hits, [hit.id == wanted for hit in hits], answerable=wanted in there)
            parts[i % 3 == 0].extend([sample] if sample else [])  # no photo is on both sides
    return Samples(*parts, parts[0] + parts[1])


def _named(product_id: str) -> Product:
    return Product(product_id, product_id, "", Decimal(1), "EUR")


def _encoded(pictures: PictureEncoder, images: Sequence[bytes]) -> NDArray[np.float32]:
    return pictures.encode([Image.open(io.BytesIO(image)).convert("RGB") for image in images])


def _write(
    out: Path, curves: dict[str, Curve], figures: dict[str, dict[str, float]], made_with: dict[str, str | int]
) -> None:
    saved = {
        "features": FEATURES,
        "made_with": made_with,
        "curves": {
            case: {
                "weights": [round(float(weight), 6) for weight in curve.weights],
                "bias": round(curve.bias, 6),
                "threshold": round(curve.threshold, 6),
            }
            for case, curve in curves.items()
        },
        "figures": {case: {name: round(value, 4) for name, value in row.items()} for case, row in figures.items()},
    }
    out.write_text(json.dumps(saved, indent=1) + "\n", encoding="utf-8")
