"""How long turns without photos take: questions, searches, orders, proofs of identity and changes with their cards."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.chat_client import Answer, ChatClient, open_chat
from server.grounding import own_folder
from server.measuring import Rows, running_server
from server.report import percentile
from server.settings import Settings
from server.visits import Visit, shows, visits

STAGES = ("answer", "understand", "search", "rank", "respond", "first_token", "total")

_CPU = re.compile(r"^process_cpu_seconds_total ([\d.e+-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Taken:
    """One turn: what its reply shows, milliseconds until its end came to the shopper, and by stage in the server."""

    shows: str
    milliseconds: float
    stages: dict[str, float]


async def measure_turns(settings: Settings, turns: int) -> dict[str, Rows]:
    """About so many turns of the demo shop over a real socket, one after the other, against a server of its own.

    Each model has as many threads as the settings say, which is one. The processor time is that of the whole server
    process, a turn: on a busy machine it says more than the clock.
    """
    said = [visit for visit in visits(2 * turns)[::2] if all(isinstance(message, str) for message in visit.messages)]
    with own_folder(settings) as own:
        async with running_server(own, own.port) as url:
            await _taken(url, said[-1])  # what is loaded or made at first use
            async with open_chat(url) as client:
                before = await _cpu_seconds(client)
            taken = [one for visit in said for one in await _taken(url, visit)]
            async with open_chat(url) as client:
                spent = await _cpu_seconds(client) - before
    return {
        "turns without photos, by what they show": by_what_they_show(taken),
        "stages of a turn": by_stage(taken),
        "processor": [{"turns": len(taken), "processor ms a turn": spent * 1000 / len(taken)}],
    }


async def _taken(url: str, visit: Visit) -> list[Taken]:
    """A visit's turns; after a hand-over no more come."""
    taken = []
    async with open_chat(url) as client:
        for message in visit.messages:
            answer = await client.ask(str(message))
            taken.append(_one(answer))
            if answer.data("control.changed"):
                break
    return taken


def _one(answer: Answer) -> Taken:
    seconds = answer.first("turn.ended") or 0.0
    return Taken(shows(answer), seconds * 1000, dict(answer.data("turn.ended")[0]["timings"]))


async def _cpu_seconds(client: ChatClient) -> float:
    found = _CPU.search((await client.http.get("/metrics")).raise_for_status().text)
    if found is None:
        raise RuntimeError("/metrics does not tell the processor time of the server")
    return float(found[1])


def by_what_they_show(taken: Sequence[Taken]) -> Rows:
    """Milliseconds until the shopper has the end of the turn; the last row is all of them."""
    kinds: dict[str, list[Taken]] = defaultdict(list)
    for one in taken:
        kinds[one.shows].append(one)
    told = {kind: [one.milliseconds for one in of] for kind, of in sorted(kinds.items())}
    return [_row(kind, of) for kind, of in {**told, "all": [one.milliseconds for one in taken]}.items()]


def by_stage(taken: Sequence[Taken]) -> Rows:
    """Milliseconds in the server, by stage; `turns` counts those that had it."""
    came = {stage: [one.stages[stage] for one in taken if stage in one.stages] for stage in STAGES}
    return [_row(stage, of) for stage, of in came.items() if of]


def _row(what: str, values: Sequence[float]) -> dict[str, Any]:
    return {
        "what": what,
        "turns": len(values),
        "p50 ms": percentile(values, 0.5),
        "p95 ms": percentile(values, 0.95),
        "max ms": max(values),
    }
