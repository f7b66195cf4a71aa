"""The figures in the reranker's card, as the evaluation printed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from retrieval.coattention import Scorer

CARD = "coattention.md"
BEGIN, END = "<!-- figures: written by `vitrine train rerank` -->", "<!-- end of figures -->"
_MEASURES = ("R@1", "R@5", "right at 5 %")

Rows = Sequence[Mapping[str, Any]]


def write_figures(card: Path, found: Mapping[str, Rows], scorer: Scorer) -> None:
    """Put the tables of an evaluation between the card's two marks. Raises `ValueError` where it has none."""
    text = card.read_text(encoding="utf-8")
    if not 0 <= text.find(BEGIN) < text.find(END):
        raise ValueError(f"expected {BEGIN} and {END} in {card}, to write figures in between")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    card.write_text(before + "\n\n".join([BEGIN, *_told(found, scorer)]) + "\n\n" + after, encoding="utf-8")


def _told(found: Mapping[str, Rows], scorer: Scorer) -> Iterable[str]:
    yield f"Network `{scorer.name}`, seed 0 of {_seeds(found)}, pictures of `{scorer.picture_encoder}`."
    in_force = ", ".join(f"`{case}`" for case in scorer.in_force)
    yield f"In force, as `coattention.json` says: {in_force or 'nothing'}."
    for title, rows in found.items():
        yield f"### {title[0].upper()}{title[1:]}"
        yield _sets(rows) if title == "methods" else _table(rows)


def _seeds(found: Mapping[str, Rows]) -> int:
    return sum(column.startswith("seed ") for column in found["gain over the best rival"][0])


def _sets(rows: Rows) -> str:
    """A line a set: every method's figures, ours last."""
    sets: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = sets.setdefault(
            row["set"], {"set (asked / off-topic)": f"{row['set']} ({row['questions']} / {row['off-topic']})"}
        )
        name, _, weights = row["method"].partition(" (")
        line[name] = " / ".join(f"{row[measure]:.3f}" for measure in _MEASURES if measure in row)
        if weights:
            line["weights"] = weights.rstrip(")")
    return f"{' / '.join(_MEASURES)}, where there is off-topic.\n\n" + _table(list(sets.values()))


def _table(rows: Rows) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(column, "")) for column in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
