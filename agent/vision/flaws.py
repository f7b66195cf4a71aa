"""What is wrong with a photo as a photo, measured on its pixels: nobody has to be trained to see that it is dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from agent.vision.composing import caption_zh, phrase
from retrieval.embedders.photo_labels import Opinion

SIDE = 256  # pixels on which sharpness is measured
TINY = 48  # a longer side of fewer pixels holds no product
DARK = 22.0  # mean brightness of 255
EVEN = 4.0  # standard deviation of brightness below which a frame is empty
BLURRED = 5.0  # variance of the Laplacian; the smoothest rendered picture has 7, the smoothest real photo 38


@dataclass(frozen=True, slots=True)
class Flaw:
    """A flaw by its name in both languages; `hides` where nothing can be made out behind it."""

    en: str
    zh: str
    hides: bool

    def caption(self, said: Mapping[str, Opinion]) -> str:
        """ "A very dark photo; I cannot tell what it shows." or "A blurred photo of a red mug."."""
        if "type" not in said:
            return f"A {self.en} photo; I cannot tell what it shows."
        thing = phrase(said)
        return f"A {self.en} photo of {'an' if thing[0] in 'aeiou' else 'a'} {thing}."

    def caption_zh(self, said: Mapping[str, Opinion]) -> str:
        if "type" not in said:
            return f"照片{self.zh}，看不出是什么。"
        return f"照片{self.zh}，像是{caption_zh(said)}"


def flaw_of(picture: Image.Image) -> Flaw | None:
    """The worst flaw, or None where the photo is fit to be looked at."""
    if max(picture.size) < TINY:
        return Flaw("tiny", "太小了", hides=True)
    grey = picture.convert("L")
    grey.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR)
    light = np.asarray(grey, np.float32)
    if np.percentile(light, 99) - np.percentile(light, 1) < EVEN:
        return Flaw("nearly empty", "几乎是一片空白", hides=True)
    if light.mean() < DARK and np.percentile(light, 95) < 3 * DARK:
        return Flaw("very dark", "太暗了", hides=True)
    edges = light[1:-1, 1:-1] * 4 - light[:-2, 1:-1] - light[2:, 1:-1] - light[1:-1, :-2] - light[1:-1, 2:]
    return Flaw("blurred", "很模糊", hides=False) if edges.var() < BLURRED else None
