"""Filters: conditions as customers mean them, and an index of them that never disagrees with the plain reading."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.documents import Product, Variant
from retrieval.errors import BadFilter
from retrieval.filters import Condition, Filters, parse_filters
from retrieval.index.payload import PayloadIndex


def matching(products: list[Product], *expressions: str) -> list[str]:
    found = PayloadIndex(products).matching(parse_filters(expressions))
    return [product.id for product, matches in zip(products, found, strict=True) if matches]


MUG = Product("MUG", "Mug", "", Decimal("14.90"), "EUR", category="Kitchen", attributes={"colour": "blue"}, stock=3)
TWO = Product(
    "TWO", "Two-tone mug", "", Decimal(20), "EUR", attributes={"colour": "Red / White"}, availability="preorder"
)
TEE = Product(
    "TEE", "Tee", "", Decimal(20), "EUR", attributes={"colour": "red"},
    variants=(
        Variant("TEE-S", {"size": "S"}, Decimal(18), 0),
        Variant("TEE-M", {"size": "M"}, Decimal(20), 5),
        Variant("TEE-L", {"size": "L", "colour": "green"}, Decimal(24), 2),
    ),
    stock=7,
)  # fmt: skip
SHOP = [MUG, TWO, TEE]


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        (["price<=14.90"], ["MUG"]),
        (["price<19"], ["MUG", "TEE"]),
        (["price>20"], ["TEE"]),
        (["colour=red"], ["TWO", "TEE"]),
        (["color = RED"], ["TWO", "TEE"]),
        (["colour=red / white"], ["TWO"]),
        (["colour!=red"], ["MUG", "TEE"]),
        (["category=kitchen"], ["MUG"]),
        (["availability=in stock"], ["MUG", "TEE"]),
        (["stock>0"], ["MUG", "TEE"]),
        (["id=two"], ["TWO"]),
        (["colour=blue|green"], ["MUG", "TEE"]),
        (["colour!=blue|green"], ["TWO", "TEE"]),
        (["colour=Blue | WHITE"], ["MUG", "TWO"]),
        ([], ["MUG", "TWO", "TEE"]),
    ],
)
def test_each_condition_finds_what_a_customer_means(expressions: list[str], expected: list[str]) -> None:
    assert matching(SHOP, *expressions) == expected


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        (["size=S", "stock>0"], []),
        (["size=S", "availability=in stock"], []),
        (["size=M", "stock>0"], ["TEE"]),
        (["size=L", "price<20"], []),
        (["size=L", "colour=green"], ["TEE"]),
        (["size=M", "colour=green"], []),
    ],
)
def test_conditions_hold_for_one_and_the_same_variant(expressions: list[str], expected: list[str]) -> None:
    assert matching(SHOP, *expressions) == expected


def test_a_field_that_no_product_has_is_named_with_those_there_are() -> None:
    with pytest.raises(BadFilter, match=r"expected one of the fields availability, .*colour, .*price, .*got 'weight'"):
        matching(SHOP, "weight=5")


@pytest.mark.parametrize("expression", ["price", "price~5", "price<cheap", "price<nan", "colour<red", "=5"])
def test_an_expression_that_makes_no_sense_is_refused(expression: str) -> None:
    with pytest.raises(BadFilter, match="got"):
        parse_filters([expression])


WORDS = st.sampled_from(["red", "blue", "Red / Blue", "green"])
PRICES = st.decimals(0, 50, places=2)
STOCKS = st.none() | st.integers(0, 3)
VARIANTS = st.lists(st.tuples(WORDS, PRICES, STOCKS), max_size=3)


@st.composite
def shops(draw: st.DrawFn) -> list[Product]:
    return [
        Product(
            str(number), "Thing", "", draw(PRICES), "EUR", attributes={"colour": draw(WORDS)}, stock=draw(STOCKS),
            variants=tuple(
                Variant(f"{number}-{i}", {"colour": colour}, price, stock)
                for i, (colour, price, stock) in enumerate(draw(VARIANTS))
            ),
        )
        for number in range(draw(st.integers(1, 6)))
    ]  # fmt: skip


CONDITIONS = st.lists(
    st.builds(
        Condition, st.just("colour"), st.sampled_from(["=", "!="]), st.sampled_from(["red", "BLUE", "red / blue"])
    )
    | st.builds(
        Condition,
        st.sampled_from(["price", "stock"]),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        st.decimals(0, 50, places=2).map(str) | st.integers(0, 3).map(str),
    ),
    max_size=3,
)


def plainly(product: Product, conditions: list[Condition]) -> bool:
    """The meaning of filters, read one product and one variant at a time."""
    offers = [(v.options["colour"], v.price, v.stock) for v in product.variants]
    offers = offers or [(product.attributes["colour"], product.price, product.stock)]
    return any(all(_holds(offer, condition) for condition in conditions) for offer in offers)


def _holds(offer: tuple[str, Decimal, int | None], condition: Condition) -> bool:
    colour, price, stock = offer
    if condition.field == "colour":
        parts = {colour.casefold(), *colour.casefold().split(" / ")}
        return (condition.value.casefold() in parts) == (condition.operator == "=")
    have = price if condition.field == "price" else stock
    if have is None:
        return False
    want = Decimal(condition.value)
    return {
        "=": have == want, "!=": have != want, "<": have < want,
        "<=": have <= want, ">": have > want, ">=": have >= want,
    }[condition.operator]  # fmt: skip


@given(shops(), CONDITIONS)
def test_the_index_of_filters_agrees_with_their_plain_meaning(shop: list[Product], conditions: list[Condition]) -> None:
    found = PayloadIndex(shop).matching(Filters(tuple(conditions)))

    assert found.tolist() == [plainly(product, conditions) for product in shop]
