"""What else lies about in a customer's photo: fruit, books, leaves, boxes. None of it is in the range."""

from collections.abc import Callable

import numpy as np

from .geometry import Points, box, lathe, sheet, tube
from .materials import cloth, plain, wood
from .paint import rgb
from .stage import pick

Clutter = Callable[[np.random.Generator, float, tuple[float, float]], None]


def fruit(rng: np.random.Generator, size: float, at: tuple[float, float]) -> None:
    """An orange, lemon, apple or lime."""
    colour = rgb(pick(rng, ("E58A2B", "E8C93A", "9DB545", "B5412F")))
    radius = size * 0.42
    ball = np.array([(radius * np.sin(a), radius * (0.95 - 0.95 * np.cos(a))) for a in np.linspace(0, np.pi, 16)])
    lathe("fruit", ball, plain(colour, 0.45), 24).location = (*at, 0)


def book(rng: np.random.Generator, size: float, at: tuple[float, float]) -> None:
    """One to three books lying on each other."""
    for level in range(int(rng.integers(1, 4))):
        colour = rgb(pick(rng, ("7A8794", "B5A58C", "8C5A50", "5B6B5E", "D3CCBE", "3C4350")))
        turn = float(rng.uniform(0, 3.1))
        block = box(
            "book",
            (size * 1.1, size * 1.5, size * 0.2),
            plain(colour, 0.7),
            size * 0.02,
            (*at, size * (0.1 + 0.2 * level)),
        )
        leaves = box(
            "pages",
            (size * 1.09, size * 1.51, size * 0.14),
            plain(rgb("EFE8D8"), 0.9),
            0,
            (*at, size * (0.1 + 0.2 * level)),
        )
        block.rotation_euler = leaves.rotation_euler = (0, 0, turn)


def leaves(rng: np.random.Generator, size: float, at: tuple[float, float]) -> None:
    """A tuft of long green leaves."""
    green = plain(rgb(pick(rng, ("4E6E3F", "6C8B52", "3F5B45"))), 0.5)
    for _ in range(9):
        a, rise, length = rng.uniform(0, 6.28), rng.uniform(0.5, 1.3), size * rng.uniform(0.9, 1.5)

        def leaf(u: Points, v: Points, a: float = a, rise: float = rise, length: float = length) -> Points:
            wide = (u - 0.5) * 0.28 * length * np.sin(np.pi * np.clip(v, 0.03, 1)) ** 0.7
            out, up = v * length * 0.7, length * rise * (v - 0.45 * v**2)
            return np.stack([out * np.cos(a) - wide * np.sin(a), out * np.sin(a) + wide * np.cos(a), up], -1)

        sheet("leaf", 4, 10, leaf, green).location = (*at, 0)


def napkin(rng: np.random.Generator, size: float, at: tuple[float, float]) -> None:
    """A crumpled napkin."""
    colour = rgb(pick(rng, ("EDEAE2", "9FB0BC", "C9A79B", "B9BE9F")))
    p = rng.uniform(0, 6.28, 4)

    def crumple(u: Points, v: Points) -> Points:
        x, y = (u - 0.5) * 2 * size, (v - 0.5) * 1.5 * size
        z = 0.06 * size * (2 + np.sin(9 * u + p[0] + 3 * v) + np.sin(7 * v + p[1]) * np.sin(5 * u + p[2]))
        return np.stack([x, y, z], -1)

    made = sheet("napkin", 30, 30, crumple, cloth(colour, (60, 60), 0.02))
    made.location, made.rotation_euler = (*at, 0), (0, 0, float(rng.uniform(0, 3.1)))


def crate(rng: np.random.Generator, size: float, at: tuple[float, float]) -> None:
    """A plain wooden crate or parcel."""
    look = wood(rgb("B8946A"), "X", 0.6) if rng.random() < 0.5 else plain(rgb("B08A60"), 0.9)
    made = box("crate", (size * 1.2, size, size * 0.9), look, size * 0.02, (*at, size * 0.45))
    made.rotation_euler = (0, 0, float(rng.uniform(0, 3.1)))


def pencil(rng: np.random.Generator, size: float, at: tuple[float, float]) -> None:
    """A pencil or spoon handle lying about."""
    a = float(rng.uniform(0, 3.1))
    way = np.array([np.cos(a), np.sin(a), 0]) * size
    middle = np.array([*at, size * 0.06])
    tube(
        "pencil",
        np.array([middle - way, middle, middle + way]),
        plain(rgb(pick(rng, ("D9A127", "A8382C", "B9BBBE"))), 0.4),
        size * 0.055,
        8,
    )


TABLE_CLUTTER: tuple[Clutter, ...] = (fruit, fruit, book, leaves, napkin, pencil, crate)
FURNITURE_CLUTTER: tuple[Clutter, ...] = (leaves, crate, book)
