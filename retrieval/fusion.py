"""From recalled documents to one score each: a weighted sum of meaning, words and codes, and of the photo.

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
# How much the mean over all ways to ask counts, against the best way.
MEAN: Mapping[Language, float] = {"en": 0.75, "zh": 0.5}
BODY = 0.33  # the share of what a document says, against how one asks for it
LEXICAL: Mapping[Language, float] = {"en": 0.2, "zh": 0.6}
CODE = 1.0
FOREIGN = 0.15  # what a passage in the other language loses, so that customers read their own where there is one
# Of words beside a photo only what they say more than QUIET counts, at the weight WORDS_BESIDE: words that only point
# ("do you have this?") come as near as that to goods of any kind.
QUIET, WORDS_BESIDE = 0.25, 0.6
CHANGED = 2.0  # the weight of the words beside a photo for what would be wanted if they asked for a change


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
    """Documents by position, the way to ask that came nearest (-1 for none), and in step with them each stage's scores.

    The stages: `way` (cosine of the best way to ask), `body` (of what the document says), `dense` (both, weighted),
    `lexical`, `code`, `photo`, and `fused`, which decides. `changed` is how well each would do if the words asked for
    something else than the photo beside them shows, None where there are not both.
    """

    positions: NDArray[np.int64]
    ways: NDArray[np.int64]
    scores: Mapping[str, NDArray[np.float32]]
    changed: NDArray[np.float32] | None = None

    def best(self, count: int) -> Candidates:
        """The best by fused score, best first; equals stay in the catalogue's order.

        A reranker may read in words beside a photo that they ask for a change, so half of the places are for what is
        best by `changed`.
        """
        order = np.lexsort((self.positions, -self.scores["fused"]))
        if self.changed is not None:
            first, rest = np.split(order, [count - count // 2])
            others = rest[np.argsort(-self.changed[rest], kind="stable")][: count // 2]
            order = order[np.isin(order, np.concatenate([first, others]))]
        order = order[:count]
        scores = {stage: values[order] for stage, values in self.scores.items()}
        return Candidates(self.positions[order], self.ways[order], scores)

    def stages(self, i: int) -> dict[str, float]:
        """What each stage that had something to say said about a candidate."""
        return {stage: float(values[i]) for stage, values in self.scores.items() if values[i] or stage == "fused"}


def score(shelf: Shelf, asked: Asked, positions: NDArray[np.int64]) -> Candidates:
    """Every stage's exact score for documents that any stage found, and their weighted sum."""
    query = asked.query
    nothing = np.zeros(len(positions), np.float32)
    scores = {"way": nothing, "body": nothing, "dense": nothing}
    ways = np.full(len(positions), -1, np.int64)
    if asked.vector is not None:
        scores, ways = meaning(shelf, asked.vector, positions, language=query.language)
    scores["lexical"] = asked.lexical[positions]
    scores["code"] = np.array([position in asked.codes for position in positions.tolist()], np.float32)
    scores["photo"] = nothing
    fused = words = scores["dense"] + np.float32(LEXICAL[query.language]) * scores["lexical"]
    changed: NDArray[np.float32] | None = None
    if query.photo is not None and shelf.pictures is not None:
        photo, _ = shelf.pictures.compare(query.photo, positions).best(len(positions))
        scores["photo"], fused = photo, beside_photo(photo, words)
        if asked.vector is not None:
            changed = (photo + CHANGED * words).astype(np.float32)
    scores["fused"] = fused + np.float32(CODE) * scores["code"]
    return Candidates(positions, ways, scores, changed)


def beside_photo(photo: NDArray[np.float32], words: NDArray[np.float32]) -> NDArray[np.float32]:
    """Likenesses to a photo, less what candidates lack of what the words beside it say; shape (candidates,).

    A product of experts (Hinton 2002) over the candidates, in the units of the photo's cosine: one of them keeps to
    itself where no candidate is near to the words, so that these settle what the photo leaves open and seldom more.
    What fits the words best keeps its likeness to the photo, on which the calibration rests.
    """
    told = np.float32(WORDS_BESIDE) * np.maximum(words - np.float32(QUIET), 0)
    likenesses: NDArray[np.float32] = photo + told - told.max(initial=0)
    return likenesses


def meaning(
    shelf: Shelf, vector: NDArray[np.float32], positions: NDArray[np.int64], *, language: Language
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int64]]:
    """How near documents are in meaning (`way`, `body`, `dense`), and the nearest way to ask for each.

    Between the best way to ask and the mean of them stands a document's topic, which one odd phrasing cannot carry
    alone; what the document says tells apart those that are asked for alike.
    """
    count = len(positions)
    compared = shelf.text.compare(vector, positions)
    foreign = shelf.text.chinese[compared.passages] != (language == "zh")
    compared = replace(compared, cosines=compared.cosines - np.float32(FOREIGN) * foreign)
    is_body = shelf.text.body[compared.passages]
    way, ways = compared.of(~is_body).best(count)
    mean, has_own = compared.of(~is_body & ~foreign).mean(count)
    topic = np.where(has_own, np.float32(1 - MEAN[language]) * way + np.float32(MEAN[language]) * mean, way)
    body, says = compared.of(is_body).mean(count)
    dense = np.where(says, np.float32(1 - BODY) * topic + np.float32(BODY) * body, topic)
    return {"way": way, "body": body, "dense": dense}, ways


def explain(shelf: Shelf, asked: Asked, candidates: Candidates, i: int, words: str) -> str:
    """In words, what carried a candidate: `code KX-4821; words blue, mug; like "Do you ship abroad?" (0.81)`."""
    reasons = []
    code = asked.codes.get(int(candidates.positions[i]))
    if code:
        reasons.append(f"code {code}")
    if candidates.scores["photo"][i]:
        reasons.append(f"looks like the photo ({candidates.scores['photo'][i]:.2f})")
    if candidates.scores["lexical"][i]:
        theirs = set(tokens(words))
        shared = [word for word in dict.fromkeys(asked.query.text.split()) if theirs.intersection(tokens(word))]
        reasons.append(f"words {', '.join(shared[:6])}")
    way = int(candidates.ways[i])
    if way >= 0:
        text = shelf.text.texts[way]
        reasons.append(f"like “{text if len(text) <= 60 else text[:59] + '…'}” ({candidates.scores['way'][i]:.2f})")
    return "; ".join(reasons) or "matches the filters"
