"""How well questions find their FAQ: questions that are not in the index, and some that the shop cannot answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Language, Query
from retrieval.errors import BadImport
from retrieval.index.shop import ShopIndex
from retrieval.roles import TextEncoder
from retrieval.search import HybridSearch

FALSE_ANSWERS = 0.05
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Question:
    """What a customer asks; `faq` is the id of the entry that answers it, empty where none does.

    `style` says how it is asked: `plain`, or `oblique` where the customer tells a story instead of asking.
    """

    text: str
    language: Language
    faq: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a method found for a question: ids best first, and how sure it was of the first."""

    question: Question
    ids: tuple[str, ...]
    sureness: float


@dataclass(frozen=True, slots=True)
class FaqScore:
    """One method in one language and style (empty for all together).

    `answered_right` is the share of answerable questions that are answered, and rightly, at the threshold where 5 % of
    the off-topic questions get an answer; `auroc` says how well sureness tells the two apart.
    """

    method: str
    language: Language
    style: str
    questions: int
    off_topic: int
    recall_at_1: float
    recall_at_5: float
    mrr: float
    answered_right: float
    auroc: float


@dataclass(frozen=True, slots=True)
class ServiceScore:
    """The service as it ships, with its own threshold; `calibration_error` is the expected one over ten bins."""

    language: Language
    answered_right: float
    answered_wrong: float
    false_answers: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class FaqEvaluation:
    scores: tuple[FaqScore, ...]
    service: tuple[ServiceScore, ...]


def read_questions(path: Path) -> list[Question]:
    """Lines of `{"text", "language"[, "faq"]}`; raises `BadImport` naming the line that is none."""
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            questions.append(Question(row["text"], row["language"], row.get("faq", ""), row.get("style", "")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            expected = 'an object with "text", "language" and, where there is an answer, "faq"'
            raise BadImport(f"{path.name}:{number}: expected {expected}, got: {error}") from error
    return questions


def evaluate_faq(
    index: ShopIndex, encoder: TextEncoder, searcher: HybridSearch, questions: Sequence[Question]
) -> FaqEvaluation:
    """The service against BM25 alone and cosine alone on the same index and the same questions."""
    shelf = index.shelf("faq")

    def service(question: Question) -> Ranking:
        found = searcher.find(Query(question.text, "faq", question.language, limit=_DEPTH))
        return Ranking(question, tuple(hit.id for hit in found.hits), found.hits[0].probability if found.hits else 0.0)

    def cosine(question: Question) -> Ranking:
        vector = encoder.encode([question.text])[0]
        compared = shelf.text.compare(vector, np.arange(len(shelf)))
        scores, _ = compared.of(~shelf.text.body[compared.passages]).best(len(shelf))
        return _ranking(question, shelf.ids, scores)

    def bm25(question: Question) -> Ranking:
        return _ranking(question, shelf.ids, shelf.lexical.coverage(question.text))

    methods: dict[str, Callable[[Question], Ranking]] = {"vitrine": service, "cosine": cosine, "bm25": bm25}
    ranked = {name: [method(question) for question in questions] for name, method in methods.items()}
    languages = sorted({question.language for question in questions})
    styles = ["", *sorted({question.style for question in questions if question.style})]
    scores = [
        _score(name, language, style, [r for r in rankings if r.question.language == language])
        for language in languages
        for style in styles
        for name, rankings in ranked.items()
    ]
    threshold = {language: searcher.threshold(Query("", "faq", language)) for language in languages}
    return FaqEvaluation(
        tuple(scores),
        tuple(
            _service(language, threshold[language], [r for r in ranked["vitrine"] if r.question.language == language])
            for language in languages
        ),
    )


def _ranking(question: Question, ids: Sequence[str], scores: NDArray[np.float32]) -> Ranking:
    order = np.argsort(-scores, kind="stable")[:_DEPTH]
    return Ranking(question, tuple(ids[i] for i in order), float(scores[order[0]]))


def _score(method: str, language: Language, style: str, rankings: Sequence[Ranking]) -> FaqScore:
    on = [r for r in rankings if r.question.faq and style in ("", r.question.style)]
    off = [r for r in rankings if not r.question.faq]
    places = [r.ids.index(r.question.faq) + 1 if r.question.faq in r.ids else 0 for r in on]
    right = np.array([place == 1 for place in places])
    sure = np.array([r.sureness for r in on])
    unsure = np.array([r.sureness for r in off])
    return FaqScore(
        method, language, style, len(on), len(off),
        recall_at_1=share(right),
        recall_at_5=share(np.array([1 <= place <= 5 for place in places])),
        mrr=share(np.array([1 / place if place else 0.0 for place in places])),
        answered_right=share(right & (sure > threshold_for(unsure, FALSE_ANSWERS))),
        auroc=auroc(sure, unsure),
    )  # fmt: skip


def _service(language: Language, threshold: float, rankings: Sequence[Ranking]) -> ServiceScore:
    sure = np.array([r.sureness for r in rankings])
    right = np.array([bool(r.ids) and r.ids[0] == r.question.faq for r in rankings])
    asked = np.array([bool(r.question.faq) for r in rankings])
    answered = sure >= threshold
    return ServiceScore(
        language,
        answered_right=share((answered & right)[asked]),
        answered_wrong=share((answered & ~right)[asked]),
        false_answers=share(answered[~asked]),
        calibration_error=calibration_error(sure, right & asked),
    )


def share(values: NDArray[np.bool_] | NDArray[np.float64]) -> float:
    """The mean, 0 where there is nothing."""
    return float(values.mean()) if len(values) else 0.0


def threshold_for(off_topic: NDArray[np.float64], rate: float) -> float:
    """The value that a share `rate` of the off-topic questions lie above."""
    return float(np.quantile(off_topic, 1 - rate, method="higher")) if len(off_topic) else -np.inf


def auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The chance that a positive lies above a negative, equals counting half."""
    if not len(positive) or not len(negative):
        return 0.0
    above = (positive[:, None] > negative).mean()
    return float(above + (positive[:, None] == negative).mean() / 2)


def calibration_error(probabilities: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017): the mean distance of what was promised from what came, by bins."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    errors = [
        abs(probabilities[place == b].mean() - right[place == b].mean()) * (place == b).sum()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(errors) / len(probabilities)) if len(probabilities) else 0.0
