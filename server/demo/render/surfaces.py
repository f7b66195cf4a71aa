"""Floors, table tops and walls of customers' homes, each a material drawn from a random generator."""

from collections.abc import Callable

import bpy
import numpy as np

from .materials import plain, wood
from .paint import Colour, linear, rgb
from .stage import pick

Surface = Callable[[np.random.Generator], bpy.types.Material]

WOODS = ("C79B69", "A9784B", "6A432A", "8B6B4A", "D8BE98", "B9AD9C")
PAINTS = (
    "E9E4DA",
    "DAD5CC",
    "C9D3D6",
    "BFC9B8",
    "E2C9BC",
    "D9C79A",
    "8FA3A8",
    "7D8B78",
    "B4826F",
    "5F6C7A",
    "EFEFEF",
    "C7BBD0",
)
TILES = ("F1F1EE", "DADFDF", "BFD0D0", "E8DCCB", "9FB2A9", "6F7F8C", "C9B7A4")
CLOTHS = ("E6E1D8", "C9C2B5", "8F9AA5", "A9B39E", "D6B8A6", "74687A", "4F5A66", "D8CC9F")


def _near(rng: np.random.Generator, code: str) -> Colour:
    r, g, b = (float(np.clip(c + rng.normal(0, 0.03), 0, 1)) for c in rgb(code))
    return (r, g, b)


def _bricks(
    rng: np.random.Generator,
    first: Colour,
    second: Colour,
    joint: Colour,
    *,
    wide: float,
    high: float,
    line: float,
    rough: float,
) -> bpy.types.Material:
    material = plain(first, rough)
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    where, mapping, brick = (
        tree.nodes.new(kind) for kind in ("ShaderNodeTexCoord", "ShaderNodeMapping", "ShaderNodeTexBrick")
    )
    mapping.inputs["Location"].default_value = tuple(float(x) for x in rng.uniform(0, 10, 3))
    brick.inputs["Color1"].default_value, brick.inputs["Color2"].default_value = linear(first), linear(second)
    brick.inputs["Mortar"].default_value = linear(joint)
    brick.inputs["Scale"].default_value = 1.0
    brick.inputs["Brick Width"].default_value, brick.inputs["Row Height"].default_value = wide, high
    brick.inputs["Mortar Size"].default_value = line
    tree.links.new(where.outputs["UV"], mapping.inputs["Vector"])
    mapping.inputs["Scale"].default_value = (80, 80, 1)  # the sheets are 80 units wide and mapped from 0 to 1
    tree.links.new(mapping.outputs["Vector"], brick.inputs["Vector"])
    tree.links.new(brick.outputs["Color"], shader.inputs["Base Color"])
    bump = tree.nodes.new("ShaderNodeBump")
    bump.invert = True
    bump.inputs["Distance"].default_value = 0.03
    tree.links.new(brick.outputs["Fac"], bump.inputs["Height"])
    tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return material


def planks(rng: np.random.Generator) -> bpy.types.Material:
    """Boards with their grain and dark joints."""
    colour = _near(rng, pick(rng, WOODS))
    board = wood(colour, "X", float(rng.uniform(1.0, 2.0)))
    tree = board.node_tree
    shader = tree.nodes["Principled BSDF"]
    grain = shader.inputs["Base Color"].links[0].from_socket
    where, mapping, brick, mixed = (
        tree.nodes.new(kind)
        for kind in ("ShaderNodeTexCoord", "ShaderNodeMapping", "ShaderNodeTexBrick", "ShaderNodeMixRGB")
    )
    mapping.inputs["Scale"].default_value = (80, 80, 1)
    brick.inputs["Color1"].default_value, brick.inputs["Color2"].default_value = (1, 1, 1, 1), (0.7, 0.68, 0.66, 1)
    brick.inputs["Mortar"].default_value = (0.2, 0.17, 0.15, 1)
    brick.inputs["Scale"].default_value = 1.0
    brick.inputs["Brick Width"].default_value, brick.inputs["Row Height"].default_value = (
        14.0,
        float(rng.uniform(1.0, 2.2)),
    )
    brick.inputs["Mortar Size"].default_value = 0.015
    mixed.blend_type = "MULTIPLY"
    mixed.inputs["Fac"].default_value = 1.0
    tree.links.new(where.outputs["UV"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], brick.inputs["Vector"])
    tree.links.new(grain, mixed.inputs["Color1"])
    tree.links.new(brick.outputs["Color"], mixed.inputs["Color2"])
    tree.links.new(mixed.outputs["Color"], shader.inputs["Base Color"])
    return board


def floor_tiles(rng: np.random.Generator) -> bpy.types.Material:
    """Square tiles with joints."""
    size = float(rng.uniform(1.0, 3.0))
    colour = pick(rng, TILES)
    tile, other, joint = _near(rng, colour), _near(rng, colour), _near(rng, "A9A7A2")
    return _bricks(rng, tile, other, joint, wide=size, high=size, line=0.04, rough=0.3)


def carpet(rng: np.random.Generator) -> bpy.types.Material:
    """A rug or tablecloth of one colour, or of two in broad stripes."""
    colour = _near(rng, pick(rng, CLOTHS))
    if rng.random() < 0.7:
        return _mottled(colour, tuple(c * 0.86 for c in colour), 9.0, 0.95)
    stripe, high = _near(rng, pick(rng, CLOTHS)), float(rng.uniform(0.5, 1.5))
    return _bricks(rng, colour, stripe, colour, wide=400.0, high=high, line=0.0, rough=0.95)


def counter(rng: np.random.Generator) -> bpy.types.Material:
    """A stone or laminate worktop, mottled."""
    light = _near(rng, pick(rng, ("E8E6E1", "C9C6C0", "5B5C5F", "2E2F31", "D8D0C2")))
    depth = float(rng.uniform(0.6, 0.9))
    dark = tuple(c * depth for c in light)
    return _mottled(light, dark, float(rng.uniform(0.6, 5.0)), 0.25)


def _mottled(light: Colour, dark: tuple[float, ...], scale: float, rough: float) -> bpy.types.Material:
    material = wood(light, "X", 1.0)
    nodes = material.node_tree.nodes
    nodes["Mapping"].inputs["Scale"].default_value = (scale, scale, scale)
    ramp = nodes["Color Ramp"].color_ramp
    ramp.elements[0].color, ramp.elements[1].color = linear((dark[0], dark[1], dark[2])), linear(light)
    nodes["Principled BSDF"].inputs["Roughness"].default_value = rough
    return material


def painted_wall(rng: np.random.Generator) -> bpy.types.Material:
    """A painted wall."""
    return plain(_near(rng, pick(rng, PAINTS)), 0.85)


def tiled_wall(rng: np.random.Generator) -> bpy.types.Material:
    """Kitchen tiles, in bond."""
    colour = pick(rng, TILES)
    tile, other, joint = _near(rng, colour), _near(rng, colour), _near(rng, "C9C7C2")
    return _bricks(rng, tile, other, joint, wide=float(rng.uniform(1.4, 2.2)), high=0.8, line=0.03, rough=0.18)


def brick_wall(rng: np.random.Generator) -> bpy.types.Material:
    """Bare or whitewashed bricks."""
    first, second = pick(rng, (("9C5B45", "B5705A"), ("E4DFD6", "D6D0C6"), ("8A6F5C", "7A5F50")))
    brick, other, joint = _near(rng, first), _near(rng, second), _near(rng, "BDB6AC")
    return _bricks(rng, brick, other, joint, wide=2.2, high=0.72, line=0.06, rough=0.9)


FLOORS: tuple[Surface, ...] = (planks, floor_tiles, carpet, counter, planks)
WALLS: tuple[Surface, ...] = (painted_wall, painted_wall, painted_wall, tiled_wall, brick_wall, planks)
