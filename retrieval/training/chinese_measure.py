"""How well Chinese questions find their meaning: the trained encoder beside the words alone (BM25)."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import bm25s
import numpy as np
from numpy.typing import NDArray

from retrieval.embedders.chinese import tokens_of
from retrieval.roles import TextEncoder
from retrieval.training.chinese_data import Meaning

INDEXED = 3  # phrasings of each meaning, as a shop may write for an FAQ entry
DRAWS = 4
BM25_WEIGHT = 0.02

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it would tell of every index it builds

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recall:
    """How often the right meaning came first (R@1), by what the question was compared with."""

    queries: int
    meanings: int
    dense: float
    """Chinese phrasings, by cosine."""
    lexical: float
    """Chinese phrasings, by BM25 over characters and pairs of characters."""
    fused: float
    """Chinese phrasings, by cosine + 0.02 · BM25."""
    english: float
    """English phrasings in MiniLM's space, by cosine."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures on texts that were not trained on."""

    sentences: float
    """Tatoeba, Chinese to English among 1,000 sentences: R@1."""
    new_topics: Recall
    """Questions about topics that training never saw."""
    new_phrasings: Recall
    """New phrasings of topics that training saw in other words."""


def sentence_recall(meanings: Sequence[Meaning], chinese: TextEncoder, english: TextEncoder) -> float:
    """R@1 of each meaning's first Chinese text among the English texts of all."""
    asked = chinese.encode([meaning.chinese[0] for meaning in meanings])
    told = english.encode([meaning.english[0] for meaning in meanings])
    return float(((asked @ told.T).argmax(axis=1) == np.arange(len(meanings))).mean())


def question_recall(
    indexed: Sequence[Meaning], asked: Sequence[Sequence[str]], chinese: TextEncoder, english: TextEncoder
) -> Recall:
    """R@1 of the questions `asked[i]`, whose right answer is `indexed[i]`, by the best phrasing of each meaning."""
    owners = np.repeat(np.arange(len(indexed)), [len(meaning.chinese) for meaning in indexed])
    documents = [text for meaning in indexed for text in meaning.chinese]
    questions = [text for texts in asked for text in texts]
    gold = np.repeat(np.arange(len(indexed)), [len(texts) for texts in asked])

    vectors = chinese.encode(questions)
    dense = vectors @ chinese.encode(documents).T
    lexical = _bm25(documents, questions)
    english_owners = np.repeat(np.arange(len(indexed)), [len(meaning.english) for meaning in indexed])
    across = vectors @ english.encode([text for meaning in indexed for text in meaning.english]).T

    def first(scores: Matrix, owner: NDArray[np.int64]) -> float:
        return float((owner[scores.argmax(axis=1)] == gold).mean())

    return Recall(
        queries=len(questions),
        meanings=len(indexed),
        dense=first(dense, owners),
        lexical=first(lexical, owners),
        fused=first(dense + BM25_WEIGHT * lexical, owners),
        english=first(across, english_owners),
    )


def draw(meanings: Sequence[Meaning], chance: random.Random) -> tuple[list[Meaning], list[tuple[str, ...]]]:
    """Each meaning with three of its Chinese phrasings to index, and the others to ask."""
    indexed, asked = [], []
    for meaning in meanings:
        texts = chance.sample(meaning.chinese, len(meaning.chinese))
        indexed.append(Meaning(meaning.english, tuple(texts[:INDEXED]), meaning.topic))
        asked.append(tuple(texts[INDEXED:]))
    return indexed, asked


def mean_recall(recalls: Sequence[Recall]) -> Recall:
    """The mean of several draws; `queries` and `meanings` are those of one."""

    def mean(of: Callable[[Recall], float]) -> float:
        return round(float(np.mean([of(recall) for recall in recalls])), 3)

    return Recall(
        recalls[0].queries,
        recalls[0].meanings,
        mean(lambda recall: recall.dense),
        mean(lambda recall: recall.lexical),
        mean(lambda recall: recall.fused),
        mean(lambda recall: recall.english),
    )


def _bm25(documents: Sequence[str], questions: Sequence[str]) -> Matrix:
    index = bm25s.BM25()
    index.index([_characters_and_pairs(text) for text in documents], show_progress=False)
    return np.stack([np.asarray(index.get_scores(_characters_and_pairs(text)), np.float32) for text in questions])


def _characters_and_pairs(text: str) -> list[str]:
    characters = [token for token, _ in tokens_of(text)]
    return characters + [first + second for first, second in pairwise(characters)]
