"""Looks for cases that a policy's tables do not decide (gaps) or decide in two ways (contradictions).

Every combination of answers to the fields that a table asks about is tried; days are cut where some row's bound is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

from tools.policy.fields import FIELDS, Field, Number, Words
from tools.policy.tables import Days, Policy, Row, Value

CASES_AT_MOST = 500_000
GAPS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a policy file, and where (both counted from 1; line 0: the file as a whole)."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}" if self.line else f" {self.message}"


@dataclass(frozen=True, slots=True)
class TableCoverage:
    """A table's cases, and how many of them each row decides (the first that fits gives the sentence)."""

    operation: str
    fields: tuple[str, ...]
    cases: int
    undecided: int
    decides: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Checked:
    faults: tuple[Fault, ...]
    coverage: tuple[TableCoverage, ...]
    not_offered: tuple[str, ...]


def check(policy: Policy) -> Checked:
    """Every gap and contradiction, and what is covered."""
    faults: list[Fault] = []
    coverage = []
    for operation, rows in policy.tables.items():
        fields = {**FIELDS[operation], "membership": Words(policy.memberships)}
        table = _Table(operation, rows, fields)
        if table.size > CASES_AT_MOST:
            faults.append(Fault(rows[0].line, 1, f"{operation} asks {table.size:,} cases; at most {CASES_AT_MOST:,}"))
            continue
        coverage.append(table.check())
        faults += table.faults
    left = tuple(operation for operation in FIELDS if operation not in policy.tables)
    return Checked(tuple(sorted(faults, key=lambda fault: fault.line)), tuple(coverage), left)


class _Table:
    def __init__(self, operation: str, rows: tuple[Row, ...], fields: Mapping[str, Field]) -> None:
        self._operation = operation
        self._rows = rows
        asked = [name for name in fields if any(name in row.when for row in rows)]
        self._answers = {name: _answers(name, fields[name], rows) for name in asked}
        self.size = math.prod(len(answers) for answers in self._answers.values())
        self.faults: list[Fault] = []

    def check(self) -> TableCoverage:
        decides: Counter[str] = Counter({row.rule: 0 for row in self._rows})
        gaps: list[str] = []
        clashes: dict[tuple[str, str], tuple[Row, Row, str, int]] = {}
        for case, told in self._cases():
            fitting = [row for row in self._rows if row.fits(case)]
            if not fitting:
                gaps.append(told)
                continue
            decides[fitting[0].rule] += 1
            for row in fitting[1:]:
                if row.allowed is not fitting[0].allowed:
                    first, _, example, count = clashes.get((fitting[0].rule, row.rule), (fitting[0], row, told, 0))
                    clashes[fitting[0].rule, row.rule] = (first, row, example, count + 1)
        for first, second, example, count in clashes.values():
            self._clash(first, second, example, count)
        if gaps:
            shown = "; ".join(gaps[:GAPS_SHOWN])
            more = f" and {len(gaps) - GAPS_SHOWN} more" if len(gaps) > GAPS_SHOWN else ""
            self._fault(self._rows[0].line, f"no row of {self._operation} decides: {shown}{more}")
        return TableCoverage(self._operation, tuple(self._answers), self.size, len(gaps), dict(decides))

    def _cases(self) -> Iterator[tuple[dict[str, Value], str]]:
        names = list(self._answers)
        for answers in product(*self._answers.values()):
            case = {name: value for name, (value, _) in zip(names, answers, strict=True)}
            yield (
                case,
                ", ".join(f"{name} {told}" for name, (_, told) in zip(names, answers, strict=True)) or "anything",
            )

    def _clash(self, first: Row, second: Row, example: str, count: int) -> None:
        verbs = ("allows", "refuses") if first.allowed else ("refuses", "allows")
        self._fault(
            second.line,
            f"{self._operation}: {second.rule!r} {verbs[1]} what {first.rule!r} (line {first.line}) {verbs[0]}, "
            f"in {count} cases, such as: {example}",
        )

    def _fault(self, line: int, message: str) -> None:
        self.faults.append(Fault(line, 1, message))


def _answers(name: str, field: Field, rows: tuple[Row, ...]) -> list[tuple[Value, str]]:
    """Each answer that makes a difference, with how it is told."""
    match field:
        case Words(values):
            return [(value, _word(value)) for value in values]
        case Number(unknown=may_be_unknown):
            bounds = [condition for row in rows if isinstance(condition := row.when.get(name), Days)]
            starts = {0, *(days.least for days in bounds), *(days.most + 1 for days in bounds if days.most is not None)}
            cuts = sorted(starts)
            spans: list[tuple[Value, str]] = [
                (start, f"{start}..{following - 1}" if following - 1 > start else str(start))
                for start, following in pairwise(cuts)
            ]
            spans.append((cuts[-1], f">= {cuts[-1]}"))
            return [*spans, *([(None, "unknown")] if may_be_unknown else [])]


def _word(value: Value) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
