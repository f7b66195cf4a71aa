"""Readings that can be searched with, where the index was made by another encoder than the describer's own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from agent.vision.pictures import opened
from agent.vision.reading import Describer, Photo, PhotoAnswer, PhotoQuestion, PhotoReading
from retrieval.roles import PictureEncoder

LONGEST = 512  # pixels decoded; encoders look at 224 to 384


class Searchable:
    """A VisionModel that says what another one says, with the vector of the encoder that pictures are found by."""

    def __init__(self, eyes: Describer, pictures: PictureEncoder) -> None:
        self._eyes = eyes
        self._pictures = pictures
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="photo-search")

    async def read(self, photo: Photo) -> PhotoReading:
        """Both look at the same time. Raises PhotoUnreadable."""
        placing = asyncio.get_running_loop().run_in_executor(self._worker, self._encode, photo)
        try:
            reading = await self._eyes.read(photo)
        except BaseException:
            placing.cancel()
            await asyncio.gather(placing, return_exceptions=True)
            raise
        return replace(reading, embedding=await placing, patches=None)

    async def answer(self, photo: Photo, question: PhotoQuestion) -> PhotoAnswer:
        """What the other one answers. Raises PhotoUnreadable."""
        return await self._eyes.answer(photo, question)

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._eyes.close()

    def _encode(self, photo: Photo) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._pictures.encode([opened(photo, LONGEST)])[0]
        return vector
