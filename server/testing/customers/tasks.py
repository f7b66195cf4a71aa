"""Customers made of tau-bench's retail tasks: they want what a task's gold actions do, and know what its user knows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from server.testing.customers.persona import Goal, Persona, Style
from server.testing.customers.phrasings import Phrasings
from tools.adapters.tau_records import Raw, TauData, customer_of
from tools.evaluation.tau_replay import RENAMED, our_arguments, read_rows

Split = Literal["own", "dev", "held_out"]

STYLES: tuple[tuple[Style, ...], ...] = (
    (), ("terse",), ("typos",), ("digressing",), ("changing",), ("hesitating",), ("bilingual",), ("chinese",),
    ("terse", "typos"), ("terse", "digressing"), ("terse", "changing"), ("terse", "chinese"),
)  # fmt: skip
REASONS: Mapping[str, tuple[str, str]] = {
    "no longer needed": ("I don't need it any more", "我不需要了"),
    "ordered by mistake": ("I ordered it by mistake", "我下错单了"),
}
TURNS_A_GOAL, TURNS_AT_LEAST = 8, 14
_BARE = frozenset(["yes", "no", "none", "high", "low", "medium", "full", "half"])


@dataclass(frozen=True, slots=True)
class Task:
    """A task with its gold actions (operation and arguments) and what they lead to: `expected` is a result class an
    action, `changed` the records."""

    number: int
    user_id: str
    actions: tuple[tuple[str, Mapping[str, Any]], ...]
    expected: tuple[str, ...]
    changed: Mapping[str, Any]
    persona: Persona

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(operation for operation, _ in self.actions)

    @property
    def turns(self) -> int:
        """How many turns the customer has patience for."""
        return max(TURNS_AT_LEAST, TURNS_A_GOAL * len(self.actions))


def read_tasks(folder: Path, data: TauData, phrasings: Path | None, split: Split = "own") -> list[Task]:
    """The tasks of `tasks_train.json` as customers, or, where phrasings are given, those that it words for the split.

    Raises `BadArguments` where a file is missing or does not fit.
    """
    tasks, references = read_rows(folder / "tasks_train.json"), read_rows(folder / "reference_train.json")
    worded: Mapping[int, Raw | None] = dict.fromkeys(range(len(tasks)))
    if phrasings is not None:
        worded = {row["task"]: row for row in read_rows(phrasings) if row["split"] == split}
    return [_task(number, tasks[number], references[number], data, own) for number, own in worded.items()]


def _task(number: int, task: Raw, reference: Raw, data: TauData, own: Raw | None) -> Task:
    user = data.users[task["user_id"]]
    chance = random.Random(number)
    actions = [(RENAMED[a["name"]], our_arguments(RENAMED[a["name"]], a["kwargs"])) for a in task["actions"]]
    goals = tuple(_Wording(data, user, chance).goal(operation, arguments) for operation, arguments in actions)
    orders = [str(arguments["order_id"]) for _, arguments in actions if arguments.get("order_id")]
    persona = Persona(
        knows=_facts(user, list(dict.fromkeys(orders)) or user["orders"][:1], goals),
        goals=goals,
        phrasings=Phrasings(),
        style=frozenset(STYLES[number % len(STYLES)]),
        seed=number,
    )
    return Task(
        number=number,
        user_id=task["user_id"],
        actions=tuple(actions),
        expected=tuple(reference["results"]),
        changed=reference["changed"],
        persona=persona if own is None else _worded(persona, own),
    )


def _worded(persona: Persona, own: Raw) -> Persona:
    """The same customer in words that somebody else wrote."""
    answers = dict(own["answers"])
    variants = answers.pop("variants", None)
    if "anything_else" in answers:
        answers["more"] = answers["anything_else"]
    goals = persona.goals
    if variants:
        answers["variant"] = "{variant}"
        goals = tuple(_with_variants(goal, variants) for goal in goals)
    goals = tuple(Goal(g.operation, g.arguments, _own(g.says), g.variants, {}, g.original, g.labels) for g in goals)
    return Persona(persona.knows, goals, Phrasings.of(answers), frozenset(), own["opening"], persona.seed)


def _own(says: Mapping[str, str]) -> dict[str, str]:
    """Without what another author's placeholders mean across all goals: the methods are numbered there."""
    return {name: words for name, words in says.items() if name != "method"}


def _with_variants(goal: Goal, variants: Mapping[str, str]) -> Goal:
    own = {title: words for title, words in variants.items() if title in goal.variants}
    joined = "; ".join(f"{title}: {words}" for title, words in own.items())
    says = {**goal.says, "variant": joined, "swaps": joined} if own else goal.says
    return Goal(goal.operation, goal.arguments, says, own or goal.variants, {}, goal.original, goal.labels)


def _facts(user: Raw, orders: Sequence[str], goals: Sequence[Goal]) -> dict[str, str]:
    """What the customer knows; orders and new addresses are numbered as the goals name them."""
    first, last = user["name"]["first_name"], user["name"]["last_name"]
    addresses = list(dict.fromkeys(goal.says["address"] for goal in goals if "address" in goal.says))
    methods = list(dict.fromkeys(goal.says["method"] for goal in goals if "method" in goal.says))
    return {
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "zip": user["address"]["zip"],
        "email": user["email"],
        **{f"order{n}": order for n, order in enumerate(orders, 1)},
        **({"address": addresses[0]} if addresses else {}),
        **{f"address{n}": address for n, address in enumerate(addresses, 1)},
        **({"method": methods[0]} if methods else {}),
        **{f"method{n}": method for n, method in enumerate(methods, 1)},
    }


@dataclass(frozen=True, slots=True)
class _Wording:
    """Puts what a task's arguments name into words, beside the shop's records."""

    data: TauData
    user: Raw
    chance: random.Random

    def goal(self, operation: str, arguments: dict[str, Any]) -> Goal:
        order = self.data.orders.get(arguments.get("order_id", ""))
        says: dict[str, str] = {}
        slips: dict[str, str] = {}
        variants: dict[str, str] = {}
        if order is not None:
            says["order"] = order["order_id"]
        if "reason" in arguments:
            says["reason"], says["reason_zh"] = REASONS[arguments["reason"]]
            slips["reason"], slips["reason_zh"] = next(
                w for reason, w in REASONS.items() if reason != arguments["reason"]
            )
        if "item_ids" in arguments and order is not None:
            says["items"] = _listed([_called(item_id, order) for item_id in arguments["item_ids"]])
        if "swaps" in arguments and order is not None:
            says["items"] = _listed([_called(swap["item_id"], order) for swap in arguments["swaps"]])
            variants = {_called(swap["item_id"], order): self._variant(swap, order) for swap in arguments["swaps"]}
            says |= _swapped(variants)
            slips |= self._slip(arguments["swaps"], order)
        method = arguments.get("payment_method_id") or arguments.get("refund_to")
        if method:
            says["method"], says["method_zh"] = self._method(method)
        if "address" in arguments:
            says["address"] = _address(arguments["address"])
            arguments = {**arguments, "address": {k: v for k, v in arguments["address"].items() if k != "country"}}
        original = order["payment_history"][0]["payment_method_id"] if order is not None else ""
        return Goal(operation, arguments, says, variants, slips, original, self._labels(arguments, order))

    def _labels(self, arguments: Mapping[str, Any], order: Raw | None) -> frozenset[str]:
        """The quick replies that would say it: the only item by name and options, a new variant by its options."""
        if order is None:
            return frozenset()
        swaps = arguments.get("swaps", ())
        items = [*arguments.get("item_ids", ()), *(swap["item_id"] for swap in swaps)]
        by_id = {item["item_id"]: item for item in order["items"]}
        named = [f"{by_id[i]['name']} ({', '.join(by_id[i]['options'].values())})" for i in items]
        new = [
            self.data.products[by_id[s["item_id"]]["product_id"]]["variants"][s["new_item_id"]]["options"]
            for s in swaps
        ]
        return frozenset([*(named if len(named) == 1 else ()), *(", ".join(options.values()) for options in new)])

    def _product(self, item: Raw) -> Raw:
        return self.data.products[item["product_id"]]

    def _variant(self, swap: Mapping[str, str], order: Raw) -> str:
        """What changes, as people say it; values that say nothing alone, with the name of the option."""
        item = next(item for item in order["items"] if item["item_id"] == swap["item_id"])
        new = self._product(item)["variants"][swap["new_item_id"]]["options"]
        changed = {name: value for name, value in new.items() if item["options"][name] != value}
        named = self.chance.random() < 0.5
        words = [f"{name} {value}" if named or _needs_name(value) else value for name, value in changed.items()]
        return _listed(words) if words else "exactly the same one again"

    def _slip(self, swaps: Sequence[Mapping[str, str]], order: Raw) -> dict[str, str]:
        """Another variant that they say first; only where there is one thing to be swapped."""
        if len(swaps) > 1:
            return {}
        item = next(item for item in order["items"] if item["item_id"] == swaps[0]["item_id"])
        taken = (swaps[0]["item_id"], swaps[0]["new_item_id"])
        others = [
            v["item_id"] for v in self._product(item)["variants"].values()
            if v["available"] and v["item_id"] not in taken
        ]  # fmt: skip
        if not others:
            return {}
        swap = {"item_id": item["item_id"], "new_item_id": self.chance.choice(others)}
        return _swapped({_called(item["item_id"], order): self._variant(swap, order)})

    def _method(self, method_id: str) -> tuple[str, str]:
        label = next(m.label for m in customer_of("", self.user).payment_methods if m.id == method_id)
        chinese = {"Gift card": "礼品卡"}.get(label, label)
        return f"my {label if label == 'PayPal' else label[0].lower() + label[1:]}", f"我的{chinese}"


def _needs_name(value: str) -> bool:
    return value in _BARE or value.isdigit() or len(value) < 3


def _swapped(variants: Mapping[str, str]) -> dict[str, str]:
    return {
        "variant": ", ".join(variants.values()),
        "swaps": "; ".join(f"the {title} to {words}" for title, words in variants.items()),
        "swaps_zh": "；".join(f"{title}换成{words}" for title, words in variants.items()),
    }


def _called(item_id: str, order: Raw) -> str:
    """An item's name, with its options where the order has another of that name."""
    item = next(item for item in order["items"] if item["item_id"] == item_id)
    if sum(other["name"] == item["name"] for other in order["items"]) == 1:
        return str(item["name"])
    return f"{item['name']} ({', '.join(item['options'].values())})"


def _address(address: Mapping[str, str]) -> str:
    parts = (address["line1"], address["line2"], address["city"], f"{address['state']} {address['postcode']}", "USA")
    return ", ".join(filter(None, parts))


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
