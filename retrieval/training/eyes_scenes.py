"""Pictures put together for the photo encoder: several products in one, and whole goods beside damaged ones.

Without them its patches tell what a picture shows as a whole, and neither where a product ends nor that a part of it
is torn: the describer, which reads the patches, could learn neither.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.training.damage import damaged, likely_product
from retrieval.training.eyes_augment import augment
from retrieval.training.eyes_data import Pictures

LAYOUTS = ((1, 2), (2, 1), (1, 3), (3, 1), (2, 2))  # rows and columns
HURT = 0.02  # of 1: a patch that differs by so much from the whole picture's shows damage


def damaged_pictures(pictures: Pictures, seed: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Rows of training pictures of whole goods, and each of them with damage drawn on it, (n, side, side, 3)."""
    sources = ("clothing", "fashion", "icon", "render", "catalogue")
    rows = pictures.rows(*sources, development=False)
    chance = np.random.default_rng(seed)
    drawn = [damaged(pictures.pixels[row], likely_product(pictures.masks[row]), chance) for row in rows]
    return rows, np.stack(drawn) if drawn else np.empty((0, *pictures.pixels.shape[1:]), np.uint8)


def whole_and_damaged(
    whole: Tensor, hurt: Tensor, masks: Tensor, side: int, chance: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Pairs of bytes (n, s, s, 3) → both in the same crop and light, (2n, 3, side, side), and where they differ.

    That is how much each place of the first n pictures differs from the same of the other n, (n, 1, side, side).
    """
    state = chance.get_state()
    before = augment(whole, masks, side, chance, covered=False)
    chance.set_state(state)
    after = augment(hurt, masks, side, chance, covered=False)
    return torch.cat([before, after]), (before - after).abs().amax(dim=1, keepdim=True)


def damaged_patches(differs: Tensor, patches: int) -> Tensor:
    """(n, 1, side, side) → (n, patches) with 1 where damage is seen."""
    grid = int(patches**0.5)
    return (F.adaptive_avg_pool2d(differs, grid).flatten(1) > HURT).float()


def collages(pictures: Tensor, each: int, chance: torch.Generator) -> Iterator[tuple[Tensor, Tensor, tuple[int, int]]]:
    """For each layout `each` pictures (each, 3, side, side), put together of pictures (n, 3, side, side): with the
    places of their parts in those, (each, rows · columns), and the layout."""
    side = pictures.shape[-1]
    for rows, columns in LAYOUTS:
        parts = torch.randint(len(pictures), (each, rows * columns), generator=chance, device=chance.device)
        small = F.interpolate(pictures[parts.flatten()], size=(side // rows, side // columns), mode="area")
        tiles = small.view(each, rows, columns, *small.shape[1:]).permute(0, 3, 1, 4, 2, 5)
        joined = tiles.reshape(each, 3, rows * (side // rows), columns * (side // columns))
        yield F.interpolate(joined, size=(side, side), mode="bilinear", align_corners=False), parts, (rows, columns)


def parts_of_grid(layout: tuple[int, int], patches: int, device: torch.device) -> Tensor:
    """Which patches belong to each part of a layout: (rows · columns, patches) of bool."""
    grid, (rows, columns) = int(patches**0.5), layout
    middles = (torch.arange(grid, device=device) + 0.5) / grid
    owner = (middles * rows).long()[:, None] * columns + (middles * columns).long()[None]
    return owner.flatten()[None] == torch.arange(rows * columns, device=device)[:, None]
