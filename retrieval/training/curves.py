"""Fits and checks the curves of `retrieval.calibration` on simulated shops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.calibration import FEATURES, Curve, Wording, signals_of
from retrieval.documents import Hit
from retrieval.evaluation.faq import FALSE_ANSWERS, auroc, calibration_error, threshold_for

JUDGED = 5  # hits of a question that are samples
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's best hits: their signals, shape (hits, signals), and which of them are right."""

    signals: NDArray[np.float64]
    right: NDArray[np.bool_]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Check:
    """How a curve does on shops that it was not fitted on."""

    questions: int
    off_topic: int
    recall_at_1: float
    answered_right: float
    false_answers: float
    auroc: float
    calibration_error: float


def judged(
    hits: Sequence[Hit],
    right: Sequence[bool],
    *,
    answerable: bool,
    wording: Wording = Wording(),  # noqa: B008 - frozen
) -> Judged | None:
    """The samples of a question; None where nothing was found at all."""
    if not hits:
        return None
    count = min(JUDGED, len(hits))
    return Judged(np.stack([signals_of(hits, i, wording) for i in range(count)]), np.array(right[:count]), answerable)


def fit(
    samples: Sequence[Judged], signals: Sequence[str] = FEATURES, *, doubt: float = 1.0, penalty: float = 1.0
) -> Curve:
    """Logistic regression that rises with each of some signals; its threshold lets 5 % of the off-topic through.

    A signal that would lower the probability is left out: on another shop it would do so for the wrong reason. First
    hits weigh as much as all the others together: theirs is the probability that decides. `doubt` is what a wrong hit
    for a question that has an answer weighs while the signals are weighed against each other, so that below 1 they
    tell above all what the shop cannot answer; the probability is then brought back to what came true.
    """
    table = np.concatenate([sample.signals for sample in samples])
    right = np.concatenate([sample.right for sample in samples]).astype(float)
    weight = np.concatenate([np.r_[1.0, np.full(len(s.right) - 1, 1 / max(1, len(s.right) - 1))] for s in samples])
    doubtful = np.concatenate([sample.answerable & ~sample.right for sample in samples])
    used = np.isin(FEATURES, signals) & (table.std(axis=0) > 1e-9)
    while True:
        weights, _ = _regression(np.where(used, table, 0.0), right, np.where(doubtful, doubt, 1.0) * weight, penalty)
        if (weights >= 0).all():
            break
        used &= weights >= 0
    slope, bias = _regression((table @ weights)[:, None], right, weight, 0.0)
    curve = Curve(weights * slope, bias, 0.5)
    return replace(curve, threshold=threshold_for(_sureness(curve, samples, answerable=False), FALSE_ANSWERS))


def _regression(
    signals: NDArray[np.float64], right: NDArray[np.float64], weight: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias by Newton's method, with a ridge on the standardised signals; constant ones get 0."""
    mean, spread = signals.mean(axis=0), signals.std(axis=0)
    spread = np.where(spread > 1e-9, spread, np.inf)
    design = np.c_[(signals - mean) / spread, np.ones(len(signals))]
    ridge = np.diag(np.r_[np.full(signals.shape[1], penalty), 1e-9])
    theta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -30, 30)))
        gradient = design.T @ (weight * (p - right)) + ridge @ theta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian, gradient)
        theta -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = theta[:-1] / spread
    return weights, float(theta[-1] - weights @ mean)


def check(curve: Curve, samples: Sequence[Judged]) -> Check:
    """The curve's figures on other samples, at its own threshold."""
    on = [sample for sample in samples if sample.answerable]
    right = np.array([bool(sample.right[_surest(curve, sample)]) for sample in on])
    sure = _sureness(curve, samples, answerable=True)
    unsure = _sureness(curve, samples, answerable=False)
    everything = np.concatenate([sure, unsure])
    correct = np.concatenate([right, np.zeros(len(unsure), np.bool_)])
    return Check(
        len(on),
        len(unsure),
        recall_at_1=float(np.mean([sample.right[0] for sample in on])),
        answered_right=float((right & (sure >= curve.threshold)).mean()),
        false_answers=float((unsure >= curve.threshold).mean()),
        auroc=auroc(sure, unsure),
        calibration_error=calibration_error(everything, correct),
    )


def _surest(curve: Curve, sample: Judged) -> int:
    return int(np.argmax(sample.signals @ curve.weights))


def _sureness(curve: Curve, samples: Sequence[Judged], *, answerable: bool) -> NDArray[np.float64]:
    return np.array(
        [max(map(curve.probability, sample.signals)) for sample in samples if sample.answerable == answerable]
    )
