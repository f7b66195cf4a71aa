"""Copies of a picture as it may come back: cropped, out of focus, in other light, turned, on another ground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

CROPPED = (0.62, 0.8)  # of each side is left
BLURRED = (0.8, 1.6)  # pixels at 144
LIT = (0.65, 1.35)
TURNED = (6.0, 14.0)  # degrees, either way


def altered(picture: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Cropped, blurred, darker or lighter, and turned, all at once."""
    turned = picture.rotate(
        float(chance.uniform(*TURNED)) * chance.choice([-1, 1]), Image.Resampling.BICUBIC, fillcolor=_ground(picture)
    )
    wide, high = turned.size
    share = float(chance.uniform(*CROPPED))
    left, top = (int(chance.uniform(0, side * (1 - share))) for side in (wide, high))
    cropped = turned.crop((left, top, left + int(wide * share), top + int(high * share)))
    soft = cropped.filter(ImageFilter.GaussianBlur(float(chance.uniform(*BLURRED))))
    return ImageEnhance.Brightness(soft).enhance(float(chance.uniform(*LIT)))


def on_other_ground(
    picture: Image.Image, mask: NDArray[np.uint8], others: Sequence[Image.Image], chance: np.random.Generator
) -> Image.Image:
    """The product, where `mask` is 255, before another picture out of focus."""
    behind = others[int(chance.integers(len(others)))].resize(picture.size).filter(ImageFilter.GaussianBlur(4))
    return Image.composite(picture, behind, Image.fromarray(mask).resize(picture.size))


def _ground(picture: Image.Image) -> tuple[int, ...]:
    """The colour of the edge."""
    pixels = np.asarray(picture)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return tuple(int(value) for value in np.median(edge, axis=0))
