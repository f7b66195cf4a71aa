"""Damage drawn on pictures of whole goods, since nobody photographed any: cracks, tears, stains, dents and chips.

Figures on these are figures on synthetic damage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Bytes = NDArray[np.uint8]


def damaged(picture: Bytes, mask: Bytes, chance: np.random.Generator) -> Bytes:
    """One or two kinds of damage where `mask` is 255: cracks, a tear, a stain, a dent or a chip."""
    kinds = (_cracked, _torn, _stained, _dented, _chipped)
    inside = np.argwhere(mask > 0)
    for kind in chance.choice(len(kinds), int(chance.integers(1, 3)), replace=False):
        row, column = inside[chance.integers(len(inside))]
        picture = kinds[kind](picture, mask, (int(column), int(row)), chance)
    return picture


def likely_product(mask: Bytes) -> Bytes:
    """The mask itself, or where it tells no ground from the product (all 255), the middle of the picture."""
    if mask.min() == 0:
        return mask
    high, wide = mask.shape
    middle = np.zeros_like(mask)
    middle[high // 4 : -high // 4, wide // 4 : -wide // 4] = 255
    return middle


def _cracked(picture: Bytes, mask: Bytes, at: tuple[int, int], chance: np.random.Generator) -> Bytes:
    """Dark jagged lines with a light edge that branch."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    shade = int(picture.mean() * 0.35)
    for _ in range(int(chance.integers(2, 5))):
        x, y = at
        heading = chance.uniform(0, 6.3)
        for _ in range(int(chance.integers(5, 11))):
            heading += chance.normal(0, 0.55)
            step = chance.uniform(4, 9)
            to = (x + step * np.cos(heading), y + step * np.sin(heading))
            draw.line((x + 1, y + 1, to[0] + 1, to[1] + 1), fill=(235, 235, 235), width=1)
            draw.line((x, y, *to), fill=(shade,) * 3, width=int(chance.integers(1, 3)))
            x, y = to
    return _inside(picture, np.asarray(image), mask)


def _torn(picture: Bytes, mask: Bytes, at: tuple[int, int], chance: np.random.Generator) -> Bytes:
    """A ragged hole, dark inside."""
    count, radius = 14, chance.uniform(7, 17)
    flat, turn = chance.uniform(0.25, 0.7), chance.uniform(0, 3.2)
    corners = []
    for number in range(count):
        angle, reach = 6.283 * number / count, radius * chance.uniform(0.55, 1.25)
        x, y = reach * np.cos(angle), flat * reach * np.sin(angle)
        corners.append((at[0] + x * np.cos(turn) - y * np.sin(turn), at[1] + x * np.sin(turn) + y * np.cos(turn)))
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    draw.polygon(corners, fill=tuple(int(v) for v in chance.integers(5, 70, 3)))
    draw.line([*corners, corners[0]], fill=(225, 220, 210), width=1)
    return _inside(picture, np.asarray(image), mask)


def _stained(picture: Bytes, mask: Bytes, at: tuple[int, int], chance: np.random.Generator) -> Bytes:
    """A brown, dark or red blotch that lets the product show through."""
    shape = Image.new("L", picture.shape[1::-1])
    draw = ImageDraw.Draw(shape)
    for _ in range(int(chance.integers(3, 8))):
        x, y = np.array(at) + chance.normal(0, 7, 2)
        r = chance.uniform(4, 12)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=int(chance.integers(120, 230)))
    strength = np.asarray(shape.filter(ImageFilter.GaussianBlur(1.2))).astype(np.float32)[..., None] / 255
    tints = np.array([[110, 70, 30], [40, 35, 30], [140, 25, 30], [120, 110, 40]], np.float32)
    soiled = picture * (1 - strength) + (0.35 * picture + 0.65 * tints[chance.integers(4)]) * strength
    return _inside(picture, soiled.astype(np.uint8), mask)


def _dented(picture: Bytes, mask: Bytes, at: tuple[int, int], chance: np.random.Generator) -> Bytes:
    """Light from one side in a hollow."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    radius, turn = chance.uniform(8, 18), chance.uniform(0, 6.3)
    x, y = (columns - at[0]) / radius, (rows - at[1]) / radius
    hollow = np.exp(-2 * (x**2 + y**2)) * (x * np.cos(turn) + y * np.sin(turn)) * 2.4
    shaded = picture + (hollow * chance.uniform(80, 140))[..., None]
    return _inside(picture, shaded.clip(0, 255).astype(np.uint8), mask)


def _chipped(picture: Bytes, mask: Bytes, at: tuple[int, int], chance: np.random.Generator) -> Bytes:
    """A piece is missing at the product's edge, and the ground or the raw material shows."""
    rim = np.argwhere((mask > 0) & (np.asarray(Image.fromarray(mask).filter(ImageFilter.MinFilter(5))) == 0))
    row, column = rim[chance.integers(len(rim))] if len(rim) else at[::-1]
    corners = []
    for number in range(9):
        reach = chance.uniform(5, 13)
        corners.append((column + reach * np.cos(0.7 * number), row + reach * np.sin(0.7 * number)))
    image = Image.fromarray(picture)
    fill = picture[2, 2] if chance.random() < 0.5 else np.array([214, 200, 180], np.uint8)
    ImageDraw.Draw(image).polygon(corners, fill=tuple(int(v) for v in fill), outline=(90, 80, 75))
    return _inside(picture, np.asarray(image), mask)


def _inside(before: Bytes, after: Bytes, mask: Bytes) -> Bytes:
    return np.where(mask[..., None] > 0, after, before)
