"""The pictures that the describer learns from: those of the photo encoder, altered copies, and scenes put together.

What nobody photographed for us is drawn: damage (cracks, tears, stains, dents, chips) on pictures of whole goods,
several products in one picture, and pictures of no product. Figures on these are figures on synthetic pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter

from retrieval.describer_words import BACKGROUNDS, NUMBERS
from retrieval.embedders.photo_labels import PhotoLabels
from retrieval.training.damage import Bytes, damaged, likely_product
from retrieval.training.eyes_augment import augment, without_product
from retrieval.training.eyes_data import HEADS, Pictures

SIDE = 128  # what the photo encoder looks at
RECIPE = 1  # grows whenever the scenes change, so that a bank of older ones is not taken for theirs
DAMAGED_SHARE, SEVERAL_SHARE, NOTHING_SHARE = 0.3, 0.22, 0.08  # for each picture of a product
SLEEVES = {
    "t-shirt": "short sleeves",
    "long-sleeve": "long sleeves",
    "sweater": "long sleeves",
    "sweatshirt": "long sleeves",
    "hoodie": "long sleeves",
    "blazer": "long sleeves",
    "outerwear": "long sleeves",
    "undershirt": "no sleeves",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is known of it: question → answer. What is not known is absent.

    `shown` names the types of several products; `id` is that of the picture it was made from.
    """

    picture: Bytes
    facts: Mapping[str, str]
    source: str
    id: str
    development: bool
    shown: tuple[str, ...] = ()


def scenes(pictures: Pictures, labels: PhotoLabels, development: bool, seed: int) -> Iterator[Scene]:
    """All scenes of one side of the split; nothing of the other side is in them."""
    rows = [
        row
        for row, example in enumerate(pictures.examples)
        if example.development == development and example.source != "wordless"
    ]
    chance = np.random.default_rng(seed)
    plain = [_scene(pictures, labels, row) for row in rows]
    yield from plain
    yield from _altered(pictures, rows, plain, seed)
    whole = [
        (scene, _mask(pictures, row)) for scene, row in zip(plain, rows, strict=True) if "condition" in scene.facts
    ]
    for place in chance.choice(len(whole), round(DAMAGED_SHARE * len(plain))) if whole else ():
        scene, mask = whole[place]
        yield replace(
            scene,
            picture=damaged(scene.picture, mask, chance),
            facts={**scene.facts, "condition": "damaged"},
            source="damage",
        )
    masks = {id(scene): mask for scene, mask in whole}
    halves = [[scene for scene in plain if for_fitting(scene.id) == half] for half in (True, False)]
    for number in range(round(SEVERAL_SHARE * len(plain))):
        half = halves[number % 2]
        yield several([half[i] for i in chance.choice(len(half), 4)], masks, chance)
    yield from nothings([scene.picture for scene in plain], round(NOTHING_SHARE * len(plain)), seed, development)


def for_fitting(id: str) -> bool:
    """Which half of the development pictures a picture belongs to; what is made of pictures has them of one half."""
    return sha256(f"describer:{id.partition('+')[0]}".encode()).digest()[0] % 2 == 0


def background(picture: Bytes) -> str:
    """What is behind the product, measured along the border: the label is a rule's, not a person's."""
    edge = np.concatenate([picture[:4].reshape(-1, 3), picture[-4:].reshape(-1, 3)])
    edge = np.concatenate([edge, picture[:, :4].reshape(-1, 3), picture[:, -4:].reshape(-1, 3)]).astype(np.int16)
    middle = np.median(edge, axis=0)
    alike = float((np.abs(edge - middle).max(axis=1) < 24).mean())
    white, plain, dark, busy = BACKGROUNDS
    if alike < 0.6:
        return busy
    if middle.min() > 215:
        return white
    return dark if middle.max() < 60 else plain


def several(parts: list[Scene], masks: Mapping[int, Bytes], chance: np.random.Generator) -> Scene:
    """Two to four products in one picture: cut out on one ground where they can be, else photos side by side."""
    count = int(chance.integers(2, 5))
    chosen = parts[:count]
    layout = {2: ((1, 2), (2, 1)), 3: ((1, 3), (3, 1)), 4: ((2, 2),)}[count]
    rows, columns = layout[chance.integers(len(layout))]
    ground = (
        chance.integers(150, 256, 3).astype(np.uint8) if chance.random() < 0.7 else np.array([255, 255, 255], np.uint8)
    )
    whole = np.tile(ground, (SIDE, SIDE, 1))
    for place, part in enumerate(chosen):
        cell_h, cell_w = SIDE // rows, SIDE // columns
        top, left = place // columns * cell_h, place % columns * cell_w
        _place(whole, part.picture, masks.get(id(part)), (top, left, cell_h, cell_w), chance)
    facts = {"number": NUMBERS[count - 1]} if all("number" in part.facts for part in chosen) else {}
    shown = tuple(part.facts["type"] for part in chosen if "type" in part.facts)
    return Scene(whole, facts, "several", "+".join(p.id for p in chosen), parts[0].development, shown if facts else ())


def nothings(pictures: list[Bytes], count: int, seed: int, development: bool) -> Iterator[Scene]:
    """Pictures of no product: scrambled ones, noise, plain frames, drawn landscapes and drawn faces."""
    generator, chance = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    chosen = np.stack([pictures[i] for i in chance.choice(len(pictures), min(len(pictures), 2 * count))])
    seen = torch.from_numpy(chosen).permute(0, 3, 1, 2).float() / 255
    drawn = [_as_bytes(p) for p in without_product(seen, count // 2, generator)]
    drawn += [landscape(chance) if i % 2 else face(chance) for i in range(count - len(drawn))]
    for number, picture in enumerate(drawn):
        yield Scene(picture, {"type": "nothing"}, "nothing", f"nothing-{number}", development)


def landscape(chance: np.random.Generator) -> Bytes:
    """A sky, hills one behind the other, perhaps a sun."""
    image = Image.new("RGB", (SIDE, SIDE))
    draw = ImageDraw.Draw(image)
    high, low = chance.integers(60, 200, 3), chance.integers(150, 256, 3)
    for y in range(SIDE):
        share = y / SIDE
        draw.line((0, y, SIDE, y), fill=tuple(int(a * (1 - share) + b * share) for a, b in zip(high, low, strict=True)))
    if chance.random() < 0.5:
        x, y, r = (int(v) for v in chance.integers((10, 5, 4), (118, 45, 14)))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 240, int(chance.integers(120, 230))))
    for layer in range(int(chance.integers(2, 5))):
        base, phase = 50 + 18 * layer + int(chance.integers(0, 12)), chance.random(3) * 6.3
        waves = [base + 9 * np.sin(x / 21 + phase[0]) + 6 * np.sin(x / 9 + phase[1]) for x in range(SIDE)]
        colour = tuple(int(v) for v in chance.integers(20, 150, 3))
        draw.polygon([(0, SIDE), *enumerate(waves), (SIDE, SIDE)], fill=colour)
    return _grained(image, chance)


def face(chance: np.random.Generator) -> Bytes:
    """A round face with hair, eyes and a mouth, as far as circles can."""
    skin = np.array([224, 172, 140]) * chance.uniform(0.45, 1.1) * chance.uniform(0.94, 1.06, 3)
    tone = tuple(int(v) for v in skin.clip(0, 255))
    image = Image.new("RGB", (SIDE, SIDE), tuple(int(v) for v in chance.integers(40, 256, 3)))
    draw = ImageDraw.Draw(image)
    x, y, wide = 64 + int(chance.integers(-14, 15)), 62 + int(chance.integers(-10, 11)), int(chance.integers(24, 42))
    high = int(wide * chance.uniform(1.15, 1.4))
    hair = tuple(int(v) for v in chance.integers(10, 150, 3))
    draw.ellipse((x - wide - 5, y - high - 8, x + wide + 5, y + high // 2), fill=hair)
    draw.rectangle((x - wide // 2, y + high // 2, x + wide // 2, SIDE), fill=tone)
    draw.ellipse((x - wide, y - high, x + wide, y + high), fill=tone)
    for side in (-1, 1):
        at = x + side * wide * 0.42
        draw.ellipse((at - 6, y - 9, at + 6, y - 2), fill="white")
        draw.ellipse((at - 3, y - 9, at + 3, y - 2), fill=tuple(int(v) for v in chance.integers(0, 110, 3)))
    draw.arc((x - 4, y - 4, x + 5, y + 12), 20, 150, fill=hair, width=1)
    draw.chord((x - wide * 0.4, y + high * 0.3, x + wide * 0.4, y + high * 0.62), 10, 170, fill=(170, 60, 70))
    return _grained(image.filter(ImageFilter.GaussianBlur(float(chance.uniform(0.3, 1.5)))), chance)


def _scene(pictures: Pictures, labels: PhotoLabels, row: int) -> Scene:
    example, pixels = pictures.examples[row], _small(pictures.pixels[row])
    facts = {
        head: labels.heads[head][place].name
        for head, place in zip(HEADS, pictures.labels[row], strict=True)
        if place >= 0
    }
    facts["background"] = background(pixels)
    if example.source != "grocery":  # shelves of fruit: nobody counted
        facts["number"] = NUMBERS[0]
    if example.source != "grocery":  # nobody offered or photographed these for being broken
        facts["condition"] = "intact"
    if example.source in ("clothing", "fashion") and (sleeve := SLEEVES.get(facts.get("type", ""))):
        facts["sleeve"] = sleeve
    return Scene(pixels, facts, example.source, example.id, example.development)


def _altered(pictures: Pictures, rows: list[int], plain: list[Scene], seed: int) -> Iterator[Scene]:
    """Each picture again in another crop, light and ground. Part may be covered, so nobody asks if it is whole."""
    generator = torch.Generator().manual_seed(seed)
    for begin in range(0, len(rows), 64):
        part = rows[begin : begin + 64]
        pixels, masks = torch.from_numpy(pictures.pixels[part]), torch.from_numpy(pictures.masks[part])
        for scene, picture in zip(plain[begin : begin + 64], augment(pixels, masks, SIDE, generator), strict=True):
            altered = _as_bytes(picture)
            facts = {name: value for name, value in scene.facts.items() if name != "condition"}
            yield replace(scene, picture=altered, facts={**facts, "background": background(altered)}, source="altered")


def _mask(pictures: Pictures, row: int) -> Bytes:
    mask = Image.fromarray(pictures.masks[row]).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    return likely_product(np.asarray(mask))


def _place(
    whole: Bytes, picture: Bytes, mask: Bytes | None, cell: tuple[int, int, int, int], chance: np.random.Generator
) -> None:
    top, left, high, wide = cell
    cut_out = mask is not None and mask[0].max() == 0 and chance.random() < 0.7
    shrink = chance.uniform(0.75, 0.98) if cut_out else 1.0
    size = (max(8, int(wide * shrink)), max(8, int(high * shrink)))
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
    y, x = top + (high - size[1]) // 2, left + (wide - size[0]) // 2
    if not cut_out or mask is None:
        whole[y : y + size[1], x : x + size[0]] = small
        return
    keep = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR)).astype(np.float32)[..., None] / 255
    region = whole[y : y + size[1], x : x + size[0]].astype(np.float32)
    whole[y : y + size[1], x : x + size[0]] = (region * (1 - keep) + small * keep).astype(np.uint8)


def _grained(image: Image.Image, chance: np.random.Generator) -> Bytes:
    pixels = np.asarray(image).astype(np.float32) + chance.normal(0, chance.uniform(1, 9), (SIDE, SIDE, 3))
    return pixels.clip(0, 255).astype(np.uint8)


def _small(pixels: Bytes) -> Bytes:
    return np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def _as_bytes(picture: torch.Tensor) -> Bytes:
    whole: Bytes = (picture.permute(1, 2, 0) * 255).round().clamp(0, 255).byte().numpy()
    return whole
