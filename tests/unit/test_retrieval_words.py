"""Words and codes: what the tokenizer counts, what BM25 says, and how codes are found."""

from decimal import Decimal

import numpy as np
import pytest

from retrieval.documents import Product, Variant
from retrieval.index.codes import Codes, looks_like_a_code
from retrieval.index.lexical import Lexical
from retrieval.index.tokenizer import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Shipping the BOXES", ["ship", "box"]),
        ("KX-4821", ["kx4821", "kx", "4821"]),
        ("ｋｘ４８２１", ["kx4821", "kx", "4821"]),
        ("dishwasher-safe", ["dishwash", "safe"]),
        ("运费", ["运", "费", "运费"]),
        ("买MUG-1040吗", ["买", "mug1040", "mug", "1040", "吗"]),
        ("don't you", []),
        ("", []),
    ],
)
def test_words_are_stemmed_codes_kept_whole_and_split_and_chinese_cut_into_one_and_two(
    text: str, expected: list[str]
) -> None:
    assert tokens(text) == expected


def test_coverage_is_the_share_of_the_question_that_a_document_holds() -> None:
    lexical = Lexical(["blue stoneware mug", "red mug", "oak chair", "运费多少"])

    covered = lexical.coverage("blue mug")

    assert covered[0] > covered[1] > covered[2] == covered[3] == 0
    assert covered.max() <= 1
    assert lexical.coverage("多少运费")[3] > 0


def test_words_the_shop_never_uses_lower_the_coverage() -> None:
    lexical = Lexical(["blue mug", "red mug", "oak chair"])

    assert lexical.coverage("mug submarine")[1] < lexical.coverage("mug")[1]


@pytest.mark.parametrize("texts", [[], ["", "..."]])
def test_an_index_without_words_covers_nothing(texts: list[str]) -> None:
    assert not np.any(Lexical(texts).coverage("mug"))


def product(product_id: str, title: str, **attributes: str) -> Product:
    return Product(product_id, title, "", Decimal(1), "EUR", attributes=attributes)


CATALOGUE = [
    product("10-4711", "Lumora desk lamp KX-4821"),
    product("10-4712", "Lumora desk lamp KX 4822", gtin="4006381333931"),
    product("MUG-1040", "Mug 350ml"),
    Product("T1", "Throw", "", Decimal(1), "EUR", variants=(Variant("T1-99-L", {"size": "L"}, Decimal(1)),)),
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("KX-4821", {0: "KX-4821"}),
        ("is the kx 4821 in stock?", {0: "kx 4821"}),
        ("kx4822", {1: "kx4822"}),
        ("4006381333931", {1: "4006381333931"}),
        ("请问 mug1040 有货吗", {2: "mug1040"}),
        ("请问MUG-1040有货吗", {2: "MUG-1040"}),
        ("T1 99 L", {3: "T1 99 L"}),
        ("10-4711 and 10.4712", {0: "10-4711", 1: "10.4712"}),
        ("a 350ml mug", {}),
        ("KX-9999", {}),
        ("", {}),
    ],
)
def test_a_code_is_found_however_it_is_written(asked: str, found: dict[int, str]) -> None:
    assert Codes(CATALOGUE).find(asked) == found


def test_what_stands_in_many_titles_is_no_code() -> None:
    codes = Codes([product(f"P-{i:03}", f"Bulb E27 number {i}") for i in range(40)])

    assert codes.find("bulb E27") == {}


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("KX-4821", True),
        ("350ml", False),
        ("20x30cm", False),
        ("48213", True),
        ("2026", False),
        ("mug", False),
        ("1st", False),
    ],
)
def test_measures_and_ordinals_are_no_codes(piece: str, expected: bool) -> None:
    assert looks_like_a_code(piece) is expected


def test_a_text_is_known_by_the_weight_of_its_words_that_the_shop_uses() -> None:
    lexical = Lexical(["blue mug", "red mug", "oak chair"])

    assert lexical.known("blue mug") == pytest.approx(1.0)
    assert 0 < lexical.known("mug submarine") < lexical.known("blue chair submarine") < 0.6
    assert lexical.known("submarine") == lexical.known("") == 0.0
