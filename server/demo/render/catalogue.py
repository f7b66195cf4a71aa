"""The range as the shop's product file: one JSON object a line. Plain Python; no Blender here."""

import json
from pathlib import Path
from typing import Any

from .goods import PATTERNS_ZH, SHADES
from .range import PRODUCTS, Product


def title(product: Product) -> str:
    """`Fjord mug, mist blue`; what is printed on it stands in quotes."""
    look = product.look
    words = f"{product.family.name}, {look.shade}"
    return f'{words}, "{look.text}"' if look.text and product.pattern == "lettered" else words


def title_zh(product: Product) -> str:
    """The Chinese title: shade, pattern where the name does not say it, name, printed text."""
    look, family = product.look, product.family
    pattern = PATTERNS_ZH[product.pattern]
    said = "" if pattern in family.zh else pattern
    words = f"{SHADES[look.shade].zh}{said}{family.zh}"
    return f"{words}“{look.text}”" if look.text and product.pattern == "lettered" else words


def description(product: Product) -> str:
    """Two to four sentences: what it is, a detail, its measures, its care; the wording goes round in the family."""
    family, look, place = product.family, product.look, product.place
    filled = {"shade": look.shade, "second": look.second or "", "text": look.text or ""}
    opening = family.openings[place % len(family.openings)].format_map(filled)
    detail = family.details[place % len(family.details)]
    care = family.care.sentences[(family.first // 10 + place) % len(family.care.sentences)]
    opening = _right_article(opening[0].upper() + opening[1:], look.shade, look.second)
    return " ".join((opening, detail, _measures(product), care))


def _right_article(sentence: str, *shades: str | None) -> str:
    for shade in shades:
        if shade and shade[0] in "aeiou":
            sentence = sentence.replace(f"A {shade}", f"An {shade}").replace(f" a {shade}", f" an {shade}")
    return sentence


def _measures(product: Product) -> str:
    family = product.family
    holds = f", holds {family.capacity}" if family.capacity else ""
    match (family.first // 10 + product.place) % 3:
        case 0:
            return f"Measures {family.dimensions}{holds}."
        case 1:
            return f"Size: {family.dimensions}{holds}."
        case _:
            return f"It is {family.dimensions}{holds}."


def availability(product: Product) -> str:
    """`preorder`, `out of stock` or `in stock`."""
    if product.look.preorder:
        return "preorder"
    return "in stock" if product.look.stock else "out of stock"


def variants(product: Product) -> list[dict[str, Any]]:
    """One entry per size with its own id, price and stock; the stocks add up to the product's."""
    left = product.look.stock
    rows: list[dict[str, Any]] = []
    for number, size in enumerate(product.family.sizes, start=1):
        last = number == len(product.family.sizes)
        stock = left if last else min(left, round(product.look.stock * size.share))
        left -= stock
        price = round(product.family.price + product.look.extra + size.extra, 2)
        rows.append({"id": f"{product.id}-{number}", "options": {"size": size.name}, "price": price, "stock": stock})
    return rows


def row(product: Product) -> dict[str, Any]:
    """The product's line: the generic columns first, then its attributes; what does not apply is left out."""
    family, look, care = product.family, product.look, product.family.care
    columns: dict[str, Any] = {
        "id": product.id,
        "title": title(product),
        "description": description(product),
        "price": round(family.price + look.extra, 2),
        "currency": "EUR",
        "image": f"pictures/{product.id}.jpg",
        "url": f"/demo/p/{product.id}",
        "category": family.category,
        "brand": family.brand,
        "availability": availability(product),
        "type": family.type,
        "colour": product.colour,
        "shade": look.shade,
        "pattern": product.pattern,
        "material": product.material,
        "dimensions": family.dimensions,
        "capacity": family.capacity,
        "dishwasher_safe": _yes_no(care.dishwasher),
        "microwave_safe": _yes_no(care.microwave),
        "care": care.short,
        "printed_text": look.text,
        "stock": look.stock,
        "group": family.group,
        "variants": variants(product) or None,
        "title_zh": title_zh(product),
    }
    return {name: value for name, value in columns.items() if value is not None}


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def write(path: Path) -> int:
    """Write the whole range to `path` as UTF-8 JSON lines; returns the number of products."""
    lines = [json.dumps(row(product), ensure_ascii=False) for product in PRODUCTS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)
