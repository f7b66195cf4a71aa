"""`vitrine train chinese`: puts Chinese texts where MiniLM puts the English sentence of the same meaning."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from retrieval.embedders.chinese import WEIGHTS, ChineseNgrams, grams_of, tokens_of
from retrieval.embedders.minilm import MiniLm
from retrieval.roles import TextEncoder
from retrieval.training.chinese_data import (
    Meaning,
    Word,
    fill,
    others_of,
    read_questions,
    read_synonyms,
    read_tatoeba,
    read_words,
    reword,
)
from retrieval.training.chinese_learning import Learnt, Lesson, learn
from retrieval.training.chinese_measure import DRAWS, Scores, draw, mean_recall, question_recall, sentence_recall
from retrieval.training.minilm_export import export_minilm

SENTENCES = "tatoeba_en_zh.tsv"
REWORDINGS = 3
HELD_OUT_SENTENCES = 1_000
HELD_OUT_TOPICS = 4  # one in so many
HELD_OUT_PHRASINGS = 5  # one in so many of the other topics'


@dataclass(frozen=True, slots=True)
class Report:
    """Where the weights are, what they took, and how good a twin that never saw the held-out texts was on them."""

    weights: Path
    name: str
    megabytes: float
    minutes: float
    sentences: int
    topics: int
    phrasings: int
    held_out: Scores


@dataclass(frozen=True, slots=True)
class Split:
    """What the twin learns from, and what it is asked: sentences, whole topics, and new phrasings of known topics.

    Of each question in `new_phrasings` so many first Chinese phrasings as the number says are asked; the twin learns
    from the others.
    """

    sentences: tuple[Meaning, ...]
    questions: tuple[Meaning, ...]
    new_sentences: tuple[Meaning, ...]
    new_topics: tuple[Meaning, ...]
    new_phrasings: tuple[tuple[Meaning, int], ...]


def train(
    data: Path,
    out: Path = WEIGHTS,
    *,
    minutes: float | None = None,
    seed: int = 7,
    progress: Callable[[str], None] = lambda step: None,
) -> Report:
    """Trains on `data/tatoeba_en_zh.tsv` and our shop questions, and writes the weights to `out`.

    It trains twice for the same number of steps: once without the held-out texts, to measure, and once on everything,
    to keep. `minutes` is about the most that all of it takes. Raises `BadImport` where the sentences are missing.
    """
    started = time.monotonic()
    sentences, questions, words = read_tatoeba(data / SENTENCES), read_questions(), read_words()
    with TemporaryDirectory() as folder:
        english = _Remembered(MiniLm(export_minilm(Path(folder) / "minilm.onnx", progress=progress)))
    progress(f"encoding {len(sentences)} English sentences")
    english.encode([text for meaning in sentences for text in meaning.english])
    seconds = float("inf") if minutes is None else (minutes * 60 - (time.monotonic() - started)) / 2

    split = hold_out(sentences, questions, random.Random(seed))
    progress("training a twin without the held-out texts")
    lessons = _lessons(split.sentences, split.questions, words, english, random.Random(seed))
    twin = learn(*lessons, seed=seed, seconds=seconds, progress=progress)
    with TemporaryDirectory() as folder:
        write(twin, Path(folder) / "twin.safetensors")
        held_out = _measure(split, ChineseNgrams(Path(folder) / "twin.safetensors"), english, words)

    progress("training on everything")
    lessons = _lessons(sentences, questions, words, english, random.Random(seed))
    name = write(learn(*lessons, seed=seed, seconds=seconds, progress=progress), out)
    return Report(
        weights=out,
        name=name,
        megabytes=round(out.stat().st_size / 1e6, 2),
        minutes=round((time.monotonic() - started) / 60, 1),
        sentences=sum(len(meaning.chinese) for meaning in sentences),
        topics=len(questions),
        phrasings=sum(len(question.chinese) for question in questions),
        held_out=held_out,
    )


def hold_out(sentences: Sequence[Meaning], questions: Sequence[Meaning], chance: random.Random) -> Split:
    """Keeps sentences, topics and phrasings aside; a topic's lot hangs on its name only, so that it never changes."""
    order = chance.sample(sentences, len(sentences))
    asked, others = order[:HELD_OUT_SENTENCES], order[HELD_OUT_SENTENCES:]
    asked_texts = {text for meaning in asked for text in meaning.chinese}
    new_topics = [question for question in questions if crc32(question.topic.encode()) % HELD_OUT_TOPICS == 0]
    known, new_phrasings = [], []
    for question in (question for question in questions if question not in new_topics):
        texts = chance.sample(question.chinese, len(question.chinese))
        aside = len(texts) // HELD_OUT_PHRASINGS
        known.append(Meaning(question.english, tuple(texts[aside:]), question.topic))
        new_phrasings.append((Meaning(question.english, tuple(texts), question.topic), aside))
    return Split(
        tuple(meaning for meaning in others if not asked_texts.intersection(meaning.chinese)),
        tuple(known),
        tuple(asked),
        tuple(new_topics),
        tuple(new_phrasings),
    )


def write(learnt: Learnt, file: Path) -> str:
    """Writes the embeddings with 8 bits a number and a scale a row; gives their name, which holds their hash."""
    scales = np.maximum(np.abs(learnt.table).max(axis=1), 1e-8) / 127
    tensors = {
        "grams": learnt.grams,
        "table": np.round(learnt.table / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float16),
        "projection": learnt.projection.astype(np.float16),
    }
    digest = hashlib.sha256(b"".join(tensor.tobytes() for tensor in tensors.values())).hexdigest()
    name = f"chinese-ngrams@{digest[:8]}"
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_bytes(save(tensors, metadata={"about": json.dumps({"name": name})}))
    unfinished.replace(file)
    return name


class _Remembered:
    """An encoder that keeps every vector it has made: the twin and the model to keep learn from the same ones."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self.encode_tokens, self.token_spans = encoder.encode_tokens, encoder.token_spans
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        self._vectors.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def _lessons(
    sentences: Sequence[Meaning],
    questions: Sequence[Meaning],
    words: Mapping[str, Sequence[Word]],
    english: TextEncoder,
    chance: random.Random,
) -> tuple[list[Lesson], list[Lesson]]:
    """Lessons from the sentences, and lessons from the shop: questions in several wordings, and the word lists."""
    others = others_of(read_synonyms())
    general = [_lesson(meaning.english, meaning.chinese, english) for meaning in sentences]
    shop = [
        _lesson(filled.english, [*filled.chinese, *_rewordings(filled.chinese, others, chance)], english)
        for question in questions
        for filled in fill(question, words, chance)
    ]
    shop += [_lesson((word.english,), word.chinese, english) for entries in words.values() for word in entries]
    return [lesson for lesson in general if lesson.chinese], shop


def _rewordings(texts: Sequence[str], others: Mapping[str, Sequence[str]], chance: random.Random) -> list[str]:
    return [reword(text, others, chance) for text in texts for _ in range(REWORDINGS)]


def _lesson(english_texts: Sequence[str], chinese_texts: Sequence[str], english: TextEncoder) -> Lesson:
    bags = (tuple(gram for gram, _, _ in grams_of(list(tokens_of(text)))) for text in dict.fromkeys(chinese_texts))
    return Lesson(english.encode(english_texts), tuple(bag for bag in bags if bag))


def _measure(split: Split, chinese: TextEncoder, english: TextEncoder, words: Mapping[str, Sequence[Word]]) -> Scores:
    topics = [filled for topic in split.new_topics for filled in fill(topic, words, random.Random(topic.topic), ways=1)]
    new_topics, new_phrasings = [], []
    for number in range(DRAWS):
        chance = random.Random(number)
        indexed, asked = draw(topics, chance)
        new_topics.append(question_recall(indexed, asked, chinese, english))
        known, questions = [], []
        for question, aside in split.new_phrasings:
            (whole,) = fill(question, words, chance, ways=1)
            known.append(Meaning(whole.english, whole.chinese[aside:], whole.topic))
            questions.append(whole.chinese[:aside])
        indexed, _ = draw(known, chance)
        new_phrasings.append(question_recall(indexed, questions, chinese, english))
    return Scores(
        sentences=round(sentence_recall(split.new_sentences, chinese, english), 3),
        new_topics=mean_recall(new_topics),
        new_phrasings=mean_recall(new_phrasings),
    )
