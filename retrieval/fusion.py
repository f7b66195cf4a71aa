"""From recalled documents to one score each: a convex sum of meaning, words and codes, and of the photo.

Scores are summed, not ranks: reciprocal rank fusion was measured to hurt short questions, and its scores cannot carry a
threshold (Bruch, Gai & Ingber 2023 find the same order).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Language, Query
from retrieval.index.shelf import Shelf
from retrieval.index.tokenizer import tokens

# Chosen on development questions (CLINC150, BANKING77 and our own bicycle shop), not on the demo shop's.
MEAN = 0.5  # how much the mean over all ways to ask counts, against the best way
BODY = 0.33  # the share of what a document says, against how one asks for it
LEXICAL: Mapping[Language, float] = {"en": 0.15, "zh": 0.4}
CODE = 1.0
FOREIGN = 0.15  # what a passage in the other language loses, so that customers read their own where there is one
PHOTO = 0.6  # the photo's share where it comes with words


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as each stage reads it: its vector (None without words), every document's lexical score, its codes."""

    query: Query
    vector: NDArray[np.float32] | None
    lexical: NDArray[np.float32]
    codes: Mapping[int, str]

    @property
    def nothing(self) -> bool:
        """Neither words nor a photo: only filters."""
        return self.vector is None and self.query.photo is None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Documents by position, each stage's score in step with them; `passages` gave `dense` (-1 for none)."""

    positions: NDArray[np.int64]
    dense: NDArray[np.float32]
    passages: NDArray[np.int64]
    lexical: NDArray[np.float32]
    code: NDArray[np.float32]
    photo: NDArray[np.float32]
    fused: NDArray[np.float32]

    def best(self, count: int) -> Candidates:
        """The best by fused score, best first; equals stay in the catalogue's order."""
        order = np.lexsort((self.positions, -self.fused))[:count]
        return Candidates(
            self.positions[order], self.dense[order], self.passages[order], self.lexical[order],
            self.code[order], self.photo[order], self.fused[order],
        )  # fmt: skip

    def stages(self, i: int) -> dict[str, float]:
        """The stages that had something to say about a candidate."""
        scores = {
            "dense": float(self.dense[i]) if self.passages[i] >= 0 else 0.0,
            "lexical": float(self.lexical[i]),
            "code": float(self.code[i]),
            "photo": float(self.photo[i]),
        }
        return {**{stage: value for stage, value in scores.items() if value}, "fused": float(self.fused[i])}


def score(shelf: Shelf, asked: Asked, positions: NDArray[np.int64]) -> Candidates:
    """Every stage's exact score for documents that any stage found, and their weighted sum."""
    query, vector = asked.query, asked.vector
    dense = np.zeros(len(positions), np.float32)
    passages = np.full(len(positions), -1, np.int64)
    if vector is not None:
        dense, passages = meaning(shelf, vector, positions, chinese=query.language == "zh")
    photo = np.zeros(len(positions), np.float32)
    if query.photo is not None and shelf.pictures is not None:
        photo, _ = shelf.pictures.compare(query.photo, positions).best(len(positions))
    code = np.array([position in asked.codes for position in positions.tolist()], np.float32)
    words = asked.lexical[positions]
    fused = dense + np.float32(LEXICAL[query.language]) * words + np.float32(CODE) * code
    if query.photo is not None:
        share = PHOTO if vector is not None else 1.0
        fused = np.float32(share) * photo + np.float32(1 - share) * fused
    return Candidates(positions, dense, passages, words, code, photo, fused.astype(np.float32))


def meaning(
    shelf: Shelf, vector: NDArray[np.float32], positions: NDArray[np.int64], *, chinese: bool
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """How near documents are in meaning, and the way to ask that is nearest (-1 for none).

    Between the best way to ask and the mean of them stands a document's topic, which one odd phrasing cannot carry
    alone; what the document says tells apart those that are asked for alike.
    """
    count = len(positions)
    compared = shelf.text.compare(vector, positions)
    foreign = shelf.text.chinese[compared.passages] != chinese
    compared = replace(compared, cosines=compared.cosines - np.float32(FOREIGN) * foreign)
    body = shelf.text.body[compared.passages]
    best, passages = compared.of(~body).best(count)
    mean, has_own = compared.of(~body & ~foreign).mean(count)
    asked = np.where(has_own, np.float32(1 - MEAN) * best + np.float32(MEAN) * mean, best)
    said, says = compared.of(body).mean(count)
    return np.where(says, np.float32(1 - BODY) * asked + np.float32(BODY) * said, asked), passages


def explain(shelf: Shelf, asked: Asked, candidates: Candidates, i: int, words: str) -> str:
    """In words, what carried a candidate: `code KX-4821; words blue, mug; like "Do you ship abroad?" (0.81)`."""
    reasons = []
    code = asked.codes.get(int(candidates.positions[i]))
    if code:
        reasons.append(f"code {code}")
    if candidates.photo[i]:
        reasons.append(f"looks like the photo ({candidates.photo[i]:.2f})")
    if candidates.lexical[i]:
        theirs = set(tokens(words))
        shared = [word for word in dict.fromkeys(asked.query.text.split()) if theirs.intersection(tokens(word))]
        reasons.append(f"words {', '.join(shared[:6])}")
    passage = int(candidates.passages[i])
    if passage >= 0:
        text = shelf.text.texts[passage]
        reasons.append(f"like “{text if len(text) <= 60 else text[:59] + '…'}” ({candidates.dense[i]:.2f})")
    return "; ".join(reasons) or "matches the filters"
