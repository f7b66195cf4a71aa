"""Camera, lights and Cycles: what the studio and the customers' homes have in common."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import bpy
import numpy as np

from .geometry import Points
from .paint import Colour, linear

UP = np.array([0.0, 0.0, 1.0])
T = TypeVar("T")


def clear() -> None:
    """Take everything off the stage and free it."""
    for kept in (
        bpy.data.objects,
        bpy.data.meshes,
        bpy.data.materials,
        bpy.data.images,
        bpy.data.lights,
        bpy.data.cameras,
    ):
        bpy.data.batch_remove(list(kept))


def quality(size: int, samples: int, threads: int, bounces: int = 4) -> None:
    """Set Cycles up for square pictures on the processor, denoised."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.image_settings.compression = 5
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.view_settings.view_transform = "Standard"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_prefilter = "FAST"
    cycles.denoising_quality = "BALANCED"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = bounces + 4, bounces - 1, bounces
    cycles.transmission_bounces, cycles.transparent_max_bounces = 6, 10
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 6.0
    cycles.use_light_tree = False  # three lamps are quicker without


def ambience(colour: Colour, strength: float) -> None:
    """Even light from all around."""
    scene = bpy.context.scene
    if scene.world is None:
        scene.world = bpy.data.worlds.new("world")
        scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = linear(colour)
    background.inputs["Strength"].default_value = strength


def direction(azimuth: float, elevation: float) -> Points:
    """The unit vector towards a place around the thing, in degrees; azimuth 0 is in front, positive to the right."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])


def _aimed(item: bpy.types.Object, place: Points, target: Points, roll: float = 0.0) -> None:
    away = (place - target) / np.linalg.norm(place - target)
    right = np.cross(UP, away)
    right /= np.linalg.norm(right)
    up = np.cross(away, right)
    c, s = np.cos(roll), np.sin(roll)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = c * right + s * up, c * up - s * right, away, place
    item.matrix_world = matrix.T.tolist()


def lamp(
    target: Points, towards: Points, distance: float, size: float, irradiance: float, *, colour: Colour = (1, 1, 1)
) -> None:
    """A square light that gives `irradiance` at the target (1 lights white paper to about a third of full white)."""
    light = bpy.data.lights.new("lamp", "AREA")
    light.shape, light.size = "SQUARE", size
    light.color = linear(colour)[:3]
    light.energy = irradiance * np.pi * distance**2
    item = bpy.data.objects.new("lamp", light)
    bpy.context.scene.collection.objects.link(item)
    _aimed(item, target + towards * distance, target)


def camera(
    points: Points,
    towards: Points,
    fill: float,
    *,
    shift: tuple[float, float] = (0.0, 0.0),
    lens: float = 70.0,
    roll: float = 0.0,
) -> Points:
    """A camera in direction `towards` that sees the points fill that share of the frame; returns where it stands.

    `shift` moves the thing from the middle, as shares of the frame; `lens` is in millimetres on 36 mm film.
    """
    target = (points.min(0) + points.max(0)) / 2
    half = 18.0 / lens
    distance = 3.0 * float(np.linalg.norm(points - target, axis=1).max()) / half / 2
    away = towards / np.linalg.norm(towards)
    right = np.cross(UP, away)
    right /= np.linalg.norm(right)
    up = np.cross(away, right)
    for _ in range(6):  # the perspective changes with the distance, so aim and distance settle together
        seen = points - (target + away * distance)
        depth = -seen @ away
        x, y = (seen @ right) / depth / half, (seen @ up) / depth / half
        target = target + (right * (x.max() + x.min()) / 2 + up * (y.max() + y.min()) / 2) * half * distance
        distance *= max(x.max() - x.min(), y.max() - y.min()) / 2 / fill
    made = bpy.data.cameras.new("camera")
    made.lens, made.sensor_width = lens, 36.0
    made.clip_start, made.clip_end = distance / 100, distance * 100
    made.shift_x, made.shift_y = -shift[0], -shift[1]
    item = bpy.data.objects.new("camera", made)
    bpy.context.scene.collection.objects.link(item)
    place = target + away * distance
    _aimed(item, place, target, roll)
    bpy.context.scene.camera = item
    return np.asarray(place, float)


def blur_beyond(place: Points, focus: Points, strength: float) -> None:
    """Let what is not at the focus go out of it; `strength` 0 is sharp everywhere, 1 a portrait lens."""
    lens = bpy.context.scene.camera.data
    lens.dof.use_dof = strength > 0
    lens.dof.focus_distance = float(np.linalg.norm(place - focus))
    # at this f-number the blur disc of what is infinitely far is `strength` * 4 % of the frame
    lens.dof.aperture_fstop = lens.lens**2 / 1000 / (0.04 * 36 * max(strength, 1e-3)) / lens.dof.focus_distance * 10


def expose(path: Path, exposure: float = 0.0) -> None:
    """Render the stage into a PNG file."""
    scene = bpy.context.scene
    scene.view_settings.exposure = exposure
    scene.render.filepath = str(path)
    with _silence():
        bpy.ops.render.render(write_still=True)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep Blender's own lines, a dozen a picture, off the standard output."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def extent(points: Points) -> float:
    """Half the diagonal of the points' bounding box."""
    return float(np.linalg.norm(points.max(0) - points.min(0)) / 2)


def pick(rng: np.random.Generator, things: Sequence[T]) -> T:
    """One of the things."""
    return things[int(rng.integers(len(things)))]
