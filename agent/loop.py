"""Acting and speaking: the agent loop of LangChain, with our gate around tools and our check around speech.

Brains stream to nobody but the check: `stream_mode="messages"` would let their words past it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Protocol, cast

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import AgentState, ModelCallResult, ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatResult

from agent.acting import Acting
from agent.adapt import adapt
from agent.brief import Brief, Reply
from agent.card import Card
from agent.confirming import Confirmations, Settled
from agent.conversation import Conversation
from agent.errors import BrainFailed
from agent.events import EmailLeft, HandoffAsked, IdentityProven, ToolRan
from agent.facts import Facts
from agent.gate import Gate
from agent.names import NewId, Ticks, random_id
from agent.person import decided_by_people, wanted
from agent.statements import statements_of
from retrieval.documents import Language
from retrieval.roles import Searcher
from tools.people.people import ALWAYS, People
from tools.port import Shop
from tools.registry import Registry
from tools.results import Ok
from tools.spec import Catalogue, ToolContext

MODEL_CALLS_AT_MOST = 12  # a turn; an order of five items to be changed needs eleven
STEPS_AT_MOST = 4 * MODEL_CALLS_AT_MOST

log = logging.getLogger(__name__)

Step = str | ToolRan | IdentityProven | HandoffAsked | EmailLeft | Reply
"""A checked piece of speech, what a tool did, and last the whole reply."""


class Brain(Protocol):
    """Decides the next tool call or what to say. It lends a chat model for a turn and is trusted with nothing."""

    name: str
    seconds: float

    def model(self, brief: Brief) -> BaseChatModel: ...

    def messages(self, brief: Brief) -> Sequence[BaseMessage]:
        """What the model is told before the calls of this turn."""
        ...

    def echoes(self, brief: Brief) -> Sequence[str]:
        """Fixed words of its own that it may say without evidence, such as those of its templates."""
        ...


class AgentLoop:
    """Brain and tools, until there is a reply. Build it once; it keeps nothing between turns but attempt counts."""

    def __init__(
        self,
        *,
        brain: Brain,
        fallback: Brain,
        registry: Registry,
        shop: Shop,
        searcher: Searcher,
        catalogue: Catalogue,
        clock: Callable[[], datetime],
        new_id: NewId = random_id,
        ticks: Ticks = time.perf_counter,
        people: People = ALWAYS,
    ) -> None:
        self._brains = (brain,) if brain is fallback else (brain, fallback)
        self._shop, self._searcher, self._catalogue, self._clock = shop, searcher, catalogue, clock
        self._people = people
        self._confirmations = Confirmations(registry, new_id)
        self._graph = create_agent(
            Unlent(),
            adapt(registry),
            middleware=[CheckedSpeech(self._brains), Gate(registry, self._confirmations, ticks)],
            context_schema=Acting,
        )

    async def respond(self, brief: Brief) -> AsyncGenerator[Step, None]:
        """Checked sentences and what tools did, as they come, then one `Reply`."""
        acting = self._acting(brief)
        steps = self._graph.astream(
            {"messages": [HumanMessage(brief.need.words or "(photo)")]},
            context=acting,
            stream_mode="custom",
            config={"recursion_limit": STEPS_AT_MOST},
        )
        async with aclosing(steps) as running:  # type: ignore[type-var]  # LangGraph types its generator as an iterator
            async for step in running:
                yield cast(Step, step)
        yield acting.reply()

    async def carry_out(self, card: Card, conversation: Conversation, language: Language) -> Settled:
        """Make the change of a card that the customer said yes to. No brain has a part in it."""
        return await self._confirmations.carry_out(card, self._context(conversation, language))

    def _context(self, conversation: Conversation, language: Language) -> ToolContext:
        return ToolContext(
            shop=self._shop,
            searcher=self._searcher,
            catalogue=self._catalogue,
            scope=conversation.scope,
            conversation_id=conversation.id,
            language=language,
            clock=self._clock,
            people=self._people,
        )

    def _acting(self, brief: Brief) -> Acting:
        context = self._context(brief.conversation, brief.need.language)
        facts = Facts(statements_of(brief))
        facts.echo(
            brief.need.words, *(said.text for said in brief.conversation.history[-12:] if said.author == "visitor")
        )
        facts.echo(*brief.need.order_ids, *brief.need.printed_orders, brief.memory.identity.order_id)
        facts.unknown(brief.need.unknown_code)
        facts.echo(*(found.text for seen in brief.seen for found in seen.reading.text))  # anybody may have printed it
        # "over 30?" names no currency, yet as a wish for a price it is money.
        facts.echo(*(f"€{c.value}" for c in brief.need.filters.conditions if c.field == "price"))
        evidence = brief.evidence
        facts.count(*range(1, max(len(evidence.products.hits), len(evidence.suggested)) + 1))
        facts.add(*brief.conversation.noted)  # by people of the shop, for the bot to go on from
        if brief.settled is not None and isinstance(brief.settled.result, Ok):
            for fact in brief.settled.result.facts:
                if fact.source != "customer":
                    facts.record(fact.key, fact.value)
        return Acting(brief, context, facts, brief.memory.identity.attempts)


class Unlent(BaseChatModel):
    """Holds the place of the model, which `CheckedSpeech` takes from a brain for each turn."""

    @property
    def _llm_type(self) -> str:
        return "unlent"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        raise BrainFailed("no brain lent its model")


def _calls_are_whole(message: AIMessageChunk) -> bool:
    """Whether the arguments of every call are whole JSON; LangChain would mend what is cut off and call with less."""
    try:
        return all(isinstance(json.loads(call["args"] or "{}"), dict) for call in message.tool_call_chunks)
    except ValueError:
        return False


class CheckedSpeech(AgentMiddleware[AgentState[Any], Acting]):
    """Listens to the brain, releases what holds, and lets the next brain answer where one fails."""

    def __init__(self, brains: Sequence[Brain]) -> None:
        super().__init__()
        self._brains = brains

    async def awrap_model_call(
        self, request: ModelRequest[Acting], handler: Callable[[ModelRequest[Acting]], Awaitable[ModelResponse[Any]]]
    ) -> ModelCallResult[Any]:
        acting = request.runtime.context
        if acting.card is not None:  # the turn ends with the card; the words on it are not the brain's
            return AIMessage(content="")
        acting.model_calls += 1
        tired = acting.model_calls > MODEL_CALLS_AT_MOST
        for brain in self._brains[self._first(acting, tired) :]:
            try:
                return await self._listen(brain, request, acting)
            except BrainFailed as failure:
                log.warning("brain failed", extra={"brain": brain.name, "reason": str(failure)})
                if brain is self._brains[-1]:
                    raise
                acting.start_over()
        raise BrainFailed("no brain answered")

    def _first(self, acting: Acting, tired: bool) -> int:
        """The place of the brain that is asked first: the rules where another failed, or where a person is wanted."""
        results = (ran.result for ran in acting.ran)
        by_rules = acting.fell_back or tired or wanted(acting.brief) is not None or decided_by_people(results)
        return len(self._brains) - 1 if by_rules else 0

    async def _listen(self, brain: Brain, request: ModelRequest[Acting], acting: Acting) -> AIMessage:
        """One call of the brain, with its speech released sentence by sentence."""
        acting.brain = brain.name
        acting.facts.own(*brain.echoes(acting.brief))
        told = [*brain.messages(acting.brief), *request.messages[1:]]
        acting.facts.hide(*(message.content for message in told if isinstance(message, SystemMessage)))
        whole: AIMessageChunk | None = None
        try:
            async with asyncio.timeout(brain.seconds):
                model = brain.model(acting.brief).bind_tools(request.tools, **request.model_settings)
                async for piece in model.astream(told, config={"tags": ["nostream"]}):
                    chunk = piece if isinstance(piece, AIMessageChunk) else AIMessageChunk(content=piece.content)
                    whole = chunk if whole is None else whole + chunk
                    self._release(acting, request, acting.speech.hear(str(chunk.text)))
        except BrainFailed:
            raise
        except Exception as error:
            raise BrainFailed(type(error).__name__) from error
        if whole is None or not (whole.tool_calls or whole.text.strip()) or not _calls_are_whole(whole):
            raise BrainFailed("neither words nor a usable call")
        self._release(acting, request, acting.speech.finish())
        if not whole.tool_calls and not acting.speech.text and brain is not self._brains[-1]:
            raise BrainFailed("nothing that it said is supported")
        return AIMessage(content=str(whole.text), tool_calls=whole.tool_calls)

    def _release(self, acting: Acting, request: ModelRequest[Acting], sentences: list[str]) -> None:
        if acting.streaming:
            for sentence in sentences:
                request.runtime.stream_writer(sentence)
