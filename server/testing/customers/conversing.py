"""A simulated customer on the line: takes turns with a real server over the socket, reading the console along."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from server.chat_client import Frame
from server.testing.customers.reacting import Heard, Press, Proposed, Say, SimulatedCustomer
from server.testing.expecting import WRITES
from server.testing.format import Step
from server.testing.talking import CannotStep, Happened

PAUSE_SECONDS = 2.0

FINAL = frozenset(["refused", "not_found", "identity_required", "too_many_writes"])
"""Outcomes of a write's call that asking again does not change."""


@dataclass
class Dialogue:
    """What was said, a line each, and what was changed."""

    lines: list[str] = field(default_factory=list)
    turns: int = 0
    made: list[Proposed] = field(default_factory=list)


class Line(Protocol):
    """Where steps are taken; `Customer` is one."""

    async def take(self, step: Step) -> Happened: ...


async def converse(customer: SimulatedCustomer, line: Line, dialogue: Dialogue, *, turns_at_most: int) -> None:
    """Talk until nothing is left to say, a person takes over, or the turns are used up; `dialogue` grows meanwhile.

    The line needs the console. Raises what `Customer.take` raises.
    """
    reader = _Reader()
    act: Say | Press | None = customer.opens()
    while act is not None and dialogue.turns < turns_at_most:
        step = Step(user=act.text) if isinstance(act, Say) else Step(button=act.button)
        dialogue.lines.append(f"customer: {act.text}" if isinstance(act, Say) else f"customer: [{act.button}]")
        happened = await _patiently(line, step)
        dialogue.turns += 1
        heard = reader.heard(happened)
        dialogue.lines.append(f"bot: {happened.answer.text}")
        dialogue.lines += [f"tool: {told}" for told in reader.told(happened)]
        dialogue.made += heard.done
        act = customer.reacts(heard)


async def _patiently(line: Line, step: Step) -> Happened:
    """Take the step; who is told that it was a lot at once waits and says it again."""
    while True:
        try:
            return await line.take(step)
        except CannotStep as error:
            if not error.got.startswith("rate_limited"):
                raise
            await asyncio.sleep(PAUSE_SECONDS)


class _Reader:
    """Reads what happened in a turn; remembers the cards that were shown."""

    def __init__(self) -> None:
        self._cards: dict[str, Proposed] = {}

    def heard(self, happened: Happened) -> Heard:
        staff = happened.staff or ()
        card: Proposed | None = None
        for data in _data(staff, "confirmation.asked"):
            card = self._cards[data["card_id"]] = Proposed(data["card"]["operation"], data["card"]["arguments"])
        settled = [data for data in _data(staff, "confirmation.settled") if data["outcome"] == "done"]
        ran = [data for data in _data(staff, "tool.ran") if data["name"] in WRITES and data["outcome"] in FINAL]
        memory = next((data.get("memory") or {} for data in reversed(_data(staff, "turn.ended"))), {})
        return Heard(
            text=happened.answer.text,
            asked=_asked(memory),
            card=card,
            choices=tuple(c["label"] for b in happened.answer.blocks if b["type"] == "choices" for c in b["choices"]),
            done=tuple(self._cards[data["card_id"]] for data in settled if data["card_id"] in self._cards),
            refused=tuple(Proposed(data["name"], data["arguments"]) for data in ran),
            control=happened.mode,
        )

    def told(self, happened: Happened) -> list[str]:
        ran = _data(happened.staff or (), "tool.ran")
        return [f"{data['name']}({data['arguments']}): {data['outcome']}" for data in ran]


def _asked(memory: Mapping[str, Any]) -> str:
    """The question that is open: of a change, else who the customer is."""
    asked = str(memory.get("asked", ""))
    return asked if asked == "identity" else str(memory.get("slot", "")) or asked


def _data(frames: tuple[Frame, ...], type_: str) -> list[dict[str, Any]]:
    return [frame["data"] for frame in frames if frame["type"] == type_]
