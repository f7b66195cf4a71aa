"""Looking at photos: the description comes at once, printed words when they are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from agent.conversation import Seen
from agent.errors import PhotoUnreadable
from agent.events import PhotoDescribed
from agent.vision.reading import Photo, PhotoReading, TextFound, TextReader, VisionModel
from retrieval.documents import Language

UNNAMED_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Sight:
    """All that was seen, and how many photos could not be opened."""

    seen: tuple[Seen, ...] = ()
    unreadable: int = 0


async def see(
    photos: Sequence[Photo], eyes: VisionModel, reader: TextReader, language: Language, text_seconds: float
) -> AsyncGenerator[PhotoDescribed | Sight, None]:
    """A description of each photo as soon as there is one, again with its printed words if there are any, then all.

    Both look at the same time. Words that take longer than `text_seconds` are done without; for a photo that cannot be
    named they are most of what there is (a label, a receipt), so that it is given three times as long.
    """
    began = asyncio.get_running_loop().time()
    looks = [asyncio.ensure_future(eyes.read(photo)) for photo in photos]
    texts: list[asyncio.Future[tuple[TextFound, ...]]] = [
        asyncio.ensure_future(reader.read_text(photo)) for photo in photos
    ]
    try:
        readings: list[PhotoReading | None] = []
        for photo, look in zip(photos, looks, strict=True):
            try:
                readings.append(await look)
            except PhotoUnreadable:
                readings.append(None)
            else:
                yield _described(photo, readings[-1], language)
        named = all(reading is None or reading.named for reading in readings)
        due = began + text_seconds * (1 if named else UNNAMED_PATIENCE)
        await asyncio.wait(texts, timeout=max(0.0, due - asyncio.get_running_loop().time()))
        seen = []
        for photo, known, task in zip(photos, readings, texts, strict=True):
            if known is not None:
                words = _words(task)
                seen.append(Seen(photo, replace(known, text=words) if words else known))
                if words:
                    yield _described(photo, seen[-1].reading, language)
        yield Sight(tuple(seen), unreadable=readings.count(None))
    finally:
        for look in looks:
            look.cancel()
        for text in texts:
            text.cancel()
        await asyncio.gather(*looks, *texts, return_exceptions=True)


def _words(task: asyncio.Future[tuple[TextFound, ...]]) -> tuple[TextFound, ...]:
    """What was read by now. A reader that failed is like one that was too slow: the photo itself still counts."""
    if not task.done() or task.cancelled() or task.exception() is not None:
        return ()
    return task.result()


def _described(photo: Photo, reading: PhotoReading | None, language: Language) -> PhotoDescribed:
    assert reading is not None
    caption = reading.caption_zh if language == "zh" else reading.caption
    return PhotoDescribed(photo.id, caption, reading.attributes, reading.text, reading.named)
