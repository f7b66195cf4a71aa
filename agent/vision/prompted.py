"""A describer that asks a vision-language model in words, and is our own describer again where that fails."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from PIL import Image

from agent.errors import DescriberFailed
from agent.vision.claims import answer_of, claims_of
from agent.vision.pictures import opened
from agent.vision.reading import Describer, Photo, PhotoAnswer, PhotoQuestion, PhotoReading
from prompts import Prompts

LONGEST = 768  # pixels that a model is shown; more cost it seconds and tell it little

log = logging.getLogger(__name__)


class VisionLanguageModel(Protocol):
    """Answers a prompt about one picture in words."""

    name: str

    async def tell(self, picture: Image.Image, prompt: str) -> str:
        """Raises DescriberFailed."""
        ...

    def close(self) -> None: ...


class PromptedDescriber:
    """A VisionModel on any vision-language model.

    The model's words are read as data (`claims.py`). `known` looks first: it gives the vector for the search and what
    has been measured, and its reading is the answer where the model fails or takes longer than `seconds`.
    """

    def __init__(self, model: VisionLanguageModel, known: Describer, prompts: Prompts, seconds: float) -> None:
        self._model = model
        self._known = known
        self._prompts = prompts
        self._seconds = seconds

    async def read(self, photo: Photo) -> PhotoReading:
        """What the model and our own describer make of a photo. Raises PhotoUnreadable."""
        known = await self._known.read(photo)
        picture = await asyncio.to_thread(opened, photo, LONGEST)
        told = await self._told(picture, self._prompts["eyes.describe", "en"].render())
        return claims_of(told).over(known)

    async def answer(self, photo: Photo, question: PhotoQuestion) -> PhotoAnswer:
        """What our own describer has measured, else what the model says. Raises PhotoUnreadable."""
        measured = await self._known.answer(photo, question)
        if measured.value:
            return measured
        picture = await asyncio.to_thread(opened, photo, LONGEST)
        told = await self._told(picture, self._prompts["eyes.answer", "en"].render(question=question))
        return answer_of(told, question)

    def close(self) -> None:
        self._model.close()
        self._known.close()

    async def _told(self, picture: Image.Image, prompt: str) -> str:
        """The model's answer, or "" where it has none in time."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._model.tell(picture, prompt)
        except TimeoutError:
            log.warning("describer failed", extra={"describer": self._model.name, "reason": "it took too long"})
        except DescriberFailed as failure:
            log.warning("describer failed", extra={"describer": self._model.name, "reason": str(failure)})
        return ""
