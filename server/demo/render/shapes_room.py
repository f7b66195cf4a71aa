"""Builders of furniture, textiles and what is kept in a cupboard: chairs, clocks, cushions, bags, boxes, notebooks."""

import bpy
import numpy as np

from .geometry import Points, bezier, box, lathe, rounded, sheet, thing, tube
from .materials import cloth, glaze, lacquer, leather, metal, plain, wood
from .model import Builder, Dress, Model
from .paint import Paint, checks, dip, dots, flat, lettering, rgb, stripes
from .shapes_table import DARK, WHITE

OAK = rgb("C79B69")
PAPER = rgb("F2ECDD")


def _woven(dress: Dress, count: int = 9) -> Paint:
    match dress.pattern:
        case "striped":
            return stripes(dress.base, dress.second, count)
        case "checked":
            return checks(dress.base, dress.second, count)
        case "dotted":
            return dots(dress.second, dress.base, count - 1, count - 1 + (count - 1) % 2, 0.24, width=512, height=512)
        case _:
            return dress.base


def cushion(dress: Dress) -> Model:
    """A square cushion, plumped up, leaning back a little."""
    rng = np.random.default_rng(dress.seed)
    phase = rng.uniform(0, 6.28, 6)

    def plump(u: Points, v: Points, side: float) -> Points:
        x, y = 2 * u - 1, 2 * v - 1
        pillow = (np.clip(1 - np.abs(x) ** 2.2, 0, 1) * np.clip(1 - np.abs(y) ** 2.2, 0, 1)) ** 0.55
        corner = np.clip(np.hypot(x, y) - 0.55, 0, 1)  # creases run from the corners towards the middle
        crease = 0.22 * corner * np.sin(14 * np.arctan2(y, x) + phase[0]) * pillow
        crease = crease + 0.05 * np.sin(3.5 * x + phase[1] + 2 * y) * np.sin(3 * y + phase[2] - x) * pillow
        ear = 1 - 0.09 * (1 - x**2) * np.abs(y) ** 3
        ear_y = 1 - 0.09 * (1 - y**2) * np.abs(x) ** 3
        depth = side * (0.85 * pillow + crease)
        return np.stack([2.0 * x * ear_y, depth, 2.0 * y * ear + 2.0], axis=-1)

    look = cloth(_woven(dress), (150, 150), 0.02)
    front = sheet("front", 64, 64, lambda u, v: plump(u, v, -1.0), look)
    back = sheet("back", 40, 40, lambda u, v: plump(1 - u, v, 1.0), look)
    for half in (front, back):
        half.rotation_euler = (-0.2, 0, 0)
        half.location = (0, 0, 0.0)
    return Model((front, back), azimuth=-16, elevation=10, turn=40)


def throw_folded(dress: Dress) -> Model:
    """A folded throw: a stack of soft layers with a fringe at the front."""
    count = 6 if dress.pattern == "checked" else 9
    look = cloth(_woven(dress, count), (130, 130), 0.03)
    rng = np.random.default_rng(dress.seed)
    parts = []
    for layer in range(4):
        low, swell, shift = layer * 0.33, rng.uniform(0.0, 0.06), rng.uniform(-0.05, 0.05)

        def fold(u: Points, v: Points, low: float = low, swell: float = swell, shift: float = shift) -> Points:
            x = (2 * u - 1) * 2.2 + shift
            turn = np.clip((v - 0.3) / 0.3, 0, 1)  # a round front between a flat bottom and a flat top
            y = np.where(v < 0.3, 1.6 - v / 0.3 * 3.2, np.where(v > 0.6, -1.6 + (v - 0.6) / 0.4 * 3.2, -1.6))
            y = y - 0.17 * np.sin(turn * np.pi)
            z = low + 0.17 - 0.165 * np.cos(turn * np.pi)
            sag = 0.02 * np.sin(3 * x + low * 9) + swell * np.cos(x * 0.7)
            return np.stack([x, y, z + sag * (v > 0.45)], axis=-1)

        parts.append(sheet("fold", 48, 40, fold, look))
        for x in (shift - 2.18, shift + 2.18):

            def end(u: Points, v: Points, x: float = x, low: float = low) -> Points:
                return np.stack([x + 0 * u, -1.6 + 3.2 * u, low + 0.01 + 0.31 * v], -1)

            parts.append(sheet("end", 2, 2, end, look))
    thread = plain(dress.second if dress.pattern != "plain" else PAPER, 0.9)
    for x in np.linspace(-2.1, 2.1, 36):
        length, lean = rng.uniform(0.42, 0.55), rng.uniform(-0.06, 0.06)
        path = bezier((x, -1.6, 1.36), (x, -1.95, 1.36), (x + lean, -1.86, 1.3 - length), steps=8)
        parts.append(tube("fringe", path, thread, 0.03, 6))
    return Model(tuple(parts), azimuth=-28, elevation=26, turn=40)


def tote(dress: Dress) -> Model:
    """A canvas bag hanging by its handles."""
    picture = flat(dress.base, 768, 768)
    if dress.pattern == "striped":
        picture = np.rot90(stripes(dress.base, dress.second, 8, 0.4, width=768, height=768)).copy()
    if dress.text:
        words = dress.text.replace(" & ", " &\n") if "&" in dress.text else dress.text.replace(" ", "\n")
        picture = lettering(picture, words, dress.second, (0.5, 0.52), 0.62, stretch=3.8 / 4.2)
    look = cloth(picture, (130, 140), 0.02)
    ground = dress.base if dress.pattern != "striped" else dress.second
    rng = np.random.default_rng(dress.seed)
    a, b = rng.uniform(0, 6.28, 2)

    def face(u: Points, v: Points, side: float) -> Points:
        x = (2 * u - 1) * (1.9 - 0.06 * v)
        belly = (np.clip(1 - (2 * u - 1) ** 4, 0, 1)) ** 0.6 * (
            0.38 * (1 - v) ** 0.7 * np.clip(v * 9, 0, 1) ** 0.5 + 0.06
        )
        crease = 0.05 * np.sin(3.3 * x + a + 2 * v) * np.sin(np.pi * v) + 0.03 * np.sin(6 * x + b - 5 * v) * v
        return np.stack(
            [x, side * belly + crease * (np.abs(2 * u - 1) < 0.999) - 0.5, 0.02 + 4.2 * v + 0.02 * np.cos(3 * x)], -1
        )

    front = sheet("front", 48, 48, lambda u, v: face(u, v, -1.0), look)
    back = sheet("back", 32, 32, lambda u, v: face(1 - u, v, 1.0), cloth(ground, (130, 140), 0.02))
    strap = cloth(ground, (12, 60), 0.02)
    handles = [
        tube(
            "strap",
            bezier((-0.85, y, 3.6), (-0.8, y, 5.9), (-0.15, y, 6.5), (0.15, y, 6.5), (0.8, y, 5.9), (0.85, y, 3.6)),
            strap,
            (0.02, 0.13),
            10,
        )
        for y in (-0.6, -0.4)
    ]
    return Model((front, back, *handles), azimuth=-8, elevation=6, hangs=True, turn=28)


def notebook(dress: Dress) -> Model:
    """A bound notebook lying down, its title stamped on the cover, closed by an elastic band."""
    picture = flat(dress.base, 512, 768)
    picture = lettering(picture, (dress.text or "").replace(" ", "\n"), dress.second, (0.44, 0.3), 0.56)
    look, back = leather(picture), leather(dress.base)
    cover = box("cover", (1.48, 2.1, 0.035), look, 0.012, (0, 0, 0.2))
    under = box("under", (1.48, 2.1, 0.035), back, 0.012, (0, 0, 0.018))
    pages = box("pages", (1.42, 2.04, 0.16), plain(PAPER, 0.9), 0, (0.01, 0, 0.11))
    spine = tube("spine", np.array([(-0.735, -1.05, 0.11), (-0.735, 1.05, 0.11)]), back, (0.035, 0.109), 16)
    band = box("band", (0.07, 2.13, 0.245), plain(dress.second, 0.7), 0.012, (0.56, 0, 0.11))
    ribbon = box("ribbon", (0.06, 0.5, 0.006), plain(dress.second, 0.6), 0, (-0.2, -1.2, 0.05))
    parts = (cover, under, pages, spine, band, ribbon)
    for part in parts:
        x, y, z = part.location
        part.rotation_euler, part.location = (0, 0, 0.25), (x * 0.969 - y * 0.247, x * 0.247 + y * 0.969, z)
    return Model(parts, azimuth=0, elevation=48, turn=30)


def box_lid(dress: Dress) -> Model:
    """A storage box with a lid, metal corners and a framed label."""
    paper = cloth(dress.base, (60, 60), 0.006)
    body = box("box", (3.2, 2.4, 1.45), paper, 0.03, (0, 0, 0.725))
    lid = box("lid", (3.26, 2.46, 0.34), paper, 0.03, (0, 0, 1.46))
    picture = flat(WHITE, 512, 256)
    picture = lettering(picture, dress.text or "", DARK, (0.5, 0.42), 0.66)
    picture = lettering(picture, "FENNEL & FOLD", DARK, (0.5, 0.82), 0.42, bold=False)
    label = box("label", (1.24, 0.02, 0.62), glaze(picture, 0.1), 0, (0, -1.215, 0.68))
    steel = metal(rgb("B9BBBE"), 0.3)
    frame = [box("frame", (1.36, 0.04, 0.05), steel, 0.01, (0, -1.22, 0.68 + dz)) for dz in (-0.33, 0.33)] + [
        box("frame", (0.05, 0.04, 0.7), steel, 0.01, (dx, -1.22, 0.68)) for dx in (-0.66, 0.66)
    ]
    corners = [
        box("corner", (0.22, 0.22, 0.22), steel, 0.03, (x * 1.555, y * 1.155, 0.085 + top * 1.47))
        for x in (-1, 1)
        for y in (-1, 1)
        for top in (0, 1)
    ]
    return Model((body, lid, label, *frame, *corners), azimuth=-24, elevation=24, turn=40)


def basket(dress: Dress) -> Model:
    """A basket coiled from rope, in two colours, with two handles."""
    look = dip(dress.base, dress.second, 0.5, 1, width=64) if dress.pattern == "two-tone" else dress.base
    rows = 17
    coil = [(0.0, 0.03), (1.15, 0.03)]
    for k in range(rows):
        middle = 0.08 + k * 0.15
        radius = 1.22 + 0.28 * np.sin((k + 1) / rows * 1.9)
        coil += [(radius + 0.07 * np.cos(a), middle + 0.07 * np.sin(a)) for a in np.linspace(-1.3, 1.3, 6)]
    profile = np.array(coil)
    top = profile[-1]
    inner = np.array(
        [(top[0] - 0.06, top[1] + 0.02), (top[0] - 0.14, top[1] - 0.06), (1.2, 1.0), (1.05, 0.15), (0, 0.12)]
    )
    rope = cloth(look, (160, 24), 0.03)
    outer = lathe("basket", profile, rope)
    inside = lathe("inside", inner, cloth(dress.second, (120, 34), 0.04))
    handles = [
        tube(
            "handle",
            bezier((s * 1.36, -0.42, 2.3), (s * 1.5, -0.42, 3.05), (s * 1.5, 0.42, 3.05), (s * 1.36, 0.42, 2.3)),
            cloth(dress.second, (8, 40), 0.03),
            0.075,
        )
        for s in (-1, 1)
    ]
    return Model((outer, inside, *handles), elevation=22)


def chair_wood(dress: Dress) -> Model:
    """A wooden chair: four turned legs, a coloured seat, a curved back."""
    frame = wood(OAK, "Z", 0.7)
    seat_look = wood(dress.base, "X", 0.6) if dress.pattern == "wood grain" else cloth(dress.base, (70, 70), 0.015)
    seat = box("seat", (4.4, 4.2, 0.32), seat_look, 0.14, (0, 0, 4.55))
    legs = []
    for x in (-1, 1):
        legs.append(
            tube(
                "leg",
                bezier((x * 1.85, -1.75, 4.45), (x * 1.95, -1.95, 2.2), (x * 2.05, -2.1, 0), steps=10),
                frame,
                0.2,
                taper=(1, 0.65),
            )
        )
        back = bezier((x * 2.0, 2.35, 0), (x * 1.9, 1.9, 3.0), (x * 1.85, 1.75, 5.5), (x * 1.8, 2.5, 8.0), steps=24)
        legs.append(tube("post", back, frame, 0.2, taper=(0.7, 1.05, 0.75)))
    rails = [box("rail", (3.6, 0.16, 0.55), frame, 0.05, (0, y, 4.15)) for y in (-1.7, 1.7)] + [
        box("rail", (0.16, 3.4, 0.55), frame, 0.05, (x, 0, 4.15)) for x in (-1.75, 1.75)
    ]

    def plank(u: Points, v: Points, side: float = 1.0) -> Points:
        x = (2 * u - 1) * 1.95
        z = 6.7 + 1.15 * v
        return np.stack([x, 2.18 + 0.3 * (z - 6.7) / 1.15 + 0.35 * (1 - (x / 1.95) ** 2) - 0.12 * side, z], -1)

    across = wood(OAK, "X", 0.7)
    slat = [
        sheet("slat", 20, 6, lambda u, v: plank(u, v, 1.0), across),
        sheet("slat", 20, 6, lambda u, v: plank(1 - u, v, -1.0), across),
    ]
    top = tube("edge", plank(np.linspace(0, 1, 20)[None], np.ones((1, 20)), 0.0)[0], across, 0.12, 10)
    low = tube("edge", plank(np.linspace(0, 1, 20)[None], np.zeros((1, 20)), 0.0)[0], across, 0.12, 10)
    return Model((seat, *legs, *rails, *slat, top, low), azimuth=-32, elevation=14, turn=60)


def chair_shell(dress: Dress) -> Model:
    """A moulded seat shell on splayed wooden legs."""

    def shell(u: Points, v: Points) -> Points:
        x = 2 * u - 1
        run = np.clip(v / 0.5, 0, 1)
        rise = np.clip((v - 0.42) / 0.58, 0, 1)
        y = -2.2 + 4.0 * np.sin(run * np.pi / 2) + 0.75 * rise**1.2
        z = 4.55 - 0.35 * np.sin(run * np.pi) + 3.75 * rise**1.35 - 0.25 * np.clip(1 - v * 9, 0, 1) ** 2
        width = 2.3 - 0.5 * rise**2 - 1.1 * np.clip((v - 0.86) / 0.14, 0, 1) ** 3 - 0.35 * np.clip(1 - v * 8, 0, 1) ** 2
        cup = np.abs(x) ** 2.4
        return np.stack([x * width, y - 0.75 * cup * rise, z + 0.75 * cup * (1 - rise)], -1)

    seat = sheet("shell", 40, 56, shell, plain(dress.base, 0.42))
    thick = seat.modifiers.new("thick", "SOLIDIFY")
    thick.thickness = 0.12
    leg = wood(OAK, "Z", 0.7)
    legs = [
        tube("leg", np.array([(x * 1.0, y * 1.0 + 0.1, 4.25), (x * 2.0, y * 2.0 + 0.1, 0.0)]), leg, 0.2, taper=(1, 0.6))
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    bars = [
        tube(
            "bar",
            np.array([(x1 * 1.0, y1 * 1.0 + 0.1, 4.05), (-x1 * 1.0, -y1 * 1.0 + 0.1, 4.05)]),
            plain(rgb("26272A"), 0.5),
            0.09,
            8,
        )
        for x1, y1 in ((1, 1), (1, -1))
    ]
    return Model((seat, *legs, *bars), azimuth=-32, elevation=14, turn=60)


def stool_round(dress: Dress) -> Model:
    """A round stool on three splayed legs."""
    grain = dress.pattern == "wood grain"
    top = lathe(
        "seat",
        rounded([(0, 4.15), (1.6, 4.15, 0.08), (1.72, 4.3, 0.1), (1.72, 4.42, 0.08), (1.6, 4.5, 0.1), (0, 4.46)]),
        wood(dress.base, "X", 0.5) if grain else lacquer(dress.base, 0.45),
    )
    look = wood(dress.base, "Z", 0.7) if grain else lacquer(dress.base, 0.45)
    legs = []
    for a in (np.pi / 2, np.pi / 2 + 2.094, np.pi / 2 - 2.094):
        c, s = np.cos(a), np.sin(a)
        legs.append(
            tube("leg", np.array([(c * 0.95, s * 0.95, 4.25), (c * 1.75, s * 1.75, 0.0)]), look, 0.2, taper=(1, 0.65))
        )
    ring = np.linspace(0, 2 * np.pi, 41)[:-1]
    brace = tube(
        "brace", np.stack([1.33 * np.cos(ring), 1.33 * np.sin(ring), np.full(40, 1.9)], 1), look, 0.08, 8, closed=True
    )
    return Model((top, *legs, brace), azimuth=-18, elevation=17, turn=60)


def clock_wall(dress: Dress) -> Model:
    """A wall clock with plain numerals; the hands stand at ten past ten."""
    size = 768
    picture = flat(dress.base, size, size)
    for hour in range(1, 13):
        turn = hour * np.pi / 6
        picture = lettering(
            picture,
            str(hour),
            dress.second,
            (0.5 + 0.385 * np.sin(turn), 0.5 - 0.385 * np.cos(turn)),
            {1: 0.028, 10: 0.085, 11: 0.066, 12: 0.085}.get(hour, 0.046),
        )
    case = lathe(
        "case",
        rounded([(0, 0), (1.5, 0, 0.03), (1.5, 0.42, 0.08), (1.4, 0.42, 0.02), (1.38, 0.34), (0, 0.34)]),
        lacquer(dress.base, 0.45),
        96,
    )
    ring = np.linspace(0, 2 * np.pi, 73)[:-1]
    round_it = np.stack([np.cos(ring), np.sin(ring)], -1)
    disc = np.concatenate([1.39 * round_it, np.full((72, 1), 0.35)], axis=1)
    dial = thing("dial", disc, [range(72)], 0.5 + 0.4633 * round_it, plain(picture, 0.6))
    dark = plain(dress.second, 0.5)
    hands = [
        box("hand", (0.09, length, 0.02), dark, 0.01, (-np.sin(t) * length * 0.4, np.cos(t) * length * 0.4, z))
        for length, t, z in ((0.8, 0.96, 0.37), (1.15, -1.05, 0.39))
    ]
    for hand, t in zip(hands, (0.96, -1.05), strict=True):
        hand.rotation_euler = (0, 0, t)
    pin = lathe("pin", np.array([(0.09, 0.36), (0.09, 0.42), (0, 0.42)]), dark, 24)
    parts = (case, dial, *hands, pin)
    stand = bpy.data.objects.new("clock", None)
    bpy.context.scene.collection.objects.link(stand)
    stand.rotation_euler, stand.location = (np.pi / 2, 0, 0), (0, 0, 1.5)
    for part in parts:
        part.parent = stand
    return Model(parts, azimuth=-14, elevation=6, hangs=True, turn=45)


BUILDERS: dict[str, Builder] = {
    "cushion": cushion,
    "throw_folded": throw_folded,
    "tote": tote,
    "notebook": notebook,
    "basket": basket,
    "box_lid": box_lid,
    "chair_wood": chair_wood,
    "chair_shell": chair_shell,
    "stool_round": stool_round,
    "clock_wall": clock_wall,
}
