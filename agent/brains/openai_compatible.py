"""A brain behind any endpoint that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp, OpenAI and others.

It is told the same evidence that the rules brain decides by, and runs behind the same gate and check. When it fails,
the loop lets the rules brain answer in the same turn.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agent.brief import Brief
from agent.errors import BrainFailed
from agent.vision.printed_orders import orders_on
from agent.vision.reading import PhotoAnswer
from prompts import Prompts
from retrieval.documents import Hit, Product
from tools.records import Assurance

HISTORY_AT_MOST = 12  # earlier messages that the model is told
SAID_AT_MOST = 600  # characters of each
TOLD_AT_MOST = 1200  # characters of a document
ANSWER_TOKENS = 700

_LANGUAGES = {"en": "English", "zh": "Chinese"}


class OpenAiCompatibleBrain:
    """Talks to one model of one endpoint.

    `seconds` bounds a whole call, so that an endpoint that hangs costs the customer no more than that before the rules
    brain answers. `key` may be empty for servers that want none.
    """

    name = "openai_compatible"

    def __init__(self, prompts: Prompts, *, base_url: str, model: str, key: str = "", seconds: float = 20.0) -> None:
        self.seconds = seconds
        self._prompts = prompts
        self._model = _OneCallAtATime(
            base_url=base_url,
            model=model,
            api_key=SecretStr(key or "none"),
            timeout=seconds,
            max_retries=0,
            temperature=0.2,
            max_completion_tokens=ANSWER_TOKENS,
            use_responses_api=False,
        )

    def model(self, brief: Brief) -> BaseChatModel:
        return self._model

    def messages(self, brief: Brief) -> Sequence[BaseMessage]:
        """The rules, the conversation, and this turn's words with what was found; evidence is never among the rules."""
        language = _LANGUAGES[brief.need.language]
        return (
            SystemMessage(self._prompts["brain.system", "en"].render(language=language)),
            *_history(brief),
            HumanMessage(self._prompts["brain.turn", "en"].render(**_told(brief))),
        )

    def echoes(self, brief: Brief) -> Sequence[str]:
        return ()


class _OneCallAtATime(ChatOpenAI):
    """Asks for one call at a time, since two at once could pass each other's checks, and notices a line that broke."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return super().bind_tools(tools, parallel_tool_calls=False, **kwargs)

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        finished = False
        async for chunk in super()._astream(*args, **kwargs):
            finished = finished or bool((chunk.generation_info or {}).get("finish_reason"))
            yield chunk
        if not finished:
            raise BrainFailed("the answer ended without saying that it was whole")


def _history(brief: Brief) -> list[BaseMessage]:
    told: list[BaseMessage] = []
    for said in brief.conversation.history[-HISTORY_AT_MOST:]:
        text = said.text[:SAID_AT_MOST]
        if said.author == "visitor" and text:
            told.append(HumanMessage(text))
        elif said.author == "agent" and text:
            told.append(AIMessage(f"(A person of the shop:) {text}"))
        elif said.author == "bot" and text:
            told.append(AIMessage(text))
    return told


def _told(brief: Brief) -> dict[str, object]:
    need, evidence = brief.need, brief.evidence
    found = {
        "products": [_product(hit) for hit in evidence.products.hits],
        "asked_about": [_goods(product) for product in evidence.pointed],
        "same_in_other_colours": [_goods(product) for product in evidence.alike],
        "suggested": [{**_goods(s.product), "because_of": s.because.title} for s in evidence.suggested],
        "answers_are_sure": evidence.faq.answered,
        "answers": [
            {"id": faq.id, "question": faq.question, "answer": faq.answer[:TOLD_AT_MOST]} for faq in evidence.answers
        ],
    }
    photos = [
        {
            "shows": seen.reading.caption,
            "sure_what_it_is": seen.reading.named,
            "attributes": {a.name: a.value for a in seen.reading.attributes},
            "printed_text": [text.text for text in seen.reading.text],
            "printed_order_numbers": list(orders_on(seen.reading.text)),
            "answer_to_the_question": _photo_says(seen.answer),
        }
        for seen in brief.seen
    ]
    return {
        "words": need.words or "(only a photo)",
        "evidence": json.dumps(found, ensure_ascii=False),
        "photos": json.dumps(photos, ensure_ascii=False) if photos else "",
        "pointed": [product.id for product in evidence.pointed],
        "dropped": [f"{c.field} {c.operator} {c.value}" for c in evidence.dropped],
        "settled": f"{brief.settled.card.operation}: {brief.settled.outcome}"
        if brief.settled and brief.settled.card
        else "",
        "noted": json.dumps(list(brief.conversation.noted), ensure_ascii=False) if brief.conversation.noted else "",
        "identified": brief.conversation.scope.assurance > Assurance.ANONYMOUS,
    }


def _product(hit: Hit) -> dict[str, object]:
    assert isinstance(hit.document, Product)
    return {**_goods(hit.document), "probability": round(hit.probability, 2)}


def _goods(product: Product) -> dict[str, object]:
    return {
        "id": product.id,
        "title": product.title,
        "price": f"{product.price} {product.currency}",
        "availability": product.availability,
        "stock": product.stock,
        "attributes": dict(product.attributes),
        "variants": [{**v.options, "price": str(v.price), "stock": v.stock} for v in product.variants],
        "description": product.description[:TOLD_AT_MOST],
    }


def _photo_says(answer: PhotoAnswer | None) -> dict[str, object] | None:
    """What the photo says to the customer's question; what cannot be told is told as unknown."""
    if answer is None:
        return None
    return {"about": answer.question, "value": answer.en or "unknown", "confidence": answer.confidence}
