"""Conversations made of tau-bench's retail tasks, for `vitrine test`: customers who want what a task's actions do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from server.testing.customers.persona import Goal
from server.testing.customers.tasks import Task, read_tasks
from tools.adapters.tau_records import Raw, TauData, name_of

_HEADER = """\
# Made by `vitrine test --generate tau` of the tasks in {folder}.
# The database at the end has the changes that the benchmark's own tools made (reference_train.json), and no others.
"""


class _Plain(yaml.SafeDumper):
    """Writes a list that stands in two places twice, for people to read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def tau_script(folder: Path) -> str:
    """A script with a case for each task of `tasks_train.json`, in a folder of tau-bench's retail domain.

    Raises `BadArguments` where a file is missing or does not fit.
    """
    data = TauData.load(folder)
    cases = [_case(task, data.users[task.user_id]) for task in read_tasks(folder, data, None)]
    script = {"fixtures": {"shop": {"tau": str(folder.resolve())}}, "test_cases": cases}
    dumped = yaml.dump(script, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)
    return _HEADER.format(folder=folder) + dumped


def _case(task: Task, user: Raw) -> dict[str, Any]:
    persona = task.persona
    outcomes = zip(_goals(task), task.expected, strict=True)
    style = {"style": sorted(persona.style)} if persona.style else {}
    return {
        "test_case": f"task {task.number}: {', '.join(task.operations)}",
        "fixtures": {"signed_in": {"id": task.user_id, "name": name_of(user), "email": user["email"]}},
        "customer": {
            "knows": dict(persona.knows),
            "goals": [_wish(goal, result) for goal, result in outcomes],
            **style,
            "seed": persona.seed,
            "turns": task.turns,
        },
        "end": {"database": list(_changes(task))},
    }


def _goals(task: Task) -> Iterator[Goal]:
    """The goals as our own shop meets them: what an order is paid with, "original", is another method once that was
    changed; the benchmark goes on naming the first."""
    paid: dict[str, str] = {}
    for goal, result in zip(task.persona.goals, task.expected, strict=True):
        yield replace(goal, original=paid.get(goal.order_id, goal.original))
        if goal.operation == "modify_order_payment" and result == "ok":
            paid[goal.order_id] = goal.arguments["payment_method_id"]


def _wish(goal: Goal, result: str) -> dict[str, Any]:
    parts = {"arguments": goal.arguments, "says": goal.says, "variants": goal.variants, "slips": goal.slips}
    told = {name: dict(part) for name, part in parts.items() if part}
    original = {"original": goal.original} if goal.original else {}
    buttons = {"buttons": sorted(goal.labels)} if goal.labels else {}
    return {"name": goal.operation, **told, **original, **buttons} | ({} if result == "ok" else {"outcome": "refused"})


def _changes(task: Task) -> Iterator[dict[str, Any]]:
    """The changes of the gold actions that the benchmark's own tools made."""
    for (operation, arguments), result in zip(task.actions, task.expected, strict=True):
        if result == "ok":
            yield {"name": operation, "arguments": dict(arguments), "customer": task.user_id}
