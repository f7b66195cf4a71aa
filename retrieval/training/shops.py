"""Simulated shops: FAQ lists made of labelled questions, with customers who ask what is in them and what is not.

A calibration must hold for a FAQ that it never saw, so it is fitted on hundreds of small shops that share no questions
with the shops that check it.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Faq, Hit, Kind, Language, Product, Query
from retrieval.errors import RetrievalError
from retrieval.fusion import Asked, score
from retrieval.index.ledger import Place
from retrieval.index.passages import passages_of
from retrieval.index.shelf import Shelf, shelve
from retrieval.index.space import Stored
from retrieval.roles import TextEncoder, language_of
from retrieval.search import RERANKED

Topics = Mapping[str, Sequence[str]]
OWN = Path(__file__).parent / "shop_dialogue.txt"
ANSWERS = Path(__file__).parent / "intent_answers.tsv"
_TEXTS_A_TOPIC = 40
_FAR = 0.6  # of the off-topic questions, how many are about something else altogether


@dataclass(frozen=True, slots=True)
class Corpus:
    """Questions by topic in one language, the answers to the topics, and texts that are about none of them."""

    name: str
    language: Language
    topics: Topics
    answers: Mapping[str, str]
    off_topic: tuple[str, ...]

    def part(self, topics: Iterable[str]) -> Corpus:
        return Corpus(
            self.name, self.language, {topic: self.topics[topic] for topic in topics}, self.answers, self.off_topic
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """A customer's question to a simulated shop; `answer` is the id of the right FAQ, None where the shop has none."""

    text: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    language: Language
    faqs: tuple[Faq, ...]
    asked: tuple[Asking, ...]


def read_corpora(data: Path) -> list[Corpus]:
    """CLINC150 (Larson et al. 2019), BANKING77 (Casanueva et al. 2020), and our own questions in two languages."""
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
    ] + [read_own(language) for language in get_args(Language)]


def joined(corpora: Sequence[Corpus]) -> Corpus:
    """All topics of some corpora of one language in one."""
    return Corpus(
        "all",
        corpora[0].language,
        {f"{corpus.name}: {topic}": texts for corpus in corpora for topic, texts in corpus.topics.items()},
        {f"{corpus.name}: {topic}": answer for corpus in corpora for topic, answer in corpus.answers.items()},
        tuple(text for corpus in corpora for text in corpus.off_topic),
    )


def read_own(language: Language) -> Corpus:
    """Our own questions to a bicycle shop: after `# topic` the answer behind `=`, then ways to ask."""
    topics: dict[str, list[str]] = {}
    answers: dict[str, str] = {}
    topic = ""
    for line in OWN.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            topic = line[2:].strip()
        elif line.startswith("= ") and language_of(line) == language:
            answers[topic] = line[2:].strip()
        elif line.strip() and language_of(line) == language:
            topics.setdefault(topic, []).append(line.strip())
    off_topic = tuple(topics.pop("off-topic"))
    return Corpus(f"own-{language}", language, topics, answers, off_topic)


def _by_topic(rows: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """The first texts of each topic: as many as the simulated shops have use for."""
    topics: dict[str, list[str]] = {}
    for text, topic in rows:
        texts = topics.setdefault(topic, [])
        if len(texts) < _TEXTS_A_TOPIC:
            texts.append(text)
    return topics


def simulate(corpus: Corpus, chance: random.Random) -> SimulatedShop:
    """A shop with some of a corpus's topics as FAQ, and customers of whom about half ask something it does not have."""
    names = sorted(corpus.topics)
    chosen = chance.sample(names, chance.randint(int(0.4 * len(names)), int(0.9 * len(names))))
    faqs, asked = [], []
    for topic in chosen:
        texts = chance.sample(list(corpus.topics[topic]), len(corpus.topics[topic]))
        phrasings = chance.randint(1, min(5, len(texts) - 1))
        faqs.append(Faq(topic, texts[0], corpus.answers[topic], "", corpus.language, tuple(texts[1:phrasings])))
        asked += [Asking(text, topic) for text in texts[phrasings : phrasings + 3]]
    left_out = [text for topic in names if topic not in chosen for text in corpus.topics[topic]]
    for _ in range(len(asked)):
        pool: Sequence[str] = corpus.off_topic if chance.random() < _FAR or not left_out else left_out
        asked.append(Asking(chance.choice(pool), None))
    return SimulatedShop(corpus.language, tuple(faqs), tuple(asked))


class Encodings:
    """Vectors of all texts of some simulated shops, made once."""

    def __init__(self, encoder: TextEncoder, texts: Sequence[str]) -> None:
        self._row = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        self._vectors = encoder.encode(list(self._row))

    def vector(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._vectors[self._row[text]]
        return vector

    def shelf(self, kind: Kind, documents: Sequence[Product | Faq]) -> Shelf:
        """The shelf that the index would have for these documents."""
        passages = [passage for document in documents for passage in passages_of(document)]
        places = {passage.key: Place("", self._row[passage.text]) for passage in passages}
        return shelve(kind, documents, Stored(places, self._vectors, np.empty((0, 1), np.float16)), None)


def hits_for(
    shelf: Shelf, documents: Sequence[Product | Faq], text: str, language: Language, encodings: Encodings
) -> list[Hit]:
    """What the search would find for a question, every document being a candidate."""
    asked = Asked(Query(text, shelf.kind, language), encodings.vector(text), shelf.lexical.coverage(text), {})
    best = score(shelf, asked, np.arange(len(documents))).best(RERANKED)
    return [
        Hit(documents[position], float(best.scores["fused"][i]), 0.0, best.stages(i))
        for i, position in enumerate(best.positions.tolist())
    ]
