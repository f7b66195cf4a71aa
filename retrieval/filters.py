"""Conditions on products that hold before the cut: no product that matches is ever lost to top-k."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from retrieval.errors import BadFilter

Operator = Literal["=", "!=", "<", "<=", ">", ">="]

EITHER = "|"
NUMBER_FIELDS = frozenset({"price", "stock"})
_CONDITION = re.compile(r"^\s*([\w ]+?)\s*(<=|>=|!=|=|<|>)\s*(.+?)\s*$")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. Number fields compare as numbers, all others as case-folded words and only by `=` and `!=`.

    `black|white` is either: `=` holds for any of them, `!=` for none of them.
    """

    field: str
    operator: Operator
    value: str


def either(*values: str) -> str:
    """One value of a condition that any of these meets."""
    return EITHER.join(dict.fromkeys(values))


def alternatives(value: str) -> tuple[str, ...]:
    """The values that meet a condition on words, case-folded: the whole of it, and each of several."""
    whole = value.strip().casefold()
    return tuple(dict.fromkeys((whole, *(part.strip() for part in whole.split(EITHER) if part.strip()))))


@dataclass(frozen=True, slots=True)
class Filters:
    """All conditions must hold.

    The fields are `price`, `stock`, `availability`, `category`, `brand`, `group`, `id` and the catalogue's attributes.
    """

    conditions: tuple[Condition, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def with_(self, *conditions: Condition) -> Filters:
        """These filters and more; a condition on the same field and operator replaces the earlier one."""
        new = {(c.field, c.operator) for c in conditions}
        kept = tuple(c for c in self.conditions if (c.field, c.operator) not in new)
        return Filters(kept + conditions)

    def without(self, field: str) -> Filters:
        """These filters without any condition on a field."""
        return Filters(tuple(c for c in self.conditions if c.field != field))


def parse_filters(expressions: Iterable[str]) -> Filters:
    """Read conditions such as `price<50` or `colour=blue`, or raise `BadFilter` saying what was expected."""
    return Filters(tuple(_parse(expression) for expression in expressions))


def _parse(expression: str) -> Condition:
    match = _CONDITION.match(expression)
    if match is None:
        raise BadFilter(f"expected FIELD OPERATOR VALUE such as price<50 or colour=blue, got {expression!r}")
    name, operator, value = match[1].casefold(), match[2], match[3]
    if name in NUMBER_FIELDS:
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise BadFilter(f"{name} is compared with a number, got {value!r}") from None
        if not number.is_finite():
            raise BadFilter(f"{name} is compared with a finite number, got {value!r}")
    elif operator not in ("=", "!="):
        raise BadFilter(f"{name} holds words and is compared by = or !=, got {operator!r}")
    return Condition(name, operator, value)  # type: ignore[arg-type]  # the pattern admits only operators
