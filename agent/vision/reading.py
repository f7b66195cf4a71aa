"""What was seen in a photo, and the roles of those who see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

PhotoQuestion = Literal["type", "colour", "pattern", "material", "sleeve", "number", "condition", "background"]
PHOTO_QUESTIONS: tuple[PhotoQuestion, ...] = get_args(PhotoQuestion)
OF_THE_PHOTO: tuple[PhotoQuestion, ...] = ("number", "condition", "background")  # no catalogue knows these


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as the upload left it: re-encoded JPEG on our own disk, longer side at most 1536 pixels."""

    id: str
    path: Path


@dataclass(frozen=True, slots=True)
class Box:
    """A region, in fractions of the picture from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that is known of the product; `confidence` is how often such a statement is right, 0..1."""

    name: str
    value: str
    confidence: float
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class TextFound:
    """A printed or written line."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class Thing:
    """One of several products in a photo, with a sentence on it in both languages."""

    kind: str
    caption: str
    caption_zh: str
    box: Box


@dataclass(frozen=True, slots=True)
class PhotoReading:
    """What is sure about a photo. What is not known is left out.

    `caption` and `caption_zh` are one plain sentence each; `embedding` (d,) is L2-normalised in the photo encoder's
    space, and `patches` (patches, d) are the photo's parts there, row by row, where that encoder tells them apart;
    `named` is false where the type could not be told with enough confidence, so that the customer is asked.
    `things` holds the products where there surely are several, and is empty otherwise.
    """

    caption: str
    caption_zh: str
    attributes: tuple[Attribute, ...]
    text: tuple[TextFound, ...]
    embedding: NDArray[np.float32]
    named: bool
    patches: NDArray[np.float32] | None = None
    things: tuple[Thing, ...] = ()

    def value(self, name: str) -> str | None:
        """The value of an attribute, if it is known."""
        return next((attribute.value for attribute in self.attributes if attribute.name == name), None)


@dataclass(frozen=True, slots=True)
class PhotoAnswer:
    """What a photo says to one question. `confidence` is how often such an answer is right, 0..1.

    `value` is "" where it cannot be told; `en` and `zh` are the value as people say it.
    """

    question: PhotoQuestion
    value: str = ""
    confidence: float = 0.0
    en: str = ""
    zh: str = ""

    @classmethod
    def of(cls, reading: PhotoReading, question: PhotoQuestion) -> PhotoAnswer:
        """The answer that a reading holds already, in the reading's own words."""
        found = next((attribute for attribute in reading.attributes if attribute.name == question), None)
        return cls(question) if found is None else cls(question, found.value, found.confidence, found.value)


class VisionModel(Protocol):
    """Sees what a photo shows, fast; printed words are left to a TextReader."""

    async def read(self, photo: Photo) -> PhotoReading:
        """Raises PhotoUnreadable where the file cannot be decoded."""
        ...

    async def answer(self, photo: Photo, question: PhotoQuestion) -> PhotoAnswer:
        """What the photo says to a question. Raises PhotoUnreadable where the file cannot be decoded."""
        ...


class Describer(VisionModel, Protocol):
    """A VisionModel that holds threads or connections until it is closed."""

    def close(self) -> None:
        """Stop looking; nothing is read afterwards."""
        ...


class TextReader(Protocol):
    """Reads the words that are printed on what a photo shows."""

    async def read_text(self, photo: Photo) -> tuple[TextFound, ...]:
        """From top to bottom. Raises PhotoUnreadable where the file cannot be decoded."""
        ...
