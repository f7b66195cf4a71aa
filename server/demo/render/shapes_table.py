"""Builders of tableware that is not a pot or bottle: mugs, cups, bowls, plates, trays, teapots."""

import numpy as np

from .geometry import bezier, lathe, rounded, tube
from .materials import glaze, lacquer, wood
from .model import Builder, Dress, Model, around, vessel
from .paint import Paint, checks, dots, flat, lettering, rgb, rings, speckles

WHITE = rgb("F1EEE7")
DARK = rgb("2A2522")


def painted(dress: Dress, bands: tuple[tuple[float, float], ...] = (), columns: int = 12, rows: int = 4) -> Paint:
    """The dress as a look for a turned body: a colour, or a picture of its pattern."""
    match dress.pattern:
        case "striped":
            return rings(dress.base, dress.second, bands or tuple((b, b + 0.09) for b in np.arange(0.1, 0.9, 0.18)))
        case "dotted":
            return dots(dress.base, dress.second, columns, rows, 0.27, width=64 * columns, height=512)
        case "checked":
            return checks(dress.base, dress.second, columns)
        case "speckled":
            return speckles(dress.base, DARK, dress.seed)
        case _:
            return dress.base


def _handle(
    low: tuple[float, float], high: tuple[float, float], reach: float, thick: tuple[float, float], look: object
) -> object:
    """A bent handle on the right between two points (x, z), which lie in the wall, so that no end shows inside."""
    outer = max(low[0], high[0])
    path = bezier(
        (high[0], 0, high[1]),
        (outer + reach, 0, high[1] + 0.06),
        (outer + reach * 1.15, 0, low[1] + 0.02),
        (low[0], 0, low[1]),
    )
    return tube("handle", path, look, thick, taper=(1.15, 0.95, 0.9, 0.95, 1.15))


def mug_straight(dress: Dress) -> Model:
    """A straight, thick-walled mug."""
    look = glaze(painted(dress), 0.35)
    body = vessel("mug", [(0, 0), (0.39, 0, 0.06), (0.425, 0.06, 0.03), (0.425, 0.95)], 0.04, look)
    handle = _handle((0.4, 0.24), (0.4, 0.74), 0.3, (0.075, 0.05), glaze(dress.base, 0.35))
    return Model((*body, handle), elevation=20)


def mug_belly(dress: Dress) -> Model:
    """A round mug, wide in the middle."""
    bands = ((0.2, 0.28), (0.36, 0.44), (0.52, 0.6), (0.68, 0.76))
    look = glaze(painted(dress, bands), 0.7)
    inside = glaze(dress.second if dress.pattern == "striped" else dress.base, 0.7)
    corners = [(0, 0), (0.3, 0, 0.06), (0.56, 0.36, 0.42), (0.44, 0.85)]
    handle = _handle((0.456, 0.24), (0.474, 0.64), 0.26, (0.07, 0.05), inside)
    return Model((*vessel("mug", corners, 0.035, look, inside), handle), elevation=20)


def mug_enamel(dress: Dress) -> Model:
    """A thin enamel mug with a rolled rim."""
    look, trim = lacquer(painted(dress), 0.3), lacquer(dress.second, 0.3)
    body = vessel("mug", [(0, 0), (0.37, 0, 0.08), (0.395, 0.08, 0.05), (0.4, 0.79)], 0.015, look, lacquer(WHITE, 0.3))
    a = np.linspace(0, 2 * np.pi, 49)[:-1]
    rim = tube(
        "rim", np.stack([0.397 * np.cos(a), 0.397 * np.sin(a), np.full(48, 0.795)], 1), trim, 0.02, 10, closed=True
    )
    return Model((*body, rim, _handle((0.39, 0.2), (0.39, 0.62), 0.28, (0.07, 0.022), look)), elevation=22)


def mug_word(dress: Dress) -> Model:
    """A slim porcelain mug with a word on the front."""
    picture = flat(dress.base, 1024, 512)
    words = (dress.text or "").replace(" ", "\n")
    picture = lettering(picture, words, dress.second, (0.5, 0.5), 0.25, stretch=around(0.415, 0.98, picture))
    corners = [(0, 0), (0.37, 0, 0.12), (0.415, 0.12, 0.1), (0.415, 0.98)]
    body = vessel("mug", corners, 0.03, glaze(picture, 0.8), glaze(WHITE, 0.8))
    return Model(
        (*body, _handle((0.397, 0.26), (0.397, 0.76), 0.27, (0.06, 0.04), glaze(dress.base, 0.8))), -8, 14, turn=32
    )


def cup_small(dress: Dress) -> Model:
    """An espresso cup on its saucer."""
    white = glaze(dress.second, 0.8)
    saucer = vessel("saucer", [(0, 0), (0.26, 0, 0.04), (0.34, 0.03, 0.06), (0.57, 0.1)], 0.022, white)
    corners = [(0, 0), (0.17, 0, 0.05), (0.29, 0.16, 0.16), (0.31, 0.55)]
    cup = vessel("cup", corners, 0.022, glaze(painted(dress, columns=14, rows=4), 0.8), white)
    handle = _handle((0.27, 0.18), (0.292, 0.44), 0.2, (0.045, 0.03), white)
    for part in (*cup, handle):
        part.location.z = 0.03
    return Model((*saucer, *cup, handle), elevation=24)


def bowl_round(dress: Dress) -> Model:
    """A deep round bowl."""
    corners = [(0, 0), (0.36, 0, 0.05), (0.4, 0.05, 0.06), (0.74, 0.24, 0.5), (0.775, 0.7)]
    return Model(tuple(vessel("bowl", corners, 0.045, glaze(painted(dress), 0.35))), elevation=27)


def bowl_footed(dress: Dress) -> Model:
    """A wide bowl on a tall foot, with lines around it."""
    bands = ((0.3, 0.36), (0.46, 0.52), (0.84, 0.97))
    look = glaze(painted(dress, bands), 0.8)
    inside = glaze(dress.second if dress.pattern == "striped" else dress.base, 0.8)
    foot = lathe("foot", rounded([(0, 0), (0.36, 0, 0.02), (0.34, 0.17, 0.05), (0.4, 0.2)]), inside)
    body = vessel("bowl", [(0, 0.15), (0.36, 0.15, 0.1), (0.78, 0.42, 0.4), (0.95, 0.85)], 0.035, look, inside)
    return Model((foot, *body), elevation=22, highest=24)


def bowl_wide(dress: Dress) -> Model:
    """A wide salad bowl turned from wood."""
    corners = [(0, 0), (0.55, 0, 0.1), (1.2, 0.35, 0.6), (1.3, 0.9)]
    return Model(tuple(vessel("bowl", corners, 0.08, wood(dress.base, "X", 0.55))), elevation=27)


def plate_coupe(dress: Dress) -> Model:
    """A flat plate with a low, upright rim."""
    corners = [(0, 0), (0.8, 0, 0.05), (0.86, 0.02, 0.06), (1.3, 0.05, 0.12), (1.35, 0.22)]
    return Model(tuple(vessel("plate", corners, 0.055, glaze(painted(dress), 0.3))), elevation=42)


def plate_rim(dress: Dress) -> Model:
    """A plate with a deep middle and a broad rim."""
    look = glaze(dress.base, 0.5)
    over = glaze(painted(dress), 0.5)
    corners = [(0, 0), (0.6, 0, 0.05), (0.72, 0.05, 0.1), (0.8, 0.2, 0.08), (1.2, 0.26)]
    parts = vessel("plate", corners, 0.05, look, over)
    flat_map(parts[1], 1.2)
    return Model(tuple(parts), elevation=44)


def flat_map(thing: object, radius: float) -> None:
    """Map the object from above, so that a picture lies flat on it instead of running to its middle."""
    mesh = thing.data  # type: ignore[attr-defined]
    loops = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", loops)
    at = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", at)
    uv = at.reshape(-1, 3)[loops, :2] / (2 * radius) + 0.5
    mesh.uv_layers["UVMap"].uv.foreach_set("vector", uv.astype(np.float32).ravel())


def teapot_round(dress: Dress) -> Model:
    """A round teapot with a curved spout, a looped handle and a knob."""
    look = glaze(painted(dress), 0.45)
    body = lathe(
        "pot", rounded([(0, 0), (0.42, 0, 0.08), (0.92, 0.5, 0.75), (0.42, 1.06, 0.25), (0.32, 1.08)], 9), look
    )
    lid = lathe("lid", rounded([(0.36, 1.06), (0.37, 1.1, 0.02), (0.26, 1.19, 0.12), (0, 1.2)]), look)
    knob = lathe(
        "knob", rounded([(0.05, 1.18), (0.06, 1.24, 0.03), (0.14, 1.3, 0.06), (0.1, 1.38, 0.06), (0, 1.39)]), look
    )
    spout = tube(
        "spout",
        bezier((-0.6, 0, 0.34), (-0.98, 0, 0.4), (-0.92, 0, 0.8), (-1.2, 0, 1.04)),
        look,
        0.11,
        20,
        taper=(1.5, 1.0, 0.75, 0.62),
    )
    mouth = lathe("mouth", rounded([(0, 0), (0.052, 0)]), lacquer(DARK))
    mouth.location, mouth.rotation_euler = (-1.203, 0, 1.045), (0, -0.75, 0)
    handle = tube(
        "handle", bezier((0.5, 0, 0.98), (1.3, 0, 1.25), (1.25, 0, 0.2), (0.62, 0, 0.3)), look, (0.1, 0.06), 14
    )
    return Model((body, lid, knob, spout, mouth, handle), azimuth=-12, elevation=15)


def tray_round(dress: Dress) -> Model:
    """A round tray with a raised edge."""
    look = wood(dress.base, "X", 0.5) if dress.pattern == "wood grain" else lacquer(dress.base, 0.42)
    corners = [(0, 0), (1.72, 0, 0.05), (1.8, 0.06, 0.06), (1.8, 0.38)]
    return Model(tuple(vessel("tray", corners, 0.09, look, segments=96)), elevation=33)


BUILDERS: dict[str, Builder] = {
    "mug_straight": mug_straight,
    "mug_belly": mug_belly,
    "mug_enamel": mug_enamel,
    "mug_word": mug_word,
    "cup_small": cup_small,
    "bowl_round": bowl_round,
    "bowl_footed": bowl_footed,
    "bowl_wide": bowl_wide,
    "plate_coupe": plate_coupe,
    "plate_rim": plate_rim,
    "teapot_round": teapot_round,
    "tray_round": tray_round,
}
