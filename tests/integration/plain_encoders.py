"""Encoders that need no model: a text is the sum of its words, a picture its mean colour."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.index.tokenizer import tokens


class WordSums:
    """Each word has a direction of its own, and a text points to where its words do; keeps what it was given."""

    def __init__(self, name: str = "word-sums", dimensions: int = 64) -> None:
        self.name = name
        self.dimensions = dimensions
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded.extend(texts)
        sums = [self._directions(text).sum(axis=0) for text in texts]
        vectors = np.array(sums, np.float32).reshape(-1, self.dimensions)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return [self._directions(text) for text in texts]

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Of texts whose words are each one token that begins as the word does."""
        return [[_span(text.lower(), word) for word in tokens(text)] for text in texts]

    def _directions(self, text: str) -> NDArray[np.float32]:
        rows = [np.random.default_rng(crc32(word.encode())).normal(size=self.dimensions) for word in tokens(text)]
        directions = np.array(rows, np.float32).reshape(-1, self.dimensions)
        return np.asarray(directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9), np.float32)


def _span(text: str, word: str) -> tuple[int, int]:
    start = max(text.find(word), 0)
    return start, start + len(word)


class MeanColours:
    """A picture's vector is its mean colour."""

    name = "mean-colours"
    dimensions = 3

    def encode(self, pictures: list[Image.Image]) -> NDArray[np.float32]:
        means = np.array([np.asarray(picture, np.float32).mean(axis=(0, 1)) for picture in pictures], np.float32)
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), np.float32)
