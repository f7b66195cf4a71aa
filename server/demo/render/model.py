"""What a builder is given and what it hands back, and the vessel that most of them turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from .geometry import Corner, Points, lathe, rounded
from .paint import Colour, Picture


@dataclass(frozen=True, slots=True)
class Dress:
    """How a shape is to look; `words` are its material as the shop says it, `seed` varies what is made by hand."""

    base: Colour
    second: Colour
    pattern: str
    words: str
    text: str | None
    seed: int


@dataclass(frozen=True, slots=True)
class Model:
    """A modelled thing, standing on z = 0 and facing -Y (or hanging on the wall y = 0).

    Angles in degrees: the catalogue view's `azimuth` (0 is frontal, positive from the right) and `elevation`.
    `turn` is how far round, and `highest` how high, a customer's view may go before the thing cannot be told any more.
    """

    objects: tuple[bpy.types.Object, ...]
    azimuth: float = -22.0
    elevation: float = 16.0
    hangs: bool = False
    turn: float = 45.0
    highest: float = 65.0


Builder = Callable[[Dress], Model]


def vessel(
    name: str,
    corners: Sequence[Corner],
    wall: float,
    outside: object,
    inside: object | None = None,
    *,
    segments: int = 64,
    wobble: Callable[[Points, Points], Points] | None = None,
) -> list[bpy.types.Object]:
    """A hollow turned body of even wall; `corners` run from the middle of the foot up the outside to the lip."""
    outer = rounded(corners)
    tangent = np.gradient(outer, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    inner = outer - wall * np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    inner = inner[(inner[:, 0] > 0) | (np.arange(len(inner)) == 0)]
    inner[0] = (0.0, wall)
    inner = inner[inner[:, 1] >= wall * 0.999]
    middle, half = (outer[-1] + inner[-1]) / 2, (outer[-1] - inner[-1]) / 2
    up = np.array([-half[1], half[0]])
    lip = np.array([middle + half * np.cos(a) + up * np.sin(a) for a in np.linspace(0, np.pi, 7)[1:-1]])
    down = inner[::-1]
    if inside is None and wobble is None:
        return [lathe(name, np.concatenate([outer, lip, down]), outside, segments)]
    return [
        lathe(name, np.concatenate([outer, lip[:2]]), outside, segments, wobble),
        lathe(name + ".inside", np.concatenate([lip[1:], down]), inside or outside, segments),
    ]


def around(radius: float, height: float, picture: Picture) -> float:
    """How many times wider than high a pixel of `picture` is once wrapped around a body; see `lettering`."""
    high, wide = picture.shape[:2]
    return float((2 * np.pi * radius / wide) / (height / high))
