"""Whether a text asks what a shop's FAQ may answer at all, whatever is in the FAQ: a small linear head."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Language
from retrieval.errors import ModelUnavailable
from retrieval.roles import language_of

SURE = 6.0  # log-odds beyond which the head's word counts no more


def beside(calibration: Path) -> Path:
    """Where the head lies that was fitted together with a calibration."""
    return calibration.with_name("asking.npz")


@dataclass(frozen=True, slots=True)
class AskingHead:
    """Logistic regression over a sentence vector, one for each language; it knows no other encoder's vectors."""

    encoder: str
    weights: Mapping[Language, NDArray[np.float32]]  # (dimensions,)
    biases: Mapping[Language, float]

    @classmethod
    def load(cls, path: Path) -> AskingHead:
        """Read what `save` wrote; raises `ModelUnavailable` where it is missing or cannot be read."""
        try:
            with np.load(path, allow_pickle=False) as file:
                languages: tuple[Language, ...] = ("en", "zh")
                return cls(
                    str(file["encoder"]),
                    {language: file[f"{language}.weights"].astype(np.float32) for language in languages},
                    {language: float(file[f"{language}.bias"]) for language in languages},
                )
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ModelUnavailable(
                f"expected what `vitrine train calibration` writes at {path}, found none that can be read: {error}"
            ) from error

    def save(self, path: Path) -> None:
        arrays: dict[str, NDArray[np.generic]] = {"encoder": np.array(self.encoder)}
        for language, weights in self.weights.items():
            arrays |= {f"{language}.weights": weights, f"{language}.bias": np.array(self.biases[language], np.float32)}
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy types only the positional arrays

    def log_odds(self, text: str, vector: NDArray[np.float32], encoder: str) -> float:
        """Above 0 where a text, whose vector `encoder` made, asks a shop; 0 where the head cannot tell."""
        if encoder != self.encoder:
            return 0.0
        language = language_of(text)
        return float(np.clip(self.weights[language] @ vector + self.biases[language], -SURE, SURE))
