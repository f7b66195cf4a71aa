"""Photos as a customer might have taken them: every change is made on a whole batch at once, in torch."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name


def augment(pixels: Tensor, masks: Tensor, side: int, chance: torch.Generator, *, covered: bool = True) -> Tensor:
    """(n, s, s, 3) bytes and (n, s, s) masks, 255 on the product → (n, 3, side, side) in 0..1.

    A mask with a zero says that the background is plain and may be replaced; `covered` lets patches hide a part.
    """
    n = len(pixels)
    both = torch.cat([pixels.permute(0, 3, 1, 2), masks.unsqueeze(1)], dim=1).float() / 255.0
    both = F.grid_sample(both, _crops(n, side, chance), padding_mode="reflection", align_corners=False)
    pictures, product = both[:, :3], both[:, 3:].round()
    pictures = _replace_background(pictures, product, chance)
    pictures = _relight(pictures, chance)
    pictures = _blur(pictures, chance)
    return (_erase(pictures, chance) if covered else pictures).clamp(0.0, 1.0)


def plain(pixels: Tensor, side: int) -> Tensor:
    """The pictures as they are, (n, 3, side, side) in 0..1."""
    pictures = pixels.permute(0, 3, 1, 2).float() / 255.0
    if pictures.shape[-1] == side:
        return pictures
    return F.interpolate(pictures, size=(side, side), mode="bilinear", antialias=True, align_corners=False)


def without_product(pictures: Tensor, count: int, chance: torch.Generator) -> Tensor:
    """`count` pictures (count, 3, side, side) in which nothing can be named: half are scrambled ones of `pictures`,
    half are noise, from fine grain over blotches to a plain frame."""
    side, half = pictures.shape[-1], count // 2
    scrambled = _scrambled(pictures[_shuffled(len(pictures), chance)[:half]], chance)
    noise = []
    sizes = torch.randint(1, 7, (count - half,), generator=chance, device=chance.device)
    for cells in (sizes**2).tolist():
        grain = _rand(1, 3, cells, cells, chance=chance)
        flat, strength = _rand(1, 3, 1, 1, chance=chance), _rand(1, chance=chance)
        mixed = (flat + (grain - flat) * strength) * _rand(1, chance=chance).sqrt()
        noise.append(F.interpolate(mixed, size=(side, side), mode="bilinear" if cells < 30 else "nearest"))
    return torch.cat([scrambled, *noise])


def _scrambled(pictures: Tensor, chance: torch.Generator) -> Tensor:
    """Pictures cut into 4 × 4 tiles that are shuffled: colours and textures of products, but no product."""
    n, channels, side, _ = pictures.shape
    tile = side // 4
    tiles = pictures.unfold(2, tile, tile).unfold(3, tile, tile).reshape(n, channels, 16, tile, tile)
    order = _rand(n, 16, chance=chance).argsort(dim=1).view(n, 1, 16, 1, 1).expand_as(tiles)
    mixed = tiles.gather(2, order).view(n, channels, 4, 4, tile, tile)
    return mixed.permute(0, 1, 2, 4, 3, 5).reshape(n, channels, side, side)


def _rand(*shape: int, chance: torch.Generator) -> Tensor:
    """Uniform in 0..1, on the generator's own device: nothing is copied to a GPU in the midst of a step."""
    return torch.rand(shape, generator=chance, device=chance.device)


def _shuffled(n: int, chance: torch.Generator) -> Tensor:
    return torch.randperm(n, generator=chance, device=chance.device)


def _between(low: float, high: float, shape: tuple[int, ...], chance: torch.Generator) -> Tensor:
    return _rand(*shape, chance=chance) * (high - low) + low


def _crops(n: int, side: int, chance: torch.Generator) -> Tensor:
    """Sampling grids: part of the picture or a little more than it, turned by up to 15°, stretched, mirrored."""
    scale = _between(0.3, 1.1, (n,), chance).sqrt()
    stretch = _between(-0.22, 0.22, (n,), chance).exp()
    wide, high = scale * stretch.sqrt(), scale / stretch.sqrt()
    angle = _between(-math.pi / 12, math.pi / 12, (n,), chance)
    mirror = (_rand(n, chance=chance) < 0.5).float() * 2 - 1
    room_x, room_y = (1 - wide).clamp(min=0), (1 - high).clamp(min=0)
    theta = torch.zeros(n, 2, 3, device=chance.device)
    theta[:, 0, 0], theta[:, 0, 1] = wide * angle.cos() * mirror, -high * angle.sin()
    theta[:, 1, 0], theta[:, 1, 1] = wide * angle.sin() * mirror, high * angle.cos()
    theta[:, 0, 2] = _between(-1, 1, (n,), chance) * room_x
    theta[:, 1, 2] = _between(-1, 1, (n,), chance) * room_y
    return F.affine_grid(theta, [n, 4, side, side], align_corners=False)


def _replace_background(pictures: Tensor, product: Tensor, chance: torch.Generator) -> Tensor:
    """Behind most products on a plain ground comes another photo of the batch, out of focus, or one colour."""
    n = len(pictures)
    order = _shuffled(n, chance)
    soft = F.interpolate(F.avg_pool2d(pictures[order], 8), size=pictures.shape[-2:], mode="bilinear")
    flat = _rand(n, 3, 1, 1, chance=chance)
    behind = torch.where(_rand(n, 1, 1, 1, chance=chance) < 0.6, soft, flat)
    keep = torch.where(_rand(n, 1, 1, 1, chance=chance) < 0.65, product, torch.ones_like(product))
    return keep * pictures + (1 - keep) * behind


def _relight(pictures: Tensor, chance: torch.Generator) -> Tensor:
    """Other light: mild, since the colour is one of the things to be read."""
    n = len(pictures)
    gains = _between(0.65, 1.3, (n, 1, 1, 1), chance) * _between(0.92, 1.08, (n, 3, 1, 1), chance)
    pictures = pictures * gains
    grey = pictures.mean(dim=1, keepdim=True)
    pictures = grey + (pictures - grey) * _between(0.75, 1.25, (n, 1, 1, 1), chance)
    middle = pictures.mean(dim=(1, 2, 3), keepdim=True)
    return middle + (pictures - middle) * _between(0.75, 1.25, (n, 1, 1, 1), chance)


def _blur(pictures: Tensor, chance: torch.Generator) -> Tensor:
    """A fifth of the photos are out of focus."""
    soft = F.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False)
    return torch.where(_rand(len(pictures), 1, 1, 1, chance=chance) < 0.2, soft, pictures)


def _erase(pictures: Tensor, chance: torch.Generator) -> Tensor:
    """A patch of one colour, or of another picture, covers part of a third of them (Zhong et al. 2017)."""
    n, _, side, _ = pictures.shape
    at = torch.arange(side, device=chance.device).view(1, 1, side) / side
    low = _rand(n, 2, chance=chance)
    size = _between(0.1, 0.4, (n, 2), chance)
    size[_rand(n, chance=chance) > 0.35] = 0.0
    rows = (at >= low[:, :1, None]) & (at < (low + size)[:, :1, None])
    columns = (at >= low[:, 1:, None]) & (at < (low + size)[:, 1:, None])
    covered = (rows.transpose(1, 2) & columns).unsqueeze(1)
    flat, others = _rand(n, 3, 1, 1, chance=chance), pictures[_shuffled(n, chance)]
    return torch.where(covered, torch.where(_rand(n, 1, 1, 1, chance=chance) < 0.5, flat, others), pictures)
