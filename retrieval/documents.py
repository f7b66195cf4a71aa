"""The values that retrieval works with: what a shop has, what is asked, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.filters import Filters

Language = Literal["en", "zh"]
Kind = Literal["product", "faq"]
Availability = Literal["in stock", "out of stock", "preorder"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to buy a product, such as a size: its own price and stock."""

    id: str
    options: Mapping[str, str]
    price: Decimal
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the shop's feed describes it.

    `attributes` holds every further column (colour, material, size, …) by its lower-case name. `group` is shared by
    the same product in other colours. `image` is a path on disk or a URL, or empty. `stock` is over all variants, and
    None where the shop does not count.
    """

    id: str
    title: str
    description: str
    price: Decimal
    currency: str
    image: str = ""
    url: str = ""
    category: str = ""
    brand: str = ""
    availability: Availability = "in stock"
    group: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class Faq:
    """A question the shop answers; `variants` are other ways to ask it."""

    id: str
    question: str
    answer: str
    category: str = ""
    language: Language = "en"
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: words, a photo's embedding, or both; `filters` hold before the cut.

    `patches` (patches, d) are the photo's, row by row over a square grid, for reranking. `explain` asks what of the
    query carried each hit, which takes longer.
    """

    text: str = ""
    kind: Kind = "product"
    language: Language = "en"
    filters: Filters = field(default_factory=Filters)
    photo: NDArray[np.float32] | None = None
    patches: NDArray[np.float32] | None = None
    limit: int = 6
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """What of a query carried a hit: how much of its score would be lost without each word, and each part of the photo.

    `regions` are rows of a square grid over the photo, from its upper left corner. A negative number spoke against it.
    """

    words: tuple[tuple[str, float], ...] = ()
    regions: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A document with the score that put it here; higher is better.

    `probability` is calibrated: of hits given 0.8, eight in ten are right. `stages` holds each stage's own score
    (`way`, `body`, `dense`, `lexical`, `code`, `photo`, `fused`, `rerank`), and `why` says in words what carried the
    match. `passage` is the document's passage on the shelf that came nearest to the words, -1 where there were none.
    """

    document: Product | Faq
    score: float
    probability: float
    stages: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    passage: int = -1
    carried: Carried = field(default_factory=Carried)

    @property
    def id(self) -> str:
        return self.document.id


@dataclass(frozen=True, slots=True)
class Findings:
    """The outcome of a search: hits, best first; `answered` is false where the service should abstain."""

    hits: tuple[Hit, ...]
    answered: bool
    probability: float
    milliseconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product with the score that put it here, higher is better, and the product that spoke for it most."""

    product: Product
    score: float
    because: Product

    @property
    def id(self) -> str:
        return self.product.id
