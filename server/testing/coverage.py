"""What of a shop a run of cases has touched, and what none of them has: answers, intents, tools, rules, categories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from agent.need import INTENTS
from server.chat_client import Frame
from server.demo.load import DEMO
from server.testing.datasets import DataSet
from server.testing.expecting import texts_in
from server.testing.telling import Outcome
from tools.policy.reading import read_policy
from tools.policy.tables import Policy, Row
from tools.registry import shop_tools


@dataclass(frozen=True, slots=True)
class Covered:
    """One kind of thing: what was touched, and what was not, each in the shop's order."""

    what: str
    touched: tuple[str, ...]
    untouched: tuple[str, ...]

    @classmethod
    def of(cls, what: str, there: Iterable[str], touched: frozenset[str]) -> Covered:
        known = tuple(dict.fromkeys(there))
        return cls(
            what, tuple(one for one in known if one in touched), tuple(one for one in known if one not in touched)
        )

    @property
    def share(self) -> float:
        """The part that was touched, from 0 to 1."""
        total = len(self.touched) + len(self.untouched)
        return len(self.touched) / total if total else 1.0


def covered(outcomes: Sequence[Outcome], *, own_shop: bool = True) -> tuple[Covered, ...]:
    """What was touched of each shop that these cases were spoken in; of a server elsewhere, tools and intents only.

    Intents, tools and rules show in what staff see: without the console's token, nothing of them was touched.
    """
    found = [
        Covered.of("Intents", INTENTS, frozenset(_intents(outcomes))),
        Covered.of("Tools", (tool.name for tool in shop_tools()), frozenset(_tools(outcomes))),
    ]
    for shop, spoken in _by_shop(outcomes).items() if own_shop else ():
        found += _of_shop(shop, spoken)
    return tuple(one for one in found if one.touched or one.untouched)


def shop_of(outcome: Outcome) -> DataSet:
    """Where a case's shop has its records."""
    return DataSet.of(outcome.located.given.fixtures, outcome.located.path.parent)


def _by_shop(outcomes: Iterable[Outcome]) -> Mapping[DataSet, list[Outcome]]:
    shops: dict[DataSet, list[Outcome]] = {}
    for outcome in outcomes:
        shops.setdefault(shop_of(outcome), []).append(outcome)
    return shops


def _of_shop(shop: DataSet, outcomes: Sequence[Outcome]) -> Iterator[Covered]:
    where = "" if shop == DataSet(DEMO) else f" of {shop.folder.name}"
    blocks = [block for frame in _seen(outcomes, "message.created") for block in frame["data"]["blocks"]]
    cited = frozenset(block["id"] for block in blocks if block["type"] == "faq")
    yield Covered.of(f"Answers{where}", (faq.id for faq in shop.answers().rows), cited)
    categories = {product.id: product.category for product in shop.listed() if product.category}
    shown = [product["id"] for block in blocks if block["type"] == "products" for product in block["products"]]
    touched = frozenset(categories[id_] for id_ in shown if id_ in categories)
    yield Covered.of(f"Product categories{where}", sorted(set(categories.values())), touched)
    if shop.policy is not None:
        yield _rules(f"Policy rules{where}", read_policy(shop.policy), outcomes)


def _rules(what: str, policy: Policy, outcomes: Sequence[Outcome]) -> Covered:
    """Rules by what they say, since only that shows: rules of a table with the same sentence count as one, and those
    that allow without a word are touched by a card of that operation on which no other rule speaks."""
    said = [text for frame in _seen(outcomes, "message.created") for text in texts_in(frame["data"]["blocks"])]
    asked = [frame["data"]["card"] for frame in _behind(outcomes, "confirmation.asked")]
    names: list[str] = []
    touched: set[str] = set()
    for operation, rows in policy.tables.items():
        cards = [[*texts_in(card["quote"]["notes"])] for card in asked if card["operation"] == operation]
        for same in _saying_the_same(rows):
            name = f"{operation}: {', '.join(row.rule for row in same)}"
            names.append(name)
            if same[0].say is None:
                touched |= {name} if any(not _speaks(rows, notes) for notes in cards) else set()
            elif any(_says(same[0], text) for text in (*said, *(note for notes in cards for note in notes))):
                touched.add(name)
    return Covered.of(what, names, frozenset(touched))


def _saying_the_same(rows: Sequence[Row]) -> list[list[Row]]:
    groups: dict[tuple[bool, str | None], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.allowed, row.say.en if row.say else None), []).append(row)
    return list(groups.values())


def _speaks(rows: Sequence[Row], notes: Sequence[str]) -> bool:
    return any(_says(row, note) for row in rows for note in notes)


def _says(row: Row, text: str) -> bool:
    """Whether a text has this rule's sentence in it, whatever fills its placeholders."""
    return row.say is not None and any(re.search(_pattern(one), text) for one in (row.say.en, row.say.zh))


def _pattern(sentence: str) -> str:
    return "".join(
        re.escape(words) + ("" if name is None else ".{1,80}?") for words, name, _, _ in Formatter().parse(sentence)
    )


def _intents(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for frame in _behind(outcomes, "turn.ended"):
        yield str((frame["data"].get("memory") or {}).get("topic"))


def _tools(outcomes: Iterable[Outcome]) -> Iterator[str]:
    return (frame["data"]["name"] for frame in _behind(outcomes, "tool.ran"))


def _seen(outcomes: Iterable[Outcome], type_: str) -> Iterator[Frame]:
    """Events of a type that customers were sent."""
    for outcome in outcomes:
        for taken in outcome.taken:
            for arrived in taken.happened.answer.frames if taken.happened else ():
                if arrived.frame["type"] == type_:
                    yield arrived.frame


def _behind(outcomes: Iterable[Outcome], type_: str) -> Iterator[Frame]:
    """Events of a type that the console was sent."""
    for outcome in outcomes:
        for taken in outcome.taken:
            for frame in (taken.happened.staff if taken.happened else None) or ():
                if frame["type"] == type_:
                    yield frame
