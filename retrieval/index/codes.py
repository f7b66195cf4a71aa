"""Exact codes: SKUs, model numbers and barcodes as this catalogue spells them, found however a customer does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from retrieval.documents import Product
from retrieval.index.tokenizer import HAN

_CODE_ATTRIBUTES = ("sku", "mpn", "gtin", "barcode", "model", "model_number", "ean", "isbn")
_PIECE = re.compile(rf"[^\W_{HAN}]+(?:[-_./][^\W_{HAN}]+)*")
_MEASURE = re.compile(
    r"\d+([.,]\d+)?(x\d+)*(MM|CM|M|KM|ML|CL|DL|L|MG|G|KG|LB|LBS|OZ|IN|FT|W|KW|V|A|MAH|HZ|GB|TB|MB|K|H|HR|MIN|PCS|PC|PACK|PK|YRS?|ST|ND|RD|TH|S|X|P)",
    re.IGNORECASE,
)
_LONGEST = 3  # a customer may write KX 48 21
_SHARED_BY = 12  # a code in more titles than this is a measure or a series, not a code


class Codes:
    """Maps codes, without regard to case and separators, to positions in the catalogue."""

    def __init__(self, products: Sequence[Product]) -> None:
        found: dict[str, set[int]] = {}
        for position, product in enumerate(products):
            for code in _codes_of(product):
                found.setdefault(code, set()).add(position)
        self._positions = {code: tuple(sorted(at)) for code, at in found.items() if len(at) <= _SHARED_BY}

    def find(self, text: str) -> dict[int, str]:
        """The products whose code is in the text, with the code as the customer wrote it; longer codes win."""
        pieces = _PIECE.findall(unicodedata.normalize("NFKC", text))
        found: dict[int, str] = {}
        taken: set[int] = set()
        for length in range(min(_LONGEST, len(pieces)), 0, -1):
            for start in range(len(pieces) - length + 1):
                span = range(start, start + length)
                written = " ".join(pieces[start : start + length])
                positions = () if taken.intersection(span) else self._positions.get(_plain(written), ())
                if positions:
                    taken.update(span)
                    found.update({position: found.get(position, written) for position in positions})
        return found


def _codes_of(product: Product) -> Iterator[str]:
    named = (product.id, *(variant.id for variant in product.variants))
    named += tuple(product.attributes[name] for name in _CODE_ATTRIBUTES if name in product.attributes)
    for code in map(_plain, named):
        if len(code) >= 3 and any(sign.isdigit() for sign in code):
            yield code
    pieces = _PIECE.findall(unicodedata.normalize("NFKC", product.title))
    for piece, after in zip(pieces, [*pieces[1:], ""], strict=True):
        if looks_like_a_code(piece):
            yield _plain(piece)
        # "KX 4821" in a title: capital letters, then digits
        elif piece.isalpha() and piece.isupper() and len(piece) <= 5 and after.isdigit() and len(after) >= 2:
            yield _plain(piece + after)


def looks_like_a_code(piece: str) -> bool:
    """Letters and digits together, and no measure such as 350ml; or at least five digits."""
    plain = _plain(piece)
    if plain.isdigit():
        return len(plain) >= 5
    mixed = any(sign.isdigit() for sign in plain) and any(sign.isalpha() for sign in plain)
    return mixed and len(plain) >= 3 and not _MEASURE.fullmatch(plain)


def _plain(code: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", code)).upper()
