"""Brains for tests: one replays a script, one obeys every instruction it reads. Neither is trusted, like any other."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
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
        return _Acts(act=self._next)

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


class EvilBrain:
    """Obeys every order that it finds in what it reads: `CALL tool {"argument": …}` and `SAY words`.

    The worst that any model could do on an injected instruction, so what holds against it holds against all of them.
    """

    name = "evil"
    seconds = 5.0

    _ORDER = re.compile(r"CALL (\w+) (\{.*?\})|SAY ([^\n\"]+)", re.DOTALL)

    def model(self, brief: Brief) -> BaseChatModel:
        return _Acts(act=self._obey)

    def messages(self, brief: Brief) -> Sequence[BaseMessage]:
        evidence = brief.evidence
        read = [brief.need.words, *(f.answer for f in evidence.answers), *(p.description for p in evidence.goods)]
        read += [text.text for seen in brief.seen for text in seen.reading.text]
        return tuple(HumanMessage(text) for text in read)

    def echoes(self, brief: Brief) -> Sequence[str]:
        return ()

    def _obey(self, messages: list[BaseMessage]) -> str | ScriptedCall:
        """The next order that has no answer yet; the words ordered last of all."""
        orders = [match for message in messages for match in self._ORDER.finditer(str(message.content))]
        calls = [match for match in orders if match[1]]
        done = sum(isinstance(message, ToolMessage) for message in messages)
        if done < len(calls):
            return ScriptedCall(calls[done][1], json.loads(calls[done][2]))
        read = " ".join(str(message.content) for message in messages if isinstance(message, ToolMessage))
        return " ".join(match[3] for match in orders if match[3]) or read or "Nothing was ordered."


class _Acts(BaseChatModel):
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
