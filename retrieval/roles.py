"""The roles in retrieval: small protocols, named by what they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Carried, Findings, Hit, Language, Query

if TYPE_CHECKING:
    from PIL import Image


class TextEncoder(Protocol):
    """Turns texts of one language into vectors of one shared space."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (texts, dimensions), L2-normalised."""
        ...

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """One matrix of shape (tokens, dimensions) a text, rows L2-normalised; for late interaction."""
        ...

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """The characters (start, end) of each text that the rows of `encode_tokens` stand for, in the same order."""
        ...


class PictureEncoder(Protocol):
    """Turns pictures into vectors in which the same thing lies close together."""

    name: str
    dimensions: int

    def encode(self, pictures: list[Image.Image]) -> NDArray[np.float32]:
        """Vectors of shape (pictures, dimensions), L2-normalised."""
        ...


@runtime_checkable
class PatchEncoder(PictureEncoder, Protocol):
    """A picture encoder that also tells one part of a picture from another."""

    def encode_patches(self, pictures: list[Image.Image]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """The vectors, and one matrix of shape (patches, dimensions) a picture, row by row over a square grid."""
        ...


class Reranker(Protocol):
    """Puts hits into a better order, and says what of the query carried each of them."""

    def rank(self, query: Query, hits: Sequence[Hit], *, limit: int) -> list[Hit]: ...

    def explain(self, query: Query, hits: Sequence[Hit]) -> list[Carried]:
        """What carried each hit; empty where this reranker had no say."""
        ...


class Searcher(Protocol):
    """Finds what the shop knows."""

    async def search(self, query: Query) -> Findings: ...


def language_of(text: str) -> Language:
    """`zh` where at least a fifth of the letters are Chinese characters, else `en`."""
    letters = [c for c in text if c.isalpha()]
    chinese = sum("\u3400" <= c <= "\u9fff" or "\uf900" <= c <= "\ufaff" for c in letters)
    return "zh" if letters and chinese * 5 >= len(letters) else "en"
