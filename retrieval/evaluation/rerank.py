"""Rerankers against each other on the same candidates: places, abstention, paired bootstrap intervals, and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.coattention import AskedSide, Judged, Scorer, Weights, reordered
from retrieval.evaluation.faq import FALSE_ANSWERS, auroc, share, threshold_for
from retrieval.fusion import beside_photo
from retrieval.index.tokens import maxsim
from retrieval.training.coattention_bank import Bank, Item
from retrieval.training.coattention_lists import Listing

Scores = NDArray[np.float32]
Method = Callable[[Listing], Scores]
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """One method on one set, query by query: the place of the first right candidate (0 for none) and the best score."""

    places: NDArray[np.int64]
    sureness: NDArray[np.float64]
    answerable: NDArray[np.bool_]

    @classmethod
    def of(cls, scored: Sequence[Scores], listings: Sequence[Listing]) -> Outcome:
        places = []
        for scores, listing in zip(scored, listings, strict=True):
            ranked = listing.right[np.argsort(-scores, kind="stable")]
            places.append(int(ranked.argmax()) + 1 if ranked.any() else 0)
        return cls(
            np.array(places),
            np.array([scores.max() for scores in scored], np.float64),
            np.array([listing.answerable for listing in listings]),
        )

    def recall(self, depth: int, sample: NDArray[np.int64] | None = None) -> float:
        """The share of answerable queries with a right candidate among so many."""
        places, answerable = (
            (self.places, self.answerable) if sample is None else (self.places[sample], self.answerable[sample])
        )
        return share(((places > 0) & (places <= depth))[answerable])

    def answered_right(self, sample: NDArray[np.int64] | None = None) -> float:
        """The share answered, and rightly, at the threshold where 5 % of the off-topic queries get an answer."""
        rows = np.arange(len(self.places)) if sample is None else sample
        asked, sure = self.answerable[rows], self.sureness[rows]
        limit = threshold_for(sure[~asked], FALSE_ANSWERS)
        return share(((self.places[rows] == 1) & (sure > limit))[asked])

    def auroc(self) -> float:
        return auroc(self.sureness[self.answerable], self.sureness[~self.answerable])

    def figure(self, measure: str) -> float:
        """One of `MEASURES`."""
        return MEASURES[measure](self, None)

    @property
    def off_topic(self) -> int:
        return int((~self.answerable).sum())


Measure = Callable[[Outcome, NDArray[np.int64] | None], float]
MEASURES: Mapping[str, Measure] = {
    "R@1": lambda outcome, sample: outcome.recall(1, sample),
    "R@5": lambda outcome, sample: outcome.recall(5, sample),
    "right at 5 %": lambda outcome, sample: outcome.answered_right(sample),
}


def measures_of(outcome: Outcome) -> tuple[str, ...]:
    """What can be said of a set: abstention only where there is something to abstain from."""
    return tuple(MEASURES) if outcome.off_topic else ("R@1", "R@5")


def bootstrap(ours: Outcome, theirs: Outcome, measure: str, seed: int = 0) -> tuple[float, float, float]:
    """The gain of one method over another on the same queries, and its 95 % interval over resampled queries."""
    return bootstrap_over([(ours, theirs)], measure, seed)


def bootstrap_over(pairs: Sequence[tuple[Outcome, Outcome]], measure: str, seed: int = 0) -> tuple[float, float, float]:
    """The mean gain over several sets, of which each is resampled by itself, with its 95 % interval."""
    chance, of = np.random.default_rng(seed), MEASURES[measure]
    resampled = []
    for ours, theirs in pairs:
        count = len(ours.places)
        samples = (chance.integers(0, count, count) for _ in range(RESAMPLES))
        resampled.append([of(ours, sample) - of(theirs, sample) for sample in samples])
    low, high = np.percentile(np.mean(resampled, axis=0), [2.5, 97.5])
    gain = np.mean([of(ours, None) - of(theirs, None) for ours, theirs in pairs])
    return float(gain), float(low), float(high)


class Rivals:
    """The first stage's scores by themselves, late interaction, and a linear head on the sentence vectors."""

    def __init__(self, bank: Bank, head: NDArray[np.float32]) -> None:
        self._bank = bank
        self._placed = _normalised(bank.words.sentences @ head.T)

    def methods(self, maxsim_weight: float) -> dict[str, Method]:
        """By name; the weight of MaxSim beside cosine is chosen on development lists, as ours is."""
        return {
            "cosine": self.cosine,
            "BM25": lambda listing: listing.stages["lexical"],
            "convex fusion": lambda listing: listing.stages["fused"],
            "trained head": self.head,
            "MaxSim + cosine": lambda listing: self.cosine(listing) + np.float32(maxsim_weight) * self.maxsim(listing),
        }

    def cosine(self, listing: Listing) -> Scores:
        return _blended(listing, listing.stages["way"])

    def head(self, listing: Listing) -> Scores:
        texts = [item.text for item in listing.candidates]
        if listing.query.text < 0:
            return self.cosine(listing)
        return _blended(listing, self._placed[texts] @ self._placed[listing.query.text])

    def maxsim(self, listing: Listing) -> Scores:
        """Words with words and patches with patches; the mean of both where there are both."""
        bank, parts = self._bank, []
        if listing.query.text >= 0:
            asked = bank.words.tokens(listing.query.text).astype(np.float32)
            parts.append(maxsim(asked, [bank.words.tokens(item.text) for item in listing.candidates]))
        if listing.query.picture >= 0:
            seen = bank.pictures.patches[listing.query.picture].astype(np.float32)
            parts.append(maxsim(seen, [_patches(bank, item) for item in listing.candidates]))
        mean: Scores = np.mean(parts, axis=0)
        return mean


def mixed(listing: Listing, judged: Judged, weights: Weights) -> Scores:
    """The scores that the service would give: those of the first stage in the order of the mix."""
    first = listing.stages["fused"]
    scores, count = first.copy(), len(listing.ways)
    both = listing.query.text >= 0 and listing.query.picture >= 0
    order, new = reordered(first[:count], weights.added(judged), photo_and_words=both)
    scores[order] = new - np.arange(count, dtype=np.float32) * np.float32(1e-6)  # equals stay in the new order
    return scores


def latency(scorer: Scorer, bank: Bank, listings: Sequence[Listing]) -> dict[str, float]:
    """Milliseconds that reranking adds to a search: gathering, padding and the network, by the clock and of the CPU."""
    times = []
    for listing in listings:
        start, worked = time.perf_counter(), time.process_time()
        offered = scorer.side(*matrices(bank, [item for way in listing.ways for item in way]))
        scorer.judge(asked(scorer, bank, listing.query), offered)
        times.append((time.perf_counter() - start, time.process_time() - worked))
    (p50, cpu50), (p95, cpu95) = np.percentile(np.array(times[3:]) * 1000, [50, 95], axis=0)
    return {"p50 ms": float(p50), "p95 ms": float(p95), "CPU p50 ms": float(cpu50), "CPU p95 ms": float(cpu95)}


def asked(scorer: Scorer, bank: Bank, query: Item) -> AskedSide:
    """A query as a network takes it, with what its words deny."""
    (words,), (patches,) = matrices(bank, [query])
    return scorer.asked(words, patches, bank.denied(query))


def matrices(bank: Bank, items: Sequence[Item]) -> tuple[list[NDArray[np.float16]], list[NDArray[np.float16]]]:
    """The word vectors and the patches of so many items, as `Scorer.side` takes them."""
    words = [bank.words.tokens(item.text) if item.text >= 0 else bank.words.rows[:0] for item in items]
    return words, [_patches(bank, item) for item in items]


def _patches(bank: Bank, item: Item) -> NDArray[np.float16]:
    found: NDArray[np.float16] = (
        bank.pictures.patches[item.picture] if item.picture >= 0 else bank.pictures.patches[0, :0]
    )
    return found


def _blended(listing: Listing, words: Scores) -> Scores:
    """A score of the words with the photo's cosine, as the service fuses them."""
    if listing.query.picture < 0:
        return words
    photo = listing.stages["photo"]
    return photo if listing.query.text < 0 else beside_photo(photo, words)


def _normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    normalised: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return normalised
