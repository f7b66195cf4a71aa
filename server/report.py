"""Figures as a table on the terminal and as JSON in a file."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share of the values do not exceed, by the nearest rank; 0 where there is none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    rank = math.ceil(share * len(ordered) - 1e-9)  # a share of .95 is a little more than that in binary
    return ordered[min(len(ordered), max(1, rank)) - 1]


def rows_of(values: Sequence[Any]) -> list[dict[str, Any]]:
    """Dataclasses or mappings as rows."""
    return [asdict(v) if is_dataclass(v) and not isinstance(v, type) else dict(v) for v in values]


def show(console: Console, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """One table; floats to three places."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(*columns, title=title, title_justify="left", box=None)
    for row in rows:
        table.add_row(*(_cell(row.get(column, "")) for column in columns))
    console.print(table)
    console.print()


def write(path: Path, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Results with when and on what they were measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("vitrine"),
        "machine": {"processor": platform.machine(), "python": platform.python_version()},
        "results": {name: list(rows) for name, rows in results.items()},
    }
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
