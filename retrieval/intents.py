"""A small linear head that tells what kind of request a text is, from its sentence vector and its own words.

Multinomial logistic regression over [sentence vector ; hashed n-grams], one for each language. The n-grams are hashed
(Weinberger et al., 2009, "Feature Hashing for Large Scale Multitask Learning"), so the head needs no vocabulary; the
sentence vector may be missing, and then only the n-grams speak.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Language
from retrieval.errors import ModelUnavailable

WEIGHTS = Path(__file__).parent / "weights" / "intents.npz"
BUCKETS = 4096
GRAM_WEIGHT = 0.7  # of the n-grams beside a sentence vector of length one

_WORDS = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[\u3400-\u9fff]|\S")


def grams(text: str, language: Language) -> NDArray[np.float32]:
    """Hashed n-grams of shape (BUCKETS,), L2-normalised: words and pairs in English, 1 to 3 characters in Chinese."""
    tokens = ["<", *_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()), ">"]
    tokens = ["0" if token.isdigit() else token for token in tokens]
    longest = 3 if language == "zh" else 2
    counts = np.zeros(BUCKETS, dtype=np.float32)
    for size in range(1, longest + 1):
        for start in range(len(tokens) - size + 1):
            gram = " ".join(tokens[start : start + size])
            counts[zlib.crc32(f"{language}{size}{gram}".encode()) % BUCKETS] += 1
    counts = np.sqrt(counts)
    return counts / max(float(np.linalg.norm(counts)), 1e-9)


def features(text: str, language: Language, vector: NDArray[np.float32] | None, dimensions: int) -> NDArray[np.float32]:
    """Shape (dimensions + BUCKETS,): the sentence vector (zeros where there is none) and the n-grams.

    A head that was trained without vectors has no dimensions for one, and leaves it out.
    """
    dense = np.zeros(dimensions, dtype=np.float32) if vector is None or not dimensions else vector.astype(np.float32)
    return np.concatenate([dense, GRAM_WEIGHT * grams(text, language)])


@dataclass(frozen=True, slots=True)
class IntentHead:
    """The trained head: a label and its probability for a text."""

    labels: tuple[str, ...]
    weights: Mapping[Language, NDArray[np.float32]]  # (labels, dimensions + BUCKETS)
    biases: Mapping[Language, NDArray[np.float32]]  # (labels,)

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> IntentHead:
        """The head of a file that `retrieval.training.intents` wrote, or `ModelUnavailable`."""
        try:
            with np.load(path, allow_pickle=False) as file:
                languages: tuple[Language, ...] = ("en", "zh")
                return cls(
                    labels=tuple(str(label) for label in file["labels"]),
                    weights={
                        language: _floats(file[f"{language}.weights"], file[f"{language}.scales"])
                        for language in languages
                    },
                    biases={language: file[f"{language}.bias"].astype(np.float32) for language in languages},
                )
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ModelUnavailable(
                f"expected the intent head at {path.name}, trained by vitrine train: {error}"
            ) from None

    def probabilities(
        self, text: str, language: Language, vector: NDArray[np.float32] | None = None
    ) -> Mapping[str, float]:
        """Every label's probability; `vector` is the text's sentence vector, where there is an encoder."""
        weights = self.weights[language]
        logits = weights @ features(text, language, vector, weights.shape[1] - BUCKETS) + self.biases[language]
        powers = np.exp(logits - logits.max())
        return dict(zip(self.labels, (powers / powers.sum()).tolist(), strict=True))


def _floats(codes: NDArray[np.int8], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights from int8 codes with one scale a label."""
    return codes.astype(np.float32) * scales[:, None].astype(np.float32)
