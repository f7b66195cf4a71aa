"""What reading a file gives: the good rows, and for every bad one what was expected, what came and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that could not be taken as it stands; lines count from 1 as an editor shows them."""

    file: str
    line: int
    column: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}, {self.column}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Row]):
    """The rows of one file.

    `refused` holds the ids of rows that were there but could not be read, and `unnamed` says that there were more of
    them without a readable id: an import must not take such rows for removed ones.
    """

    source: str
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    refused: frozenset[str] = frozenset()
    unnamed: bool = False


class Said(str):
    """Words of ours about a value, which a problem shows without quotes."""

    __slots__ = ()


NOTHING = Said("nothing")


class Fault(Exception):
    """A value that a row cannot be read with; becomes a `Problem` once the file and the line are known."""

    def __init__(self, column: str, expected: str, got: object) -> None:
        super().__init__(column, expected, got)
        self.column = column
        self.expected = expected
        self.got = shown(got)


def shown(value: object) -> str:
    """A value as a problem quotes it: at most 80 characters, undecodable bytes as their escapes."""
    text = repr(value) if isinstance(value, str) and not isinstance(value, Said) else str(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 80 else text[:77] + "…"


class Notes:
    """Gathers problems while a file is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.refused: set[str] = set()
        self.unnamed = False

    def remark(self, line: int, fault: Fault) -> None:
        """Something is wrong with a row that is kept all the same."""
        self.problems.append(Problem(self.file, line, fault.column, fault.expected, fault.got))

    def refuse(self, line: int, fault: Fault, row_id: str) -> None:
        """A row is left out; `row_id` is empty where even that could not be read."""
        self.remark(line, fault)
        if row_id:
            self.refused.add(row_id)
        else:
            self.unnamed = True

    def parsed(self, rows: dict[str, Row]) -> Parsed[Row]:
        refused = frozenset(self.refused - rows.keys())
        return Parsed(self.file, tuple(rows.values()), tuple(self.problems), refused, self.unnamed)
