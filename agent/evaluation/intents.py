"""What becomes of questions to the shop and of texts that are none: by the intent head, and by the turn as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.brief import Brief
from agent.conversation import Conversation
from agent.evidence import Goods, gather
from agent.guard import Incoming
from agent.memory import Memory
from agent.settle import offers_nearest, settle
from agent.understand.understanding import Understanding
from retrieval.documents import Faq
from retrieval.evaluation.faq import Question
from retrieval.roles import Searcher

Outcome = Literal["right", "wrong", "unsure", "none", "goods"]


@dataclass(frozen=True, slots=True)
class Settled:
    """One text: the intent that was understood, what the turn settled on, and whether the search alone would answer."""

    question: Question
    understood: str
    outcome: Outcome
    search_answers: bool


async def settle_all(
    questions: Sequence[Question], understanding: Understanding, searcher: Searcher, goods: Goods
) -> list[Settled]:
    """What a first message of these words comes to."""
    return [await _settled(question, understanding, searcher, goods) for question in questions]


async def _settled(question: Question, understanding: Understanding, searcher: Searcher, goods: Goods) -> Settled:
    need = await understanding.need(Incoming(question.text), Memory(), (), question.language)
    evidence = await gather(need, searcher, goods, None, ())
    brief = Brief(Conversation("measured"), need, (), evidence, Memory())
    intent = settle(brief)
    outcome: Outcome = "none"
    if intent == "faq" and evidence.faq.answered:
        best = evidence.faq.hits[0].document
        outcome = "right" if isinstance(best, Faq) and best.id == question.faq else "wrong"
    elif intent == "faq" and offers_nearest(brief):
        outcome = "unsure"
    elif intent in ("product_search", "refine", "product_question"):
        outcome = "goods"
    return Settled(question, need.intent, outcome, evidence.faq.answered)


def table(settled: Sequence[Settled]) -> list[dict[str, object]]:
    """Shares by language: of questions that the shop answers, and of texts that are no business of it."""
    rows: list[dict[str, object]] = []
    for language in ("en", "zh"):
        mine = [one for one in settled if one.question.language == language]
        for texts, ours in (("questions", True), ("off-topic", False)):
            some = [one for one in mine if bool(one.question.faq) is ours]
            rows.append(
                {
                    "texts": texts,
                    "language": language,
                    "count": len(some),
                    "understood as off-topic": _share(some, "understood", "off_topic"),
                    "understood as a question": _share(some, "understood", "faq"),
                    **{outcome: _share(some, "outcome", outcome) for outcome in ("right", "wrong", "unsure", "goods")},
                    "search alone answers": sum(one.search_answers for one in some) / max(len(some), 1),
                }
            )
    return rows


def _share(some: Sequence[Settled], name: str, value: str) -> float:
    return sum(bool(getattr(one, name) == value) for one in some) / max(len(some), 1)
