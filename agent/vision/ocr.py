"""Printed words in photos, read by PP-OCR on ONNX Runtime (RapidOCR). Its models lie inside the installed package."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from rapidocr import RapidOCR
from rapidocr.utils.output import RapidOCROutput

from agent.vision.pictures import opened
from agent.vision.reading import Box, Photo, TextFound

LONGEST = 960  # pixels; larger photos take longer and read no better
LINES = 40


class PrintedText:
    """Reads the lines of a photo in one worker thread; the models (32 MB) are loaded by the first photo."""

    def __init__(self, threads: int = 1, least_confidence: float = 0.6) -> None:
        self._threads = threads
        self._least = least_confidence
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ocr")
        self._engine: RapidOCR | None = None

    async def read_text(self, photo: Photo) -> tuple[TextFound, ...]:
        """The lines from top to bottom, at most 40. Raises PhotoUnreadable."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._read, photo)

    async def load(self) -> None:
        """Load the models before the first customer needs them."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._loaded)

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _loaded(self) -> RapidOCR:
        if self._engine is None:
            self._engine = RapidOCR(
                params={
                    "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                    "Global.log_level": "error",
                }
            )
        return self._engine

    def _read(self, photo: Photo) -> tuple[TextFound, ...]:
        picture = opened(photo, LONGEST)
        found = self._loaded()(np.asarray(picture)[:, :, ::-1])  # the models were trained on blue, green, red
        if not isinstance(found, RapidOCROutput) or found.boxes is None or not found.txts or not found.scores:
            return ()
        lines = [
            TextFound(text.strip(), float(score), _box(corners, picture.size))
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
            if text.strip() and score >= self._least
        ]
        return tuple(sorted(lines, key=lambda line: (line.box.y, line.box.x))[:LINES])


def _box(corners: np.ndarray[tuple[int, ...], np.dtype[np.float32]], size: tuple[int, int]) -> Box:
    """The upright rectangle around four corners, cut at the picture's edge."""
    fractions = np.clip(np.asarray(corners, np.float32) / np.array(size, np.float32), 0.0, 1.0)
    (left, top), (right, bottom) = fractions.min(axis=0).tolist(), fractions.max(axis=0).tolist()
    return Box(left, top, right - left, bottom - top)
