"""The state of one turn while its brain acts and speaks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent.brief import Brief, Ran, Reply
from agent.card import Card
from agent.facts import Facts
from agent.speak import Speech
from tools.results import Err, Fact, Ok, Result
from tools.spec import ToolContext


def _by_customer(fact: Fact) -> bool:
    """Whether a customer wrote it, also where the shop keeps it in a record: a name may be an advertisement."""
    return fact.source == "customer" or fact.key.rpartition(".")[2] in ("name", "line1", "line2", "city", "state")


@dataclass
class Acting:
    """What the loop, the gate and the speech share in a turn. `tools.scope` grows when an identity is proven."""

    brief: Brief
    tools: ToolContext
    facts: Facts
    attempts: int
    brain: str = ""
    ran: list[Ran] = field(default_factory=list)
    model_calls: int = 0
    streaming: bool = True
    fell_back: bool = False
    card: Card | None = None
    speech: Speech = field(init=False)

    def __post_init__(self) -> None:
        self.speech = Speech(self.facts)

    def add(self, name: str, arguments: dict[str, object], result: Result) -> None:
        """A call has its answer: its facts may now be said, and what it has proven holds from here on."""
        self.ran.append(Ran(name, arguments, result))
        if isinstance(result, Err) and isinstance(sentence := result.params.get("sentence"), dict):
            self.facts.add(*sentence.values())  # the shop's own reason
        if isinstance(result, Err) and result.params.get("record") == "promo_code":
            self.facts.unknown(str(arguments.get("code", "")))
        if isinstance(result, Ok):
            for fact in result.facts:
                if not _by_customer(fact):
                    self.facts.record(fact.key, fact.value)
            self.facts.echo(*(fact.value for fact in result.facts if _by_customer(fact)))
            if result.scope is not None:
                self.tools = replace(self.tools, scope=result.scope)

    def start_over(self) -> None:
        """Another brain answers: nothing of what the first one said counts, and it is not streamed on top of it."""
        self.fell_back = True
        self.streaming = not self.speech.text
        self.speech = Speech(self.facts)

    def reply(self) -> Reply:
        speech = self.speech
        return Reply(
            text=speech.text,
            products=tuple(speech.products),
            answers=tuple(speech.answers),
            orders=tuple(speech.orders),
            choices=tuple(speech.choices),
            ran=tuple(self.ran),
            card=self.card,
            scope=self.tools.scope,
            attempts=self.attempts,
            unsupported=len(speech.dropped),
            brain=self.brain,
        )
