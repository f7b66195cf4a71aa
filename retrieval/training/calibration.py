"""`vitrine train calibration`: fits how sure the search may be, on shops that are simulated from public questions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from retrieval.asking import AskingHead, beside
from retrieval.calibration import CASES, FEATURES, WEIGHTS, Curve, Wording
from retrieval.coattention import Scorer
from retrieval.documents import Language, Product
from retrieval.index.passages import passages_of
from retrieval.roles import PictureEncoder, TextEncoder
from retrieval.training.asking import Fitted, fit_asking, fit_by_trade, log_odds
from retrieval.training.curves import Judged, check, fit, judged
from retrieval.training.off_topic import all_texts, read_elsewhere, shop_questions
from retrieval.training.photo_shops import photo_questions
from retrieval.training.ranges import SimulatedRange, read_range, simulate_range
from retrieval.training.shops import (
    Corpus,
    Encodings,
    Market,
    SimulatedShop,
    hits_for,
    read_corpora,
    read_shops,
)

SHOPS = 12  # of each trade and language
RANGES = 30  # of products, in each language
_FAQ_SIGNALS = ("score", "lead", "known", "asks")
_SIGNALS: Mapping[str, Sequence[str]] = {
    "faq-en": _FAQ_SIGNALS,
    "faq-zh": _FAQ_SIGNALS,
    "product-en": ("score", "margin", "lexical"),
    "product-zh": ("score", "margin", "lexical"),
    "photo": ("score", "margin", "lead"),
}
_DOUBT = 0.1  # see `fit`; of questions to the FAQ

Report = Callable[[str], None]


def train_calibration(
    data: Path,
    encoder: TextEncoder,
    pictures: PictureEncoder,
    *,
    scorer: Scorer | None = None,
    out: Path = WEIGHTS,
    report: Report = print,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Fit one curve for each case, write them to `out` and their head beside it, and return figures on other topics.

    `scorer` is the reranker of the service, which orders what is judged.

    For the figures, two thirds of the trades (of the ranges, of the photos) make the shops to fit on, and the rest
    those that check; the curves that are written are fitted on all of them. Raises `RetrievalError` where the data is
    missing.
    """
    chance = random.Random(seed)
    corpora = read_corpora(data)
    samples: dict[str, Samples] = {}
    heads: dict[Language, Fitted] = {}
    for language in get_args(Language):
        samples[f"faq-{language}"], heads[language] = faq_samples(
            data, corpora, language, partial(Encodings, encoder, scorer=scorer, pictures=pictures.name), chance
        )
    for language in get_args(Language):
        samples[f"product-{language}"] = range_samples(data, corpora, language, encoder, chance)
    fitting, checking = photo_questions(data, pictures, chance)
    samples["photo"] = Samples(fitting, checking, fitting + checking)
    curves: dict[str, Curve] = {}
    figures: dict[str, dict[str, float]] = {}
    for case in CASES:
        figures[case] = asdict(check(_fit(case, samples[case].fitting), samples[case].checking))
        curves[case] = _fit(case, samples[case].everything)
        report(f"{case}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures[case].items()))
    made_with: dict[str, str | int] = {"text": encoder.name, "pictures": pictures.name, "seed": seed}
    _write(out, curves, figures, made_with)
    AskingHead(
        encoder.name,
        {language: weights for language, (weights, _) in heads.items()},
        {language: bias for language, (_, bias) in heads.items()},
    ).save(beside(out))
    return figures


def _fit(case: str, samples: Sequence[Judged]) -> Curve:
    return fit(samples, _SIGNALS[case], doubt=_DOUBT if case.startswith("faq") else 1.0)


@dataclass(frozen=True, slots=True)
class Samples:
    """Judged questions to fit on and to check with, which share no topics; what ships is fitted on everything."""

    fitting: list[Judged]
    checking: list[Judged]
    everything: list[Judged]


def faq_samples(
    data: Path,
    corpora: Sequence[Corpus],
    language: Language,
    encoded: Callable[[Sequence[str]], Encodings],
    chance: random.Random,
) -> tuple[Samples, Fitted]:
    """Questions to simulated FAQ lists, and the head that tells whether a text asks a shop.

    Each trade's questions are judged with a head that has seen neither them nor what is asked beside them.
    """
    shops = read_shops(language)
    borrowed = [corpus for corpus in corpora if corpus.language == language]
    elsewhere = read_elsewhere(data, language, len(shops), chance)
    asked = shop_questions(language, chance)
    lent = [text for corpus in borrowed for text in (*corpus.texts(), *corpus.answers.values())]
    encodings = encoded([*all_texts(shops, elsewhere), *asked, *lent])
    heads = fit_by_trade(shops, elsewhere, asked, encodings.vectors)
    market = Market(shops, borrowed, encodings)
    parts: tuple[list[Judged], list[Judged]] = ([], [])
    for place, trade in enumerate(shops):
        for _ in range(SHOPS):
            shop = market.simulate(trade, elsewhere[place], chance)
            parts[place % 3 == 0].extend(_shop_samples(shop, encodings, heads[trade.name]))
    return Samples(*parts, parts[0] + parts[1]), fit_asking(shops, elsewhere, asked, encodings.vectors)


def _shop_samples(shop: SimulatedShop, encodings: Encodings, head: Fitted) -> list[Judged]:
    shelf = encodings.shelf("faq", shop.faqs)
    samples = []
    for asked in shop.asked:
        hits = hits_for(shelf, shop.faqs, asked.text, shop.language, encodings)
        wording = Wording(shelf.lexical.known(asked.text), log_odds(head, encodings.vector(asked.text)))
        right = [hit.id == asked.answer for hit in hits]
        sample = judged(hits, right, answerable=asked.answer is not None, wording=wording)
        samples += [sample] if sample else []
    return samples


def range_samples(
    data: Path, corpora: Sequence[Corpus], language: Language, encoder: TextEncoder, chance: random.Random
) -> Samples:
    """Wishes to simulated product ranges."""
    products = read_range(data)
    asked = [corpus for corpus in (*corpora, *read_shops(language)) if corpus.language == language]
    elsewhere = [text for corpus in asked for text in (*corpus.texts(), *corpus.off_topic)]
    ranges = [simulate_range(products, elsewhere, language, chance) for _ in range(RANGES)]
    texts = [p.text for each in ranges for product in each.products for p in passages_of(product)]
    texts += [wish.text for each in ranges for wish in each.wishes]
    encodings = Encodings(encoder, texts)
    cut = RANGES * 2 // 3
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
