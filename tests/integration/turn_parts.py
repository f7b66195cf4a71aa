"""A whole turn over stand-ins of shop, search and eyes, with the real loop, gate, check and words."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_parts import GOODS, HEAD, NOW, Eyes, Goods, Reader, SmallShop, Suggester, WordSearch

from agent.brains.rules.brain import RulesBrain
from agent.conversation import Conversation, Message, Said
from agent.events import HandoffAsked, IdentityProven, MessageSaid, ToolRan, TurnEvent
from agent.loop import AgentLoop, Brain
from agent.turn import Turn
from agent.understand.understanding import Understanding
from agent.vision.reading import Photo
from prompts import Prompts
from tools.records import ANONYMOUS, CustomerScope
from tools.registry import Registry, shop_tools

PROMPTS = Prompts.built_in()


@dataclass
class Parts:
    """What a turn is made of, open for tests to look into."""

    brain: Brain | None = None
    search: WordSearch = field(default_factory=WordSearch)
    shop: SmallShop = field(default_factory=SmallShop)
    eyes: Eyes = field(default_factory=Eyes)
    reader: Reader = field(default_factory=Reader)
    registry: Registry = field(default_factory=shop_tools)
    suggester: Suggester = field(default_factory=Suggester)
    text_seconds: float = 3.5

    def turn(self) -> Turn:
        understanding = Understanding(HEAD, {}, Goods().product)
        understanding.learn(GOODS)
        rules = RulesBrain(PROMPTS)
        loop = AgentLoop(
            brain=self.brain or rules,
            fallback=rules,
            registry=self.registry,
            shop=self.shop,
            searcher=self.search,
            catalogue=Goods(),
            clock=lambda: NOW,
        )
        return Turn(
            eyes=self.eyes,
            reader=self.reader,
            understanding=understanding,
            searcher=self.search,
            recommender=self.suggester,
            goods=Goods(),
            loop=loop,
            prompts=PROMPTS,
            text_seconds=self.text_seconds,
        )


@dataclass
class Talk:
    """A conversation as the server keeps it: history, memory and proven scope go on from turn to turn."""

    turn: Turn
    scope: CustomerScope = ANONYMOUS
    conversation: Conversation = field(default_factory=lambda: Conversation("conv_1"))

    def __post_init__(self) -> None:
        self.conversation = Conversation(self.conversation.id, scope=self.scope)

    async def say(self, text: str, *photos: Photo) -> list[TurnEvent]:
        message = Message("msg", text, photos)
        events = [event async for event in self.turn.run(self.conversation, (message,))]
        before = self.conversation
        spoken = [event for event in events if isinstance(event, MessageSaid)]
        proven = [event.scope for event in events if isinstance(event, IdentityProven)]
        self.conversation = Conversation(
            id=before.id,
            history=(*before.history, Said("visitor", text), *(Said("bot", "", event.blocks) for event in spoken)),
            memory=events[-1].memory,  # type: ignore[union-attr]  # a turn always ends with TurnEnded
            scope=proven[-1] if proven else before.scope,
        )
        return events


def tools_run(events: list[TurnEvent]) -> list[tuple[str, str]]:
    """Each tool that ran, with its outcome."""
    return [(event.name, event.outcome) for event in events if isinstance(event, ToolRan)]


def handoffs(events: list[TurnEvent]) -> list[HandoffAsked]:
    return [event for event in events if isinstance(event, HandoffAsked)]
