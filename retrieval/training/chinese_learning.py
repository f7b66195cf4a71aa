"""How the Chinese n-gram embeddings learn: distillation from MiniLM and contrast between meanings."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

WIDTH = 128
ROWS = 40_000
BATCH = 256  # meanings
SHOP = 80  # of them from the shop questions; with half of the batch the few questions are learnt by heart
STEPS = 1_200
SHOP_WEIGHT = 4  # of an n-gram seen in a shop question, where not all n-grams fit the table
TEMPERATURE = 0.1
FORGOTTEN = 0.15  # of a text's n-grams, others each time it is read
RATE = 3e-3
SAME_MEANING = 0.95  # cosine of the English texts from which on two lessons are no contrast


@dataclass(frozen=True, slots=True)
class Lesson:
    """One meaning: MiniLM's vectors of its English texts, and the n-grams of each of its Chinese texts."""

    english: NDArray[np.float32]
    chinese: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """The embeddings: the hash of each n-gram, its row (n-grams, width), and the projection (width, 384)."""

    grams: NDArray[np.uint32]
    table: NDArray[np.float32]
    projection: NDArray[np.float32]


class Bag(torch.nn.Module):
    """The sum of a text's n-gram embeddings, projected into MiniLM's space and brought to length one."""

    def __init__(self, counts: Sequence[int], dimensions: int) -> None:
        """`counts` says how often each n-gram occurs; frequent ones start small, as they tell little."""
        super().__init__()
        self.table = torch.nn.EmbeddingBag(len(counts), WIDTH, mode="sum", sparse=True)
        self.projection = torch.nn.Linear(WIDTH, dimensions, bias=False)
        torch.nn.init.normal_(self.table.weight, std=0.1)
        torch.nn.init.orthogonal_(self.projection.weight)
        with torch.no_grad():
            self.table.weight *= torch.tensor(counts, dtype=torch.float32).rsqrt().clamp(min=0.05)[:, None]

    def forward(self, bags: Sequence[NDArray[np.int64]]) -> Tensor:
        """Unit vectors of shape (bags, dimensions); a bag holds the rows of one text's n-grams."""
        offsets = torch.tensor([0, *np.cumsum([len(bag) for bag in bags])[:-1]])
        summed = self.table(torch.from_numpy(np.concatenate(bags)), offsets)
        return functional.normalize(self.projection(summed), dim=-1)


def learn(
    sentences: Sequence[Lesson],
    questions: Sequence[Lesson],
    *,
    seed: int,
    steps: int = STEPS,
    seconds: float = float("inf"),
    progress: Callable[[str], None] = lambda step: None,
) -> Learnt:
    """Learns for so many steps, or until `seconds` are over.

    Each step takes two Chinese texts a meaning and adds three losses: the first text's cosine distance to the mean of
    the English ones, and symmetric InfoNCE (van den Oord et al. 2018; Radford et al. 2021) among the batch, of the
    first text against one English text and against the second Chinese one.
    """
    torch.set_num_threads(1)  # the sums are small: a second thread waits more than it works
    torch.manual_seed(seed)
    chance, numbers = random.Random(seed), np.random.default_rng(seed)
    general, shop = (
        Counter(gram for lesson in lessons for text in lesson.chinese for gram in set(text))
        for lessons in (sentences, questions)
    )
    counts = general + shop
    ranked = sorted(counts, key=lambda gram: general[gram] + SHOP_WEIGHT * shop[gram], reverse=True)
    kept = [gram for gram in ranked[:ROWS] if counts[gram] > 1]
    row_of = {gram: row for row, gram in enumerate(kept)}
    bag = Bag([counts[gram] for gram in kept], sentences[0].english.shape[1])
    optimisers = (
        torch.optim.SparseAdam(list(bag.table.parameters()), lr=RATE),
        torch.optim.Adam(bag.projection.parameters(), lr=RATE / 2),
    )
    started = time.monotonic()
    for step in range(steps):
        done = max(step / steps, (time.monotonic() - started) / seconds)
        if done >= 1:
            break
        for optimiser in optimisers:
            optimiser.param_groups[0]["lr"] = optimiser.defaults["lr"] * min(1.0, (step + 1) / 60) * (1 - done)
            optimiser.zero_grad()
        batch = chance.choices(sentences, k=BATCH - SHOP) + chance.choices(questions, k=SHOP)
        loss = _loss(bag, batch, row_of, chance, numbers)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in optimisers:
            optimiser.step()  # type: ignore[no-untyped-call]
        if step % 100 == 0:
            progress(f"step {step} of {steps}, loss {loss.item():.2f}")
    return Learnt(
        np.array(kept, np.uint32),
        bag.table.weight.detach().numpy(),
        bag.projection.weight.detach().numpy().T.copy(),
    )


def _loss(
    bag: Bag, batch: Sequence[Lesson], row_of: dict[int, int], chance: random.Random, numbers: np.random.Generator
) -> Tensor:
    first, second = [], []
    for lesson in batch:
        texts = chance.sample(lesson.chinese, 2) if len(lesson.chinese) > 1 else lesson.chinese * 2
        first.append(_some_rows(texts[0], row_of, numbers))
        second.append(_some_rows(texts[1], row_of, numbers))
    english = torch.from_numpy(np.stack([chance.choice(lesson.english) for lesson in batch]))
    centres = functional.normalize(torch.from_numpy(np.stack([lesson.english.mean(0) for lesson in batch])), dim=-1)
    same = (centres @ centres.T > SAME_MEANING) & ~torch.eye(len(batch), dtype=torch.bool)
    one, other = bag(first), bag(second)
    distance = 1 - (one * centres).sum(dim=1).mean()
    loss: Tensor = distance + _contrast(one, english, same) + _contrast(one, other, same)
    return loss


def _some_rows(text: Sequence[int], row_of: dict[int, int], numbers: np.random.Generator) -> NDArray[np.int64]:
    """The rows of most of a text's n-grams, so that no single one is relied upon."""
    rows = np.array([row_of[gram] for gram in text if gram in row_of], np.int64)
    kept = rows[numbers.random(len(rows)) >= FORGOTTEN]
    return kept if len(kept) else rows


def _contrast(one: Tensor, other: Tensor, same: Tensor) -> Tensor:
    scores = (one @ other.T / TEMPERATURE).masked_fill(same, float("-inf"))
    right = torch.arange(len(one))
    return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2
