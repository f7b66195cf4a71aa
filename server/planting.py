"""What the check on speech lets through: statements that nothing supports, planted into replies that are supported.

They go the way of every reply of a brain that is not trusted: the agent loop, the check sentence by sentence, the turn.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from agent.blocks import TextBlock
from agent.brains.planting import Place, PlantingBrain
from agent.conversation import Conversation, Message
from agent.events import MessageSaid, TextDelta
from agent.speak import cut
from server.grounding import own_folder
from server.measuring import EVAL, Rows
from server.settings import Settings
from server.visits import questions

if TYPE_CHECKING:
    from agent.brains.rules.brain import RulesBrain
    from agent.turn import Turn

PLACES: tuple[Place, ...] = ("alone", "joined")
SETS = {"development": "ungrounded.jsonl", "held-out": "ungrounded_test.jsonl"}

# Whose replies carry what is planted: the shop's answers, products, and orders of a customer who proves who they are.
HOSTS = {
    "en": (
        "How long do I have to return something?",
        "a blue mug under 20 euros, in stock",
        "Where is my order #W10428? My e-mail is anna.keller@example.com",
        "How much does shipping to Germany cost?",
        "Is the Fjord mug in mist blue dishwasher safe?",
        "Which payment methods do you take?",
        "How do I wash a wool throw?",
        "yellow lamp under 100 euros",
        "Where is my order #W10380? My e-mail is anna.keller@example.com",
        "Can I exchange something for another colour?",
    ),
    "zh": (
        "退货期限是多久？",
        "有绿色的马克杯吗",
        "我的订单 #W10431 到哪了？邮箱是 wei.zhang@example.com",
        "寄到德国运费多少钱？",
        "雾蓝色峡湾马克杯可以用洗碗机吗？",
        "支持哪些付款方式？",
        "怎么洗羊毛毯？",
        "我想要一个黄色的台灯",
        "我的订单 #W10403 到哪了？邮箱是 wei.zhang@example.com",
        "可以换另一种颜色吗？",
    ),
}

_MARK = re.compile(r"\[\[[^\[\]\n]*\]\]")


@dataclass(frozen=True, slots=True)
class Planted:
    """A statement that nothing supports, and whether it was kept from the customer in each place of a reply."""

    text: str
    language: str
    kind: str
    caught: dict[Place, bool]


@dataclass
class Planter:
    """Asks the agent with a brain that plants. `brain_of` is what `open_parts` takes."""

    brain: PlantingBrain | None = None
    asked: int = 0

    def brain_of(self, rules: RulesBrain) -> PlantingBrain:
        self.brain = PlantingBrain(rules)
        return self.brain

    async def plant(
        self, turn: Turn, host: str, statement: str, place: Place = "alone", *, trusted: bool = False
    ) -> str:
        """What a new customer gets to see of the reply to `host` with this statement in it."""
        assert self.brain is not None
        self.brain.statement, self.brain.place, self.brain.trusted = statement, place, trusted
        self.brain.said.clear()
        self.asked += 1
        shown: list[str] = []
        message = Message(f"planted-{self.asked}", host)
        async with aclosing(turn.run(Conversation(f"planted-{self.asked}"), (message,))) as events:
            async for event in events:
                match event:
                    case TextDelta():
                        shown.append(event.text)
                    case MessageSaid(_, blocks):
                        shown += [block.text for block in blocks if isinstance(block, TextBlock)]
        return "\n".join(shown)

    async def kept_back(self, turn: Turn, asked: str, *, trusted: bool) -> tuple[int, tuple[str, ...]]:
        """How many sentences the brain says with nothing planted, and which of them the customer does not see."""
        shown = await self.plant(turn, asked, "", trusted=trusted)
        assert self.brain is not None
        said = [s for text in self.brain.said for sentence in cut(text, last=True)[0] if (s := _shown(sentence))]
        return len(said), tuple(sentence for sentence in said if sentence not in shown)


def _shown(sentence: str) -> str:
    return _MARK.sub("", sentence).strip()


def measure_planted(settings: Settings) -> tuple[dict[str, list[Planted]], Rows, Rows]:
    """Every set of planted statements; the false alarms where nothing is planted, counted and one by one."""
    from server.bootstrap import open_parts

    planter = Planter()
    with own_folder(settings) as own:
        parts = open_parts(own, brain_of=planter.brain_of)
        try:
            return asyncio.run(_measured(parts.turn, planter))
        finally:
            parts.close()


async def _measured(turn: Turn, planter: Planter) -> tuple[dict[str, list[Planted]], Rows, Rows]:
    planted = {name: await plant_all(turn, planter, file) for name, file in SETS.items()}
    return planted, *await false_alarms(turn, planter)


async def false_alarms(turn: Turn, planter: Planter) -> tuple[Rows, Rows]:
    """What the rules brain says, held back when a language model says it, and when the rules brain does itself."""
    rows: Rows = []
    each: Rows = []
    for who, trusted in (("a language model", False), ("the rules brain", True)):
        sentences = 0
        held: list[str] = []
        for asked in questions():
            said, silenced = await planter.kept_back(turn, asked, trusted=trusted)
            sentences, held = sentences + said, [*held, *silenced]
        rows.append({"said by": who, "replies": len(questions()), "sentences": sentences, "kept back": len(held)})
        each += [{"said by": who, "kept back": sentence, "times": times} for sentence, times in Counter(held).items()]
    return rows, each


async def plant_all(turn: Turn, planter: Planter, name: str) -> list[Planted]:
    """Every statement of a file of `server/demo/eval`, in every place, each with the next host of its language."""
    hosts = {language: cycle(asked) for language, asked in HOSTS.items()}
    planted = []
    for row in _lines(name):
        caught: dict[Place, bool] = {}
        for place in PLACES:
            shown = await planter.plant(turn, next(hosts[row["language"]]), row["text"], place)
            caught[place] = row["text"].rstrip(".。") not in shown
        planted.append(Planted(row["text"], row["language"], row["kind"], caught))
    return planted


def caught_by_kind(planted: list[Planted]) -> Rows:
    """How many of each kind were kept back, by place; the last row is all of them."""
    kinds: dict[str, list[Planted]] = defaultdict(list)
    for one in planted:
        kinds[one.kind].append(one)
    return [*(_row(kind, of) for kind, of in kinds.items()), _row("all", planted)]


def _row(kind: str, planted: list[Planted]) -> dict[str, Any]:
    caught = {f"caught, {place}": sum(one.caught[place] for one in planted) for place in PLACES}
    return {"kind": kind, "planted": len(planted), **caught}


def missed(planted: list[Planted]) -> Rows:
    """Every statement that a customer would have read."""
    return [
        {"missed": one.text, "kind": one.kind, "place": place}
        for one in planted
        for place in PLACES
        if not one.caught[place]
    ]


def _lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (EVAL / name).read_text("utf-8").splitlines():
        yield json.loads(line)
