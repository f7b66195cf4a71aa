"""The demo shop's range: every product, derived from the families. Plain data; no Blender here."""

from collections.abc import Iterator
from dataclasses import dataclass

from .goods import SHADES, Family, Look
from .range_home import HOME
from .range_soft import SOFT
from .range_table import TABLE

FAMILIES: tuple[Family, ...] = (*TABLE, *HOME, *SOFT)


@dataclass(frozen=True, slots=True)
class Product:
    """A look of a family with its id; `place` is its position in the family, from 0."""

    id: str
    family: Family
    look: Look
    place: int

    @property
    def colour(self) -> str:
        """The basic colour word."""
        return SHADES[self.look.shade].colour

    @property
    def pattern(self) -> str:
        """The look's own pattern, or the family's."""
        return self.look.pattern or self.family.pattern

    @property
    def material(self) -> str:
        """The look's own material, or the family's."""
        return self.look.material or self.family.material


def _products() -> Iterator[Product]:
    for family in FAMILIES:
        for place, look in enumerate(family.looks):
            yield Product(f"{family.code}-{family.first + place}", family, look, place)


PRODUCTS: tuple[Product, ...] = tuple(_products())
