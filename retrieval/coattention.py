"""The co-attention reranker: the query's words and photo patches against a candidate's words and picture.

Affinity QKᵀ, softmax both ways, h_i = f(x_i, c_i), pooled to a logit (`retrieval.training.coattention_network`), run by
ONNX Runtime on the vectors that the index stores. The logit, and what else tells candidates apart (`Weights`), are
added to the first stage's score at weights that were chosen on development data for each kind of search; where the
manifest does not put them in force, the first stage's order stays. Only the order is new: the scores, on which the
calibration rests, stay in their places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from retrieval.denials import denied, marked
from retrieval.documents import Carried, Hit, Kind, Query
from retrieval.embedders.photo import read_manifest, read_pinned
from retrieval.index.tokenizer import words_in
from retrieval.roles import TextEncoder

if TYPE_CHECKING:
    from retrieval.index.shelf import Shelf, Vectors

WEIGHTS = Path(__file__).parent / "weights"
MANIFEST = "coattention.json"
OUTPUTS = ["logits", "late", "denied", "changes"]  # of the graph
RERANKED = 50  # passages: products have one, a FAQ entry as many as there are ways to ask for it
BEST = 0.75  # how much a candidate's best passage counts against the mean over all of them
EXPLAINED_WORDS = 12
_PICTURED = ("product-en", "product-zh", "photo", "photo-words")  # cases in which a picture is on either side

Rows = NDArray[np.float32]
Side = tuple[NDArray[np.float16], NDArray[np.float16], Rows]  # words, patches, and the mask over both
AskedSide = tuple[NDArray[np.float16], NDArray[np.float16], Rows, Rows]  # and 1 for each word that is denied
Sides = tuple[AskedSide, Side]
Verdict = tuple[Rows, Rows, Rows, Rows]  # the graph's outputs


@dataclass(frozen=True, slots=True)
class Weights:
    """What is added to the first stage's score: so much of each thing that `Judged` holds.

    Below 0 are those of what is denied, and of a photo beside words that ask for something else.
    """

    logit: float = 0.0
    late: float = 0.0
    denied: float = 0.0
    seen: float = 0.0
    told: float = 0.0
    lexical: float = 0.0
    photo: float = 0.0

    def __bool__(self) -> bool:
        return any(astuple(self))

    def added(self, judged: Judged) -> Rows:
        """Shape (candidates,)."""
        added = np.zeros_like(judged.logits)
        for weight, values in zip(astuple(self), judged.values, strict=True):
            added += np.float32(weight) * values
        return added * judged.share


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of candidates, each of shape (candidates,).

    `logits` are the network's; `late` is the mean of the best cosines of what is asked (MaxSim), and `denied` that of
    what is denied; `stages` are the first stage's own scores, with `seen`, the cosine of the words with the candidate's
    picture, and `told`, the cosine of the photo with the candidate's words, both in the photo encoder's space, and 0
    where there is no such thing.

    `share` is how much of all this counts: beside a photo, what the words ask for is added as surely as they ask for
    something else than it shows ("like this but in green"), and not at all for "do you have this?".
    """

    logits: Rows
    late: Rows
    denied: Rows
    stages: Mapping[str, Rows]
    share: Rows

    @classmethod
    def of(
        cls,
        judged: Verdict,
        ways: Sequence[Sequence[object]],
        stages: Mapping[str, Rows],
        *,
        photo_and_words: bool,
    ) -> Judged:
        """Of the passages of candidates, one behind the other, as the network gave them.

        A candidate stands between its best passage, which one odd phrasing could carry, and the mean over its own.
        """
        counts = np.array([len(way) for way in ways])
        owners = np.repeat(np.arange(len(ways)), counts)
        logits, late, denied = (_between(each, owners, counts) for each in judged[:3])
        share = np.maximum(2 * judged[3][:1] - 1, 0) if photo_and_words else np.ones(1, np.float32)
        return cls(logits, late, denied, {name: values[: len(ways)] for name, values in stages.items()}, share)

    @property
    def values(self) -> tuple[Rows, ...]:
        """In the order of `Weights`."""
        stages = (self.stages[name] for name in ("seen", "told", "lexical", "photo"))
        return (self.logits, self.late, self.denied, *stages)


def _between(values: Rows, owners: NDArray[np.int64], counts: NDArray[np.int64]) -> Rows:
    best = np.full(len(counts), -np.inf)
    np.maximum.at(best, owners, values)
    mean = np.bincount(owners, values) / counts
    return (BEST * best + (1 - BEST) * mean).astype(np.float32)


def reordered(scores: Rows, added: Rows, *, photo_and_words: bool) -> tuple[NDArray[np.int64], Rows]:
    """The new order of candidates, best first, and their scores in it; `scores` are the first stage's, best first.

    The best place keeps the best score, and so on: how sure a search may be is told from what the first stage found.
    A photo with words looks for something else than what it shows, so there a score goes with its candidate, the best
    by what is added keeps it, and the others lose.
    """
    mixed = scores + added
    order = np.argsort(-mixed, kind="stable")
    return order, (mixed[order] - added.max() if photo_and_words else scores)


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
        self.chosen = {case: Weights(**each) for case, each in manifest["chosen"].items()}
        self.in_force: tuple[str, ...] = tuple(manifest["in_force"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._inputs = [given.name for given in self._session.get_inputs()]
        shapes = {given.name: given.shape for given in self._session.get_inputs()}
        self.word_dimensions: int = shapes["words"][2]
        self.patch_dimensions: int = shapes["patches"][2]

    def mix_for(self, text_encoder: str, picture_encoder: str) -> dict[str, Weights]:
        """The weights in force for vectors of these encoders: it has learnt those of its own, and reads no others."""
        if text_encoder != self.text_encoder:
            return {}
        seen = picture_encoder == self.picture_encoder
        return {case: self.chosen[case] for case in self.in_force if seen or case not in _PICTURED}

    def judge(self, query: AskedSide, candidates: Side) -> Verdict:
        """Logits, late interaction of what is asked and of what is denied, and how much words beside a photo ask for
        something else: (candidates,) each.

        The query is one, or one a candidate.
        """
        values = (*query, *candidates)
        logits, late, denied, changes = self._session.run(OUTPUTS, dict(zip(self._inputs, values, strict=True)))
        return logits, late, denied, changes

    def side(self, words: Sequence[NDArray[np.floating]], patches: Sequence[NDArray[np.floating]]) -> Side:
        """Matrices of differing heights as the network takes them: words, patches and the mask of both, padded."""
        texts, shown = _padded(words, self.word_dimensions), _padded(patches, self.patch_dimensions)
        return texts[0], shown[0], np.concatenate([texts[1], shown[1]], axis=1)

    def asked(
        self, words: NDArray[np.floating], patches: NDArray[np.floating], denied: NDArray[np.float32]
    ) -> AskedSide:
        """A query's side; `denied` is 1 for each of its words that it denies, and has as many."""
        marks = np.zeros((1, max(1, len(words))), np.float32)
        marks[0, : len(denied)] = denied
        return (*self.side([words], [patches]), marks)


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

    def __init__(
        self,
        scorer: Scorer,
        index: Shelves,
        encoder: TextEncoder,
        pictures: str,
        place_words: Callable[[Rows], Rows] | None = None,
    ) -> None:
        """`pictures` is the name of the encoder that made the index's pictures, empty for none.

        `place_words` brings vectors of texts (n, d) into the space of that encoder's pictures.
        """
        self._scorer = scorer
        self._place_words = place_words
        self._index = index
        self._encoder = encoder
        self._mix = scorer.mix_for(encoder.name, pictures)

    def rank(self, query: Query, hits: Sequence[Hit], *, limit: int) -> list[Hit]:
        weights = self._mix.get(collection_of(query), Weights())
        if not weights or not hits:
            return list(hits[:limit])
        ways = self._ways(query, hits)
        lexical = np.array([hit.stages.get("lexical", 0.0) for hit in hits[: len(ways)]], np.float32)
        judged = self._judged(query, hits, ways, lexical, (self._asked(query), self._offered(query, hits, ways)))
        scores = np.array([hit.score for hit in hits[: len(ways)]], np.float32)
        both = query.photo is not None and bool(query.text)
        order, scores = reordered(scores, weights.added(judged), photo_and_words=both)
        ranked = [
            replace(
                hits[i],
                score=float(score),
                stages={
                    **hits[i].stages,
                    "rerank": float(judged.logits[i]),
                    "late": float(judged.late[i]),
                    "denied": float(judged.denied[i]),
                },
            )
            for i, score in zip(order.tolist(), scores, strict=True)
        ]
        return [*ranked, *hits[len(ways) :]][:limit]

    def explain(self, query: Query, hits: Sequence[Hit]) -> list[Carried]:
        """How much of each score is lost when one word, or one part of the photo, is covered (Zeiler & Fergus 2014)."""
        weights = self._mix.get(collection_of(query), Weights())
        if not weights or not hits:
            return [Carried() for _ in hits]
        ways = self._ways(query, hits)
        offered = self._offered(query, hits, ways)
        words, patches, mask, marks = asked = self._asked(query)
        shelf = self._index.shelf(query.kind)
        positions = [shelf.positions[hit.id] for hit in hits[: len(ways)]]

        def added(asked: AskedSide, query: Query = query) -> Rows:
            lexical = shelf.lexical.coverage(query.text)[positions]
            return weights.added(self._judged(query, hits, ways, lexical, (asked, offered)))

        whole, regions = added(asked), []
        for place in range(words.shape[1], mask.shape[1]) if query.patches is not None else ():
            covered = mask.copy()
            covered[0, place] = 0
            regions.append(whole - added((words, patches, covered, marks)))
        said = words_in(query.text)[:EXPLAINED_WORDS]
        less = [_without(query, word) for word in said]
        lost = [whole - added(self._asked(each), each) for each in less]
        carried = [
            Carried(
                tuple((word, float(loss[i])) for word, loss in zip(said, lost, strict=True)),
                _grid([float(loss[i]) for loss in regions]),
            )
            for i in range(len(ways))
        ]
        return [*carried, *(Carried() for _ in hits[len(ways) :])]

    def _judged(
        self, query: Query, hits: Sequence[Hit], ways: Sequence[Sequence[int]], lexical: Rows, sides: Sides
    ) -> Judged:
        stages = {
            "seen": self._seen(query, hits[: len(ways)]),
            "told": self._told(query, ways),
            "lexical": lexical,
            "photo": np.array([hit.stages.get("photo", 0.0) for hit in hits[: len(ways)]], np.float32),
        }
        both = query.photo is not None and bool(query.text)
        return Judged.of(self._scorer.judge(*sides), ways, stages, photo_and_words=both)

    def _seen(self, query: Query, hits: Sequence[Hit]) -> Rows:
        """How near the hits' pictures are to what the words ask for."""
        shelf = self._index.shelf(query.kind)
        if self._place_words is None or shelf.pictures is None or not query.text:
            return np.zeros(len(hits), np.float32)
        positions = np.array([shelf.positions[hit.id] for hit in hits])
        (placed,) = self._place_words(self._encoder.encode([query.text]))
        return shelf.pictures.compare(placed, positions).best(len(positions))[0]

    def _told(self, query: Query, ways: Sequence[Sequence[int]]) -> Rows:
        """How near the hits' words are to what the photo shows."""
        text = self._index.shelf(query.kind).text
        if self._place_words is None or query.photo is None or not query.text:
            return np.zeros(len(ways), np.float32)
        passages = np.array([way[0] for way in ways])
        cosines = self._place_words(text.stored.vectors[text.rows[passages]].astype(np.float32)) @ query.photo
        told: Rows = np.where(passages >= 0, cosines, 0).astype(np.float32)
        return told

    def _asked(self, query: Query) -> AskedSide:
        """What a question to the FAQ denies ("not arrived") is what it is about, and is read like the rest of it."""
        words = self._encoder.encode_tokens([query.text])[0] if query.text else _none(self._scorer.word_dimensions)
        seen = _none(self._scorer.patch_dimensions) if query.patches is None else query.patches
        parts = denied(query.text) if query.kind != "faq" else []
        marks = marked(parts, self._encoder.token_spans([query.text])[0]) if parts else np.zeros(0, np.float32)
        return self._scorer.asked(words, seen, marks)

    def _ways(self, query: Query, hits: Sequence[Hit]) -> list[list[int]]:
        shelf = self._index.shelf(query.kind)
        return compared(shelf, [(shelf.positions[hit.id], hit.passage) for hit in hits], query)

    def _offered(self, query: Query, hits: Sequence[Hit], ways: Sequence[Sequence[int]]) -> Side:
        shelf = self._index.shelf(query.kind)
        words = [_matrix(shelf.text, passage) for passages in ways for passage in passages]
        nothing = _none(self._scorer.patch_dimensions)
        seen = [_picture(shelf, shelf.positions[hit.id], nothing) for hit in hits[: len(ways)]]
        patches = [each for each, passages in zip(seen, ways, strict=True) for _ in passages]
        return self._scorer.side(words, patches)


def compared(shelf: Shelf, candidates: Sequence[tuple[int, int]], query: Query) -> list[list[int]]:
    """The passages that are compared with a query, of so many of the best candidates as have `RERANKED` together.

    A candidate is its position on the shelf and its nearest passage, -1 for none.
    """
    ways: list[list[int]] = []
    count = 0
    for position, nearest in candidates[:RERANKED]:
        passages = _passages(shelf.text, position, nearest, query)
        count += len(passages)
        if ways and count > RERANKED:
            break
        ways.append(passages)
    return ways


def _passages(vectors: Vectors, position: int, nearest: int, query: Query) -> list[int]:
    """All ways to ask for a FAQ entry in the query's language; of a product the nearest passage, or its first."""
    if query.kind == "faq":
        own = range(*vectors.starts[position : position + 2].tolist())
        ways = [i for i in own if not vectors.body[i] and vectors.chinese[i] == (query.language == "zh")]
        if ways:
            return ways
    return [nearest if nearest >= 0 else _first(vectors, position)]


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


def _padded(matrices: Sequence[NDArray[np.floating]], dimensions: int) -> tuple[NDArray[np.float16], Rows]:
    """Values (matrices, rows, dimensions) and mask (matrices, rows); one row at least: no maximum is of none."""
    heights = [len(matrix) for matrix in matrices]
    values = np.zeros((len(matrices), max(1, *heights), dimensions), np.float16)
    for row, matrix in enumerate(matrices):
        values[row, : len(matrix)] = matrix
    mask = np.arange(values.shape[1]) < np.array(heights)[:, None]
    return values, mask.astype(np.float32)
