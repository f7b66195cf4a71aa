"""A brain for the evaluation of the check on speech: it says what the rules say, and a statement of somebody else's.

It is trusted with nothing, as a language model is: it has no fixed words of its own that need no evidence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from agent.brains.rules.brain import RulesBrain
from agent.brief import Brief
from agent.speak import cut

Place = Literal["alone", "joined"]


class PlantingBrain:
    """Speaks for the rules brain. `statement` is planted into every reply: `alone` as a sentence of its own, `joined`
    into the reply's first sentence. `said` keeps each reply as it was before. With `trusted` it has the fixed words
    of the rules brain after all.
    """

    name = "planting"
    seconds = 20.0

    def __init__(self, rules: RulesBrain) -> None:
        self._rules = rules
        self.statement = ""
        self.place: Place = "alone"
        self.trusted = False
        self.said: list[str] = []

    def model(self, brief: Brief) -> BaseChatModel:
        return _Planting(inner=self._rules.model(brief), plant=self._planted)

    def messages(self, brief: Brief) -> Sequence[BaseMessage]:
        return self._rules.messages(brief)

    def echoes(self, brief: Brief) -> Sequence[str]:
        return self._rules.echoes(brief) if self.trusted else ()

    def _planted(self, text: str) -> str:
        self.said.append(text)
        if not self.statement:
            return text
        sentences, _ = cut(text, last=True)
        first, rest = sentences[0], "".join(sentences[1:])
        if self.place == "alone":
            return f"{first.rstrip()} {self.statement} {rest}"
        words = first.rstrip()
        joint = "，" if words.endswith(("。", "！", "？")) else ", and "
        return f"{words.rstrip('.!?:。！？：')}{joint}{self.statement} {rest}"


class _Planting(BaseChatModel):
    """The rules' chat model with something planted into what it says; its calls stay as they are."""

    inner: Any
    plant: Callable[[str], str]

    @property
    def _llm_type(self) -> str:
        return "vitrine-planting"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        result: ChatResult = self.inner._generate(messages)
        return result

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for piece in self.inner._astream(messages):
            content = str(piece.message.content)
            if content:
                chunk = AIMessageChunk(content=self.plant(content))
                yield ChatGenerationChunk(message=chunk)
            else:
                yield piece
