"""The words a shop's own catalogue gives: its colours, kinds of goods, materials and brands, in both languages."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from retrieval.documents import Product
from retrieval.filters import either

WORDS = Path(__file__).with_name("words.json")
LONGEST_PHRASE = 4  # words
LONGEST_CHINESE = 8  # characters
DISTINCT_AT_MOST = 80  # values of a column that people would name rather than read

_WORD = re.compile(r"[^\W_]+(?:[-'&][^\W_]+)*")
_CODE = re.compile(r"(?<![A-Za-z0-9-])(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+|[A-Za-z]+[ .]?\d+)(?![A-Za-z0-9-])", re.ASCII)
_BEFORE_CODE = re.compile(
    r"(?:^\W*(?:is|are|does|do|can|will)|\b(?:have|got|sell|find|want|need|order|buy|is|about|product|item|article|"
    r"code|number|no\.))\s+(?:(?:the|a|an) )?(?:(?:product|item|article|code|number|no\.) )*[:：]?\s*$|"
    r"(?:有没有|有|找|要|商品|货号|编号|产品|型号)[:：]?\s*$",
    re.IGNORECASE,
)
_AFTER_CODE = re.compile(r"\s*(?:有货|还有|有吗|多少|能|可以|是|的|这[个款])")
_LETTER_AND_FIGURE = re.compile(r"[A-Za-z].*\d|\d.*[A-Za-z]", re.ASCII)
_HAN = re.compile(r"[\u3400-\u9fff]")
_SKIPPED = {"stock", "price", "care", "dimensions", "capacity", "printed_text", "title_zh", "gtin", "mpn", "weight"}
_UNSAID = {"yes", "no", "true", "false", "none", "plain", "other", "set", "new", "in stock", "out of stock", "preorder"}
_FIRST = ("colour", "color", "shade", "material", "type", "product_type", "pattern", "size", "brand", "category")


@dataclass(frozen=True, slots=True)
class Mention:
    """A value of the catalogue that a text names.

    `listed` is false where the shop has nothing of exactly that value: `value` is then the nearest it has ("blue" for
    "turquoise"), or the customer's own word.
    """

    field: str
    value: str
    start: int
    end: int
    surface: str
    listed: bool = True


@cache
def words() -> dict[str, Any]:
    """The general words of colours, materials, kinds, attributes and currencies, in both languages."""
    loaded: dict[str, Any] = json.loads(WORDS.read_text(encoding="utf-8"))
    return loaded


class Vocabulary:
    """Finds catalogue values in what a customer writes."""

    def __init__(self, products: Iterable[Product]) -> None:
        goods = tuple(products)
        self._surfaces: dict[str, tuple[str, str, bool]] = {}
        self.fields = frozenset(name for product in goods for name in product.attributes) | {"brand", "category"}
        self._names = _first_names(goods)
        self._codes = {squeezed(product.id): product.id for product in goods if _LETTER_AND_FIGURE.search(product.id)}
        self._shape = _shape_of(self._codes.values())
        self._prefixes = frozenset(_letters(code) for code in self._codes.values())
        self._ranges: defaultdict[str, list[Product]] = defaultdict(list)
        for product in goods:
            self._ranges[product.group].append(product)
        self.currencies = frozenset(product.currency for product in goods)
        values = _named_values(goods)
        self.kind_field = next((f for f in ("type", "product_type", "kind") if f in values), "")
        self.colour_field = next((f for f in ("colour", "color") if f in values), "")
        self.colours = values.get(self.colour_field, frozenset())
        self._add_colours(values)
        self._add_materials(values.get("material", frozenset()), listed=True)
        for field in sorted(values, key=lambda f: _FIRST.index(f) if f in _FIRST else len(_FIRST)):
            for value in values[field]:
                self._add(value, field, value)
        self._add_translations(values)
        self._add_kinds_of_titles(goods)
        self._add_materials(values.get("material", frozenset()), listed=False)
        self._longest_han = max((len(s) for s in self._surfaces if _HAN.search(s)), default=0)

    def mentions(self, text: str) -> list[Mention]:
        """What the text names, in order, the longest phrase first; nothing overlaps."""
        return sorted(self._english(text) + self._chinese(text), key=lambda m: m.start)

    def kinds(self, text: str) -> list[Mention]:
        return [m for m in self.mentions(text) if m.field == self.kind_field]

    def named(self, text: str) -> tuple[str, ...]:
        """The product of which the text says the first part of the title, such as "Fjord mug"."""
        tokens = _WORD.findall(text.casefold())
        for length in range(LONGEST_PHRASE, 1, -1):
            for start in range(len(tokens) - length + 1):
                product_id = self._names.get(" ".join(tokens[start : start + length]))
                if product_id:
                    return (product_id,)
        return ()

    def compares(self, one: Mention, other: Mention) -> bool:
        """Whether two values are of the same field, a shade being a colour."""
        colours = {self.colour_field, "shade"}
        return one.field == other.field or {one.field, other.field} <= colours

    def in_families(self, mention: Mention) -> Mention:
        """A shade as the colour that it belongs to; anything else, and a shade of none, as it is."""
        family = next((f for f, shades in words()["colours"].items() if mention.value in shades), "")
        if mention.field != "shade" or family not in self.colours:
            return mention
        return replace(mention, field=self.colour_field, value=family)

    def coded(self, text: str) -> tuple[str, ...]:
        """The products whose codes the text names, with or without their hyphens: "MUG-1041", "mug 1041"."""
        codes = (self._codes.get(squeezed(code)) for code in _CODE.findall(text))
        return tuple(dict.fromkeys(code for code in codes if code))

    def unknown_code(self, text: str) -> str:
        """A code of which the shop has no product, though it is written as the shop's own are, or ""."""
        for found in self._shape.finditer(text) if self._shape else ():
            asked_for = _letters(found[0]) in self._prefixes or _asks_for(text[: found.start()], text[found.end() :])
            if asked_for and squeezed(found[0]) not in self._codes:
                return found[0].upper()
        return ""

    def range_of(self, product: Product) -> tuple[Product, ...]:
        """The same goods in every colour that there is, this one included."""
        return tuple(self._ranges[product.group]) if product.group in self._ranges and product.group else (product,)

    def _english(self, text: str) -> list[Mention]:
        tokens = [(m.start(), m.end()) for m in _WORD.finditer(text)]
        found, i = [], 0
        while i < len(tokens):
            for length in range(min(LONGEST_PHRASE, len(tokens) - i), 0, -1):
                start, end = tokens[i][0], tokens[i + length - 1][1]
                entry = self._surfaces.get(_key(text[start:end]))
                if entry is not None:
                    found.append(Mention(entry[0], entry[1], start, end, text[start:end], entry[2]))
                    i += length
                    break
            else:
                i += 1
        return found

    def _chinese(self, text: str) -> list[Mention]:
        found, i = [], 0
        while i < len(text):
            length = 1
            if _HAN.match(text[i]):
                for size in range(min(self._longest_han, len(text) - i), 0, -1):
                    surface = text[i : i + size]
                    entry = self._surfaces.get(surface.casefold())
                    if entry is not None:
                        found.append(Mention(entry[0], entry[1], i, i + size, surface, entry[2]))
                        length = size
                        break
            i += length
        return found

    def _add(self, surface: str, field: str, value: str, *, listed: bool = True) -> None:
        key = surface.casefold() if _HAN.search(surface) else _key(surface)
        if key and key not in _UNSAID:
            self._surfaces.setdefault(key, (field, value, listed))

    def _add_colours(self, values: Mapping[str, frozenset[str]]) -> None:
        """Colour families and fine shades. A shade that no product has is understood as its family, not `listed`."""
        if not self.colour_field:
            return
        families, shades = values[self.colour_field], values.get("shade", frozenset())
        for family, spoken in words()["colours"].items():
            for shade, chinese in spoken.items():
                field, value, listed = self._colour(family, shade, families, shades)
                for surface in (shade, *chinese):
                    self._add(surface, field, value, listed=listed)

    def _add_materials(self, values: frozenset[str], *, listed: bool) -> None:
        """Materials in every word for them, each with all that the shop has of it: "wooden" is also lacquered wood.

        With `listed` those that it has, without it those that it has not.
        """
        known = words()
        spoken = {name: [name, *chinese] for name, chinese in known["materials"].items()}
        for name in known["material_families"]:
            spoken.setdefault(name, [name])
        for surface, name in known["material_synonyms"].items():
            spoken.setdefault(name, [name]).append(surface)
        for name, surfaces in spoken.items():
            held = sorted(value for value in values if is_made_of(value, name))
            if values and bool(held) == listed:
                for surface in surfaces:
                    self._add(surface, "material", either(name, *held), listed=listed)

    def _colour(
        self, family: str, shade: str, families: frozenset[str], shades: frozenset[str]
    ) -> tuple[str, str, bool]:
        if shade in shades:
            return "shade", shade, True
        if shade in families:
            return self.colour_field, shade, True
        own_name = shade in (family, "gray", "transparent", "golden")
        return (self.colour_field, family, own_name) if family in families else (self.colour_field, shade, False)

    def _add_translations(self, values: Mapping[str, frozenset[str]]) -> None:
        for field, table in (("pattern", "patterns"), (self.kind_field, "types")):
            if field not in values:
                continue
            for value, chinese in words()[table].items():
                if value in values[field]:
                    for surface in chinese:
                        self._add(surface, field, value)
        for surface, kind in words()["type_synonyms"].items():
            if kind in values.get(self.kind_field, ()):
                self._add(surface, self.kind_field, kind)

    def _add_kinds_of_titles(self, goods: tuple[Product, ...]) -> None:
        """Chinese words for kinds, learnt from how the shop's Chinese titles end."""
        ends: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for product in goods:
            title = re.sub(r"[“\"].*", "", product.attributes.get("title_zh", ""))
            kind = product.attributes.get(self.kind_field, "")
            for size in range(2, min(5, len(title))):
                ends[title[-size:]][kind] += 1
        for end, kinds in sorted(ends.items(), key=lambda item: len(item[0])):
            (kind, times), total = kinds.most_common(1)[0], kinds.total()
            known = any(self._surfaces.get(end[i:], ("", "", True))[:2] == (self.kind_field, kind) for i in range(1, 4))
            if kind and times >= 2 and times / total > 0.8 and not known:
                self._add(end, self.kind_field, kind)


def _shape_of(codes: Iterable[str]) -> re.Pattern[str] | None:
    """How the shop writes its codes: as many letters, and about as many figures; None where they have no letters."""
    shapes = {re.sub(r"[A-Za-z]+|\d+|[^A-Za-z\d]+", _like, code) for code in codes if re.match(r"[A-Za-z]{2}", code)}
    told = "|".join(sorted(shapes))
    return re.compile(rf"(?<![\w#-])(?:{told})(?![\w-])", re.ASCII | re.IGNORECASE) if shapes else None


def _like(run: re.Match[str]) -> str:
    if run[0].isdigit():
        return rf"\d{{{max(1, len(run[0]) - 1)},{len(run[0]) + 1}}}"
    return rf"[A-Z]{{{len(run[0])}}}" if run[0].isalpha() else re.escape(run[0])


def _letters(code: str) -> str:
    return re.sub(r"[^A-Za-z].*", "", code).casefold()


def _asks_for(before: str, after: str) -> bool:
    """Whether a code is what a message is about, and not one of another kind ("ISO-9001") in what it says."""
    return bool(_BEFORE_CODE.search(before) or _AFTER_CODE.match(after)) or not (before + after).strip(" .,?!。，？！")


def _first_names(goods: tuple[Product, ...]) -> dict[str, str]:
    """The first part of each title with its first product, where it is two words at least and means one group."""
    groups: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for product in goods:
        name = " ".join(_WORD.findall(product.title.split(",", 1)[0].casefold()))
        if " " in name:
            groups[name].setdefault(product.group or product.id, product.id)
    return {name: next(iter(ids.values())) for name, ids in groups.items() if len(ids) == 1}


def _named_values(goods: tuple[Product, ...]) -> dict[str, frozenset[str]]:
    """The values of each column that people name: few, short, and not only digits."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for product in goods:
        for field, value in (*product.attributes.items(), ("brand", product.brand), ("category", product.category)):
            if field not in _SKIPPED and value and len(value) <= 30 and not value.replace(".", "").isdigit():
                seen[field].add(value.casefold())
    return {
        field: frozenset(values)
        for field, values in seen.items()
        if field == "brand" or (len(values) <= DISTINCT_AT_MOST and not values <= _UNSAID)
    }


def _key(surface: str) -> str:
    """A phrase with its last word in the singular, so that "mugs" finds "mug"."""
    head, space, last = " ".join(_WORD.findall(surface.casefold())).rpartition(" ")
    return f"{head}{space}{singular(last)}"


def is_made_of(value: str, material: str) -> bool:
    """Whether a value of the catalogue is a material, has it in its name, or is of its family."""
    named = material.split()
    said = value.casefold().split()
    if any(said[at : at + len(named)] == named for at in range(len(said))):
        return True
    return any(is_made_of(value, member) for member in words()["material_families"].get(material, ()))


def squeezed(text: str) -> str:
    """A code's letters and figures alone, in small letters."""
    return re.sub(r"[\W_]+", "", text).casefold()


def singular(word: str) -> str:
    """The singular of an English noun, as far as goods are named by one ("dishes", "shelves", "boxes", "throws")."""
    if len(word) <= 3 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word
