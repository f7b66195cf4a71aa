"""Goods and their options as customers call them: everyday names, what stays, what is mentioned, the same again."""

from __future__ import annotations

import pytest
from goods_in_orders import Options, order_of, variants_of

from agent.steps import Ask
from agent.swapping import swaps_of
from agent.understand.named_goods import lines_named
from agent.understand.pieces import pieces
from agent.understand.tokens import tokens_of
from agent.understand.variants import wanted_options
from tools.records import Order
from tools.results import Ok, Result

COOKER: dict[str, Options] = {
    "K1": {"capacity": "1L", "material": "glass", "handle": "fixed"},
    "K2": {"capacity": "2L", "material": "glass", "handle": "fixed"},
    "K3": {"capacity": "1L", "material": "stainless steel", "handle": "adjustable"},
    "K4": {"capacity": "1L", "material": "plastic", "handle": "none"},
}
PACK: dict[str, Options] = {
    "R1": {"size": "small", "colour": "navy", "rain cover": "yes"},
    "R2": {"size": "large", "colour": "navy", "rain cover": "yes"},
    "R3": {"size": "small", "colour": "black", "rain cover": "no"},
}
EARS: dict[str, Options] = {
    "E1": {"colour": "white", "battery life": "20 hours"},
    "E2": {"colour": "black", "battery life": "30 hours"},
}


ORDER = order_of(
    ("K1", "Electric Kettle", COOKER["K1"]),
    ("R1", "Hiking Backpack", PACK["R1"]),
    ("E1", "Headphones", EARS["E1"]),
    ("V1", "Bicycle", {"colour": "red"}),
)
TWINS = order_of(
    ("M1", "Fjord Mug", {"colour": "white", "size": "small"}),
    ("M2", "Fjord Mug", {"colour": "black", "size": "large"}),
    ("T1", "Tea Kettle", {"material": "ceramic"}),
    ("K1", "Electric Kettle", COOKER["K1"]),
)


def options_of(item_id: str) -> Result | None:
    family = next((each for each in (COOKER, PACK, EARS) if item_id in each), {})
    return Ok({}, value=tuple(variants_of(family)))


def swapped(*said: tuple[str, str], of: Order = ORDER) -> object:
    found = swaps_of([*said, ("more", "no")], of, options_of)
    return [(swap["item_id"], swap["new_item_id"]) for swap in found] if isinstance(found, list) else found


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("the rucksack and my bike", (1, 3)),
        ("this headset hurts", (2,)),
        ("送回自行车和耳机", (3, 2)),
        ("电热水壶", (0,)),
        ("the bicylce", (3,)),
        ("the electric one", (0,)),
        ("I cycle to work with an electric car", (3,)),
    ],
)
def test_goods_are_known_by_everyday_names_in_both_languages(text: str, named: tuple[int, ...]) -> None:
    assert lines_named(text, ORDER) == named


PLATE: dict[str, Options] = {
    "P1": {"size": "17 cm"},
    "P2": {"size": "21 cm"},
    "P3": {"size": "27 cm"},
    "P4": {"size": "31 cm"},
}
SHIRT: dict[str, Options] = {
    "S1": {"size": "M", "colour": "red"},
    "S2": {"size": "L", "colour": "red"},
    "S3": {"size": "XL", "colour": "black"},
    "S4": {"size": "S", "colour": "red"},
}
PRICES = {"P1": "8.90", "P2": "12.90", "P3": "18.90", "P4": "38.90", "S1": "20", "S2": "20", "S3": "25", "S4": "18"}


def becomes(text: str, family: dict[str, Options], current: str, sold_out: str = "") -> str | tuple[str, ...]:
    """The variant that a thing becomes by a message, or those that are offered because it is not clear."""
    order = order_of((current, "Fjord Thing", family[current]))
    variants = variants_of(family, sold_out, PRICES)
    found = swaps_of([("", f"swap the thing for {text}")], order, lambda _: Ok({}, value=tuple(variants)))
    if isinstance(found, list):
        return found[0]["new_item_id"]
    assert isinstance(found, Ask)
    return tuple(label for label, _ in found.choices)


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("the cheapest one", "P1"),
        ("the most expensive one please", "P4"),
        ("the largest size", "P4"),
        ("a smaller one", "P1"),
        ("one size up", "P3"),
        ("a cheaper version", "P1"),
    ],
)
def test_a_degree_is_the_variant_that_the_shops_prices_and_sizes_tell(text: str, variant: str) -> None:
    assert becomes(text, PLATE, "P2") == variant


@pytest.mark.parametrize(
    ("text", "variant"),
    [("最便宜的", "P1"), ("最大的", "P4"), ("大一号的", "P3"), ("小一点的", "P1")],
)
def test_a_degree_is_understood_in_chinese(text: str, variant: str) -> None:
    assert becomes(text, PLATE, "P2") == variant


def test_a_degree_that_fits_several_variants_is_asked_about_among_them() -> None:
    assert becomes("a bigger one", PLATE, "P2") == ("27 cm", "31 cm")
    assert becomes("the bigger one", PLATE, "P2", sold_out="P4") == "P3"


def test_who_has_the_cheapest_or_the_largest_is_asked_which_other_they_want() -> None:
    assert becomes("the cheapest one", PLATE, "P1") == ("21 cm", "27 cm", "31 cm")
    assert becomes("the largest one", PLATE, "P4") == ("17 cm", "21 cm", "27 cm")


def test_a_degree_keeps_the_other_options_and_is_held_against_those_that_are_named() -> None:
    assert becomes("a larger one", SHIRT, "S1") == "S2"
    assert becomes("the largest in black", SHIRT, "S1") == "S3"
    assert becomes("the cheapest in black", SHIRT, "S1") == "S3"
    assert becomes("the biggest, so XL", SHIRT, "S1") == "S3"


def test_a_pressed_variant_is_no_word_about_another_thing_of_the_order() -> None:
    order = order_of(("B1", "Backpack", {"size": "large", "for": "camera"}), ("L1", "Laptop", {"screen": "13 inch"}))
    bags = {"B1": {"size": "large", "for": "camera"}, "B2": {"size": "small", "for": "laptop"}}
    screens = {"L1": {"screen": "13 inch"}, "L2": {"screen": "15 inch"}, "L3": {"screen": "17 inch"}}
    said = [
        ("", "swap the backpack and the laptop"),
        ("variant:L1", "15 inch"),
        ("variant:B1", "small, laptop"),
        ("more", "no"),
    ]
    found = swaps_of(said, order, lambda item: Ok({}, value=tuple(variants_of(bags if item == "B1" else screens))))

    assert found == [{"item_id": "B1", "new_item_id": "B2"}, {"item_id": "L1", "new_item_id": "L2"}]


def test_a_degree_of_what_they_have_is_no_wish_for_another() -> None:
    order = order_of(("S2", "Fjord Shirt", SHIRT["S2"]))
    said = [("", "swap the bigger shirt for a small one"), ("more", "no")]
    found = swaps_of(said, order, lambda _: Ok({}, value=tuple(variants_of(SHIRT))))

    assert found == [{"item_id": "S2", "new_item_id": "S4"}]


def test_of_prices_that_are_all_the_same_none_is_the_cheapest() -> None:
    order = order_of(("P2", "Fjord Plate", PLATE["P2"]))
    found = swaps_of([("", "swap it for the cheapest")], order, lambda _: Ok({}, value=tuple(variants_of(PLATE))))

    assert isinstance(found, Ask)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("the black mug", (1,)),
        ("both mugs", (0, 1)),
        ("two mugs", (0, 1)),
        ("both of the mugs, the white and the black", (0, 1)),
        ("the white mug to a black mug", (0,)),
        ("the small mug should go, and the other mug too", (0, 1)),
        ("the kettle", ()),
        ("the ceramic kettle", (2,)),
        ("the glass kettle and the small mug", (3, 0)),
        ("the Fjord that is black", (1,)),
        ("mugs both, but the white one I keep", (1,)),
    ],
)
def test_of_two_things_with_one_name_the_described_one_is_meant(text: str, named: tuple[int, ...]) -> None:
    assert lines_named(text, TWINS) == named


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("the kettle. Bike and headphones are fine", ["K1"]),
        ("please leave the bike and the rucksack alone, I mean the kettle", ["K1"]),
        ("the kettle only, my son rides the bike", ["K1"]),
        ("just the headphones. The kettle is for my mother", ["E1"]),
        ("just the headphones. And the kettle", ["E1", "K1"]),
        ("neither the bike nor the kettle, the headset", ["E1"]),
        ("the kettle is not part of it, the backpack is", ["R1"]),
        ("headphones yes, bike no", ["E1"]),
        ("everything but the bike. So kettle, pack and headphones", ["K1", "R1", "E1"]),
        ("退耳机，自行车和背包不动", ["E1"]),
        ("水壶和耳机，自行车不用换", ["K1", "E1"]),
        ("the headset and nothing but the headset. All right?", ["E1"]),
        ("the kettle and only the kettle", ["K1"]),
        ("first and third", ["K1", "E1"]),
        ("the last two", ["E1", "V1"]),
        ("I mean the whole lot", ["K1", "R1", "E1", "V1"]),
        ("rucksack, kettle. 自行车我要的", ["R1", "K1"]),
    ],
)
def test_what_stays_is_left_out_of_an_answer(text: str, ids: list[str]) -> None:
    assert sorted(pieces([("items", text)], ORDER)) == sorted(ids)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a metal one", {"material": "stainless steel"}),
        ("one with two litres", {"capacity": "2L"}),
        ("without a handle, in plastic", {"handle": "none", "material": "plastic"}),
        ("2升的，不锈钢", {"capacity": "2L", "material": "stainless steel"}),
        ("2000 millilitres", {}),
    ],
)
def test_options_are_known_in_other_words(text: str, wanted: Options) -> None:
    assert wanted_options(tokens_of(text), list(COOKER.values()), COOKER["K1"]) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the big one", {"size": "large"}),
        ("my wife's is small, I'm for large", {"size": "large"}),
        ("thirty hours", {}),
        ("it doesn't have to have a rain cover", {"rain cover": "no"}),
    ],
)
def test_letters_after_an_apostrophe_are_no_sizes(text: str, wanted: Options) -> None:
    assert wanted_options(tokens_of(text), list(PACK.values()), PACK["R1"]) == wanted


def test_each_thing_of_a_sentence_gets_its_own_change() -> None:
    text = "swap the small navy rucksack for a large one, the glass kettle to 2L and the headset for black with 30h"
    assert swapped(("", text)) == [("K1", "K2"), ("R1", "R2"), ("E1", "E2")]


def test_a_thing_that_is_only_mentioned_beside_a_change_is_not_changed() -> None:
    assert swapped(("", "The headphones should be black. They came in a box with a bike and a kettle")) == [
        ("E1", "E2")
    ]


def test_things_that_are_listed_first_and_told_about_later_are_all_changed() -> None:
    said = (("", "I want to change the kettle and the headset"), ("variant:K1", "2L"), ("variant:E1", "black"))
    assert swapped(*said) == [("K1", "K2"), ("E1", "E2")]


def test_what_is_called_by_an_option_alone_is_the_only_thing_that_has_it() -> None:
    assert swapped(("", "swap the glass one for plastic without a handle")) == [("K1", "K4")]


def test_a_description_in_an_answer_takes_nothing_back() -> None:
    said = (("", "the headset should be black"), ("items", "the white headphones with 20 hours"))
    assert swapped(*said) == [("E1", "E2")]


@pytest.mark.parametrize(
    "text",
    ["the very same again", "same one please", "white, 20 hours, same as now", "an identical one", "跟原来一模一样"],
)
def test_the_same_again_is_the_variant_that_they_have(text: str) -> None:
    assert swapped(("items", "the headphones"), ("variant:E1", text)) == [("E1", "E1")]


def test_the_same_size_in_another_colour_is_no_wish_for_the_same_thing() -> None:
    assert swapped(("items", "the headphones"), ("variant:E1", "black, the rest the same")) == [("E1", "E2")]


@pytest.mark.parametrize(
    ("value", "other", "said"),
    [
        ("2TB SSD", "1TB SSD", "two terabytes"),
        ("SD card", "CF card", "with an sd slot"),
        ("48MP", "12MP", "4800万像素"),
        ("4x", "8x", "four times zoom"),
        ("12,000mAh", "6,000mAh", "12000 mah"),
        ("10-20 lbs", "20-30 lbs", "ten to twenty pounds"),
        ("1500ml", "500ml", "one 1.5 litre bottle"),
        ("IPX5", "not resistant", "ipx5"),
        ("not resistant", "IPX5", "it is not waterproof"),
        ("wired", "wireless", "with a wire"),
        ("wireless", "wired", "without a wire"),
        ("LTE + Wi-Fi", "Wi-Fi", "lte and wi-fi"),
    ],
)
def test_values_are_known_by_their_number_and_unit_or_by_what_they_mean(value: str, other: str, said: str) -> None:
    offered = [{"kind": value}, {"kind": other}]

    assert wanted_options(tokens_of(said), offered, {"kind": other}) == {"kind": value}


def test_a_word_that_two_options_have_is_of_the_one_that_is_not_said_otherwise() -> None:
    offered = [{"size": size, "airing": airing} for size in ("S", "M") for airing in ("low", "medium")]

    assert wanted_options(tokens_of("a medium with low airing"), offered, offered[0]) == {"size": "M", "airing": "low"}
    assert wanted_options(tokens_of("M"), offered, offered[0]) == {"size": "M"}


def test_what_is_said_to_stay_is_not_given_up_for_the_only_thing_that_is_left() -> None:
    asked = swapped(("items", "the backpack"), ("variant:R1", "black, but with the rain cover as now"))

    assert isinstance(asked, Ask)
    assert asked.slot == "variant:R1"
