"""Decision tables: for each operation rows of conditions, each with a yes or a no and the sentence that explains it.

Rows may overlap where they agree. The first row that fits gives the sentence; where none fits, the answer is no: a
table with a gap, or with rows that contradict each other, is found by `tools.policy.checking` and does not load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from tools.errors import Refused
from tools.records import PaymentKind
from tools.sentences import Sentence

Value = str | bool | int | None
"""A fact: a word, yes or no, a number of days, or None where the shop does not know."""

Facts = Mapping[str, Value]

NOT_OFFERED = Sentence(
    en="This shop does not offer that in the chat. A colleague can help you.",
    zh="本店暂不支持在聊天中办理此项业务，同事可以为您处理。",
)
UNDECIDED = Sentence(
    en="The shop's rules do not say whether this is possible. A colleague has to decide.",
    zh="本店的规定未说明能否办理，需要由同事决定。",
)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of these."""

    values: frozenset[Value]

    def fits(self, value: Value) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class Days:
    """The fact is a number of days from `least` to `most`, both counted in; None is no bound."""

    least: int = 0
    most: int | None = None

    def fits(self, value: Value) -> bool:
        return isinstance(value, int) and value >= self.least and (self.most is None or value <= self.most)


Condition = OneOf | Days


@dataclass(frozen=True, slots=True)
class Row:
    """One rule; with `person` somebody of the shop has to decide. `line` is where it stands in its file."""

    rule: str
    when: Mapping[str, Condition]
    allowed: bool
    say: Sentence | None
    line: int = 0
    person: bool = False

    @property
    def wants_photo(self) -> bool:
        """Whether it says no only as long as there is no photo."""
        return not self.allowed and self.when.get("photo") == OneOf(frozenset([False]))

    def fits(self, facts: Facts) -> bool:
        return all(condition.fits(facts[name]) for name, condition in self.when.items())


@dataclass(frozen=True, slots=True)
class Season:
    """Orders of these days of the year (month, day) have longer windows, until a day of this or the next year."""

    first: tuple[int, int]
    last: tuple[int, int]
    until: tuple[int, int]

    def covers(self, ordered: date, today: date) -> bool:
        """Whether an order of that day is of the season, and its window is still open today."""
        if not self.first <= (ordered.month, ordered.day) <= self.last:
            return False
        year = ordered.year + (self.until < self.first)
        return (today.year, today.month, today.day) <= (year, *self.until)


@dataclass(frozen=True, slots=True)
class Returning:
    """What sending goods back costs the customer by the country (`any` for the others), unless the shop is at fault.

    Where everything is asked back within `shipping_days` of delivery, what shipping cost is refunded, up to `shipping`.
    """

    fees: Mapping[str, Decimal] = field(default_factory=dict)
    shipping_days: int = 0
    shipping: Decimal = Decimal()

    def fee(self, country: str) -> Decimal:
        return self.fees.get(country, self.fees.get("any", Decimal()))


@dataclass(frozen=True, slots=True)
class Policy:
    """A shop's tables by operation, how long a refund takes by the kind of payment (business days), and returns."""

    name: str
    tables: Mapping[str, tuple[Row, ...]]
    refund_days: Mapping[PaymentKind | Literal["any"], tuple[int, int]] = field(default_factory=dict)
    memberships: tuple[str, ...] = ("none",)
    season: Season | None = None
    returning: Returning = Returning()

    def allow(self, operation: str, facts: Facts, **values: object) -> tuple[Sentence, ...]:
        """What a customer must be told before their yes, or `Refused` with the sentence of the row that says no.

        `values` fill the sentences' placeholders.
        """
        rows = self.tables.get(operation)
        if rows is None:
            raise Refused(f"{operation}.not_offered", NOT_OFFERED)
        fitting = [row for row in rows if row.fits(facts)]
        if not fitting:
            raise Refused(f"{operation}.undecided", UNDECIDED)
        row = next((row for row in fitting if not row.allowed), fitting[0])
        said = () if row.say is None else (row.say.filled(**values),)
        if not row.allowed:
            asks = {"person": True} if row.person else {"photo": True} if row.wants_photo else {}
            raise Refused(f"{operation}.{row.rule}", said[0] if said else UNDECIDED, **asks)
        return said

    def refund_takes(self, kind: PaymentKind) -> tuple[int, int]:
        return self.refund_days.get(kind) or self.refund_days.get("any", (5, 7))


NOTHING_OFFERED = Policy("none", {})
"""The policy of a shop that has none: nothing is changed in the chat."""
