"""What may come in. Words are only ever words: a path or an address in them is never opened."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.conversation import Message
from agent.errors import MessageEmpty, MessageTooLong, TooManyPhotos
from agent.vision.reading import Photo

CHARACTERS_AT_MOST = 10_000
PHOTOS_AT_MOST = 8
READ_AT_MOST = 2_000  # characters of one turn that are understood; more is kept by the log but says nothing new

_KEPT_CONTROLS = {"\n", "\t"}
_JOINER = "\u200d"  # holds family and flag emoji together, and spells words in some scripts
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")


@dataclass(frozen=True, slots=True)
class Incoming:
    """Everything that a customer sent since the last reply, cleaned; `context` is the newest page they are on."""

    text: str
    photos: tuple[Photo, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)


def check(messages: Sequence[Message]) -> Incoming:
    """All unanswered messages as one, or `MessageRefused` saying what was expected and what came."""
    if not messages:
        raise MessageEmpty("expected at least one message, got none")
    for message in messages:
        if len(message.text) > CHARACTERS_AT_MOST:
            raise MessageTooLong(f"expected at most {CHARACTERS_AT_MOST} characters, got {len(message.text)}")
    photos = tuple(photo for message in messages for photo in message.photos)
    if len(photos) > PHOTOS_AT_MOST:
        raise TooManyPhotos(f"expected at most {PHOTOS_AT_MOST} photos, got {len(photos)}")
    text = "\n".join(cleaned for message in messages if (cleaned := clean(message.text)))
    if not text and not photos:
        raise MessageEmpty("expected words or a photo, got neither")
    context = {key: clean(value) for message in messages for key, value in message.context.items()}
    return Incoming(text[:READ_AT_MOST], photos, context)


def clean(text: str) -> str:
    """The text as a person sees it: no control, invisible or direction-changing characters, NFC, single spaces."""
    visible = "".join(
        c
        for c in text.replace("\r\n", "\n").replace("\r", "\n")
        if c in _KEPT_CONTROLS or c == _JOINER or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn", "Cs")
    )
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFC", visible))
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in spaced.split("\n"))).strip(f"\n {_JOINER}")
