"""The frozen vectors that the reranker learns on, made once: texts as token vectors, pictures as patches."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from retrieval.denials import denied, marked
from retrieval.embedders.photo import PhotoEncoder, coarse
from retrieval.roles import TextEncoder

NONE = -1


@dataclass(frozen=True, slots=True)
class Item:
    """One side of a comparison: rows of the bank, `NONE` for a kind that it does not have.

    A question is `whole`: what it denies ("not arrived") is what it is about.
    """

    text: int = NONE
    picture: int = NONE
    whole: bool = False


class Bank:
    """Texts and pictures by row. `sentences` (texts, 384) and `embeddings` (pictures, 256) are L2-normalised.

    `place_words` brings the former into the latter's space.
    """

    def __init__(
        self,
        words: WordVectors,
        pictures: PictureVectors,
        place_words: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None,
    ) -> None:
        self.words, self.pictures, self._place_words = words, pictures, place_words

    def told(self, picture: int, texts: Sequence[int]) -> NDArray[np.float32]:
        """The cosine of a picture with texts, in its space; 0 for `NONE`."""
        read = np.array(texts, np.int64)
        if self._place_words is None or picture < 0 or not (read >= 0).any():
            return np.zeros(len(read), np.float32)
        cosines: NDArray[np.float32] = self._place_words(self.words.sentences[read]) @ self.pictures.embeddings[picture]
        return np.where(read >= 0, cosines, np.float32(0))

    def seen(self, text: int, pictures: Sequence[int]) -> NDArray[np.float32]:
        """The cosine of a text with pictures, in their space; 0 for `NONE`."""
        shown = np.array(pictures, np.int64)
        if self._place_words is None or text < 0 or not (shown >= 0).any():
            return np.zeros(len(shown), np.float32)
        (placed,) = self._place_words(self.words.sentences[[text]])
        cosines: NDArray[np.float32] = np.where(shown >= 0, self.pictures.embeddings[shown] @ placed, 0)
        return cosines

    def denied(self, item: Item) -> NDArray[np.float32]:
        """1 for each token of an item's words that they deny."""
        if item.text < 0:
            return self.words.denied[:0]
        denied = self.words.denied_in(item.text)
        return np.zeros_like(denied) if item.whole else denied

    def asked(self, items: Sequence[Item]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The side of so many queries, and which of their words are denied (n, words)."""
        words, patches, mask = self.side(items)
        denied = torch.zeros(words.shape[:2])
        for row, item in enumerate(items):
            its = self.denied(item)
            denied[row, : len(its)] = torch.from_numpy(its)
        return words, patches, mask, denied

    def side(self, items: Sequence[Item]) -> tuple[Tensor, Tensor, Tensor]:
        """Words (n, words, 384), patches (n, patches, 256) and mask (n, words + patches) of so many items."""
        texts = np.array([item.text for item in items])
        counts = np.where(texts >= 0, self.words.counts[texts], 0)
        longest = max(1, int(counts.max()))
        places = self.words.starts[texts][:, None] + np.arange(longest)
        words = self.words.rows[np.minimum(places, len(self.words.rows) - 1)].astype(np.float32)
        shown = np.array([item.picture for item in items])
        if (shown >= 0).any():
            patches = self.pictures.patches[shown].astype(np.float32)
        else:
            patches = np.zeros((len(items), 1, self.pictures.patches.shape[2]), np.float32)
        mask = np.concatenate(
            [np.arange(longest) < counts[:, None], np.repeat(shown[:, None] >= 0, patches.shape[1], axis=1)], axis=1
        )
        return torch.from_numpy(words), torch.from_numpy(patches), torch.from_numpy(mask.astype(np.float32))


@dataclass(frozen=True)
class WordVectors:
    """Token vectors of texts, one behind the other in `rows`, with 1 in `denied` where the text denies the token.

    One vector a text in `sentences`.
    """

    row: dict[str, int]
    rows: NDArray[np.float16]
    denied: NDArray[np.float32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    sentences: NDArray[np.float32]

    @classmethod
    def make(cls, encoder: TextEncoder, texts: Sequence[str], cache: Path) -> WordVectors:
        """Those of the cache, and of the texts that it does not have yet."""
        file = cache / f"words-{_digest(encoder.name)}.npz"
        known = cls._read(file, encoder)
        fresh = [text for text in dict.fromkeys(texts) if known is None or text not in known.row]
        if known is not None and not fresh:
            return known
        both = [(encoder.encode_tokens([text])[0].astype(np.float16), encoder.encode([text])[0]) for text in fresh]
        before = () if known is None else (known,)
        _save(
            file,
            texts=np.array([*(text for each in before for text in each.row), *fresh]),
            rows=np.concatenate([*(each.rows for each in before), *(tokens for tokens, _ in both)]),
            counts=np.array([*(n for each in before for n in each.counts), *(len(t) for t, _ in both)], np.int64),
            sentences=np.concatenate([*(each.sentences for each in before), np.stack([s for _, s in both])]),
        )
        made = cls._read(file, encoder)
        assert made is not None
        return made

    @classmethod
    def _read(cls, file: Path, encoder: TextEncoder) -> WordVectors | None:
        if not file.exists():
            return None
        saved = np.load(file)
        counts = saved["counts"]
        row = {text: i for i, text in enumerate(saved["texts"].tolist())}
        rows, starts = saved["rows"], np.cumsum(counts) - counts
        marks = np.zeros(len(rows), np.float32)
        for text, at in row.items():
            if parts := denied(text):
                (spans,) = encoder.token_spans([text])
                marks[starts[at] : starts[at] + counts[at]] = marked(parts, spans)
        return cls(row, rows, marks, starts, counts, saved["sentences"])

    def tokens(self, row: int) -> NDArray[np.float16]:
        return self.rows[self.starts[row] : self.starts[row] + self.counts[row]]

    def denied_in(self, row: int) -> NDArray[np.float32]:
        return self.denied[self.starts[row] : self.starts[row] + self.counts[row]]


@dataclass(frozen=True)
class PictureVectors:
    """Patches (pictures, patches, 256) as the index stores them, and one embedding a picture."""

    patches: NDArray[np.float16]
    embeddings: NDArray[np.float32]

    @classmethod
    def make(cls, encoder: PhotoEncoder, pictures: Sequence[NDArray[np.uint8]], cache: Path) -> PictureVectors:
        """Of square RGB bytes (side, side, 3)."""
        file = cache / f"pictures-{_digest(encoder.name, *(sha256(p.tobytes()).hexdigest() for p in pictures))}.npz"
        if not file.exists():
            looks = [encoder.look(Image.fromarray(picture)) for picture in pictures]
            _save(
                file,
                patches=np.stack([coarse(look.patches) for look in looks]).astype(np.float16),
                embeddings=np.stack([look.embedding for look in looks]),
            )
        saved = np.load(file)
        return cls(saved["patches"], saved["embeddings"])


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _save(file: Path, **arrays: NDArray[np.generic]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.npz")
    np.savez(part, **arrays)  # type: ignore[arg-type]  # arrays, by name
    part.replace(file)
