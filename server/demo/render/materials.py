"""Blender materials from a few words: glaze, glass, metal, wood, cloth, wax, leather and painted pictures."""

import bpy
import numpy as np

from .paint import Colour, Paint, Picture, linear


def _fresh(name: str) -> tuple[bpy.types.Material, bpy.types.NodeTree, bpy.types.Node]:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    return material, tree, tree.nodes["Principled BSDF"]


def _image(picture: Picture) -> bpy.types.Image:
    high, wide = picture.shape[:2]
    image = bpy.data.images.new("painted", wide, high)
    pixels = np.ones((high, wide, 4), np.float32)
    pixels[:, :, :3] = picture[::-1]  # Blender's rows run from the bottom
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    return image


def _bump(tree: bpy.types.NodeTree, shader: bpy.types.Node, height: bpy.types.NodeSocket, depth: float) -> None:
    bump = tree.nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value = min(1.0, depth * 12)
    bump.inputs["Distance"].default_value = depth
    tree.links.new(height, bump.inputs["Height"])
    tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])


def _noise(tree: bpy.types.NodeTree, scale: tuple[float, float, float], detail: float = 2.0) -> bpy.types.Node:
    where = tree.nodes.new("ShaderNodeTexCoord")
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = scale
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 1.0
    noise.inputs["Detail"].default_value = detail
    tree.links.new(where.outputs["Object"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], noise.inputs["Vector"])
    return noise


def _weave(tree: bpy.types.NodeTree, threads: tuple[float, float]) -> bpy.types.NodeSocket:
    """The height of a plain weave: two crossed wave textures in UV, the higher one on top."""
    where = tree.nodes.new("ShaderNodeTexCoord")
    waves = []
    for direction, count in zip(("X", "Y"), threads, strict=True):
        wave = tree.nodes.new("ShaderNodeTexWave")
        wave.bands_direction = direction
        wave.inputs["Scale"].default_value = count / 20 * np.pi  # one band of the node is 20 / 2π wide at scale 1
        wave.inputs["Distortion"].default_value = 1.2
        wave.inputs["Detail"].default_value = 1.0
        tree.links.new(where.outputs["UV"], wave.inputs["Vector"])
        waves.append(wave)
    higher = tree.nodes.new("ShaderNodeMath")
    higher.operation = "ADD"
    tree.links.new(waves[0].outputs["Fac"], higher.inputs[0])
    tree.links.new(waves[1].outputs["Fac"], higher.inputs[1])
    return higher.outputs["Value"]


def _dress(tree: bpy.types.NodeTree, shader: bpy.types.Node, look: Paint) -> None:
    if isinstance(look, tuple):
        shader.inputs["Base Color"].default_value = linear(look)
        return
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = _image(look)
    texture.extension = "REPEAT"
    tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])


def plain(look: Paint, roughness: float = 0.5, metallic: float = 0.0) -> bpy.types.Material:
    """A plain surface: paint, plastic, paper; metal when `metallic` is 1."""
    material, tree, shader = _fresh("plain")
    _dress(tree, shader, look)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    return material


def glaze(look: Paint, gloss: float = 0.6) -> bpy.types.Material:
    """Glazed ceramic: a satin body under a clear coat; `gloss` 0 is bare clay, 1 is porcelain."""
    material, tree, shader = _fresh("glaze")
    _dress(tree, shader, look)
    shader.inputs["Roughness"].default_value = 0.62 - 0.3 * gloss
    shader.inputs["Coat Weight"].default_value = gloss
    shader.inputs["Coat Roughness"].default_value = 0.22 - 0.16 * gloss
    _bump(tree, shader, _noise(tree, (7.0, 7.0, 7.0)).outputs["Fac"], 0.012 + 0.02 * (1 - gloss))
    return material


def glass(colour: Colour) -> bpy.types.Material:
    """Clear or tinted thin-walled glass: see-through where you look straight at it, mirroring and darker at the edges.

    Light passes without bending, which spares tracing refraction through every wall.
    """
    material, tree, shader = _fresh("glass")
    tree.nodes.remove(shader)
    facing, ramp, clear, mirror, mixed = (
        tree.nodes.new(f"ShaderNode{kind}")
        for kind in ("LayerWeight", "ValToRGB", "BsdfTransparent", "BsdfGlossy", "MixShader")
    )
    facing.inputs["Blend"].default_value = 0.2
    red, green, blue, _ = linear(colour)
    thin, deep = ramp.color_ramp.elements
    thin.color = (0.985 * red**0.25, 0.985 * green**0.25, 0.985 * blue**0.25, 1)  # a ray goes through four walls
    deep.position = 0.95
    deep.color = (0.7 * red**0.6, 0.72 * green**0.6, 0.72 * blue**0.6, 1)
    mirror.inputs["Roughness"].default_value = 0.03
    share = tree.nodes.new("ShaderNodeMath")  # not Fresnel's, which makes the far walls' insides mirrors
    share.operation = "MULTIPLY_ADD"
    share.inputs[1].default_value, share.inputs[2].default_value = 0.4, 0.04
    tree.links.new(facing.outputs["Facing"], share.inputs[0])
    tree.links.new(facing.outputs["Facing"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], clear.inputs["Color"])
    tree.links.new(share.outputs["Value"], mixed.inputs["Fac"])
    tree.links.new(clear.outputs["BSDF"], mixed.inputs[1])
    tree.links.new(mirror.outputs["BSDF"], mixed.inputs[2])
    tree.links.new(mixed.outputs["Shader"], tree.nodes["Material Output"].inputs["Surface"])
    return material


def metal(colour: Colour, roughness: float = 0.28) -> bpy.types.Material:
    """Bare metal: steel, brass."""
    return plain(colour, roughness, 1.0)


def lacquer(colour: Paint, roughness: float = 0.4) -> bpy.types.Material:
    """Paint with a clear coat: powder-coated metal, enamel, lacquered wood."""
    material, tree, shader = _fresh("lacquer")
    _dress(tree, shader, colour)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Coat Weight"].default_value = 0.4
    shader.inputs["Coat Roughness"].default_value = 0.15
    return material


def wood(colour: Colour, along: str = "X", fine: float = 1.0) -> bpy.types.Material:
    """Oiled wood with its grain along an axis of the object."""
    material, tree, shader = _fresh("wood")
    across, length = 7.0 * fine, 0.55 * fine
    scale = {"X": (length, across, across), "Y": (across, length, across), "Z": (across, across, length)}[along]
    noise = _noise(tree, scale, detail=5.0)
    noise.inputs["Distortion"].default_value = 0.6
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    dark, light = tuple(c * 0.66 for c in colour), tuple(min(1.0, c * 1.1) for c in colour)
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.36, 0.62
    ramp.color_ramp.elements[0].color = linear((dark[0], dark[1], dark[2]))
    ramp.color_ramp.elements[1].color = linear((light[0], light[1], light[2]))
    tree.links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.48
    _bump(tree, shader, noise.outputs["Fac"], 0.012)
    return material


def cloth(look: Paint, threads: tuple[float, float], depth: float = 0.03) -> bpy.types.Material:
    """Woven cloth: matt, with a soft sheen and a weave of so many threads across U and V."""
    material, tree, shader = _fresh("cloth")
    _dress(tree, shader, look)
    shader.inputs["Roughness"].default_value = 0.92
    shader.inputs["Sheen Weight"].default_value = 0.25
    shader.inputs["Specular IOR Level"].default_value = 0.2
    _bump(tree, shader, _weave(tree, threads), depth)
    return material


def leather(look: Paint) -> bpy.types.Material:
    """Fine-grained leather."""
    material, tree, shader = _fresh("leather")
    _dress(tree, shader, look)
    shader.inputs["Roughness"].default_value = 0.5
    _bump(tree, shader, _noise(tree, (22.0, 22.0, 22.0), detail=4.0).outputs["Fac"], 0.02)
    return material


def wax(look: Paint) -> bpy.types.Material:
    """Candle wax: soft, slightly translucent looking."""
    material, tree, shader = _fresh("wax")
    _dress(tree, shader, look)
    shader.inputs["Roughness"].default_value = 0.42
    shader.inputs["Sheen Weight"].default_value = 0.15
    return material


def glow(colour: Colour, strength: float) -> bpy.types.Material:
    """A surface that shines: a lit bulb, a candle flame."""
    material, _, shader = _fresh("glow")
    shader.inputs["Base Color"].default_value = linear(colour)
    shader.inputs["Emission Color"].default_value = linear(colour)
    shader.inputs["Emission Strength"].default_value = strength
    return material
