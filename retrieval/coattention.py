"""The co-attention reranker: the query's words and photo patches against a candidate's words and picture.

Affinity QKᵀ, softmax both ways, h_i = f(x_i, c_i), pooled to a logit (`retrieval.training.coattention_network`), run by
ONNX Runtime on the vectors that the index stores. The logit is added to the first stage's score at a small weight that
was chosen on development data for each kind of search; where that weight is 0 the first stage's order stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from retrieval.documents import Carried, Hit, Kind, Query
from retrieval.embedders.photo import read_manifest, read_pinned
from retrieval.index.tokenizer import words_in
from retrieval.roles import TextEncoder

if TYPE_CHECKING:
    from retrieval.index.shelf import Shelf, Vectors

WEIGHTS = Path(__file__).parent / "weights"
MANIFEST = "coattention.json"
RERANKED = 50
EXPLAINED_WORDS = 12
_PICTURED = ("product-en", "product-zh", "photo", "photo-words")  # cases in which a picture is on either side

Rows = NDArray[np.float32]
Side = tuple[Rows, Rows, Rows]  # words, patches, and the mask over both


def collection_of(query: Query) -> str:
    """Which weight in the mix a query has: by its kind and language, or by whether words came with its photo."""
    if query.photo is not None:
        return "photo-words" if query.text else "photo"
    return f"{query.kind}-{query.language}"


class Scorer:
    """The network and its weights in the mix. Raises `ModelUnavailable` where a file is not the one that was pinned."""

    def __init__(self, folder: Path = WEIGHTS, threads: int = 1) -> None:
        manifest = read_manifest(folder / MANIFEST)
        model = read_pinned(folder, manifest["model"])
        self.name = f"vitrine-coattention-{manifest['model']['sha256'][:12]}"
        self.text_encoder: str = manifest["text"]
        self.picture_encoder: str = manifest["pictures"]
        self.mix: Mapping[str, float] = manifest["mix"]
        self.chosen: Mapping[str, float] = manifest["chosen"]  # on development lists alone, whatever is in force
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._inputs = [given.name for given in self._session.get_inputs()]
        shapes = {given.name: given.shape for given in self._session.get_inputs()}
        self.word_dimensions: int = shapes["words"][2]
        self.patch_dimensions: int = shapes["patches"][2]

    def mix_for(self, text_encoder: str, picture_encoder: str) -> dict[str, float]:
        """The weights that hold for vectors of these encoders: it has learnt those of its own, and reads no others."""
        if text_encoder != self.text_encoder:
            return {}
        seen = picture_encoder == self.picture_encoder
        return {case: weight for case, weight in self.mix.items() if seen or case not in _PICTURED}

    def logits(self, query: Side, candidates: Side) -> Rows:
        """Shape (candidates,); the query is one, or one a candidate."""
        values = (*query, *candidates)
        (found,) = self._session.run(None, dict(zip(self._inputs, values, strict=True)))
        logits: Rows = found
        return logits

    def side(self, words: Sequence[NDArray[np.floating]], patches: Sequence[NDArray[np.floating]]) -> Side:
        """Matrices of differing heights as the network takes them: words, patches and the mask of both, padded."""
        texts, shown = _padded(words, self.word_dimensions), _padded(patches, self.patch_dimensions)
        return texts[0], shown[0], np.concatenate([texts[1], shown[1]], axis=1)


class Shelves(Protocol):
    """Where the candidates' vectors lie: a `ShopIndex`, or shelves that were made without one."""

    def shelf(self, kind: Kind) -> Shelf: ...


@dataclass(frozen=True, slots=True)
class OneShelf:
    """`Shelves` with one shelf only, whatever is asked for."""

    only: Shelf

    def shelf(self, kind: Kind) -> Shelf:
        return self.only


class CoAttention:
    """A `Reranker` on the vectors of an index."""

    def __init__(self, scorer: Scorer, index: Shelves, encoder: TextEncoder, pictures: str) -> None:
        """`pictures` is the name of the encoder that made the index's pictures, empty for none."""
        self._scorer = scorer
        self._index = index
        self._encoder = encoder
        self._mix = scorer.mix_for(encoder.name, pictures)

    def rank(self, query: Query, hits: Sequence[Hit], *, limit: int) -> list[Hit]:
        weight = self._mix.get(collection_of(query), 0.0)
        if not weight or not hits:
            return list(hits[:limit])
        judged = hits[:RERANKED]
        logits = self._scorer.logits(self._asked(query), self._offered(query, judged))
        # A photo's probabilities were fitted on likeness alone: the best keeps its score, and the others lose.
        kept = float(logits.max()) if query.photo is not None else 0.0
        mixed = [
            replace(
                hit, score=hit.score + weight * (float(logit) - kept), stages={**hit.stages, "rerank": float(logit)}
            )
            for hit, logit in zip(judged, logits, strict=True)
        ]
        return [*sorted(mixed, key=lambda hit: -hit.score), *hits[RERANKED:]][:limit]

    def explain(self, query: Query, hits: Sequence[Hit]) -> list[Carried]:
        """How much of each score is lost when one word, or one part of the photo, is covered (Zeiler & Fergus 2014)."""
        weight = self._mix.get(collection_of(query), 0.0)
        if not weight or not hits:
            return [Carried() for _ in hits]
        offered = self._offered(query, hits)
        words, patches, mask = asked = self._asked(query)
        whole = self._scorer.logits(asked, offered)
        regions = []
        for place in range(words.shape[1], mask.shape[1]) if query.patches is not None else ():
            covered = mask.copy()
            covered[0, place] = 0
            regions.append(weight * (whole - self._scorer.logits((words, patches, covered), offered)))
        said = words_in(query.text)[:EXPLAINED_WORDS]
        lost = [weight * (whole - self._scorer.logits(self._asked(_without(query, word)), offered)) for word in said]
        return [
            Carried(
                tuple((word, float(loss[i])) for word, loss in zip(said, lost, strict=True)),
                _grid([float(loss[i]) for loss in regions]),
            )
            for i in range(len(hits))
        ]

    def _asked(self, query: Query) -> Side:
        words = self._encoder.encode_tokens([query.text])[0] if query.text else _none(self._scorer.word_dimensions)
        seen = _none(self._scorer.patch_dimensions) if query.patches is None else query.patches
        return self._scorer.side([words], [seen])

    def _offered(self, query: Query, hits: Sequence[Hit]) -> Side:
        shelf = self._index.shelf(query.kind)
        positions = [shelf.positions[hit.id] for hit in hits]
        words = [
            _matrix(shelf.text, hit.passage if hit.passage >= 0 else _first(shelf.text, position))
            for hit, position in zip(hits, positions, strict=True)
        ]
        nothing = _none(self._scorer.patch_dimensions)
        patches = [_picture(shelf, position, nothing) for position in positions]
        return self._scorer.side(words, patches)


def _without(query: Query, word: str) -> Query:
    return replace(query, text=" ".join(query.text.replace(word, " ", 1).split()))


def _first(vectors: Vectors, position: int) -> int:
    """A document's first passage, -1 where it has none."""
    start, end = vectors.starts[position : position + 2]
    return int(start) if end > start else -1


def _matrix(vectors: Vectors, passage: int) -> NDArray[np.float16]:
    return vectors.token_matrix(passage) if passage >= 0 else vectors.stored.tokens[:0]


def _picture(shelf: Shelf, position: int, nothing: Rows) -> NDArray[np.floating]:
    return nothing if shelf.pictures is None else _matrix(shelf.pictures, _first(shelf.pictures, position))


def _none(dimensions: int) -> Rows:
    return np.empty((0, dimensions), np.float32)


def _grid(losses: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    side = round(len(losses) ** 0.5)
    return tuple(tuple(losses[row * side : (row + 1) * side]) for row in range(side))


def _padded(matrices: Sequence[NDArray[np.floating]], dimensions: int) -> tuple[Rows, Rows]:
    """Values (matrices, rows, dimensions) and mask (matrices, rows); one row at least: no maximum is of none."""
    heights = [len(matrix) for matrix in matrices]
    values = np.zeros((len(matrices), max(1, *heights), dimensions), np.float32)
    for row, matrix in enumerate(matrices):
        values[row, : len(matrix)] = matrix
    mask = np.arange(values.shape[1]) < np.array(heights)[:, None]
    return values, mask.astype(np.float32)
