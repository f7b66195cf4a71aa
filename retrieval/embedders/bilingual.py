"""English and Chinese texts in one space, each by the encoder of its language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.roles import TextEncoder, language_of


class Bilingual:
    """Chooses the encoder by each text's script; both must encode into the same space.

    Its name holds both encoders' names, so that an index made with either one's other revision is refused.
    """

    def __init__(self, english: TextEncoder, chinese: TextEncoder) -> None:
        """Raises `ValueError` where the encoders' vectors differ in length."""
        if english.dimensions != chinese.dimensions:
            raise ValueError(
                f"expected two encoders of one space, found {english.name} with {english.dimensions} dimensions "
                f"and {chinese.name} with {chinese.dimensions}"
            )
        self.name = f"{english.name}+{chinese.name}"
        self.dimensions = english.dimensions
        self._encoders = {"en": english, "zh": chinese}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (texts, dimensions), L2-normalised."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for encoder, rows in self._by_language(texts):
            vectors[rows] = encoder.encode([texts[row] for row in rows])
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """One matrix of shape (tokens, dimensions) a text, rows L2-normalised."""
        matrices = [np.empty((0, self.dimensions), np.float32)] * len(texts)
        for encoder, rows in self._by_language(texts):
            for row, matrix in zip(rows, encoder.encode_tokens([texts[row] for row in rows]), strict=True):
                matrices[row] = matrix
        return matrices

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """The characters (start, end) of each text that the rows of `encode_tokens` stand for."""
        spans: list[list[tuple[int, int]]] = [[]] * len(texts)
        for encoder, rows in self._by_language(texts):
            for row, its in zip(rows, encoder.token_spans([texts[row] for row in rows]), strict=True):
                spans[row] = its
        return spans

    def _by_language(self, texts: Sequence[str]) -> list[tuple[TextEncoder, list[int]]]:
        rows: dict[str, list[int]] = {language: [] for language in self._encoders}
        for row, text in enumerate(texts):
            rows[language_of(text)].append(row)
        return [(self._encoders[language], its) for language, its in rows.items() if its]
