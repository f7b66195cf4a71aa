"""Our own describer: says in both languages what the photo encoder is sure of, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from agent.vision.pictures import opened
from agent.vision.reading import Attribute, Box, Photo, PhotoAnswer, PhotoQuestion, PhotoReading
from retrieval.embedders.photo import Look, PhotoEncoder, coarse
from retrieval.embedders.photo_labels import Opinion

LONGEST = 512  # pixels decoded; the encoder itself looks at 128
SAID = {"type": 0.6, "colour": 0.6, "pattern": 0.7, "material": 0.7}  # the least confidence to say it
UNSAID = {"plain", "wood grain"}  # known, but nobody says it


class EmbeddedDescriber:
    """A VisionModel on the photo encoder, in one worker thread."""

    def __init__(self, encoder: PhotoEncoder) -> None:
        self._encoder = encoder
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="eyes")

    async def read(self, photo: Photo) -> PhotoReading:
        """What is sure about the photo. Raises PhotoUnreadable."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._read, photo)

    async def answer(self, photo: Photo, question: PhotoQuestion) -> PhotoAnswer:
        """The answer of the encoder's head for that question, if it has one. Raises PhotoUnreadable."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._answer, photo, question)

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _read(self, photo: Photo) -> PhotoReading:
        look = self._encoder.look(opened(photo, LONGEST))
        said = {head: opinion for head in SAID if (opinion := self._sure(look, head))}
        place = _where(look.attention)
        return PhotoReading(
            caption=caption(said),
            caption_zh=caption_zh(said),
            attributes=tuple(
                Attribute(name, opinion.word.name, round(opinion.confidence, 3), place)
                for name, opinion in self._known(look, said)
            ),
            text=(),
            embedding=look.embedding,
            named="type" in said,
            patches=coarse(look.patches),
        )

    def _answer(self, photo: Photo, question: PhotoQuestion) -> PhotoAnswer:
        look = self._encoder.look(opened(photo, LONGEST))
        if question not in SAID or (opinion := self._sure(look, question)) is None:
            return PhotoAnswer(question)
        word = opinion.word
        return PhotoAnswer(question, word.name, opinion.confidence, word.en, word.zh)

    def _known(self, look: Look, said: Mapping[str, Opinion]) -> list[tuple[str, Opinion]]:
        """What is said, and the wider word for the colour, which is what catalogues sort by."""
        family = self._encoder.opinions(look, "colour")[1]
        return [*said.items(), *([("colour_family", family)] if family.confidence >= SAID["colour"] else [])]

    def _sure(self, look: Look, head: str) -> Opinion | None:
        """The exact word if it is sure, else the wider one if that is, else nothing."""
        return next((o for o in self._encoder.opinions(look, head) if o.confidence >= SAID[head]), None)


def caption(said: Mapping[str, Opinion]) -> str:
    """One English sentence: "A navy blue striped cotton cushion."."""
    words = " ".join(opinion.word.en for opinion in _adjectives(said))
    if "type" not in said:
        return (
            f"{_with_article(f'{words} item')}; I cannot tell what it is." if words else "I cannot tell what this is."
        )
    measure, thing = _measured(said["type"].word.en)
    return f"{_with_article(f'{measure}{words} {thing}' if words else measure + thing)}."


def caption_zh(said: Mapping[str, Opinion]) -> str:
    """The same sentence in Chinese."""
    words = "".join(opinion.word.zh for opinion in _adjectives(said))
    if "type" not in said:
        return f"{words}的物品，看不出是什么。" if words else "看不出这是什么。"
    return f"{words}的{said['type'].word.zh}。" if words else f"{said['type'].word.zh}。"


def _adjectives(said: Mapping[str, Opinion]) -> list[Opinion]:
    heads = ("colour", "pattern", "material")
    return [said[head] for head in heads if head in said and said[head].word.name not in UNSAID]


def _measured(thing: str) -> tuple[str, str]:
    """ "pair of shoes" → "pair of ", "shoes": the adjectives stand between them."""
    measure, of, rest = thing.rpartition(" of ")
    return measure + of, rest


def _with_article(words: str) -> str:
    return f"{'An' if words[0] in 'aeiou' else 'A'} {words}"


def _where(attention: NDArray[np.float32]) -> Box:
    """The rectangle around the patches that got more attention than the mean."""
    rows, columns = attention.shape
    high, wide = np.nonzero(attention >= attention.mean())
    top, left = int(high.min()), int(wide.min())
    return Box(left / columns, top / rows, (int(wide.max()) + 1 - left) / columns, (int(high.max()) + 1 - top) / rows)
