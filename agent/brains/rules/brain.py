"""The rules brain as a chat model, so that it runs in the same loop, behind the same gate and check, as any other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable

from agent.brains.rules.acts import Call, Situation, Words
from agent.brains.rules.decide import decide
from agent.brief import Brief
from agent.names import NewId, random_id
from prompts import Prompts
from tools.results import Err, Ok, Result


class RulesBrain:
    """Decides by rules from what was understood and found."""

    name = "rules"
    seconds = 20.0

    def __init__(self, prompts: Prompts, new_id: NewId = random_id) -> None:
        self._prompts = prompts
        self._new_id = new_id
        self._echoes = {
            language: tuple(prompt.text for prompt in prompts.group("say", language).values())
            for language in ("en", "zh")
        }

    def model(self, brief: Brief) -> BaseChatModel:
        return RulesModel(brief=brief, prompts=self._prompts, new_id=self._new_id)

    def messages(self, brief: Brief) -> Sequence[BaseMessage]:
        return (HumanMessage(brief.need.words),)

    def echoes(self, brief: Brief) -> Sequence[str]:
        return self._echoes[brief.need.language]


class RulesModel(BaseChatModel):
    """One turn's rules as a chat model: a function of the brief and of the tool results among the messages."""

    brief: Any
    prompts: Any
    new_id: Any = random_id

    @property
    def _llm_type(self) -> str:
        return "vitrine-rules"

    def bind_tools(self, tools: Any, *, tool_choice: str | None = None, **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._decided(messages))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        message = self._decided(messages)
        calls = [
            tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=index)
            for index, call in enumerate(message.tool_calls)
        ]
        yield ChatGenerationChunk(message=AIMessageChunk(content=message.content, tool_call_chunks=calls))

    def _decided(self, messages: list[BaseMessage]) -> AIMessage:
        words = Words(self.prompts, self.brief.need.language)
        act = decide(Situation(self.brief, _results(messages), words, _calls(messages)))
        if isinstance(act, Call):
            call = {"name": act.name, "args": act.arguments, "id": self.new_id("call"), "type": "tool_call"}
            return AIMessage(content="", tool_calls=[call])
        return AIMessage(content=act.text)


def _calls(messages: list[BaseMessage]) -> list[tuple[str, Mapping[str, object], Result]]:
    """The same with the arguments that were asked with."""
    asked = {c["id"]: c["args"] for m in messages if isinstance(m, AIMessage) for c in m.tool_calls}
    return [
        (message.name or "", asked.get(message.tool_call_id, {}), message.artifact)
        for message in messages
        if isinstance(message, ToolMessage) and isinstance(message.artifact, Ok | Err)
    ]


def _results(messages: list[BaseMessage]) -> list[tuple[str, Result]]:
    """The answers of this turn's calls, as the gate gave them."""
    return [
        (message.name or "", message.artifact)
        for message in messages
        if isinstance(message, ToolMessage) and isinstance(message.artifact, Ok | Err)
    ]
