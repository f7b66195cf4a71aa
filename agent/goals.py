"""What a customer wants changed, from the first word of it until it is done or dropped. Newest on top.

A goal holds the customer's own words for it, not conclusions: they are read again, with the shop's records beside them,
whenever the goal goes on. So answers may come in any order, and a correction is only another word.
"""

from __future__ import annotations

import re
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field

from agent.loose_wishes import loosely_wished
from agent.understand.addresses import cut_after
from agent.understand.slots import orders_in
from agent.understand.spelling import spelled
from agent.understand.which_order import with_numbers
from agent.wish_words import Family, asks, family_of, is_own, is_unclear, of_an_order, says_much

GOALS_AT_MOST = 8
SAID_AT_MOST = 16
TEXT_AT_MOST = 600


class Goal(BaseModel):
    """One wish. `said` pairs what was asked ("" where nothing was) with what the customer said to it, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Family
    said: tuple[tuple[str, str], ...] = Field(default=(), max_length=SAID_AT_MOST)
    photos: tuple[str, ...] = Field(default=(), max_length=5)

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.said)

    @property
    def order_id(self) -> str:
        """The order that they named last."""
        named = [order for _, text in self.said for order in meant_orders(text)]
        return named[-1] if named else ""

    def told(self, slot: str, text: str) -> Goal:
        said = (*self.said, (slot, text[:TEXT_AT_MOST]))
        return self.model_copy(update={"said": said[-SAID_AT_MOST:]})

    def may_be(self, other: Goal) -> bool:
        """Whether another telling may be of the same order."""
        return len({self.order_id, other.order_id} - {""}) < 2

    def is_also(self, other: Goal) -> bool:
        """Whether another telling is of the same wish: the same change, of the same order where both name one."""
        return self.family == other.family and self.may_be(other)


_CLAUSES = re.compile(
    r"(?<=[.!?;])\s+|(?<=;)(?=#)|(?<=[。！？；\n])\s*|,?\s+(?:and|then|plus|as well as)\s+(?:also\s+|then\s+)?"
    r"(?=(?:(?:there )?i\b|please\b|to\b|cancel|return|exchange|change|modify|swap|send|update|the invoice|an invoice|"
    r"(?:the|my)\b[\w -]{2,30}\b(?:should|becomes?|needs?)\b))|"
    r",?\s+(?:and\s+)?(?=\((?:\d|[a-c])\)\s)|,\s+(?=(?:cancel|return|exchange|modify|swap|please)\b)|"
    r"\s+(?=(?-i:Order|My order|For order|In order)\s+#?W?\d|(?-i:Then|Also|And another thing)[,:])|"
    r"[，,]\s*(?:另外|还有|还要|还想|并且|同时|再|里面)",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:same(?: \w+)? as|as (?:in|on)|like (?:in|on))\b[^.;#]{0,20}#?\s?W?\d{4,}|"
    r"(?:和|跟|与)[^，。]{0,8}#?\s?W?\d{4,}.{0,6}(?:一样|相同)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#?\s?[Ww]?[\s.-]?\d{4,}")
_BARE = re.compile(rf"\W*(?:orders?\W*)?{_NUMBER.pattern}(?:\W|\band\b|\bboth\b|和)*", re.IGNORECASE)


def meant_orders(text: str) -> tuple[str, ...]:
    """The orders that a text is about, not those that it compares with ("the same address as in #W10428")."""
    return orders_in(_COMPARED.sub(" ", text))


def read_goals(text: str, photos: tuple[str, ...] = (), *, loosely: bool = False) -> list[Goal]:
    """The changes that a message wishes for, in order. A clause without a verb belongs to the one before it.

    `loosely` also takes words that name no change: the talk is about an order anyway.
    """
    if not is_own(text) and len(text) > 60:
        return []
    text = with_numbers(text)
    reading = _Reading(photos, loosely=loosely or of_an_order(text))
    for clause in filter(None, (each.strip(" ,，") for part in cut_after(text) for each in _CLAUSES.split(part))):
        reading.take(clause)
    goals = _without_causes(reading.finish())
    if len(named := meant_orders(text)) == 1:  # an order that was named once is meant throughout
        goals = [goal if goal.order_id else goal.told("", named[0]) for goal in goals]
    return goals[:GOALS_AT_MOST]


class _Reading:
    """Reads a message clause by clause. `before` is what belongs to the wish that comes next."""

    def __init__(self, photos: tuple[str, ...], *, loosely: bool) -> None:
        self._photos, self._loosely = photos, loosely
        self._goals: list[Goal] = []
        self._last: list[int] = []
        self._before = ""
        self._order = ""  # the one that was named last: what names none goes on about it

    def take(self, clause: str) -> None:
        named = meant_orders(clause)
        family = family_of(clause, own=self._loosely)
        if family is None and self._loosely:
            family = loosely_wished(spelled(clause), alone=bool(named) or not (self._goals or self._before))
        if family is None or (asks(clause) and not named):
            self._beside(clause, named)
            return
        if self._before and named:
            self._set_aside()
        said, self._before = f"{self._before} {clause}".strip(), ""
        said = said if meant_orders(said) or not self._order else f"{said} {self._order}"
        self._order = (meant_orders(said) or ("",))[-1]
        self._last = [self._wish(family, said, part) for part in by_order(said)]

    def finish(self) -> list[Goal]:
        if self._before:
            self._set_aside()
        return self._goals

    def _wish(self, family: Family, said: str, part: str) -> int:
        """The place of the goal that a wish is, or adds to. Of several orders in it each has its own part, last."""
        wish = Goal(family=family, photos=self._photos).told("", said)
        wish = wish if part == said else wish.told("", part)
        at = next((at for at, goal in enumerate(self._goals) if goal.is_also(wish)), None)
        if at is None:
            self._goals.append(wish)
            return len(self._goals) - 1
        for _, text in wish.said:
            self._goals[at] = self._goals[at].told("", text)
        return at

    def _beside(self, clause: str, named: tuple[str, ...]) -> None:
        """A clause that wishes nothing: more about the last wishes, or, of another order, the beginning of the next."""
        known = [at for at, goal in enumerate(self._goals) if goal.order_id in named]
        unnamed = [at for at in self._last if not self._goals[at].order_id]
        if not self._goals or self._before or (named and not known and not unnamed):
            self._before = f"{self._before} {clause}".strip()
            return
        for at in known or unnamed[:1] or self._last:
            self._goals[at] = self._goals[at].told("", clause)

    def _set_aside(self) -> None:
        """What named another order and no new wish is the same wish for that order ("… #W2 too")."""
        said, self._before = self._before, ""
        if self._last and meant_orders(said):
            family = self._goals[self._last[-1]].family
            family = family if family == "give_back" else "swap"
            self._last = [self._wish(family, part, part) for part in by_order(said)]
        elif is_unclear(said):
            self._last = [self._wish("unclear", part, part) for part in by_order(said) if says_much(part)]


def by_order(text: str) -> list[str]:
    """A text cut before each order number after the first; whole where it names one at most."""
    named = meant_orders(text)
    if len(named) < 2:
        return [text]
    starts = [0, *(at for number in named[1:] if (at := _start_of(number, text)) > 0), len(text)]
    parts = [text[start:end] for start, end in pairwise(sorted(starts))]
    for at in range(len(parts) - 2, -1, -1):  # "#W1 and #W2 by mistake" says it of both
        if _BARE.fullmatch(parts[at]) and (said := _NUMBER.sub("", parts[at + 1], count=1).strip()):
            parts[at] = f"{parts[at].strip()} {said}"
    return parts


def _start_of(number: str, text: str) -> int:
    digits = r"[\s.-]?".join(number[2:])
    found = re.search(rf"#?\s?[Ww]?[\s.-]?{digits}", text)
    return found.start() if found else -1


def _without_causes(goals: list[Goal]) -> list[Goal]:
    """Without "it hasn't arrived yet" or "it is broken" where the same message says what is to be done about that
    order: it is then only why."""
    acting = [goal for goal in goals if goal.family in ("give_back", "swap", "address", "payment")]
    kept: list[Goal] = []
    for goal in goals:
        at = next((at for at in acting if goal.family == "problem" and goal.order_id in ("", at.order_id)), None)
        if at is None:
            kept.append(goal)
    return kept
