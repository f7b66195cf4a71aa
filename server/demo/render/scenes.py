"""Where things stand: the studio for the catalogue, and homes, drawn by a seed, for customers' photos."""

import numpy as np

from .clutter import FURNITURE_CLUTTER, TABLE_CLUTTER
from .geometry import Points, corners_of, sheet
from .materials import plain
from .model import Model
from .paint import Colour, rgb
from .stage import ambience, blur_beyond, camera, direction, extent, lamp, pick
from .surfaces import FLOORS, WALLS

LIGHTS = ("window", "window", "lamp", "dusk", "overcast", "flash")


def studio(model: Model) -> float:
    """The catalogue view: seamless light backdrop, big soft lights, filled frame. Returns the exposure."""
    points = corners_of(model.objects)
    radius, middle = extent(points), (points.min(0) + points.max(0)) / 2
    paper = plain(rgb("F4F4F2"), 0.9)
    if model.hangs:
        sheet(
            "wall", 2, 2, lambda u, v: np.stack([(u - 0.5) * 60 * radius, 0.0 * u, (v - 0.5) * 60 * radius], -1), paper
        )
    else:
        sheet("backdrop", 2, 40, lambda u, v: _backdrop(u, v, radius), paper)
    ambience((1.0, 1.0, 1.0), 0.45)
    lamp(middle, direction(-48, 48), 4 * radius, 2.6 * radius, 1.55)
    lamp(middle, direction(62, 28), 5 * radius, 3.0 * radius, 0.5)
    lamp(middle, direction(10 if model.hangs else 165, 60), 4 * radius, 1.5 * radius, 0.45)
    camera(points, direction(model.azimuth, model.elevation), 0.8, lens=80)
    return 0.2


def _backdrop(u: Points, v: Points, radius: float) -> Points:
    bend = np.clip((v - 0.55) / 0.25, 0, 1)
    y = np.where(v < 0.55, -14 + v / 0.55 * 17, 3 + 3 * np.sin(bend * np.pi / 2))
    z = np.where(v < 0.55, 0.0, 3 * (1 - np.cos(bend * np.pi / 2)) + np.clip(v - 0.8, 0, 1) * 80)
    return np.stack([(u - 0.5) * 60, y, z], -1) * radius


def home(model: Model, rng: np.random.Generator) -> float:
    """A customer's view of the thing at home: floor, wall, light, clutter and camera drawn from `rng`.

    Returns the exposure to render at.
    """
    points = corners_of(model.objects)
    radius, middle = extent(points), (points.min(0) + points.max(0)) / 2
    furniture = radius > 3.6 and not model.hangs
    azimuth = float(rng.uniform(-model.turn, model.turn))
    elevation = float(np.clip(rng.normal(model.elevation + 8, 10), 4, model.highest))
    if model.hangs:
        azimuth, elevation = azimuth * 0.8, float(rng.uniform(-12, 18))
    _surroundings(points, radius, rng, model.hangs, furniture)
    towards = direction(azimuth, elevation)
    fill = float(rng.uniform(0.5, 0.82))
    room = (1 - fill) * 0.42
    shift = (float(rng.uniform(-room, room)), float(rng.uniform(-room, room)))
    place = camera(points, towards, fill, shift=shift, lens=float(rng.uniform(30, 58)), roll=float(rng.normal(0, 0.05)))
    if not model.hangs:
        _clutter(points, radius, towards, rng, furniture)
    if rng.random() < 0.6:
        nearest = middle + towards * radius * 0.4
        blur_beyond(place, nearest, float(rng.uniform(0.1, 0.7)))
    return _light(pick(rng, LIGHTS), middle, radius, azimuth, rng)


def _surroundings(points: Points, radius: float, rng: np.random.Generator, hangs: bool, furniture: bool) -> None:
    wall = pick(rng, WALLS)(rng)
    back = 0.0 if hangs else float(points[:, 1].max() + radius * rng.uniform(0.25, 2.5))
    turn = 0.0 if hangs else float(rng.uniform(-0.3, 0.3))
    made = sheet("wall", 2, 2, lambda u, v: np.stack([(u - 0.5) * 80, 0 * u, (v - 0.5) * 80], -1), wall)
    made.location, made.rotation_euler = (0, back, 0), (0, 0, turn)
    if hangs:
        return
    floor = pick(rng, FLOORS[:3] if furniture else FLOORS)(rng)
    made = sheet("floor", 2, 2, lambda u, v: np.stack([(u - 0.5) * 80, (v - 0.5) * 80, 0 * u], -1), floor)
    made.rotation_euler = (0, 0, float(rng.uniform(-0.5, 0.5)) + (np.pi / 2 if rng.random() < 0.5 else 0))


def _clutter(points: Points, radius: float, towards: Points, rng: np.random.Generator, furniture: bool) -> None:
    kinds = FURNITURE_CLUTTER if furniture else TABLE_CLUTTER
    reach = float(np.hypot(points[:, 0], points[:, 1]).max())
    front = np.array([towards[0], towards[1]]) / np.hypot(towards[0], towards[1])
    side = np.array([-front[1], front[0]])
    for _ in range(int(rng.integers(0, 4))):
        size = radius * float(rng.uniform(0.45, 0.8))
        way = pick(rng, (-1.0, 1.0))
        at = side * way * (reach + size * rng.uniform(0.8, 1.8)) - front * reach * rng.uniform(-0.5, 1.6)
        pick(rng, kinds)(rng, size, (float(at[0]), float(at[1])))
    if rng.random() < 0.3:  # something small in front hides part of a side
        size = radius * float(rng.uniform(0.22, 0.4))
        way = pick(rng, (-1.0, 1.0))
        at = side * way * reach * rng.uniform(0.55, 0.95) + front * (reach + size * rng.uniform(1.2, 2.2))
        pick(rng, kinds)(rng, size, (float(at[0]), float(at[1])))


def _light(kind: str, middle: Points, radius: float, azimuth: float, rng: np.random.Generator) -> float:
    side = float(rng.uniform(50, 100)) * pick(rng, (-1.0, 1.0)) + azimuth
    height = float(rng.uniform(25, 60))
    day: Colour = (0.97, 0.985, 1.0)
    warm: Colour = (1.0, 0.91, 0.78)
    match kind:
        case "window":
            ambience(day, float(rng.uniform(0.2, 0.4)))
            lamp(middle, direction(side, height), 5 * radius, 4 * radius, float(rng.uniform(1.4, 2.4)), colour=day)
        case "lamp":
            ambience((1.0, 0.95, 0.88), float(rng.uniform(0.2, 0.35)))
            lamp(middle, direction(side, height), 4 * radius, 0.8 * radius, float(rng.uniform(1.6, 2.6)), colour=warm)
        case "dusk":
            ambience((0.83, 0.89, 1.0), float(rng.uniform(0.3, 0.45)))
            lamp(middle, direction(side, height), 4 * radius, 1.2 * radius, float(rng.uniform(0.4, 1.0)), colour=warm)
        case "overcast":
            ambience(day, float(rng.uniform(0.6, 0.85)))
            lamp(middle, direction(side, 70), 6 * radius, 5 * radius, 0.7, colour=day)
        case _:
            ambience((1.0, 0.97, 0.93), float(rng.uniform(0.25, 0.4)))
            lamp(middle, direction(azimuth + 6, 22), 7 * radius, 0.5 * radius, float(rng.uniform(1.4, 2.0)))
    return float(rng.normal(0.4, 0.2))
