"""Simulated shops: FAQ lists made of labelled questions, with customers who ask what is in them and what is not.

A calibration must hold for a FAQ that it never saw, so it is fitted on hundreds of shops of many trades, with FAQ lists
short and long, and checked on trades that it was not fitted on.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.coattention import CoAttention, OneShelf, Scorer
from retrieval.documents import Faq, Hit, Kind, Language, Product, Query
from retrieval.errors import RetrievalError
from retrieval.fusion import Asked, score
from retrieval.index.ledger import Place
from retrieval.index.passages import passages_of
from retrieval.index.shelf import Shelf, shelve
from retrieval.index.space import Stored
from retrieval.rerank import KeepOrder
from retrieval.roles import Reranker, TextEncoder, language_of
from retrieval.search import RERANKED

Topics = Mapping[str, Sequence[str]]
DIALOGUES = Path(__file__).parent / "shop_dialogues"
ANSWERS = Path(__file__).parent / "intent_answers.tsv"
_TEXTS_A_TOPIC = 40
_OTHER_TRADES = (0, 0, 1, 2, 3, 4, 5)  # whose entries make a shop's FAQ as long as real ones are
_BORROWS = 0.3  # of the shops, how many have some entries of a bank or an assistant
_BORROWED = (15, 90)
_SAME = 0.7  # cosine from which on two entries ask the same
_WAYS = 9  # at most, to ask for an entry
_DEEP = 0.7  # of the shops, how many know all ways to ask but the one that is asked
_UNSERVED = 0.05  # of the off-topic questions, how many are about what other shops of the trade do answer
_ITS_OWN = 0.3  # and how many are about the trade, but nothing that a shop answers
_SHOPLIKE = 0.4  # and how many speak of another company, of work, of the house; the rest is about anything


@dataclass(frozen=True, slots=True)
class Corpus:
    """Questions by topic in one language, the answers to the topics, and texts that are about none of them."""

    name: str
    language: Language
    topics: Topics
    answers: Mapping[str, str]
    off_topic: tuple[str, ...]

    def texts(self) -> list[str]:
        return [text for texts in self.topics.values() for text in texts]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What customers ask that no FAQ of a shop answers: `shoplike` speaks as one does to a shop, `far` does not."""

    shoplike: tuple[str, ...]
    far: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """A customer's question to a simulated shop; `answer` is the id of the right FAQ, None where the shop has none."""

    text: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    trade: str
    language: Language
    faqs: tuple[Faq, ...]
    asked: tuple[Asking, ...]


def read_corpora(data: Path) -> list[Corpus]:
    """CLINC150 (Larson et al. 2019) and BANKING77 (Casanueva et al. 2020), both English, with answers of our own."""
    clinc_file, banking_file = data / "clinc150" / "train.json", data / "banking77" / "train.csv"
    missing = [str(file) for file in (clinc_file, banking_file) if not file.is_file()]
    if missing:
        raise RetrievalError(f"expected the evaluation data in {data}, missing {', '.join(missing)}")
    clinc = json.loads(clinc_file.read_text(encoding="utf-8"))
    clinc_topics = _by_topic(clinc["train"] + clinc["val"])
    with banking_file.open(encoding="utf-8", newline="") as file:
        banking_topics = _by_topic((row["text"], row["category"]) for row in csv.DictReader(file))
    answers = dict(line.split("\t") for line in ANSWERS.read_text(encoding="utf-8").splitlines())
    unanswered = [text for topic, texts in clinc_topics.items() if topic not in answers for text in texts[:20]]
    off_topic = (*(text for text, _ in clinc["oos_train"]), *unanswered)
    return [
        Corpus(name, "en", {topic: texts for topic, texts in topics.items() if topic in answers}, answers, off_topic)
        for name, topics in (("clinc150", clinc_topics), ("banking77", banking_topics))
    ]


def read_shops(language: Language) -> list[Corpus]:
    """Our own questions to shops of ten trades, and what each of them cannot answer."""
    return [read_shop(file, language) for file in sorted(DIALOGUES.glob("*.txt"))]


def read_shop(file: Path, language: Language) -> Corpus:
    """One trade's questions: after `# topic` the answer behind `=`, then ways to ask; the first is how a FAQ asks."""
    topics: dict[str, list[str]] = {}
    answers: dict[str, str] = {}
    topic = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            topic = line[2:].strip()
        elif line.startswith("= ") and language_of(line) == language:
            answers[topic] = line[2:].strip()
        elif line.strip() and language_of(line) == language:
            topics.setdefault(topic, []).append(line.strip())
    off_topic = tuple(topics.pop("off-topic"))
    return Corpus(file.stem, language, topics, answers, off_topic)


def _by_topic(rows: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """The first texts of each topic: as many as the simulated shops have use for."""
    topics: dict[str, list[str]] = {}
    for text, topic in rows:
        texts = topics.setdefault(topic, [])
        if len(texts) < _TEXTS_A_TOPIC:
            texts.append(text)
    return topics


class Market:
    """Makes shops of one language: of a trade's entries, with those of other trades that ask for something else."""

    def __init__(self, shops: Sequence[Corpus], borrowed: Sequence[Corpus], encodings: Encodings) -> None:
        self._shops = shops
        self._borrowed = borrowed
        self._meanings = {
            (corpus.name, topic): _unit(sum(map(encodings.vector, texts), np.zeros(1, np.float32)))
            for corpus in (*shops, *borrowed)
            for topic, texts in corpus.topics.items()
        }

    def simulate(self, trade: Corpus, elsewhere: Elsewhere, chance: random.Random) -> SimulatedShop:
        """A shop with some of a trade's topics in its FAQ, and customers of whom half ask something it does not have.

        Entries of others that ask the same as one of the trade's are left out, also where the shop itself leaves the
        topic out: they would answer what counts as unanswered.
        """
        names = sorted(trade.topics)
        chosen = chance.sample(names, chance.randint(int(0.6 * len(names)), int(0.95 * len(names))))
        deep = chance.random() < _DEEP
        faqs, asked = [], []
        for topic in chosen:
            texts = _drawn(trade.topics[topic], chance)
            ways = min(len(texts) - 1 if deep else max(1, len(texts) - 2), _WAYS)
            faqs.append(_entry(trade, topic, texts[:ways]))
            asked += [Asking(text, faqs[-1].id) for text in texts[ways : ways + 2]]
        faqs += self._others(trade, chance)
        left_out = [text for topic in names if topic not in chosen for text in trade.topics[topic]]
        unanswered = {self._unanswered(trade, left_out, elsewhere, chance): None for _ in asked}
        return SimulatedShop(
            trade.name, trade.language, tuple(faqs), (*asked, *(Asking(text, None) for text in unanswered))
        )

    def _others(self, trade: Corpus, chance: random.Random) -> list[Faq]:
        others = [shop for shop in self._shops if shop.name != trade.name]
        added = [
            (shop, topic)
            for shop in chance.sample(others, min(len(others), chance.choice(_OTHER_TRADES)))
            for topic in chance.sample(sorted(shop.topics), len(shop.topics))
        ]
        borrowed = [(corpus, topic) for corpus in self._borrowed for topic in corpus.topics]
        if borrowed and chance.random() < _BORROWS:
            added += chance.sample(borrowed, min(len(borrowed), chance.randint(*_BORROWED)))
        there = [self._meanings[trade.name, topic] for topic in trade.topics]
        faqs = []
        for corpus, topic in added:
            meaning = self._meanings[corpus.name, topic]
            if max(float(meaning @ other) for other in there) < _SAME:
                there.append(meaning)
                faqs.append(_entry(corpus, topic, _drawn(corpus.topics[topic], chance)[:_WAYS]))
        return faqs

    @staticmethod
    def _unanswered(trade: Corpus, left_out: Sequence[str], elsewhere: Elsewhere, chance: random.Random) -> str:
        pools = (left_out or trade.off_topic, trade.off_topic, elsewhere.shoplike, elsewhere.far)
        shares = (_UNSERVED, _ITS_OWN, _SHOPLIKE, 1 - _UNSERVED - _ITS_OWN - _SHOPLIKE)
        (pool,) = chance.choices(pools, shares)
        return chance.choice(pool)


def _drawn(texts: Sequence[str], chance: random.Random) -> list[str]:
    """The texts with the first, which is how a FAQ asks, in its place."""
    return [texts[0], *chance.sample(texts[1:], len(texts) - 1)]


def _entry(corpus: Corpus, topic: str, ways: Sequence[str]) -> Faq:
    return Faq(f"{corpus.name}: {topic}", ways[0], corpus.answers[topic], "", corpus.language, tuple(ways[1:]))


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


class Encodings:
    """Vectors of all texts of some simulated shops, made once; and their tokens', where reranking has a say."""

    def __init__(
        self, encoder: TextEncoder, texts: Sequence[str], scorer: Scorer | None = None, pictures: str = ""
    ) -> None:
        """`scorer` is the reranker of the service, and `pictures` the name of the service's photo encoder."""
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self._row = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        self._encoder, self._scorer, self._pictures = encoder, scorer, pictures
        self._tokens: list[NDArray[np.float16]] = []
        if scorer is None or not scorer.mix_for(encoder.name, pictures):
            self._vectors = encoder.encode(list(self._row))
        else:
            self._vectors = np.empty((len(self._row), encoder.dimensions), np.float32)
            for text, row in self._row.items():  # one by one: the tokens come from the pass that made the vector
                self._vectors[row] = encoder.encode([text])[0]
                self._tokens.append(encoder.encode_tokens([text])[0].astype(np.float16))
        self._counts = np.array([len(tokens) for tokens in self._tokens], np.int64)
        self._starts = np.cumsum(self._counts) - self._counts
        self._token_rows = np.concatenate(self._tokens) if self._tokens else np.empty((0, 1), np.float16)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.vectors(texts)

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Of known texts, as their encoder gives them."""
        return [self._tokens[self._row[text]].astype(np.float32) for text in texts]

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """As their encoder gives them."""
        return self._encoder.token_spans(texts)

    def reranker(self, shelf: Shelf) -> Reranker:
        """The service's reranker for one shelf."""
        return (
            CoAttention(self._scorer, OneShelf(shelf), self, self._pictures)
            if self._tokens and self._scorer
            else KeepOrder()
        )

    def vector(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._vectors[self._row[text]]
        return vector

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Of shape (texts, dimensions)."""
        vectors: NDArray[np.float32] = self._vectors[[self._row[text] for text in texts]]
        return vectors

    def shelf(self, kind: Kind, documents: Sequence[Product | Faq]) -> Shelf:
        """The shelf that the index would have for these documents."""
        passages = [passage for document in documents for passage in passages_of(document)]
        rows = {passage.key: self._row[passage.text] for passage in passages}
        places = {
            key: Place("", row, int(self._starts[row]), int(self._counts[row])) if self._tokens else Place("", row)
            for key, row in rows.items()
        }
        return shelve(kind, documents, Stored(places, self._vectors, self._token_rows), None)


def hits_for(
    shelf: Shelf, documents: Sequence[Product | Faq], text: str, language: Language, encodings: Encodings
) -> list[Hit]:
    """What the search would find for a question, every document being a candidate."""
    query = Query(text, shelf.kind, language)
    asked = Asked(query, encodings.vector(text), shelf.lexical.coverage(text), {})
    best = score(shelf, asked, np.arange(len(documents))).best(RERANKED)
    hits = [
        Hit(documents[position], float(best.scores["fused"][i]), 0.0, best.stages(i), passage=int(best.ways[i]))
        for i, position in enumerate(best.positions.tolist())
    ]
    return encodings.reranker(shelf).rank(query, hits, limit=RERANKED)
