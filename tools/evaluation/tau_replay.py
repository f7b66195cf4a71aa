"""Replays the gold actions of tau-bench retail tasks through our tools, and compares with what its own tools gave.

Each task starts on fresh data in a session of the task's own user, so ownership is checked all along. A write goes the
whole way: preview, the yes to exactly that quote, the call.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from retrieval.documents import Findings, Query
from tools.adapters.tau import TauShop
from tools.adapters.tau_records import NOMINAL_DAY, TauData
from tools.errors import BadArguments
from tools.policy.reading import packaged
from tools.quotes import Confirmed, Quote, digest_of
from tools.records import Assurance, CustomerScope
from tools.registry import Registry, read_arguments, shop_tools
from tools.results import Err, Ok
from tools.spec import Effect, ToolContext

Json = dict[str, Any]

RENAMED = {
    "cancel_pending_order": "cancel_order",
    "return_delivered_order_items": "return_items",
    "exchange_delivered_order_items": "exchange_items",
    "modify_pending_order_items": "modify_items",
    "modify_pending_order_address": "modify_order_address",
    "modify_pending_order_payment": "modify_order_payment",
    "modify_user_address": "modify_account_address",
    "get_order_details": "get_order",
    "get_product_details": "get_product",
    "get_user_details": "get_customer",
    "transfer_to_human_agents": "handoff",
}
"""The benchmark's tools by their names, and ours. It also has tools that are none of a shop's (`calculate`, `think`,
`list_all_product_types`, `find_user_id_by_…`: here the session says who the customer is); those are not replayed."""

_ADDRESS = {"address1": "line1", "address2": "line2", "zip": "postcode", "city": "city", "country": "country"}


@dataclass(frozen=True, slots=True)
class Replayed:
    """One task: the result class of each action (`ok`, `error`, None where the action is no tool of ours)."""

    task: int
    actions: tuple[str, ...]
    results: tuple[str | None, ...]
    codes: tuple[str, ...]
    expected: tuple[str | None, ...]
    same_database: bool

    @property
    def same_results(self) -> bool:
        pairs = zip(self.results, self.expected, strict=True)
        return all(ours is None or ours == theirs for ours, theirs in pairs)

    @property
    def same(self) -> bool:
        return self.same_results and self.same_database


class NoSearch:
    """The benchmark has no texts to search in."""

    async def search(self, query: Query) -> Findings:
        return Findings((), answered=False, probability=0.0)


async def replay(folder: Path, split: str) -> list[Replayed]:
    """All tasks of `tasks_<split>.json` against `reference_<split>.json`; `BadArguments` where a file does not fit."""
    data, policy, tools = TauData.load(folder), packaged("tau_retail"), shop_tools()
    tasks, references = read_rows(folder / f"tasks_{split}.json"), read_rows(folder / f"reference_{split}.json")
    if len(tasks) != len(references):
        raise BadArguments(f"{folder}: {len(tasks)} tasks of {split} and {len(references)} references")
    return [
        await _task(number, task, reference, TauShop(data, policy), tools)
        for number, (task, reference) in enumerate(zip(tasks, references, strict=True))
    ]


async def _task(number: int, task: Json, reference: Json, shop: TauShop, tools: Registry) -> Replayed:
    scope = CustomerScope(assurance=Assurance.ACCOUNT, customer_id=task["user_id"])
    context = ToolContext(shop, NoSearch(), shop, scope, f"task-{number}", "en", lambda: NOMINAL_DAY)
    outcomes = [
        await _act(action["name"], action["kwargs"], f"call-{index}", context, tools)
        for index, action in enumerate(task["actions"])
    ]
    return Replayed(
        task=number,
        actions=tuple(action["name"] for action in task["actions"]),
        results=tuple(_class(code) for code in outcomes),
        codes=tuple(code or "" for code in outcomes),
        expected=tuple(reference["results"]),
        same_database=shop.changed() == reference["changed"],
    )


async def _act(name: str, given: Json, call_id: str, context: ToolContext, tools: Registry) -> str | None:
    """What became of the action: "" where it worked, else our error's code or the refusing rule; None if not ours."""
    if name not in RENAMED:
        return None
    ours = RENAMED[name]
    try:
        arguments = our_arguments(ours, given)
    except BadArguments as error:
        return error.code
    if tools[ours].effect is Effect.WRITE:
        preview = await tools.preview(ours, arguments, context)
        if isinstance(preview, Err):
            return _code(preview)
        if not isinstance(preview.value, Quote):
            raise TypeError(f"{ours} previewed {type(preview.value).__name__}")
        digest = digest_of(ours, read_arguments(tools[ours], arguments))
        context = replace(context, confirmed=Confirmed(call_id, digest, preview.value.version))
    result = await tools.call(ours, arguments, context)
    return "" if isinstance(result, Ok) else _code(result)


def _class(code: str | None) -> str | None:
    """A tool that broke is no tool that refused."""
    match code:
        case None:
            return None
        case "":
            return "ok"
        case "tool_failed":
            return "broken"
        case _:
            return "error"


def our_arguments(tool: str, given: Mapping[str, Any]) -> Json:
    """The benchmark's arguments as our tool takes them; `BadArguments` where lists that belong together do not pair."""
    told = dict(given)
    match tool:
        case "exchange_items" | "modify_items":
            old, new = told.pop("item_ids"), told.pop("new_item_ids")
            if len(old) != len(new):
                raise BadArguments(f"{len(old)} items for {len(new)} new ones")
            told["swaps"] = [{"item_id": a, "new_item_id": b} for a, b in zip(old, new, strict=True)]
        case "return_items":
            told["refund_to"] = told.pop("payment_method_id")
        case "modify_order_address" | "modify_account_address":
            address = {ours: told.pop(theirs) for theirs, ours in _ADDRESS.items()}
            told = {"order_id": told.get("order_id"), "address": {**address, "state": told["state"]}}
            if tool == "modify_account_address":
                told.pop("order_id")
        case "get_customer":
            told.pop("user_id")
        case "handoff":
            told["reason"] = "asked for by the task"
    return told


def tally(replayed: Sequence[Replayed]) -> list[Json]:
    """A row for each of the benchmark's tools: how often it worked, was refused and why, and agreed."""
    rows: dict[str, Counter[str]] = {}
    why: dict[str, Counter[str]] = {}
    for task in replayed:
        for name, ours, theirs, code in zip(task.actions, task.results, task.expected, task.codes, strict=True):
            counts = rows.setdefault(name, Counter())
            counts.update(["actions", f"{ours}", "agree"] if ours == theirs else ["actions", f"{ours}"])
            if code:
                why.setdefault(name, Counter())[code] += 1
    return [
        {
            "tool of the benchmark": name,
            "ours": RENAMED.get(name, "–"),
            "actions": counts["actions"],
            "ok": counts["ok"],
            "refused": counts["error"],
            "agree": counts["agree"],
            "why refused": ", ".join(f"{code} {count}" for code, count in why.get(name, Counter()).most_common()),
        }
        for name, counts in sorted(rows.items())
    ]


def _code(error: Err) -> str:
    return str(error.params.get("rule", error.code))


def read_rows(path: Path) -> list[Json]:
    """The rows of a JSON file. Raises `BadArguments` where it is missing or no list."""
    try:
        rows = json.loads(path.read_bytes())
    except OSError as error:
        raise BadArguments(f"{path}: expected a file of tasks, references or phrasings: {error.strerror}") from None
    except ValueError as error:
        raise BadArguments(f"{path}: expected JSON: {error}") from None
    if not isinstance(rows, list):
        raise BadArguments(f"{path}: expected a list")
    return rows
