"""A brain for tests that replays a script. It is not trusted, like any other."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from agent.brief import Brief


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """Ask for a tool with these arguments."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


class ScriptedBrain:
    """Replays calls and words, one a model call, and keeps what it was told. An exception in the script is raised."""

    name = "scripted"
    seconds = 5.0

    def __init__(self, script: Iterable[str | ScriptedCall | Exception]) -> None:
        self._script = iter(script)
        self.told: list[list[BaseMessage]] = []

    def model(self, brief: Brief) -> BaseChatModel:
        return Acts(act=self._next)

    def messages(self, brief: Brief) -> Sequence[BaseMessage]:
        return (HumanMessage(brief.need.words),)

    def echoes(self, brief: Brief) -> Sequence[str]:
        return ()

    def _next(self, messages: list[BaseMessage]) -> str | ScriptedCall:
        self.told.append(messages)
        act = next(self._script, "")
        if isinstance(act, Exception):
            raise act
        return act


class Acts(BaseChatModel):
    """A chat model that asks a function for each act, and streams words in pieces as a real one does."""

    act: Any

    @property
    def _llm_type(self) -> str:
        return "vitrine-scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        act = self.act(messages)
        content = act if isinstance(act, str) else ""
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=content, tool_calls=_calls(act)))])

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        act = self.act(messages)
        if isinstance(act, str):
            for piece in re.findall(r"\S*\s*", act):
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
            return
        call = _calls(act)[0]
        chunk = tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=0)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[chunk]))


def _calls(act: str | ScriptedCall) -> list[Any]:
    if isinstance(act, str):
        return []
    return [{"name": act.name, "args": act.arguments, "id": f"call_{uuid.uuid4().hex[:12]}", "type": "tool_call"}]
