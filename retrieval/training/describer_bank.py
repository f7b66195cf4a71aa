"""What the photo encoder sees in every scene, computed once: the decoder then trains in minutes on one thread."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.describer import looked
from retrieval.describer_words import Lexicon
from retrieval.embedders.photo import PhotoEncoder
from retrieval.training.describer_scenes import RECIPE, Scene

AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Bank:
    """`looks` (n, 66, 256) in half precision on disk; of each: its facts, source, id and shown types."""

    looks: NDArray[np.float16]
    facts: tuple[Mapping[str, str], ...]
    sources: tuple[str, ...]
    ids: tuple[str, ...]
    shown: tuple[tuple[str, ...], ...]

    @staticmethod
    def is_of(folder: Path, encoder: PhotoEncoder) -> bool:
        """Whether the folder holds a bank of these scenes, seen with these very weights."""
        kept = folder / "made.json"
        return kept.exists() and json.loads(kept.read_text(encoding="utf-8")) == _maker(encoder)

    def guessed_colour(self, row: int, lexicon: Lexicon) -> str:
        """The colour that the encoder's head found likeliest."""
        first, colours = len(lexicon.labels.heads["type"]), lexicon.labels.heads["colour"]
        return colours[int(self.looks[row, -1, first : first + len(colours)].argmax())].name


def bank(folder: Path, encoder: PhotoEncoder, scenes: Iterable[Scene]) -> Bank:
    """The bank in `folder`, made from `scenes` where there is none of this encoder."""
    if not Bank.is_of(folder, encoder):
        _fill(folder, encoder, iter(scenes))
    rows = json.loads((folder / "scenes.json").read_text(encoding="utf-8"))
    return Bank(
        looks=np.load(folder / "looks.npy", mmap_mode="r"),
        facts=tuple(row["facts"] for row in rows),
        sources=tuple(row["source"] for row in rows),
        ids=tuple(row["id"] for row in rows),
        shown=tuple(tuple(row["shown"]) for row in rows),
    )


def _maker(encoder: PhotoEncoder) -> dict[str, object]:
    return {"encoder": encoder.name, "recipe": RECIPE}


def _fill(folder: Path, encoder: PhotoEncoder, scenes: Iterator[Scene]) -> None:
    """Written beside and then moved, so that a run that is cut off leaves no half of a bank."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    rows, looks = [], []
    while batch := list(islice(scenes, AT_ONCE)):
        seen = encoder.look_at_pixels(np.stack([scene.picture for scene in batch]))
        looks.append(np.stack([looked(look) for look in seen]).astype(np.float16))
        rows += [{"facts": dict(s.facts), "source": s.source, "id": s.id, "shown": list(s.shown)} for s in batch]
        if len(rows) % 3200 == 0:
            print(f"{len(rows)} scenes seen", flush=True)
    np.save(part / "looks.npy", np.concatenate(looks))
    (part / "scenes.json").write_text(json.dumps(rows), encoding="utf-8")
    (part / "made.json").write_text(json.dumps(_maker(encoder)), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
