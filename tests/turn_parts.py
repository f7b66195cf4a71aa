"""A whole turn over stand-ins of shop, search and eyes, with the real loop, gate, check and words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from agent_parts import GOODS, HEAD, NOW, Eyes, Goods, Reader, SmallShop, Suggester, WordSearch, said

from agent.blocks import ChoicesBlock
from agent.brains.rules.brain import RulesBrain
from agent.conversation import Conversation, Message, Said, Tried
from agent.events import (
    ConfirmationAsked,
    ConfirmationSettled,
    EmailLeft,
    HandoffAsked,
    IdentityProven,
    MessageSaid,
    PhotoDescribed,
    ToolRan,
    TurnEvent,
)
from agent.loop import AgentLoop, Brain
from agent.turn import Turn
from agent.understand.understanding import Understanding
from agent.vision.reading import Photo
from prompts import Prompts
from tools.people.people import ALWAYS, People
from tools.port import Shop
from tools.records import ANONYMOUS, CustomerScope
from tools.registry import Registry, shop_tools

PROMPTS = Prompts.built_in()


@dataclass
class Parts:
    """What a turn is made of, open for tests to look into."""

    brain: Brain | None = None
    search: WordSearch = field(default_factory=WordSearch)
    shop: Shop = field(default_factory=SmallShop)
    eyes: Eyes = field(default_factory=Eyes)
    reader: Reader = field(default_factory=Reader)
    registry: Registry = field(default_factory=shop_tools)
    suggester: Suggester = field(default_factory=Suggester)
    text_seconds: float = 3.5
    now: datetime = NOW
    people: People = ALWAYS

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
            clock=lambda: self.now,
            people=self.people,
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
            clock=lambda: self.now,
            text_seconds=self.text_seconds,
            people=self.people,
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
        return await self.send(Message("msg", text, photos))

    async def press(self, answer: str, card_id: str = "") -> list[TurnEvent]:
        """Press a button of a card: the open one, if none is named."""
        open_card = self.conversation.pending
        card_id = card_id or (open_card.id if open_card else "none")
        return await self.send(Message("msg", "Yes, confirm", context={"card": card_id, "answer": answer}))

    async def send(self, *messages: Message) -> list[TurnEvent]:
        events = [event async for event in self.turn.run(self.conversation, messages)]
        text = "\n".join(message.text for message in messages)
        photos = tuple(photo.id for message in messages for photo in message.photos)
        before = self.conversation
        settled = {e.card_id: e.outcome for e in events if isinstance(e, ConfirmationSettled)}
        asked = [event.card for event in events if isinstance(event, ConfirmationAsked)]
        pending = None if before.pending and before.pending.id in settled else before.pending
        left = [event.email for event in events if isinstance(event, EmailLeft)]
        asked_for = handoffs(events)
        spoken = [event for event in events if isinstance(event, MessageSaid)]
        proven = [event.scope for event in events if isinstance(event, IdentityProven)]
        self.conversation = Conversation(
            id=before.id,
            history=(
                *before.history,
                Said("visitor", text, photos=photos),
                *(Said("bot", "", event.blocks) for event in spoken),
            ),
            memory=events[-1].memory,  # type: ignore[union-attr]  # a turn always ends with TurnEnded
            scope=proven[-1] if proven else before.scope,
            pending=asked[-1] if asked else pending,
            settled={**before.settled, **settled},
            writes=before.writes + list(settled.values()).count("done"),
            tried=(
                *before.tried,
                *(Tried(e.name, e.arguments, e.outcome) for e in events if isinstance(e, ToolRan)),
            ),
            described=(*before.described, *(e.caption for e in events if isinstance(e, PhotoDescribed))),
            noted=before.noted,
            offered=not left and (before.offered or any(not event.there for event in asked_for)),
            reply_email=left[-1] if left else before.reply_email,
        )
        return events


def tools_run(events: list[TurnEvent]) -> list[tuple[str, str]]:
    """Each tool that ran, with its outcome."""
    return [(event.name, event.outcome) for event in events if isinstance(event, ToolRan)]


def handoffs(events: list[TurnEvent]) -> list[HandoffAsked]:
    return [event for event in events if isinstance(event, HandoffAsked)]


def buttons(events: list[TurnEvent]) -> list[str]:
    """What the choices of the reply read."""
    return [c.label for block in said(events).blocks if isinstance(block, ChoicesBlock) for c in block.choices]
