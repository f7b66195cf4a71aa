"""How far the encoder's opinions can be believed, measured on development pictures with the graph that will serve.

Confidence is fitted in two steps: a temperature per head (Guo et al. 2017), then a rising table from probability to
the share of right opinions (isotonic regression, Zadrozny & Elkan 2002), for each kind of goods apart. Pictures in
which there is nothing to be named are among those that are asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.isotonic import IsotonicRegression

from retrieval.embedders.photo import Look, PhotoEncoder
from retrieval.embedders.photo_labels import PhotoLabels
from retrieval.training.eyes_augment import plain, without_product
from retrieval.training.eyes_data import HEADS, Pictures

FEWEST = 40  # opinions, below which nothing is claimed to be known of them
NOTHING_SHARE = 0.15  # pictures of nothing for each development picture
NO_ANSWER_IS_RIGHT = -2  # beside -1, which is: the right answer is not known

Answers = Mapping[tuple[str, str, str], Sequence[tuple[float, bool]]]


@dataclass(frozen=True, slots=True)
class Examined:
    """Pictures (n, side, side, 3) that were not trained on, their labels (n, heads) and their sources."""

    pixels: NDArray[np.uint8]
    known: NDArray[np.int64]
    sources: tuple[str, ...]


def development_part(pictures: Pictures) -> Examined:
    """The development pictures, and some in which nothing can be named."""
    rows = np.array([i for i, example in enumerate(pictures.examples) if example.development])
    pixels, count = pictures.pixels[rows], int(NOTHING_SHARE * len(rows))
    nothing = without_product(plain(torch.from_numpy(pixels), pixels.shape[1]), count, torch.Generator().manual_seed(1))
    unnamed = np.full((count, len(HEADS)), -1, np.int64)
    unnamed[:, HEADS.index("type")] = NO_ANSWER_IS_RIGHT
    return Examined(
        np.concatenate([pixels, (nothing.permute(0, 2, 3, 1) * 255).byte().numpy()]),
        np.concatenate([pictures.labels[rows], unnamed]),
        (*(pictures.examples[row].source for row in rows), *["nothing"] * count),
    )


def looks_at(encoder: PhotoEncoder, examined: Examined) -> list[Look]:
    return [encoder.look(Image.fromarray(picture)) for picture in examined.pixels]


def temperatures(looks: Sequence[Look], examined: Examined) -> dict[str, float]:
    """The temperature of each head under which the right labels are likeliest; 1 where too little is known."""
    return {
        head: _temperature(np.stack([look.probabilities[head] for look in looks]), examined.known[:, h])
        for h, head in enumerate(HEADS)
    }


def _temperature(probabilities: NDArray[np.float32], known: NDArray[np.int64]) -> float:
    labelled = np.flatnonzero(known >= 0)
    if len(labelled) < FEWEST:
        return 1.0
    logs, right = np.log(probabilities[labelled] + 1e-9), known[labelled]

    def surprise(temperature: float) -> float:
        scaled = logs / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        chosen = scaled[np.arange(len(right)), right] - np.log(np.exp(scaled).sum(axis=1))
        return -float(chosen.mean())

    return min((round(0.4 + 0.05 * step, 2) for step in range(53)), key=surprise)


def opinions(labels: PhotoLabels, looks: Sequence[Look], examined: Examined) -> Answers:
    """By (head, level, family of the type that was read): each opinion's probability, and if it was right."""
    found: dict[tuple[str, str, str], list[tuple[float, bool]]] = {}
    for look, truths in zip(looks, examined.known, strict=True):
        family = labels.exact("type", look.probabilities["type"])[0].group.family
        for head, truth in zip(HEADS, truths, strict=True):
            if truth == -1:
                continue
            right = None if truth == NO_ANSWER_IS_RIGHT else labels.heads[head][truth]
            label, of_label = labels.exact(head, look.probabilities[head])
            group, of_group = labels.broad(head, look.probabilities[head])
            found.setdefault((head, "exact", family), []).append((of_label, label is right))
            found.setdefault((head, "broad", family), []).append((of_group, right is not None and group is right.group))
    return found


def rising_table(answers: Sequence[tuple[float, bool]]) -> Iterator[tuple[list[float], list[float]]]:
    """At most one table: probability → share of right opinions, a little pessimistic where there are few."""
    if len(answers) < FEWEST:
        return
    ordered = np.array(sorted(answers), np.float64)
    parts = np.array_split(ordered, max(2, min(12, len(ordered) // 30)))
    at = [float(part[:, 0].mean()) for part in parts]
    share = [float(part[:, 1].sum() / (len(part) + 1)) for part in parts]
    rising = IsotonicRegression().fit(at, share, sample_weight=[len(part) for part in parts]).predict(at)
    yield [0.0, *(round(a, 4) for a in at)], [0.0, *(round(float(s), 4) for s in rising)]


def accuracy(looks: Sequence[Look], examined: Examined) -> dict[str, float]:
    """Share of right labels by source and head."""
    figures: dict[str, float] = {}
    sources = np.array(examined.sources)
    for h, head in enumerate(HEADS):
        known = examined.known[:, h]
        right = np.array([look.probabilities[head].argmax() for look in looks]) == known
        for source in sorted(set(examined.sources)):
            asked = (sources == source) & (known >= 0)
            if asked.any():
                figures[f"{source}_{head}"] = round(float(right[asked].mean()), 4)
    return figures


def claims(answers: Answers, sure: float = 0.9) -> dict[str, float]:
    """Opinions that claim at least `sure`, each judged by a table that was fitted on the other half of the pictures."""
    claimed, wrong = 0, 0
    for given in answers.values():
        for fitted, judged in ((given[::2], given[1::2]), (given[1::2], given[::2])):
            for at, right in rising_table(fitted):
                told = [good for probability, good in judged if np.interp(probability, at, right) >= sure]
                claimed, wrong = claimed + len(told), wrong + told.count(False)
    return {"claims": float(claimed), "wrong_claims": round(wrong / claimed, 4) if claimed else 0.0}
