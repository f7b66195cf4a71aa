"""Runs simulated customers against a server and judges what they left behind in the shop."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from server.chat_client import open_chat
from server.report import percentile
from server.testing.customers.conversing import Dialogue, converse
from server.testing.customers.fresh_shops import RetailServer
from server.testing.customers.reacting import SimulatedCustomer
from server.testing.customers.tasks import Task
from server.testing.talking import CannotStep, Customer, open_console

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """How a task went. `same` is true where the whole database is as the benchmark's own tools leave it; `wrong` are
    changes that the task does not have, and `fault` what cut the conversation off."""

    task: int
    style: tuple[str, ...]
    operations: tuple[str, ...]
    same: bool
    wrong: tuple[str, ...]
    missed: tuple[str, ...]
    turns: int
    fault: str
    transcript: tuple[str, ...]


async def run_tasks(
    server: RetailServer, tasks: Sequence[Task], jobs: int, done: Callable[[Judged], None]
) -> list[Judged]:
    """Every task in a new chat, so many at a time; the results in the tasks' order."""
    places = asyncio.Semaphore(jobs)

    async def one(task: Task) -> Judged:
        async with places:
            judged = await run_task(server, task)
        done(judged)
        return judged

    return list(await asyncio.gather(*(one(task) for task in tasks)))


async def run_task(server: RetailServer, task: Task) -> Judged:
    """One customer from the first word to the last, and the database that they leave."""
    customer, dialogue, fault = SimulatedCustomer(task.persona), Dialogue(), ""
    async with (
        open_chat(server.url) as client,
        open_console(server.url, server.token, client.conversation_id, _new_key) as console,
    ):
        line = Customer(client, console, Path())
        try:
            await converse(customer, line, dialogue, turns_at_most=task.turns)
        except (CannotStep, TimeoutError) as error:
            fault = str(error) or type(error).__name__
        changed = server.shops.take(client.conversation_id).changed()
    reached = [goal.operation for goal in customer.reached]
    due = Counter(o for o, result in zip(task.operations, task.expected, strict=True) if result == "ok")
    return Judged(
        task=task.number,
        style=tuple(sorted(task.persona.style)),
        operations=task.operations,
        same=changed == task.changed,
        wrong=tuple(f"{change.operation} {dict(change.arguments)}" for change in customer.unwanted),
        missed=tuple((due - Counter(reached)).elements()),
        turns=dialogue.turns,
        fault=fault,
        transcript=tuple(dialogue.lines),
    )


def _new_key() -> str:
    return str(uuid.uuid4())


def summary(judged: Sequence[Judged]) -> dict[str, Sequence[Row]]:
    """All tasks together, by operation and by style; the failing ones whole."""
    return {
        "customers": [_row("all", judged)],
        "customers, by operation": [_row(o, rows) for o, rows in _by(judged, lambda j: sorted(set(j.operations)))],
        "customers, by style": [_row(s, rows) for s, rows in _by(judged, lambda j: list(j.style) or ["plain"])],
        "customers, failed": [asdict(one) for one in judged if not one.same or one.wrong],
    }


def _by(judged: Sequence[Judged], keys: Callable[[Judged], Sequence[str]]) -> list[tuple[str, list[Judged]]]:
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        for key in keys(one):
            groups.setdefault(key, []).append(one)
    return sorted(groups.items())


def _row(name: str, judged: Sequence[Judged]) -> Row:
    turns = [one.turns for one in judged]
    return {
        "tasks with": name,
        "tasks": len(judged),
        "same database": sum(one.same for one in judged),
        "share": sum(one.same for one in judged) / len(judged) if judged else 0.0,
        "wrong writes": sum(len(one.wrong) for one in judged),
        "median turns": percentile(turns, 0.5),
        "p95 turns": percentile(turns, 0.95),
    }


def missed(judged: Sequence[Judged]) -> Mapping[str, int]:
    """How often each operation was not done though it should have been."""
    return Counter(operation for one in judged for operation in one.missed)
