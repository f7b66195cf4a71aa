"""`vitrine train recommend`: the attention of the recommender, on simulated shoppers in shops made of real records."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor, nn

from retrieval.likeness import Likeness
from retrieval.roles import PictureEncoder, TextEncoder
from retrieval.taste import FEATURES, HISTORY, STANDING, WEIGHTS
from retrieval.training.session_shops import FashionRange, SessionShop
from retrieval.training.sessions import Session, Shoppers, split_last

SHOPS = 16
PRODUCTS = 300
PAST = (0, 200, 2000, 20_000)  # sessions that a shop has seen before: the weights must suit a new shop and an old one
SESSIONS = 1000  # to learn from, a shop
NEW = 0.15  # of the products came after the past sessions
HEADS = 4
EPOCHS = 3
BATCH = 64
PEAK_RATE = 3e-2

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training made, and how long it took."""

    weights: Path
    parameters: int
    loss: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """A shop's pairs (products, products, features) and standing (products, 2), with sessions to foresee the end of."""

    pairs: NDArray[np.float32]
    standing: NDArray[np.float32]
    cases: list[tuple[Session, int]]


def train(
    data: Path,
    encoder: TextEncoder,
    pictures: PictureEncoder,
    *,
    out: Path = WEIGHTS,
    report: Report = print,
    seed: int = 0,
    shops: int = SHOPS,
    past: Sequence[int] = PAST,
) -> Trained:
    """Fit the weights and write them with their manifest to `out`; `RetrievalError` where the data is missing."""
    started = time.monotonic()
    torch.manual_seed(seed)
    fashion = FashionRange(data, encoder, pictures)
    lessons = []
    for number in range(shops):
        report(f"shop {number + 1} of {shops}")
        shop = fashion.shop("training", PRODUCTS, seed=1000 * seed + number)
        lessons.append(_lesson(shop, past[number % len(past)], seed=1000 * seed + number))
    network = Network()
    loss = _fit(network, lessons, np.random.default_rng(seed), report)
    path = _write(network, out)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Trained(path, parameters, loss, (time.monotonic() - started) / 60)


def _lesson(shop: SessionShop, past: int, seed: int) -> Lesson:
    shoppers = Shoppers(shop.products, seed)
    launched = np.random.default_rng(seed).random(len(shop.products)) >= NEW
    histories = [[shop.products[i].id for i in session] for session in shoppers.sessions(past, launched)]
    likeness = Likeness.of(shop.shelf, histories)
    everything = np.arange(len(shop.products))
    return Lesson(likeness.pairs(everything), likeness.views.standing(), split_last(shoppers.sessions(SESSIONS)))


class Network(nn.Module):
    """`retrieval.taste.Attention`, for gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = nn.Parameter(0.3 * torch.randn(HEADS, len(FEATURES)))
        self.values = nn.Parameter(0.3 + 0.1 * torch.randn(HEADS, len(FEATURES)))
        self.recency = nn.Parameter(torch.zeros(HEADS, HISTORY))
        self.own = nn.Parameter(torch.tensor([0.3] + [0.0] * (len(STANDING) - 1)))

    def forward(self, pairs: Tensor, there: Tensor, standing: Tensor) -> Tensor:
        """(batch, candidates, views, features), (batch, views) and (candidates, 2) → scores (batch, candidates)."""
        logits = torch.einsum("bcvf,hf->bhcv", pairs, self.keys) + self.recency[None, :, None, : pairs.shape[2]]
        attention = logits.masked_fill(~there[:, None, None, :], -1e9).softmax(dim=-1)
        said = (attention * torch.einsum("bcvf,hf->bhcv", pairs, self.values)).sum(dim=(1, 3))
        return said + standing @ self.own


def _fit(network: Network, lessons: Sequence[Lesson], chance: np.random.Generator, report: Report) -> float:
    """Foresee the last view among all products not viewed yet, by cross-entropy; returns the last epoch's mean loss."""
    batches = sum(-(-len(lesson.cases) // BATCH) for lesson in lessons)
    optimizer = torch.optim.Adam(network.parameters(), PEAK_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=EPOCHS * batches)
    mean = float("nan")
    for epoch in range(EPOCHS):
        losses = []
        for lesson, cases in _batches(lessons, chance):
            loss = _loss(network, lesson, cases)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        mean = float(np.mean(losses))
        report(f"epoch {epoch + 1} of {EPOCHS}: loss {mean:.3f}")
    return mean


def _batches(lessons: Sequence[Lesson], chance: np.random.Generator) -> list[tuple[Lesson, list[tuple[Session, int]]]]:
    """Each batch is of one shop; the order is by chance."""
    batches = []
    for lesson in lessons:
        order = chance.permutation(len(lesson.cases))
        for start in range(0, len(order), BATCH):
            batches.append((lesson, [lesson.cases[i] for i in order[start : start + BATCH]]))
    return [batches[i] for i in chance.permutation(len(batches))]


def _loss(network: Network, lesson: Lesson, cases: Sequence[tuple[Session, int]]) -> Tensor:
    longest = max(len(history) for history, _ in cases)
    views = np.zeros((len(cases), longest), np.int64)
    there = np.zeros((len(cases), longest), np.bool_)
    for row, (history, _) in enumerate(cases):
        views[row, : len(history)] = history
        there[row, : len(history)] = True
    pairs = torch.from_numpy(np.ascontiguousarray(lesson.pairs[:, views].transpose(1, 0, 2, 3)))
    scores = network(pairs, torch.from_numpy(there), torch.from_numpy(lesson.standing))
    seen = torch.zeros_like(scores, dtype=torch.bool)
    for row, (history, _) in enumerate(cases):
        seen[row, list(history)] = True
    return nn.functional.cross_entropy(scores.masked_fill(seen, -1e9), torch.tensor([last for _, last in cases]))


def _write(network: Network, out: Path) -> Path:
    content = save({name: parameter.detach().contiguous() for name, parameter in network.named_parameters()})
    path = out / "recommend.safetensors"
    path.write_bytes(content)
    manifest = {
        "model": {"file": path.name, "sha256": sha256(content).hexdigest()},
        "features": FEATURES,
        "standing": STANDING,
        "history": HISTORY,
    }
    (out / "recommend.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return path
