"""Builders of tall turned things: bottles, carafes, glasses, jars, vases, plant pots, candles and their holders."""

from collections.abc import Callable

import numpy as np

from .geometry import Points, bezier, lathe, rounded, thing, tube
from .materials import glass, glaze, glow, lacquer, metal, plain, wax, wood
from .model import Builder, Dress, Model, around, vessel
from .paint import dip, flat, lettering, panel, rgb
from .shapes_table import WHITE, painted

OAK = rgb("C79B69")
CORK = rgb("B98F63")


def _flutes(count: int, depth: float) -> Callable[[Points, Points], Points]:
    def wobble(angles: Points, radii: Points) -> Points:
        groove = 1 - np.abs(np.sin(angles * count / 2))
        return np.asarray(radii - depth * np.minimum(radii, 0.5) * 2 * groove, float)

    return wobble


def bottle_steel(dress: Dress) -> Model:
    """An insulated bottle with a screw cap and a loop; its name runs up the front."""
    body_corners = [
        (0, 0),
        (0.33, 0, 0.05),
        (0.35, 0.04, 0.03),
        (0.35, 1.8, 0.22),
        (0.22, 2.05, 0.1),
        (0.22, 2.2),
        (0, 2.2),
    ]
    picture = flat(dress.base, 1024, 1024)
    if dress.text:
        stretch = 1 / around(0.35, 2.2, picture)
        rotated = lettering(np.rot90(picture, -1).copy(), dress.text, dress.second, (0.5, 0.5), 0.34, stretch=stretch)
        picture = np.rot90(rotated, 1).copy()
    bare = dress.base == rgb("C3C5C8")
    look = plain(picture, 0.3, 1.0) if bare else lacquer(picture, 0.42)
    body = lathe("bottle", rounded(body_corners), look)
    cap_look = plain(rgb("26272A"), 0.5) if dress.base != rgb("1D1D20") else metal(rgb("B9BBBE"))
    cap = lathe("cap", rounded([(0, 2.14), (0.25, 2.14, 0.02), (0.25, 2.42, 0.06), (0, 2.42)]), cap_look)
    loop = tube(
        "loop", bezier((-0.17, 0, 2.4), (-0.2, 0, 2.78), (0.2, 0, 2.78), (0.17, 0, 2.4)), cap_look, (0.06, 0.03)
    )
    return Model((body, cap, loop), azimuth=-6, elevation=10, turn=35)


def carafe(dress: Dress) -> Model:
    """A blown glass carafe with a cork ball."""
    corners = [(0, 0), (0.48, 0, 0.12), (0.5, 1.1, 0.5), (0.19, 1.55, 0.4), (0.2, 2.2, 0.2), (0.25, 2.35)]
    body = vessel("carafe", corners, 0.03, glass(dress.base))
    ball = lathe(
        "cork",
        np.array([(0.28 * np.sin(a), 2.5 - 0.28 * np.cos(a)) for a in np.linspace(0, np.pi, 20)]),
        plain(CORK, 0.85),
    )
    return Model((*body, ball), elevation=10)


def tumbler_ribbed(dress: Dress) -> Model:
    """A ribbed drinking glass with a thick base."""
    outer = rounded([(0, 0), (0.33, 0, 0.05), (0.4, 0.95)])
    wall = np.linspace(outer[-2], outer[-1], 8)
    inner = rounded([(0.375, 0.95), (0.31, 0.14, 0.06), (0, 0.14)])
    profile = np.concatenate([outer[:-1], wall, inner])
    ribbed = (np.arange(len(profile)) < np.argmax(profile[:, 1])) & (profile[:, 1] < 0.8) & (profile[:, 0] > 0.32)

    def ribs(angles: Points, radii: Points) -> Points:
        return radii - 0.018 * np.abs(np.sin(angles * 12)) * ribbed[:, None]

    return Model((lathe("glass", profile, glass(dress.base), 192, ribs),), elevation=18)


def jar_lid(dress: Dress) -> Model:
    """A storage jar with a word on it and a wooden lid."""
    picture = flat(dress.base, 1024, 512)
    picture = lettering(picture, dress.text or "", dress.second, (0.5, 0.46), 0.24, stretch=around(0.55, 1.3, picture))
    body = lathe(
        "jar",
        rounded([(0, 0), (0.5, 0, 0.1), (0.55, 0.1, 0.08), (0.55, 1.22, 0.1), (0.47, 1.3), (0, 1.3)]),
        glaze(picture, 0.35),
    )
    lid = lathe("lid", rounded([(0, 1.3), (0.56, 1.3, 0.03), (0.56, 1.46, 0.05), (0, 1.46)]), wood(OAK, "X", 1.0))
    knob = lathe(
        "knob",
        rounded([(0.08, 1.46), (0.08, 1.52, 0.03), (0.14, 1.6, 0.05), (0.1, 1.66, 0.04), (0, 1.66)]),
        wood(OAK, "X", 1.0),
    )
    return Model((body, lid, knob), azimuth=-6, elevation=14, turn=30)


def vase_bottle(dress: Dress) -> Model:
    """A long-necked vase."""
    corners = [
        (0, 0),
        (0.4, 0, 0.12),
        (0.72, 0.55, 0.6),
        (0.5, 1.2, 0.45),
        (0.15, 1.5, 0.5),
        (0.16, 2.3, 0.3),
        (0.23, 2.6),
    ]
    return Model(tuple(vessel("vase", corners, 0.035, glaze(painted(dress), 0.12))), elevation=11)


def vase_sphere(dress: Dress) -> Model:
    """A ball of a vase, dipped into glaze."""
    arc = [(0.85 * np.sin(a), 0.8 - 0.85 * np.cos(a)) for a in np.linspace(0.35, 2.72, 40)]
    profile = np.array([(0.0, arc[0][1]), *arc, (arc[-1][0] + 0.01, 1.62)])
    profile[:, 1] -= profile[0, 1]
    look = dip(dress.base, dress.second, 0.52, dress.seed) if dress.pattern == "two-tone" else dress.base
    outer = lathe("vase", profile, glaze(look, 0.4))
    height = float(profile[-1, 1])
    neck = lathe(
        "neck",
        np.array([(0.36, height), (0.345, height + 0.015), (0.32, height), (0.3, height - 0.5), (0, height - 0.5)]),
        glaze(dress.second, 0.1),
    )
    return Model((outer, neck), elevation=14, highest=24)


def vase_prism(dress: Dress) -> Model:
    """A faceted vase: rings of seven corners, each turned half a step."""
    radii, levels = (0.38, 0.6, 0.52, 0.34, 0.46), (0.0, 0.6, 1.2, 1.75, 2.2)
    points, faces = [], []
    for row, (radius, z) in enumerate(zip(radii, levels, strict=True)):
        for k in range(7):
            a = 2 * np.pi * (k + 0.5 * (row % 2)) / 7
            points.append((radius * np.cos(a), radius * np.sin(a), z))
    for row in range(4):
        for k in range(7):
            a, b = row * 7 + k, row * 7 + (k + 1) % 7
            c, d = a + 7, b + 7
            faces += [(a, b, c), (b, d, c)] if row % 2 == 0 else [(a, d, c), (a, b, d)]
    look = glaze(dress.base, 0.12)
    body = thing("vase", np.array(points), faces, None, look, smooth=False)
    inner = lathe(
        "inner",
        np.array([(0.42, 2.2), (0.28, 1.7), (0, 1.6)]),
        glaze((dress.base[0] * 0.6, dress.base[1] * 0.6, dress.base[2] * 0.6), 0.1),
        7,
        smooth=False,
    )
    return Model((body, inner), elevation=13)


def _soil(radius: float, z: float) -> object:
    return lathe("soil", np.array([(radius, z), (0.0, z + 0.03)]), plain(rgb("3A2A20"), 1.0))


def pot_saucer(dress: Dress) -> Model:
    """A classic plant pot on its saucer, filled with soil."""
    look = glaze(painted(dress), 0.04)
    saucer = vessel("saucer", [(0, 0), (0.52, 0, 0.04), (0.64, 0.16)], 0.035, look)
    corners = [(0, 0.05), (0.42, 0.05, 0.03), (0.58, 0.9, 0.01), (0.66, 0.905, 0.015), (0.68, 1.2)]
    return Model((*saucer, *vessel("pot", corners, 0.05, look), _soil(0.6, 1.02)), elevation=17)


def pot_ribbed(dress: Dress) -> Model:
    """A fluted cachepot with a glossy glaze."""
    corners = [(0, 0), (0.6, 0, 0.08), (0.68, 0.3, 0.2), (0.68, 1.0, 0.15), (0.64, 1.28)]
    parts = vessel(
        "pot",
        corners,
        0.05,
        glaze(painted(dress), 0.9),
        glaze(dress.base, 0.9),
        segments=168,
        wobble=_flutes(28, 0.035),
    )
    return Model((*parts, _soil(0.6, 1.05)), elevation=17)


def _wick(z: float) -> object:
    return tube(
        "wick", bezier((0, 0, z), (0.01, 0, z + 0.07), (0.03, 0, z + 0.12)), plain(rgb("2B2622"), 1.0), 0.014, 8
    )


def candle_glass(dress: Dress) -> Model:
    """A candle in a coloured glass with a paper label."""
    picture = flat(dress.base, 1024, 512)
    ratio = around(0.4, 0.9, picture)
    picture = panel(picture, WHITE, (0.385, 0.28, 0.615, 0.76), dress.second)
    picture = lettering(picture, dress.text or "", rgb("26211E"), (0.5, 0.47), 0.15, stretch=ratio)
    picture = lettering(picture, "LYS & LEAF", rgb("26211E"), (0.5, 0.63), 0.12, stretch=ratio, bold=False)
    body = vessel(
        "cup",
        [(0, 0), (0.38, 0, 0.06), (0.4, 0.06, 0.04), (0.4, 0.9)],
        0.028,
        glaze(picture, 0.95),
        glaze(dress.base, 0.95),
    )
    fill = lathe("wax", np.array([(0.375, 0.7), (0.1, 0.69), (0, 0.69)]), wax(rgb("F3EAD8")))
    return Model((*body, fill, _wick(0.68)), azimuth=-5, elevation=18, turn=28)


def candle_pillar(dress: Dress) -> Model:
    """A fluted pillar candle."""
    profile = rounded([(0, 0), (0.35, 0, 0.03), (0.35, 1.46, 0.05), (0.27, 1.5, 0.05), (0, 1.45)])
    body = lathe("candle", profile, wax(painted(dress)), 144, _flutes(24, 0.04))
    return Model((body, _wick(1.44)), elevation=15)


def holder_stem(dress: Dress) -> Model:
    """A slim candle holder with a white taper in it."""
    look = metal(dress.base, 0.22) if "brass" in dress.words else lacquer(dress.base, 0.5)
    corners = [
        (0, 0),
        (0.5, 0, 0.02),
        (0.5, 0.06, 0.03),
        (0.12, 0.14, 0.2),
        (0.055, 0.4, 0.2),
        (0.055, 0.85, 0.05),
        (0.11, 0.92, 0.05),
        (0.055, 0.99, 0.05),
        (0.055, 1.4, 0.1),
        (0.17, 1.55, 0.06),
        (0.17, 1.8, 0.02),
        (0, 1.8),
    ]
    taper = lathe("taper", rounded([(0.108, 1.7), (0.1, 3.0, 0.05), (0.03, 3.12), (0, 3.12)]), wax(rgb("F4EEE2")))
    return Model((lathe("holder", rounded(corners), look), taper, _wick(3.1)), elevation=9)


def lamp_dome(dress: Dress) -> Model:
    """A metal table lamp with a wide dome, switched on."""
    look = lacquer(dress.base, 0.45)
    base = lathe(
        "base",
        rounded(
            [(0, 0), (0.75, 0, 0.03), (0.75, 0.1, 0.06), (0.12, 0.16, 0.1), (0.07, 0.4, 0.1), (0.07, 2.7), (0, 2.7)]
        ),
        look,
    )
    dome = np.array([(1.4 * np.sin(a), 2.45 + 1.3 * np.cos(a)) for a in np.linspace(np.pi / 2, 0.02, 24)])
    shade = lathe("shade", dome, look, 72)
    inside = lathe("shade.inside", dome[::-1] * (0.975, 1.0) - (0, 0.012), plain(rgb("FBF4E4"), 0.6), 72)
    bulb = lathe(
        "bulb",
        np.array([(0.22 * np.sin(a), 2.72 - 0.22 * np.cos(a)) for a in np.linspace(0, np.pi, 12)]),
        glow(rgb("FFD9A0"), 14),
    )
    return Model((base, shade, inside, bulb), elevation=8)


def lamp_drum(dress: Dress) -> Model:
    """A table lamp with a ceramic foot and a linen drum, switched on."""
    foot = [(0, 0), (0.42, 0, 0.06), (0.85, 0.75, 0.7), (0.3, 1.55, 0.35), (0.16, 1.8, 0.1), (0.16, 2.0), (0, 2.0)]
    base = lathe("base", rounded(foot), glaze(painted(dress), 0.7))
    stem = lathe("stem", np.array([(0.06, 1.9), (0.06, 2.5), (0, 2.5)]), metal(rgb("D0A548")))
    linen = plain(dress.second, 0.9)
    shader = linen.node_tree.nodes["Principled BSDF"]
    shader.inputs["Emission Color"].default_value = (
        1.0,
        0.72,
        0.42,
        1.0,
    )  # the bulb behind the linen, without tracing it
    shader.inputs["Emission Strength"].default_value = 0.3
    drum = lathe("drum", np.array([(1.3, 2.2), (1.08, 4.1)]), linen)
    inside = lathe("drum.inside", np.array([(1.06, 4.1), (1.28, 2.2)]), linen)
    return Model((base, stem, drum, inside), elevation=8)


BUILDERS: dict[str, Builder] = {
    "bottle_steel": bottle_steel,
    "carafe": carafe,
    "tumbler_ribbed": tumbler_ribbed,
    "jar_lid": jar_lid,
    "vase_bottle": vase_bottle,
    "vase_sphere": vase_sphere,
    "vase_prism": vase_prism,
    "pot_saucer": pot_saucer,
    "pot_ribbed": pot_ribbed,
    "candle_glass": candle_glass,
    "candle_pillar": candle_pillar,
    "holder_stem": holder_stem,
    "lamp_dome": lamp_dome,
    "lamp_drum": lamp_drum,
}
