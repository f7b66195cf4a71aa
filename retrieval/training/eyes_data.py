"""What the photo encoder learns from: real photos with their labels, and the shop's rendered products.

The split into training and development pictures is made here, once, by a hash of where a picture comes from: pictures
of one product, and near-copies of one photo, are never on both sides.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from retrieval.embedders.photo_labels import PhotoLabels
from retrieval.errors import BadImport

SIDE = 144  # pixels kept of each picture; crops of it are trained at 80 to 128
HEADS = ("type", "colour", "pattern", "material")
DEVELOPMENT_SHARE = 0.15
ALIKE = 0.985  # of catalogue photos: on one ground and in one pose, many different shoes reach .97
UNSORTED = ("Not sure", "Other")  # photos of clothes' set that show nobody knows what: never trained on
COLOURS_BY_HAND = Path(__file__).parent / "eyes_colours.json"


@dataclass(frozen=True, slots=True)
class Example:
    """One picture and all that is known about it."""

    source: str
    id: str
    picture: bytes
    labels: Mapping[str, int]  # head → place in its logits; unknown is absent
    product: str = ""
    phrases: tuple[str, ...] = ()
    plain_ground: bool = False
    development: bool = False
    names: Mapping[str, str] = field(default_factory=dict)  # the source's own labels, for evaluation


@dataclass(frozen=True, slots=True)
class Pictures:
    """Examples as arrays: `pixels` (n, SIDE, SIDE, 3) bytes, `masks` (n, SIDE, SIDE) with 255 on the product,
    `labels` (n, heads) and `product` (n,) with -1 for unknown, `phrases_of` (n, 2) places in `phrases`."""

    examples: tuple[Example, ...]
    pixels: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    labels: NDArray[np.int64]
    product: NDArray[np.int64]
    products: tuple[str, ...]
    phrases: tuple[str, ...]
    phrases_of: NDArray[np.int64]

    def rows(self, *sources: str, development: bool) -> NDArray[np.int64]:
        wanted = [i for i, e in enumerate(self.examples) if e.source in sources and e.development == development]
        return np.array(wanted, dtype=np.int64)


def read_examples(data: Path, labels: PhotoLabels, renders: Path | None, catalogue: Path | None) -> list[Example]:
    """Everything there is to learn from.

    `data` holds the parquet files of the photo sets; `renders` a `labels.jsonl` with `file, product, type, colour,
    shade, pattern, material, setting` and the pictures beside it; `catalogue` the shop's products (JSONL, `image`
    relative to it). Raises BadImport where a file is missing.
    """
    examples = [*_clothing(data, labels), *_fashion(data, labels), *_grocery(data, labels)]
    goods = {row["id"]: row for row in _json_lines(catalogue)} if catalogue else {}
    if catalogue:
        examples += _catalogue(catalogue.parent, goods, labels)
    if renders:
        examples += _renders(renders, goods, labels)
    return examples


def product_names(catalogue: Path | None) -> list[str]:
    """The ids in a catalogue, also of products whose picture is still missing."""
    return [row["id"] for row in _json_lines(catalogue)] if catalogue else []


def as_pictures(examples: Iterable[Example], products: Iterable[str] = ()) -> Pictures:
    """Decode and number everything; `products` are numbered even if no example shows them yet.

    Pictures of another shape are squeezed into a square, as the service does.
    """
    rows = tuple(examples)
    products = tuple(sorted({e.product for e in rows if e.product} | set(products)))
    phrases = tuple(sorted({phrase for e in rows for phrase in e.phrases}))
    place = {phrase: i for i, phrase in enumerate(phrases)}
    number = {product: i for i, product in enumerate(products)}
    pixels = np.empty((len(rows), SIDE, SIDE, 3), np.uint8)
    masks = np.full((len(rows), SIDE, SIDE), 255, np.uint8)
    for i, example in enumerate(rows):
        pixels[i] = decode(example.picture)
        if example.plain_ground:
            masks[i] = product_mask(pixels[i])
    return Pictures(
        examples=rows,
        pixels=pixels,
        masks=masks,
        labels=np.array([[e.labels.get(head, -1) for head in HEADS] for e in rows], np.int64),
        product=np.array([number.get(e.product, -1) for e in rows], np.int64),
        products=products,
        phrases=phrases,
        phrases_of=np.array(
            [[place[e.phrases[0]], place[e.phrases[-1]]] if e.phrases else [-1, -1] for e in rows], np.int64
        ),
    )


def decode(picture: bytes, side: int = SIDE) -> NDArray[np.uint8]:
    """Bytes of a picture file → (side, side, 3)."""
    with Image.open(io.BytesIO(picture)) as opened:
        return np.asarray(opened.convert("RGB").resize((side, side), Image.Resampling.BOX))


def _clothing(data: Path, labels: PhotoLabels) -> Iterator[Example]:
    """Photos that people took of their own clothes.

    The set names no colours. Some photos have been given one by hand: people's rooms tint and shade what a studio
    shows as it is, so that colours learnt from catalogue pictures alone are read worse here.
    """
    types = labels.positions("type", "clothing")
    colour_of = {label.name: place for place, label in enumerate(labels.heads["colour"])}
    by_hand: dict[str, str] = json.loads(COLOURS_BY_HAND.read_text(encoding="utf-8"))
    rows = [row for row in _table(data / "clothing_train.parquet") if row["label"] not in UNSORTED]
    for row, origin in zip(rows, _near_copies([row["image"] for row in rows]), strict=True):
        place, held_out = types[row["label"]], _held_out("clothing", rows[origin]["id"])
        colour = by_hand.get(row["id"])
        yield Example(
            "clothing",
            row["id"],
            row["image"],
            {"type": place} | ({"colour": colour_of[colour]} if colour else {}),
            phrases=(f"a photo of a {labels.heads['type'][place].en}",),
            development=held_out,
            names={"type": row["label"]},
        )


def unsorted_photos(data: Path) -> list[bytes]:
    """The photos of the clothes' set that nothing is trained on or fitted to."""
    return [row["image"] for row in _table(data / "clothing_train.parquet") if row["label"] in UNSORTED]


_PATTERN_WORDS = re.compile(r"\b(solid|striped?|stripes|checks?|checked|print(?:ed)?)\b")


def _fashion(data: Path, labels: PhotoLabels) -> Iterator[Example]:
    """Catalogue photos with titles, and then those without words.

    Pictures with one title, or nearly one picture, count as one product. A product that is trained on has a number of
    its own, so that its pictures are told from those of every other one.
    """
    types, colours = labels.positions("type", "fashion"), labels.positions("colour", "fashion")
    patterns = labels.positions("pattern", "fashion")
    rows, wordless = _table(data / "fashion_train.parquet"), _table(data / "fashion_unlabelled.parquet")
    both = [*rows, *wordless]
    titles = [*(row["title"] for row in rows), *(row["id"] for row in wordless)]
    first_of = [both[origin]["id"] for origin in _near_copies([row["image"] for row in both], titles, ALIKE)]
    for row, first in zip(rows, first_of, strict=False):
        held_out = _held_out("fashion", first)
        known = {"type": types.get(row["article_type"]), "colour": colours.get(row["colour"])}
        if word := _PATTERN_WORDS.search(row["title"].lower()):
            known["pattern"] = patterns[word.group(1)]
        caption = f"{row['gender']} {row['colour']} {row['article_type']}".lower()
        yield Example(
            "fashion",
            row["id"],
            row["image"],
            {head: place for head, place in known.items() if place is not None},
            "" if held_out else f"fashion/{first}",
            phrases=(row["title"], caption),
            plain_ground=True,
            development=held_out,
            names={"type": row["article_type"], "colour": row["colour"]},
        )
    for row, first in zip(wordless, first_of[len(rows) :], strict=True):
        held_out = _held_out("fashion", first)
        product = "" if held_out else f"fashion/{first}"
        yield Example("wordless", row["id"], row["image"], {}, product, plain_ground=True, development=held_out)


def _grocery(data: Path, labels: PhotoLabels) -> Iterator[Example]:
    """Phone photos taken in shops, and the shop's own pictures. The set's own validation part was taken elsewhere."""
    types = labels.positions("type", "grocery")
    words: dict[str, tuple[str, ...]] = {}
    for row in _table(data / "grocery_catalogue.parquet"):
        name = f"{row['label'].replace('-', ' ')}, {row['coarse'].replace('-', ' ').lower()}"
        words[row["id"]] = (name, row["description"])
        known, names = {"type": types[row["coarse"]]}, {"type": row["coarse"], "product": row["id"]}
        yield Example("icon", row["id"], row["image"], known, row["id"], words[row["id"]], True, names=names)
    for file, development in (("grocery_train.parquet", False), ("grocery_val.parquet", True)):
        for row in _table(data / file):
            yield Example(
                "grocery",
                row["id"],
                row["image"],
                {"type": types[row["coarse"]]},
                row["product"],
                words[row["product"]],
                development=development,
                names={"type": row["coarse"], "product": row["product"]},
            )


def _catalogue(folder: Path, goods: Mapping[str, Mapping[str, str]], labels: PhotoLabels) -> Iterator[Example]:
    """The pictures that the shop shows: they are what a customer's photo is to be matched with."""
    for row in goods.values():
        picture = folder / row["image"]
        if picture.exists():
            yield _product(row, source="catalogue", id=row["image"], picture=picture, labels=labels, goods=goods)


def _renders(folder: Path, goods: Mapping[str, Mapping[str, str]], labels: PhotoLabels) -> Iterator[Example]:
    """Other views of the shop's products. A tenth of the views (not of the products) are for development."""
    for row in _json_lines(folder / "labels.jsonl"):
        picture = folder / row["file"]
        if picture.exists():
            yield _product(row, source="render", id=row["file"], picture=picture, labels=labels, goods=goods)


def _product(
    row: Mapping[str, str],
    *,
    source: str,
    id: str,
    picture: Path,
    labels: PhotoLabels,
    goods: Mapping[str, Mapping[str, str]],
) -> Example:
    product = row.get("product" if source == "render" else "id") or ""  # some renders are of goods that nobody sells
    record = {**goods.get(product, {}), **row}
    known = {head: labels.positions(head, "demo").get(str(record.get(head))) for head in HEADS}
    shade = labels.positions("colour", "demo").get(str(record.get("shade")))
    known["colour"] = known["colour"] if shade is None else shade
    caption = f"a {record['colour']} {record['type']}, {record['pattern']}, {record['material']}"
    return Example(
        source,
        id,
        picture.read_bytes(),
        {head: place for head, place in known.items() if place is not None},
        product,
        (record.get("title", caption), caption),
        plain_ground=row.get("setting", "studio") == "studio",
        development=source == "render" and _held_out("render", id, 0.1),
        names={head: str(record[head]) for head in HEADS},
    )


def _table(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        raise BadImport(f"expected the photo set {path.name} in {path.parent}, found no such file")
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def _json_lines(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        raise BadImport(f"expected {path.name} in {path.parent}, found no such file")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _held_out(source: str, origin: str, share: float = DEVELOPMENT_SHARE) -> bool:
    """The same answer on every machine and in every year."""
    return int.from_bytes(sha256(f"{source}:{origin}".encode()).digest()[:4]) < share * 2**32


def _near_copies(pictures: list[bytes], titles: list[str] | None = None, alike: float = 0.97) -> NDArray[np.int64]:
    """For each picture the first one that it is a near-copy of (thumbnails correlate above `alike`; equal titles)."""
    small = np.stack([decode(picture, 16) for picture in pictures]).reshape(len(pictures), -1).astype(np.float32)
    small -= small.mean(axis=1, keepdims=True)
    small /= np.linalg.norm(small, axis=1, keepdims=True) + 1e-6
    left, right = np.nonzero(np.triu(small @ small.T > alike))
    if titles:
        first: dict[str, int] = {}
        same = np.array([first.setdefault(title, i) for i, title in enumerate(titles)])
        left, right = np.concatenate([left, same]), np.concatenate([right, np.arange(len(titles))])
    links = coo_array((np.ones(len(left)), (left, right)), shape=(len(pictures), len(pictures)))
    _, group = connected_components(links, directed=False)
    firsts: dict[int, int] = {}
    return np.array([firsts.setdefault(int(g), i) for i, g in enumerate(group)], np.int64)


def product_mask(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """255 on the product, 0 on the light ground that touches the border; all 255 where there is no such ground."""
    edge = np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]), axis=0)
    like_edge = np.abs(pixels - edge).max(axis=2) < 16
    parts, _ = ndimage.label(like_edge)
    border = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    ground = np.isin(parts, border[border > 0])
    if edge.min() < 200 or not 0.1 < ground.mean() < 0.95:
        return np.full(ground.shape, 255, np.uint8)
    return np.where(ground, 0, 255).astype(np.uint8)
