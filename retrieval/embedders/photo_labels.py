"""The words that the photo encoder can say, in both languages, and how they group."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
LABELS = WEIGHTS / "eyes_labels.json"


@dataclass(frozen=True, slots=True)
class Group:
    """A wider word for several labels ("pair of shoes"), for when the exact one is not sure."""

    name: str
    family: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Label:
    """One class of a head: its position in the file is its position in the logits.

    `sources` says what each training source calls it: {"fashion": ("Casual Shoes",)}.
    """

    name: str
    group: Group
    en: str
    zh: str
    sources: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Opinion:
    """The best word of one head at one level of detail. `confidence` is how often such an opinion is right."""

    word: Label | Group
    confidence: float


@dataclass(frozen=True, slots=True)
class PhotoLabels:
    """Every head's labels, in the order of the logits."""

    heads: Mapping[str, tuple[Label, ...]]

    @classmethod
    def read(cls, path: Path = LABELS) -> PhotoLabels:
        content = json.loads(path.read_text(encoding="utf-8"))
        groups = {row["name"]: Group(**row) for row in content["groups"]}
        return cls(
            {
                head: tuple(
                    Label(row["name"], groups[row["group"]], row["en"], row["zh"], _tuples(row["from"])) for row in rows
                )
                for head, rows in content["heads"].items()
            }
        )

    def positions(self, head: str, source: str) -> dict[str, int]:
        """What a training source calls its labels → their place in the logits of `head`."""
        return {name: i for i, label in enumerate(self.heads[head]) for name in label.sources.get(source, ())}

    def exact(self, head: str, probabilities: NDArray[np.float32]) -> tuple[Label, float]:
        """The most probable label, with the model's own probability."""
        best = int(probabilities.argmax())
        return self.heads[head][best], float(probabilities[best])

    def broad(self, head: str, probabilities: NDArray[np.float32]) -> tuple[Group, float]:
        """The most probable group, with the sum of its labels' probabilities."""
        sums: dict[str, float] = {}
        for label, probability in zip(self.heads[head], probabilities, strict=True):
            sums[label.group.name] = sums.get(label.group.name, 0.0) + float(probability)
        name = max(sums, key=lambda group: sums[group])
        return next(label.group for label in self.heads[head] if label.group.name == name), sums[name]


@dataclass(frozen=True, slots=True)
class Trust:
    """How often an opinion of a given probability was right on development photos, by head, level and kind of goods.

    `tables` maps (head, "exact" or "broad", family of the type that was read) to two rising rows: probability and
    share of right opinions. What was never checked on such goods has no table, and is never believed.
    """

    tables: Mapping[tuple[str, str, str], tuple[tuple[float, ...], tuple[float, ...]]]

    def confidence(self, head: str, level: str, family: str, probability: float) -> float:
        if (table := self.tables.get((head, level, family))) is None:
            return 0.0
        return float(np.interp(probability, *table))


def _tuples(names: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {source: tuple(values) for source, values in names.items()}
