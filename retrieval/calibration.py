"""How sure a hit is: probabilities that mean what they say, for a shop that was never trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Hit, Query
from retrieval.errors import ModelUnavailable

WEIGHTS = Path(__file__).parent / "weights" / "calibration.json"
FEATURES = ("score", "margin", "lead", "lexical", "known", "asks")
CASES = ("faq-en", "faq-zh", "product-en", "product-zh", "photo")
ALONE = 0.5  # the lead of a hit without rivals
RIVALS = 5


@dataclass(frozen=True, slots=True)
class Wording:
    """What a question itself says about whether the shop can answer it, whatever was found.

    `known` is the share of the weight of its words that the shop uses, and `asks` the log-odds that it asks a shop.
    """

    known: float = 0.0
    asks: float = 0.0


def signals_of(hits: Sequence[Hit], i: int, wording: Wording = Wording()) -> NDArray[np.float64]:
    """What tells a right hit from a wrong one, in the order of `FEATURES`.

    The margin is over the best other hit, and negative for all hits but the first. The lead is over the mean of the
    best five others: it stands where two entries lie close together, and a question that is near to nothing lacks it.
    """
    others = sorted((hit.score for place, hit in enumerate(hits) if place != i), reverse=True)
    margin = min(hits[i].score - others[0], ALONE) if others else ALONE
    lead = min(hits[i].score - sum(others[:RIVALS]) / len(others[:RIVALS]), ALONE) if others else ALONE
    lexical = hits[i].stages.get("lexical", 0.0)
    return np.array([hits[i].score, margin, lead, lexical, wording.known, wording.asks])


@dataclass(frozen=True, slots=True)
class Curve:
    """Platt's scaling (1999) of several signals: a logistic regression over them, and where to start answering."""

    weights: NDArray[np.float64]
    bias: float
    threshold: float

    def probability(self, signals: NDArray[np.float64]) -> float:
        return float(1 / (1 + np.exp(-np.clip(signals @ self.weights + self.bias, -30, 30))))


class Calibrator:
    """Judges hits by curves fitted on simulated shops (`vitrine train calibration`), one for each kind of question."""

    def __init__(self, curves: Mapping[str, Curve]) -> None:
        self._curves = curves

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Calibrator:
        """Read what training wrote; raises `ModelUnavailable` where it is missing or of other signals."""
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            if tuple(saved["features"]) != FEATURES:
                raise ModelUnavailable(f"{path.name}: expected the signals {', '.join(FEATURES)}; train it again")
            curves = {
                case: Curve(np.array(curve["weights"]), curve["bias"], curve["threshold"])
                for case, curve in saved["curves"].items()
            }
            return cls({case: curves[case] for case in CASES})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"expected what `vitrine train calibration` writes at {path}, found none that can be read: {error}"
            ) from error

    def answering_from(self, threshold: float) -> Calibrator:
        """The same curves, with a shop's own threshold for answers from the FAQ."""
        curves = {
            case: replace(curve, threshold=threshold) if case.startswith("faq") else curve
            for case, curve in self._curves.items()
        }
        return Calibrator(curves)

    def probability(self, query: Query, signals: NDArray[np.float64]) -> float:
        """Of hits given 0.8, eight in ten are right."""
        return self._curves[case_of(query)].probability(signals)

    def threshold(self, query: Query) -> float:
        """The probability from which on, in training, one in twenty off-topic questions got an answer; for the FAQ the
        shop's own, where it has one.
        """
        return self._curves[case_of(query)].threshold


def case_of(query: Query) -> str:
    """Which curve judges a query."""
    return "photo" if query.photo is not None else f"{query.kind}-{query.language}"


def fitted_with(path: Path) -> tuple[str, str]:
    """The names of the text and photo encoders whose scores a calibration was fitted on; empty where there is none."""
    try:
        made_with = json.loads(path.read_text(encoding="utf-8"))["made_with"]
        return str(made_with["text"]), str(made_with["pictures"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""
