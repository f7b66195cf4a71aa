"""Chinese texts in MiniLM's space: an embedding bag of characters and hashed n-grams, small and fast.

A text's vector is the sum of what its characters, character pairs and triples, and Latin words contribute; training
(`retrieval.training.chinese`) puts that sum where MiniLM puts the English sentence of the same meaning. It follows
fastText's n-gram bags (Bojanowski et al. 2017) and multilingual distillation (Reimers & Gurevych 2020).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from retrieval.embedders.traditional import simplified
from retrieval.errors import ModelUnavailable

WEIGHTS = Path(__file__).parents[1] / "weights" / "chinese.safetensors"
SENTENCE_CHARACTERS = 256
LATE_INTERACTION_TOKENS = 32
_PIECE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[a-z]+|[0-9]+")


class ChineseNgrams:
    """Reads simplified and traditional Chinese with Latin words in between; numpy only, safe in several threads."""

    dimensions = 384

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Loads weights of `vitrine train chinese`; raises `ModelUnavailable` where there are none to be read."""
        try:
            with safe_open(weights, framework="numpy") as file:
                self.name: str = json.loads(file.metadata()["about"])["name"]
                grams, table, scales = (file.get_tensor(key) for key in ("grams", "table", "scales"))
                self._projection: NDArray[np.float32] = file.get_tensor("projection").astype(np.float32)
        except (OSError, SafetensorError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"expected the weights of `vitrine train chinese` at {weights}, found none that can be read: {error}"
            ) from error
        self._row_of: dict[int, int] = {int(gram): row for row, gram in enumerate(grams)}
        self._table: NDArray[np.int8] = table
        self._scales: NDArray[np.float32] = scales.astype(np.float32)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (texts, 384), L2-normalised; a text's first 256 characters count.

        A text without any known character or word has the vector 0: it is like nothing.
        """
        bags = np.zeros((len(texts), self._table.shape[1]), np.float32)
        for at, text in enumerate(texts):
            grams = (gram for gram, _, _ in grams_of(list(tokens_of(text))))
            rows = [self._row_of[gram] for gram in grams if gram in self._row_of]
            bags[at] = self._scales[rows] @ self._table[rows].astype(np.float32)
        return self._projected(bags)

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """One matrix of shape (tokens, 384) a text: a row a character or Latin word, for the first 32, L2-normalised.

        A row holds its share of every n-gram that covers it, so that before normalisation the rows sum to the text's
        vector.
        """
        matrices = []
        for text in texts:
            tokens = list(tokens_of(text))
            shares = np.zeros((len(tokens), self._table.shape[1]), np.float32)
            for gram, start, length in grams_of(tokens):
                row = self._row_of.get(gram)
                if row is not None:
                    shares[start : start + length] += self._table[row] * (self._scales[row] / length)
            matrices.append(self._projected(shares[:LATE_INTERACTION_TOKENS]))
        return matrices

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """The characters (start, end) of each text that the rows of `encode_tokens` stand for."""
        return [list(islice(_spans_of(text), LATE_INTERACTION_TOKENS)) for text in texts]

    def _projected(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows in MiniLM's space, brought to length one.

        One by one: for a whole matrix BLAS would wake a thread a core, and on busy cores these wait for each other a
        hundred times longer than the sum takes.
        """
        vectors = np.empty((len(rows), self.dimensions), np.float32)
        for at, row in enumerate(rows):
            vectors[at] = row @ self._projection
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def tokens_of(text: str) -> Iterator[tuple[str, int]]:
    """Characters, Latin words and numbers in reading order, each with the number of the unbroken run it stands in."""
    for run, piece in enumerate(_PIECE.findall(_folded(text[:SENTENCE_CHARACTERS]))):
        if piece[0] >= "\u3400":
            yield from ((character, run) for character in piece)
        else:
            yield piece, run


def _spans_of(text: str) -> Iterator[tuple[int, int]]:
    """Where the text has the tokens of `tokens_of`; folding may make more characters of one, or one of several."""
    own = text[:SENTENCE_CHARACTERS]
    folded = _folded(own)
    came_from = [at for at, character in enumerate(own) for _ in _folded(character)][: len(folded)]
    came_from += [len(own) - 1] * (len(folded) - len(came_from))
    for piece in _PIECE.finditer(folded):
        length = 1 if piece[0][0] >= "\u3400" else len(piece[0])
        for start in range(*piece.span(), length):
            yield came_from[start], came_from[start + length - 1] + 1


def _folded(text: str) -> str:
    return simplified(unicodedata.normalize("NFKC", text).lower())


def grams_of(tokens: Sequence[tuple[str, int]]) -> Iterator[tuple[int, int, int]]:
    """Every n-gram of one to three tokens inside a run: its hash, the position of its first token, its length."""
    for start, (_, run) in enumerate(tokens):
        gram = ""
        for length, (token, its_run) in enumerate(tokens[start : start + 3], start=1):
            if its_run != run:
                break
            gram += token
            yield crc32(gram.encode()), start, length
