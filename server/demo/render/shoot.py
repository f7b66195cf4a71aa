"""The sessions: catalogue pictures, customers' photos, training views.

Seeds keep them apart: a customer's photo is drawn from a seed in `PHOTO_SEEDS`, a training view from one in
`TRAINING_SEEDS`, and the two ranges share no number, so no photo that measures the encoder has taught it.
"""

import json
import os
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from . import shapes_pots, shapes_room, shapes_table
from .goods import SHADES
from .model import Builder, Dress, Model
from .paint import rgb
from .range import FAMILIES, PRODUCTS, Product
from .scenes import home, studio
from .stage import clear, expose, pick, quality

PHOTO_SEEDS = range(0, 1_000_000)
TRAINING_SEEDS = range(1_000_000, 2_000_000)
BUILDERS: dict[str, Builder] = {**shapes_table.BUILDERS, **shapes_pots.BUILDERS, **shapes_room.BUILDERS}
WORDS = (
    "LUCKY",
    "CIAO",
    "MILK",
    "SALT",
    "RICE",
    "GOOD DAY",
    "WEEKEND",
    "OATS",
    "PLANS",
    "ROSE",
    "MINT",
    "BOX 17",
    "TRAVEL",
)


@dataclass(frozen=True, slots=True)
class Quality:
    """How large, how many samples, how many processor threads."""

    size: int
    samples: int
    threads: int


def dress(product: Product) -> Dress:
    """The product's look."""
    look = product.look
    second = SHADES[look.second].hex if look.second else SHADES[look.shade].hex
    seed = zlib.crc32(product.id.encode())
    return Dress(rgb(SHADES[look.shade].hex), rgb(second), product.pattern, product.material, look.text, seed)


def build(shape: str, wearing: Dress) -> Model:
    """An empty stage with only the thing on it."""
    clear()
    return BUILDERS[shape](wearing)


def catalogue_pictures(products: Sequence[Product], folder: Path, how: Quality) -> None:
    """One view of each product in the studio, `<id>.jpg`; those that are there already are kept."""
    quality(how.size, how.samples, how.threads)
    folder.mkdir(parents=True, exist_ok=True)
    for product in _missing(products, lambda p: [folder / f"{p.id}.jpg"]):
        picture = _develop(studio(build(product.family.shape, dress(product))))
        picture.save(folder / f"{product.id}.jpg", quality=84, optimize=True)


def customer_photos(products: Sequence[Product], folder: Path, how: Quality, each: int = 2) -> None:
    """`each` photos a product as customers take them, `<id>-<n>.jpg`; those that are there already are kept."""
    quality(how.size, how.samples, how.threads)
    folder.mkdir(parents=True, exist_ok=True)
    for product in _missing(products, lambda p: [folder / f"{p.id}-{n}.jpg" for n in range(1, each + 1)]):
        for number in range(1, each + 1):
            seed = PHOTO_SEEDS[zlib.crc32(f"{product.id}/{number}".encode()) % len(PHOTO_SEEDS)]
            rng = np.random.default_rng(seed)
            picture = _develop(home(build(product.family.shape, dress(product)), rng))
            _phone(picture, rng).save(
                folder / f"{product.id}-{number}.jpg", quality=int(rng.integers(66, 86)), optimize=True
            )


def _missing(products: Sequence[Product], files: object) -> Iterator[Product]:
    for done, product in enumerate(products, start=1):
        if all(path.exists() for path in files(product)):  # type: ignore[operator]
            continue
        start = time.monotonic()
        yield product
        print(f"{done}/{len(products)} {product.id} {time.monotonic() - start:.1f} s", flush=True)


def training_views(count: int, folder: Path, how: Quality, first: int = 0) -> None:
    """`count` views with other seeds, `<seed>.jpg`, and a line for each in `labels.jsonl`, written as they are made.

    Three in four show a product of the range, in turn; the others show its shapes in looks that are not sold, with
    `product` null. Every eighth is a studio view from a random side. A folder that has views already is continued.
    """
    quality(how.size, how.samples, how.threads, bounces=3)
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(TRAINING_SEEDS.start).permutation(len(PRODUCTS))
    with (folder / "labels.jsonl").open("a", encoding="utf-8") as labels:
        for number in range(first, first + count):
            seed = TRAINING_SEEDS[number]
            path = folder / f"{seed}.jpg"
            if path.exists():
                continue
            rng = np.random.default_rng(seed)
            product = PRODUCTS[order[number * 3 // 4 % len(PRODUCTS)]] if number % 4 else None
            shape, wearing, label = _sold(product) if product else _unsold(rng)
            model = build(shape, wearing)
            if number % 8 == 7:
                turn = float(rng.uniform(-model.turn, model.turn))
                model = Model(model.objects, turn, model.elevation + float(rng.normal(4, 6)), model.hangs, model.turn)
                picture, setting = _develop(studio(model)), "studio"
            else:
                picture, setting = _phone(_develop(home(model, rng)), rng), "home"
            picture.save(path, quality=88)
            labels.write(json.dumps({"file": path.name, "seed": seed, "setting": setting, **label}) + "\n")
            labels.flush()
            if number % 50 == 49:
                print(f"{number + 1 - first}/{count} views", flush=True)


def _sold(product: Product) -> tuple[str, Dress, dict[str, object]]:
    label: dict[str, object] = {
        "product": product.id,
        "group": product.family.group,
        "type": product.family.type,
        "colour": product.colour,
        "shade": product.look.shade,
        "pattern": product.pattern,
        "material": product.material,
        "text": product.look.text,
    }
    return product.family.shape, dress(product), label


def _unsold(rng: np.random.Generator) -> tuple[str, Dress, dict[str, object]]:
    """A shape of the range in a shade, and a pattern of its kind, that the family is not sold in."""
    family = pick(rng, FAMILIES)
    sold = {look.shade for look in family.looks}
    glassy = family.material == "glass"
    kinds = ("clear", "smoke", "amber", "bottle green")
    special = (*kinds, "steel", "brass", "oak", "walnut")
    look = family.looks[0]
    paints = [name for name in SHADES if name not in sold and name not in special and name != look.second]
    shade = pick(rng, kinds) if glassy else pick(rng, paints)
    text = pick(rng, WORDS) if look.text and family.shape != "bottle_steel" else look.text
    second = SHADES[look.second or shade].hex
    pattern = "plain" if look.pattern == "wood grain" else family.pattern
    if pattern == "lettered" and _brightness(SHADES[shade].hex) < 0.45:
        second = SHADES["chalk white"].hex
    wearing = Dress(rgb(SHADES[shade].hex), rgb(second), pattern, family.material, text, int(rng.integers(1 << 31)))
    label: dict[str, object] = {
        "product": None,
        "group": family.group,
        "type": family.type,
        "colour": SHADES[shade].colour,
        "shade": shade,
        "pattern": pattern,
        "material": family.material,
        "text": text,
    }
    return family.shape, wearing, label


def _brightness(code: str) -> float:
    r, g, b = rgb(code)
    return 0.3 * r + 0.6 * g + 0.1 * b


def _develop(exposure: float) -> Image.Image:
    """Render what is on the stage."""
    handle, name = tempfile.mkstemp(suffix=".png")
    os.close(handle)
    try:
        expose(Path(name), exposure)
        with Image.open(name) as picture:
            return picture.convert("RGB")
    finally:
        Path(name).unlink()


def _phone(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """What a phone makes of it: white balance a little off, exposure drift, noise, softness, a JPEG in between."""
    pixels = np.asarray(picture, np.float32) / 255
    gain = float(rng.uniform(0.42, 0.56)) / max(float(np.mean(pixels)), 0.05)  # automatic exposure, roughly
    cast = pixels.mean(axis=(0, 1)) / pixels.mean()
    balance = cast ** -float(rng.uniform(0.0, 0.15))  # and white balance, a little
    drift = 1 + rng.normal(0, 0.02, 3).astype(np.float32)
    pixels = pixels * np.clip(gain, 0.75, 1.9) * balance * drift
    pixels = pixels + rng.normal(0, float(rng.uniform(0.004, 0.02)), pixels.shape).astype(np.float32)
    result = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    if rng.random() < 0.4:
        result = result.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 0.9)) * picture.width / 320))
    if rng.random() < 0.5:
        buffer = BytesIO()
        result.save(buffer, "JPEG", quality=int(rng.integers(45, 80)))
        result = Image.open(buffer).convert("RGB")
    return result
