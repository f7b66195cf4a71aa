"""Rendered parcel labels, packing slips and receipts, photographed badly: is the order number read from them?

Drawn, so that there may be many and nobody's address is in them; a real photo has shadows, folds and glare, too. The
same seed draws the same pictures on the same fonts.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from agent.vision.printed_orders import orders_on
from agent.vision.reading import Photo, TextReader

SIDE = 1200  # pixels of the photo's longer side
PAPER, INK = (244, 242, 236), (28, 28, 32)
TABLES = ((112, 96, 80), (150, 150, 155), (90, 110, 120))
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/Library/Fonts"), Path("C:/Windows/Fonts"))
FONT_NAMES = (
    "DejaVuSans", "DejaVuSansMono", "DejaVuSerif", "LiberationSans-Regular", "LiberationMono-Regular",
    "LiberationSerif-Bold", "Arial", "Courier New",
)  # fmt: skip
CHINESE_NAMES = ("NotoSansCJK-Regular", "msyh", "PingFang")

TURNS = (0, 0, 4, -7, 12, 90, 180, 270)
BLURS = (0.0, 0.0, 1.2, 2.0)
QUALITIES = (90, 60, 30)
SHARES = (0.95, 0.7, 0.5)  # of the photo's side that the label takes

_FORMS = (
    "#W{n}", "Order W{n}", "Order no. W{n}", "Order #{n}", "ORD-{n}", "W {a} {b}", "ORDER NUMBER: {n}",
    "Order no.\nW{n}", "# W{n}", "Bestellnummer: {n}",
)  # fmt: skip
_CHINESE_FORMS = ("订单号：W{n}", "订单编号 {n}", "订单：#W{n}")
_NAMES = ("Anna Keller", "Tom Baker", "Ingrid Dahl", "Lukas Steiner", "Sofia Rossi")
_STREETS = ("Lange Reihe 84\n20099 Hamburg", "Keizersgracht 412\n1016 GC Amsterdam", "Storgata 40\n0182 Oslo")


@dataclass(frozen=True, slots=True)
class Label:
    """A photo of a label in words: what is on it, and how it was taken. `order` is "" where no order number is."""

    order: str
    kind: str
    form: str
    font: str
    turn: int
    blur: float
    quality: int
    share: float
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What was read from a label: `right`, `wrong` (another number), or `none`."""

    label: Label
    found: tuple[str, ...]

    @property
    def outcome(self) -> str:
        if not self.found:
            return "none"
        return "right" if self.found == (self.label.order,) else "wrong"


def fonts(names: Sequence[str] = FONT_NAMES) -> dict[str, Path]:
    """The fonts of this machine that are among the names; Pillow's own is always there besides."""
    files = (path for folder in FONT_FOLDERS if folder.is_dir() for path in sorted(folder.rglob("*.tt[fc]")))
    return {path.stem: path for path in files if path.stem in names}


def labels(count: int, without: int, seed: int = 7) -> Iterator[Label]:
    """`count` labels with an order number and `without` that have everything else, in a mixed order of conditions."""
    rng = random.Random(seed)
    latin, chinese = ["Pillow's own", *fonts()], list(fonts(CHINESE_NAMES))
    for index in range(count + without):
        number = str(rng.randrange(10_000, 99_999) if rng.random() < 0.6 else rng.randrange(1_000_000, 9_999_999))
        in_chinese = bool(chinese) and index % 6 == 5
        form = rng.choice(_CHINESE_FORMS if in_chinese else _FORMS) if index < count else ""
        kind = rng.choice(("parcel", "slip", "receipt"))
        printed = form.format(n=number, a=number[:-4] or number[:1], b=number[-4:])
        yield Label(
            order=f"#W{number}" if form else "",
            kind=kind,
            form=form.replace("\n", " / "),
            font=rng.choice(chinese if in_chinese else latin),
            turn=TURNS[index % len(TURNS)],
            blur=rng.choice(BLURS),
            quality=rng.choice(QUALITIES),
            share=rng.choice(SHARES),
            text=tuple(_page(kind, printed, rng)),
        )


def _page(kind: str, order: str, rng: random.Random) -> Iterator[str]:
    """What stands on the paper, a line each, with all the other numbers that such a paper has."""
    order_lines = order.split("\n") if order else []
    address = [rng.choice(_NAMES), *rng.choice(_STREETS).split("\n")]
    day, four, seven = rng.randrange(10, 28), rng.randrange(1000, 9999), rng.randrange(10**6, 10**7)
    match kind:
        case "parcel":
            yield from ("PARCEL  2.4 kg", f"Tracking JD0146{four}{seven}88", "To:", *address, *order_lines)
            yield from ("From: Maren & Moss, Kattrepel 10, 20095 Hamburg", f"Tel. 040 {seven}")
        case "slip":
            yield from ("Packing slip", *order_lines, f"Date {day}.11.2026", f"Customer C-{four}")
            yield from (*address, "2 x MUG-1041 Fjord mug", "1 x VAS-2000 Tall vase")
        case _:
            yield from ("MAREN & MOSS", f"2026-11-{day}  14:35", "Fjord mug  2 x 14.90", "Tall vase  39.00")
            yield from ("TOTAL  68.80 EUR", *order_lines, f"Visa **** {four}", "VAT DE 811 907 980")


def photograph(label: Label) -> Image.Image:
    """The label on a table, turned, blurred and compressed as it says."""
    paper = _drawn(label)
    picture = Image.new("RGB", (SIDE, SIDE * 3 // 4), TABLES[len(label.text[0]) % len(TABLES)])
    turned = paper.convert("RGBA").rotate(label.turn, expand=True, resample=Image.Resampling.BICUBIC)
    scale = label.share * min(picture.width / turned.width, picture.height / turned.height)
    turned = turned.resize((int(turned.width * scale), int(turned.height * scale)), Image.Resampling.LANCZOS)
    picture.paste(turned, ((picture.width - turned.width) // 2, (picture.height - turned.height) // 2), turned)
    if label.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(label.blur))
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=label.quality)
    return Image.open(kept).convert("RGB")


def _drawn(label: Label) -> Image.Image:
    known = fonts((*FONT_NAMES, *CHINESE_NAMES))
    font = ImageFont.truetype(str(known[label.font]), 40) if label.font in known else ImageFont.load_default(40)
    paper = Image.new("RGB", (1000, 90 + 66 * len(label.text)), PAPER)
    draw = ImageDraw.Draw(paper)
    for row, line in enumerate(label.text):
        draw.text((50, 45 + 66 * row), line, fill=INK, font=font)
    return paper


async def read_labels(wanted: Sequence[Label], reader: TextReader, folder: Path) -> list[Read]:
    """What the reader finds in each of them; the photos are written into the folder."""
    found = []
    for index, label in enumerate(wanted):
        path = folder / f"label-{index}.jpg"
        photograph(label).save(path, quality=95)
        found.append(Read(label, orders_on(await reader.read_text(Photo(path.stem, path)))))
    return found


def tables(reads: Sequence[Read]) -> dict[str, list[dict[str, object]]]:
    """Shares of outcomes: over all, and by each condition."""
    told = {"labels": [_row("with an order number", [r for r in reads if r.label.order])]}
    plain = [read for read in reads if not read.label.order]
    told["labels"].append({"labels": "without one", "count": len(plain), "wrong": _share(plain, "wrong")})
    with_number = [read for read in reads if read.label.order]
    for name in ("turn", "blur", "quality", "share", "form", "font", "kind"):
        values = sorted({getattr(read.label, name) for read in with_number}, key=str)
        told[f"labels, by {name}"] = [
            _row(str(value), [r for r in with_number if getattr(r.label, name) == value]) for value in values
        ]
    return told


def _row(name: str, reads: Sequence[Read]) -> dict[str, object]:
    return {"labels": name, "count": len(reads), **{o: _share(reads, o) for o in ("right", "wrong", "none")}}


def _share(reads: Sequence[Read], outcome: str) -> float:
    return sum(read.outcome == outcome for read in reads) / len(reads) if reads else 0.0
