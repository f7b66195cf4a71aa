"""Our own describer: says in both languages what the photo encoder and the decoder are sure of, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agent.vision.composing import UNSAID, caption, caption_zh, listed, listed_zh
from agent.vision.flaws import flaw_of
from agent.vision.pictures import opened
from agent.vision.reading import (
    OF_THE_PHOTO,
    Attribute,
    Box,
    Photo,
    PhotoAnswer,
    PhotoQuestion,
    PhotoReading,
    Thing,
)
from retrieval.describer import PhotoDecoder, Told
from retrieval.describer_words import NUMBERS
from retrieval.embedders.photo import Look, PhotoEncoder, coarse
from retrieval.embedders.photo_labels import Opinion

LONGEST = 512  # pixels decoded; the encoder itself looks at 128
# The least confidence to state an answer.
SAID: Mapping[PhotoQuestion, float] = {
    "type": 0.6,
    "colour": 0.6,
    "pattern": 0.7,
    "material": 0.7,
    "sleeve": 0.75,
    "number": 0.8,
    "condition": 0.9,
    "background": 0.9,
}
HEADS: tuple[PhotoQuestion, ...] = ("type", "colour", "pattern", "material")
ANSWERED = 0.6  # the least confidence to answer a question about the goods
FLAWED = 0.9  # the least confidence to state anything about a photo that can hardly be made out
PART = 0.8  # the least confidence to name one of several products
# Where the products of a photo may be, as rows and columns of equal parts.
LAYOUTS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "two": ((1, 2), (2, 1)),
    "three": ((1, 3), (3, 1)),
    "four": ((2, 2),),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """One pass over a picture: the encoder's look, and what the decoder tells of it where there is a decoder."""

    look: Look
    told: Told | None


class EmbeddedDescriber:
    """A VisionModel on the photo encoder and its decoder, in one worker thread.

    Without a decoder the encoder's heads alone say what they are sure of.
    """

    def __init__(self, encoder: PhotoEncoder, decoder: PhotoDecoder | None = None) -> None:
        self._encoder, self._decoder = encoder, decoder
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="eyes")

    async def read(self, photo: Photo) -> PhotoReading:
        """What is sure about the photo. Raises PhotoUnreadable."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._read, photo)

    async def answer(self, photo: Photo, question: PhotoQuestion) -> PhotoAnswer:
        """The likeliest answer, if it is likely enough to be given. Raises PhotoUnreadable."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._answer, photo, question)

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def describe(self, picture: Image.Image) -> PhotoReading:
        """What is sure about a picture that is open already."""
        flaw, sight = flaw_of(picture), self._sight(picture)
        if flaw is not None and flaw.hides:
            return _reading(flaw.caption({}), flaw.caption_zh({}), sight, {})
        said = self._said(sight, FLAWED if flaw else 0.0)
        if "number" in said and (number := said["number"].word.name) in LAYOUTS:
            things = self._things(picture, number)
            whole = len(things) == NUMBERS.index(number) + 1
            counted = {"number": said["number"]}
            return _reading(listed(things, whole=whole), listed_zh(things, whole=whole), sight, counted, things=things)
        if flaw is not None:
            return _reading(flaw.caption(said), flaw.caption_zh(said), sight, said)
        return _reading(self._sentence(sight, said), caption_zh(said), sight, {**said, **self._families(sight)})

    def _read(self, photo: Photo) -> PhotoReading:
        return self.describe(opened(photo, LONGEST))

    def _answer(self, photo: Photo, question: PhotoQuestion) -> PhotoAnswer:
        picture = opened(photo, LONGEST)
        flaw = flaw_of(picture)
        if flaw is not None and flaw.hides:
            return PhotoAnswer(question)
        # How often something is whole or alone depends on who sends photos: only what is as good as sure is answered.
        enough = FLAWED if flaw else SAID[question] if question in OF_THE_PHOTO else ANSWERED
        opinions = self._opinions(self._sight(picture), question)
        opinion = next((o for o in opinions if o.confidence >= enough), None)
        if opinion is None:
            return PhotoAnswer(question)
        word = opinion.word
        return PhotoAnswer(question, word.name, round(opinion.confidence, 3), word.en, word.zh)

    def _sight(self, picture: Image.Image) -> Sight:
        look = self._encoder.look(picture)
        return Sight(look, self._decoder.tell(look) if self._decoder else None)

    def _opinions(self, sight: Sight, question: PhotoQuestion) -> tuple[Opinion, ...]:
        """The exact word, then the wider one where there are wider ones; none where nobody can tell."""
        if self._decoder is not None and sight.told is not None:
            return self._decoder.opinions(sight.told, question)
        return self._encoder.opinions(sight.look, question) if question in HEADS else ()

    def _said(self, sight: Sight, least: float) -> dict[str, Opinion]:
        """What is sure enough to be stated."""
        said: dict[str, Opinion] = {}
        for question, enough in SAID.items():
            opinions = self._opinions(sight, question)
            if sure := next((o for o in opinions if o.confidence >= max(enough, least)), None):
                said[question] = sure
        return said

    def _families(self, sight: Sight) -> dict[str, Opinion]:
        """The wider word for the colour, which is what catalogues sort by."""
        family = self._opinions(sight, "colour")[1]
        return {"colour_family": family} if family.confidence >= SAID["colour"] else {}

    def _sentence(self, sight: Sight, said: Mapping[str, Opinion]) -> str:
        """The decoder's own sentence where it states just what is sure, else a plain one of what is sure."""
        plain = caption(said)
        if self._decoder is None or sight.told is None or "type" not in said:
            return plain
        stated = self._decoder.lexicon.stated(sight.told.tokens).values
        told = {question: opinion.word.name for question, opinion in said.items() if _is_told(question, opinion)}
        return self._decoder.lexicon.sentence(sight.told.tokens) if stated == told else plain

    def _things(self, picture: Image.Image, number: str) -> tuple[Thing, ...]:
        """The products that can be named, by the layout in which most can."""
        return max((self._named_parts(picture, *layout) for layout in LAYOUTS[number]), key=len)

    def _named_parts(self, picture: Image.Image, rows: int, columns: int) -> tuple[Thing, ...]:
        things = []
        for place in range(rows * columns):
            box = Box(place % columns / columns, place // columns / rows, 1 / columns, 1 / rows)
            part = self._said(self._sight(_cut(picture, box)), PART)
            if "type" in part:
                shown = {head: part[head] for head in map(str, HEADS) if head in part}
                things.append(Thing(part["type"].word.name, caption(shown), caption_zh(shown), box))
        return tuple(things)


def _is_told(question: str, opinion: Opinion) -> bool:
    """Whether a sentence would hold it: nobody says that a thing is plain, single, whole or lies on a bed."""
    if question == "condition":
        return opinion.word.name == "damaged"
    if question == "background":
        return opinion.word.name != "busy"
    return question != "number" and opinion.word.name not in UNSAID


def _reading(
    english: str,
    chinese: str,
    sight: Sight,
    said: Mapping[str, Opinion],
    *,
    things: tuple[Thing, ...] = (),
) -> PhotoReading:
    place = _where(sight.look.attention)
    return PhotoReading(
        caption=english,
        caption_zh=chinese,
        attributes=tuple(
            Attribute(name, opinion.word.name, round(opinion.confidence, 3), place) for name, opinion in said.items()
        ),
        text=(),
        embedding=sight.look.embedding,
        named="type" in said,
        things=things,
        patches=coarse(sight.look.patches),
    )


def _cut(picture: Image.Image, box: Box) -> Image.Image:
    wide, high = picture.size
    return picture.crop(
        (
            round(box.x * wide),
            round(box.y * high),
            round((box.x + box.width) * wide),
            round((box.y + box.height) * high),
        )
    )


def _where(attention: NDArray[np.float32]) -> Box:
    """The rectangle around the patches that got more attention than the mean."""
    rows, columns = attention.shape
    high, wide = np.nonzero(attention >= attention.mean())
    top, left = int(high.min()), int(wide.min())
    return Box(left / columns, top / rows, (int(wide.max()) + 1 - left) / columns, (int(high.max()) + 1 - top) / rows)
