"""Patterns and lettering as pictures, for Blender's image textures. NumPy and Pillow only; colours are sRGB in 0..1.

Row 0 of a picture is the top. Turned bodies wrap it once around: its middle column is at the front.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[float, float, float]
Picture = NDArray[np.float32]
Paint = Colour | Picture


def rgb(code: str) -> Colour:
    """`"F1EEE7"` as sRGB in 0..1."""
    return (int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255)


def linear(colour: Colour) -> tuple[float, float, float, float]:
    """The colour in Blender's linear RGBA."""
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return (r, g, b, 1.0)


def flat(colour: Colour, width: int, height: int) -> Picture:
    """One colour; shape (height, width, 3)."""
    return np.broadcast_to(np.array(colour, np.float32), (height, width, 3)).copy()


def mix(mask: NDArray[np.float32], inside: Colour, outside: Colour) -> Picture:
    """`inside` where the mask (height, width) is 1, `outside` where it is 0."""
    weight = mask[:, :, None]
    return (weight * np.array(inside, np.float32) + (1 - weight) * np.array(outside, np.float32)).astype(np.float32)


def edge(distance: NDArray[np.float64], softness: float = 0.75) -> NDArray[np.float32]:
    """1 where the signed distance in pixels is negative, with a soft edge."""
    return np.clip(0.5 - distance / (2 * softness), 0, 1).astype(np.float32)


def rings(
    base: Colour, second: Colour, bands: Sequence[tuple[float, float]], width: int = 16, height: int = 512
) -> Picture:
    """Horizontal bands of `base` on `second`; bands are (bottom, top) as shares of the height."""
    y = (height - 0.5 - np.arange(height))[:, None] * np.ones((1, width))
    mask = np.zeros((height, width), np.float32)
    for low, high in bands:
        middle, half = (low + high) / 2 * height, (high - low) / 2 * height
        mask = np.maximum(mask, edge(np.abs(y - middle) - half))
    return mix(mask, base, second)


def stripes(
    base: Colour, second: Colour, count: int, share: float = 0.5, *, width: int = 512, height: int = 16
) -> Picture:
    """Upright stripes of `base` on `second`, `count` across; `share` of each is base."""
    x = (np.arange(width) + 0.5)[None, :] * np.ones((height, 1))
    period = width / count
    return mix(edge(np.abs((x % period) - period / 2) - share * period / 2), base, second)


def checks(base: Colour, second: Colour, count: int, size: int = 512) -> Picture:
    """A gingham check: bands of half-strength base both ways over `second`, full strength where they cross."""
    period = size / count
    line = edge(np.abs((np.arange(size) + 0.5) % period - period / 2) - period / 4)
    return mix(((line[None, :] + line[:, None]) / 2).astype(np.float32), base, second)


def dots(dot: Colour, ground: Colour, columns: int, rows: int, size: float, *, width: int, height: int) -> Picture:
    """Dots in staggered rows; `size` is the radius as a share of the column width. Choose them so that a cell
    is square on the body."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    dx, dy = width / columns, height / rows
    row = np.floor(y / dy)
    across = (x + (row % 2) * dx / 2) % dx - dx / 2
    down = y % dy - dy / 2
    distance = np.hypot(across, down * dx / dy) - size * dx  # round where a cell of the body is square
    return mix(edge(distance), dot, ground)


def speckles(base: Colour, dark: Colour, seed: int, count: int = 900, size: int = 512) -> Picture:
    """Small dark spots of several sizes strewn over `base`."""
    rng = np.random.default_rng(seed)
    picture = Image.new("L", (size * 2, size * 2), 0)
    pen = ImageDraw.Draw(picture)
    for x, y, r in zip(
        rng.uniform(0, size * 2, count), rng.uniform(0, size * 2, count), rng.gamma(1.6, 1.5, count), strict=True
    ):
        pen.ellipse((x - r, y - r * rng.uniform(0.7, 1.3), x + r, y + r), fill=int(rng.uniform(120, 255)))
    mask = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), np.float32) / 255
    return mix((mask * 0.85).astype(np.float32), dark, base)


def dip(lower: Colour, upper: Colour, level: float, seed: int, *, width: int = 512, height: int = 512) -> Picture:
    """`lower` up to a slightly wavy line at `level` of the height, `upper` above."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 2 * np.pi, width, endpoint=False)
    wave = sum(rng.uniform(0.002, 0.012) * np.sin(k * x + rng.uniform(0, 6.28)) for k in (1, 2, 3, 5))
    y = 1 - (np.arange(height) + 0.5) / height
    return mix(edge((y[:, None] - (level + np.asarray(wave))[None, :]) * height), lower, upper)


def lettering(
    picture: Picture,
    text: str,
    ink: Colour,
    centre: tuple[float, float],
    width: float,
    *,
    stretch: float = 1.0,
    bold: bool = True,
) -> Picture:
    """The picture with lines of text on it, `width` of it wide, at `centre` (x, y from the top), as shares.

    `stretch` is how many times wider than high the surface shows the picture's pixels; the letters are narrowed by it.
    """
    high, wide = picture.shape[:2]
    font = ImageFont.load_default(size=160)
    lines = text.split("\n")
    widest = max(font.getlength(line) for line in lines)
    leading = 185
    canvas = Image.new("L", (int(widest) + 40, leading * len(lines) + 40), 0)
    pen = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        at = ((canvas.width - font.getlength(line)) / 2, number * leading)
        pen.text(at, line, fill=255, font=font, stroke_width=7 if bold else 2)
    box = canvas.getbbox()
    assert box is not None
    canvas = canvas.crop(box)
    target = max(1, round(width * wide))
    tall = max(1, round(target * stretch * canvas.height / canvas.width))
    canvas = canvas.resize((target, tall), Image.Resampling.LANCZOS)
    mask = Image.new("L", (wide, high), 0)
    mask.paste(canvas, (round(centre[0] * wide - target / 2), round(centre[1] * high - tall / 2)))
    weight = (np.asarray(mask, np.float32) / 255)[:, :, None]
    return (weight * np.array(ink, np.float32) + (1 - weight) * picture).astype(np.float32)


def panel(
    picture: Picture, colour: Colour, box: tuple[float, float, float, float], frame: Colour | None = None
) -> Picture:
    """The picture with a rectangle (left, top, right, bottom, as shares), framed by a thin line if wanted."""
    high, wide = picture.shape[:2]
    result = picture.copy()
    left, top, right, bottom = round(box[0] * wide), round(box[1] * high), round(box[2] * wide), round(box[3] * high)
    result[top:bottom, left:right] = colour
    if frame is not None:
        pad, line = max(3, (right - left) // 28), max(1, (right - left) // 90)
        inner = result[top + pad : bottom - pad, left + pad : right - pad]
        inner[:line] = inner[-line:] = frame
        inner[:, :line] = inner[:, -line:] = frame
    return result
