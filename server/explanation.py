"""What carried each hit as a picture: the photo with its heat, the product beside it, and the weights of the words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from retrieval.documents import Findings, Hit, Product

SIDE, MARGIN, TEXT = 220, 14, 420  # pixels
INK, QUIET, FOR, AGAINST = (34, 34, 34), (110, 110, 110), (214, 84, 24), (52, 104, 178)
_HEAT = 0.55  # the most that a region's colour covers of the photo


def draw(findings: Findings, text: str, photo: Image.Image | None, path: Path) -> None:
    """Write a PNG with a row a hit; orange spoke for it and blue against it, as strongly as the most in that row."""
    width = MARGIN * 4 + SIDE * 2 + TEXT
    rows = max(1, len(findings.hits))
    sheet = Image.new("RGB", (width, MARGIN + rows * (SIDE + MARGIN)), "white")
    for place, hit in enumerate(findings.hits):
        top = MARGIN + place * (SIDE + MARGIN)
        if photo is not None:
            sheet.paste(heated(_fitted(photo), hit), (MARGIN, top))
        sheet.paste(_shown(hit), (MARGIN * 2 + SIDE, top))
        _tell(ImageDraw.Draw(sheet), hit, text, MARGIN * 3 + SIDE * 2, top)
    if not findings.hits:
        ImageDraw.Draw(sheet).text((MARGIN, MARGIN), "no hits", INK, _font(16))
    sheet.save(path, "PNG")


def heated(photo: Image.Image, hit: Hit) -> Image.Image:
    """The photo with what spoke for the hit in orange and what spoke against it in blue; untouched without regions."""
    losses = np.array(hit.carried.regions, np.float32)
    if not losses.size or not (strongest := float(np.abs(losses).max())):
        return photo
    strength = Image.fromarray(losses / strongest).resize(photo.size, Image.Resampling.BICUBIC)
    heat = np.clip(np.asarray(strength)[:, :, None], -1, 1)
    colour = np.where(heat > 0, np.array(FOR, np.float32), np.array(AGAINST, np.float32))
    share = np.abs(heat) * _HEAT
    mixed = np.asarray(photo, np.float32) * (1 - share) + colour * share
    return Image.fromarray(mixed.astype(np.uint8))


def _shown(hit: Hit) -> Image.Image:
    """The product's picture; an empty frame where there is none on this machine that can be read."""
    path = Path(hit.document.image) if isinstance(hit.document, Product) and hit.document.image else None
    if path is not None and path.is_file():
        try:
            with Image.open(path) as picture:
                return _fitted(picture.convert("RGB"))
        except (OSError, ValueError, Image.DecompressionBombError):
            pass
    frame = Image.new("RGB", (SIDE, SIDE), "white")
    ImageDraw.Draw(frame).rectangle((0, 0, SIDE - 1, SIDE - 1), outline=QUIET)
    return frame


def _fitted(picture: Image.Image) -> Image.Image:
    """Squeezed into a square, as the encoder sees it, so that regions lie where they were seen."""
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _tell(pen: ImageDraw.ImageDraw, hit: Hit, text: str, left: int, top: int) -> None:
    """The hit's name and scores, and each word of the query as strong as its weight."""
    title = hit.document.title if isinstance(hit.document, Product) else hit.document.question
    pen.text((left, top), f"{hit.id}  {title}"[:58], INK, _font(16))
    stages = ", ".join(f"{name} {value:.2f}" for name, value in hit.stages.items())
    pen.text((left, top + 24), f"probability {hit.probability:.2f}, score {hit.score:.3f}", QUIET, _font(13))
    pen.text((left, top + 42), stages[:70], QUIET, _font(12))
    strongest = max((abs(lost) for _, lost in hit.carried.words), default=0.0) or 1.0
    for line, (word, lost) in enumerate(hit.carried.words[:8]):
        at = top + 68 + line * 18
        length = round(abs(lost) / strongest * 150)
        pen.text((left, at), word[:18], INK, _font(13))
        pen.rectangle((left + 150, at + 3, left + 150 + length, at + 13), FOR if lost >= 0 else AGAINST)
        pen.text((left + 310, at), f"{lost:+.3f}", QUIET, _font(12))
    if text and not hit.carried.words:
        pen.text((left, top + 68), "the words were not reranked", QUIET, _font(12))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
