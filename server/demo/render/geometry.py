"""Meshes from a few numbers: turned bodies, bent tubes, bevelled boxes, inflated cloth. One unit is 10 cm.

Fronts face -Y. Every mesh has a UV map: turned bodies map U once around, with 0.5 at the front, and V from foot to top.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import bpy
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Corner = tuple[float, ...]  # x, z and, if the corner is to be rounded, a radius


def rounded(corners: Sequence[Corner], steps: int = 5) -> Points:
    """A polyline through `corners` (x, z, radius), each inner corner rounded by a parabola; shape (n, 2)."""
    at = [np.array(corner[:2], dtype=float) for corner in corners]
    line = [at[0]]
    for before, here, after, corner in zip(at, at[1:], at[2:], corners[1:], strict=False):
        radius = corner[2] if len(corner) == 3 else 0.0
        to, on = before - here, after - here
        reach = min(radius, 0.49 * float(np.linalg.norm(to)), 0.49 * float(np.linalg.norm(on)))
        if reach <= 0.0:
            line.append(here)
            continue
        start = here + to / np.linalg.norm(to) * reach
        end = here + on / np.linalg.norm(on) * reach
        for t in np.linspace(0.0, 1.0, steps):
            line.append((1 - t) ** 2 * start + 2 * t * (1 - t) * here + t**2 * end)
    line.append(at[-1])
    return np.array(line)


def thing(
    name: str,
    vertices: Points,
    faces: Sequence[Sequence[int]],
    uvs: Points | None,
    material: object,
    *,
    smooth: bool = True,
) -> bpy.types.Object:
    """An object in the scene from vertices (n, 3), faces and one UV per vertex (n, 2)."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], [list(face) for face in faces])
    if uvs is not None:
        loops = np.empty(len(mesh.loops), dtype=np.int32)
        mesh.loops.foreach_get("vertex_index", loops)
        layer = mesh.uv_layers.new(name="UVMap")
        layer.uv.foreach_set("vector", uvs[loops].astype(np.float32).ravel())
    mesh.materials.append(material)
    mesh.polygons.foreach_set("use_smooth", [smooth] * len(mesh.polygons))
    made = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(made)
    return made


def grid(columns: int, rows: int, closed: bool = False) -> list[tuple[int, int, int, int]]:
    """Quads of a `rows` by `columns` grid of vertices, row by row; `closed` joins the last row to the first."""
    last = rows if closed else rows - 1
    return [
        (r * columns + c, r * columns + c + 1, (r + 1) % rows * columns + c + 1, (r + 1) % rows * columns + c)
        for r in range(last)
        for c in range(columns - 1)
    ]


def lathe(
    name: str,
    profile: Points,
    material: object,
    segments: int = 64,
    wobble: Callable[[Points, Points], Points] | None = None,
    *,
    smooth: bool = True,
) -> bpy.types.Object:
    """A body turned around Z from a profile (radius, z), running so that its outside is on the right going up.

    `wobble(angles, radii)` may change the radius by angle, for ribs and flutes. V runs with height, not with length.
    """
    angles = np.linspace(0.0, 2 * np.pi, segments + 1)
    turned = angles - np.pi / 2 - np.pi  # U = 0.5 looks to -Y
    radius = np.repeat(profile[:, 0][:, None], segments + 1, axis=1)
    if wobble is not None:
        radius = wobble(np.broadcast_to(angles, radius.shape), radius)
    z = np.repeat(profile[:, 1][:, None], segments + 1, axis=1)
    vertices = np.stack([radius * np.cos(turned), radius * np.sin(turned), z], axis=-1).reshape(-1, 3)
    low, high = float(profile[:, 1].min()), float(profile[:, 1].max())
    v = (z - low) / max(high - low, 1e-6)
    u = np.broadcast_to(angles / (2 * np.pi), v.shape)
    uvs = np.stack([u, v], axis=-1).reshape(-1, 2)
    return thing(name, vertices, grid(segments + 1, len(profile)), uvs, material, smooth=smooth)


def tube(
    name: str,
    path: Points,
    material: object,
    radius: float | tuple[float, float],
    sides: int = 14,
    *,
    taper: Sequence[float] | None = None,
    closed: bool = False,
) -> bpy.types.Object:
    """A tube along `path` (n, 3), of round or elliptic section (across, up); `taper` scales it along the path."""
    across, up = radius if isinstance(radius, tuple) else (radius, radius)
    scale = (
        np.ones(len(path))
        if taper is None
        else np.interp(np.linspace(0, 1, len(path)), np.linspace(0, 1, len(taper)), taper)
    )
    tangent = np.gradient(path, axis=0)
    if closed:
        tangent = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.cross(tangent[0], [0.0, 1.0, 0.0] if abs(tangent[0][1]) < 0.9 else [1.0, 0.0, 0.0])
    rings = []
    around = np.linspace(0, 2 * np.pi, sides + 1)
    for here, along, size in zip(path, tangent, scale, strict=True):
        normal = normal - along * float(normal @ along)  # carried along the path, so that the tube does not twist
        normal /= np.linalg.norm(normal)
        side = np.cross(along, normal)
        rings.append(here + size * (np.outer(np.cos(around) * up, normal) + np.outer(np.sin(around) * across, side)))
    vertices = np.array(rings).reshape(-1, 3)
    u, v = np.meshgrid(around / (2 * np.pi), np.linspace(0, 1, len(path)))
    faces: list[Sequence[int]] = list(grid(sides + 1, len(path), closed))
    if not closed:
        faces.append(tuple(range(sides)))
        faces.append(tuple(reversed(range(len(vertices) - sides - 1, len(vertices) - 1))))
    return thing(name, vertices, faces, np.stack([u, v], -1).reshape(-1, 2), material)


def bezier(*controls: Sequence[float], steps: int = 24) -> Points:
    """A smooth path through a Bézier curve's control points; shape (steps, 3)."""
    t = np.linspace(0.0, 1.0, steps)[:, None]
    points = [np.broadcast_to(np.array(control, dtype=float), (steps, 3)) for control in controls]
    while len(points) > 1:
        points = [(1 - t) * a + t * b for a, b in pairwise(points)]
    return points[0]


def box(
    name: str, size: Sequence[float], material: object, bevel: float = 0.03, centre: Sequence[float] = (0, 0, 0)
) -> bpy.types.Object:
    """A bevelled box with its middle at `centre`; each face is mapped as seen from outside, whole width in U."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    sides = [(0, 1, 3, 2), (6, 7, 5, 4), (4, 5, 1, 0), (2, 3, 7, 6), (2, 6, 4, 0), (1, 5, 7, 3)]
    across = [(0, -1, 0), (0, 1, 0), (1, 0, 0), (-1, 0, 0), (1, 0, 0), (1, 0, 0)]
    up = [(0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1), (0, -1, 0), (0, 1, 0)]
    uvs = np.concatenate(
        [
            0.5 + np.stack([corners[list(side)] @ u, corners[list(side)] @ v], -1)
            for side, u, v in zip(sides, across, up, strict=True)
        ]
    )
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata((corners * size).tolist(), [], sides)
    mesh.uv_layers.new(name="UVMap").uv.foreach_set("vector", uvs.astype(np.float32).ravel())
    mesh.materials.append(material)
    body = bpy.data.objects.new(name, mesh)
    body.location = tuple(centre)
    bpy.context.scene.collection.objects.link(body)
    if bevel > 0:
        soft = body.modifiers.new("bevel", "BEVEL")
        soft.width, soft.segments = bevel, 3
    return body


def sheet(
    name: str, columns: int, rows: int, place: Callable[[Points, Points], Points], material: object
) -> bpy.types.Object:
    """A surface: `place(u, v)` gives the position (rows, columns, 3) of the grid of u and v, both 0 to 1."""
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    vertices = place(u, v).reshape(-1, 3)
    return thing(name, vertices, grid(columns, rows), np.stack([u, v], -1).reshape(-1, 2), material)


def corners_of(objects: Sequence[bpy.types.Object]) -> Points:
    """World positions of the objects' vertices, thinned to about a thousand; shape (n, 3)."""
    bpy.context.view_layer.update()
    found = []
    for item in objects:
        count = len(item.data.vertices)
        flat = np.empty(count * 3, dtype=np.float32)
        item.data.vertices.foreach_get("co", flat)
        matrix = np.array(item.matrix_world)
        found.append(flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    points = np.concatenate(found).astype(float)
    return points[:: max(1, len(points) // 3000)]
