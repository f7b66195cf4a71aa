"""What customers' words mean beside an order: which goods, which variant, which address."""

from __future__ import annotations

import pytest
from goods_in_orders import order_of, variants_of

from agent.goals import by_order, read_goals
from agent.steps import Ask
from agent.swapping import swaps_of
from agent.understand.addresses import Place, address_in
from agent.understand.named_goods import lines_named, spared_in
from agent.understand.pieces import pieces
from agent.understand.spelling import spelled
from agent.understand.tokens import tokens_of
from agent.understand.variants import choose, wanted_options
from tools.results import Ok

BOOTS = {
    "B1": {"size": "9", "colour": "red", "waterproof": "no"},
    "B2": {"size": "10", "colour": "red", "waterproof": "no"},
    "B3": {"size": "9", "colour": "black", "waterproof": "no"},
    "B4": {"size": "9", "colour": "black", "waterproof": "yes"},
    "B5": {"size": "9", "colour": "red", "waterproof": "yes"},
}
GLASSES = {
    "G1": {"frame colour": "black", "lens colour": "green"},
    "G2": {"frame colour": "brown", "lens colour": "black"},
    "G3": {"frame colour": "black", "lens colour": "brown"},
}


ORDER = order_of(
    ("B1", "Hiking Boots", BOOTS["B1"]),
    ("K1", "Electric Kettle", {"capacity": "1L", "colour": "white"}),
    ("S1", "T-Shirt", {"size": "S", "colour": "blue"}),
    ("S2", "T-Shirt", {"size": "M", "colour": "green"}),
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("the boots and the kettle", (0, 1)),
        ("my electric kettle", (1,)),
        ("the green t-shirt", (3,)),
        ("the blue tee to size L", (2,)),
        ("both t-shirts", (2, 3)),
        ("a t-shirt", ()),
        ("the ketlte", (1,)),
        ("the kettle, not the boots", (1,)),
        ("the kettle goes back. The boots, the blue t-shirt and the green t-shirt stay.", (1,)),
        ("it is too loud", ()),
    ],
)
def test_goods_are_known_by_a_word_of_their_title_and_two_of_one_name_by_their_options(
    text: str, named: tuple[int, ...]
) -> None:
    assert lines_named(text, ORDER) == named


def test_what_shall_stay_is_told_apart_from_what_shall_go() -> None:
    assert spared_in("Only the kettle. I keep the boots", ORDER) == (0,)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("everything", ("B1", "K1", "S1", "S2")),
        ("everything except the boots", ("K1", "S1", "S2")),
        ("第二个", ("K1",)),
    ],
)
def test_all_but_some_and_places_are_understood(text: str, ids: tuple[str, ...]) -> None:
    assert pieces((("items", text),), ORDER) == ids


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("in black please", {"colour": "black"}),
        ("from red to black", {"colour": "black"}),
        ("black instead of red", {"colour": "black"}),
        ("not the red ones, size ten", {"size": "10"}),
        ("waterproof ones in black", {"colour": "black", "waterproof": "yes"}),
        ("black, without waterproof", {"colour": "black", "waterproof": "no"}),
        ("black, they need not be waterproof", {"colour": "black", "waterproof": "no"}),
        ("黑色的，10", {"colour": "black", "size": "10"}),
        ("something nicer", {}),
    ],
)
def test_options_are_read_whichever_way_they_are_said(text: str, wanted: dict[str, str]) -> None:
    assert wanted_options(tokens_of(text), list(BOOTS.values()), BOOTS["B1"]) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("frame colour brown and lens colour black", {"frame colour": "brown", "lens colour": "black"}),
        ("black lens please", {"lens colour": "black"}),
        ("a brown frame", {"frame colour": "brown"}),
        ("black, brown", {"frame colour": "black", "lens colour": "brown"}),
    ],
)
def test_a_value_that_two_options_have_is_of_the_one_that_is_named_beside_it(text: str, wanted: dict[str, str]) -> None:
    assert wanted_options(tokens_of(text), list(GLASSES.values()), GLASSES["G1"]) == wanted


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("10 inches", '10"'),
        ("1.5 liters", "1.5L"),
        ("30-50 lbs", "the 30-50 ones"),
        ("8 hours", "8小时"),
        ("grey", "gray"),
    ],
)
def test_units_are_known_however_they_are_written(value: str, said: str) -> None:
    offered = [{"measure": value}, {"measure": "other"}]

    assert wanted_options(tokens_of(said), offered, {"measure": "other"}) == {"measure": value}


def test_what_is_not_named_stays_as_it_is() -> None:
    current, *_ = offered = variants_of(BOOTS)

    assert choose({"colour": "black"}, offered, current).variant == offered[2]


def test_a_variant_that_is_sold_out_is_named_and_others_are_offered() -> None:
    current, *_ = offered = variants_of(BOOTS, sold_out="B3")

    choice = choose({"colour": "black"}, offered, current)

    assert (choice.variant, choice.sold_out, choice.near[0]) == (None, offered[2], offered[3])


def test_the_order_is_asked_about_as_a_whole_before_its_only_change() -> None:
    said = (("", "swap the boots to black"),)
    boots = lambda item: Ok({}, (), tuple(variants_of(BOOTS)))  # noqa: E731

    asked = swaps_of(said, ORDER, boots)
    answered = swaps_of((*said, ("more", "No, the kettle is fine.")), ORDER, boots)

    assert isinstance(asked, Ask)
    assert asked.slot == "more"
    assert answered == [{"item_id": "B1", "new_item_id": "B3"}]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "send #W10451 to 967 Sunset Drive, Suite 613, Fort Worth, TX 76176, USA",
            Place("967 Sunset Drive", "76176", "Fort Worth", "US", state="TX", line2="Suite 613"),
        ),
        (
            "It's 12 Main St Apt 4B, Albany, New York 12207",
            Place("12 Main St", "12207", "Albany", "US", state="NY", line2="Apt 4B"),
        ),
        ("The new address is Mole 3, 20457 Hamburg, Germany", Place("Mole 3", "20457", "Hamburg", "DE")),
        ("my number is 20457", None),
    ],
)
def test_addresses_are_read_as_people_write_them(text: str, place: Place | None) -> None:
    assert address_in(text, "DE") == place


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("reutrn the oredr", "return the order"),
        ("excahnge it, pls dont", "exchange it, pls don't"),
        ("charge it", "charge it"),
    ],
)
def test_slips_in_words_for_wishes_are_put_right_and_other_words_stay(said: str, read: str) -> None:
    assert spelled(said) == read


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        (
            "Cancel #W10451 and #W10452, and exchange the boots of #W10453 for black ones",
            [("give_back", "#W10451"), ("give_back", "#W10452"), ("swap", "#W10453")],
        ),
        (
            "#W10451: it has to go to 12 Main St, Albany, NY 12207 instead. And the boots should be black.",
            [("address", "#W10451"), ("swap", "#W10451")],
        ),
        (
            "(1) cancel #W10451, (2) have #W10452 charged to my PayPal, and (3) upgrade the laptop in #W10452",
            [("give_back", "#W10451"), ("payment", "#W10452"), ("swap", "#W10452")],
        ),
        (
            "Change the address of #W10451 to Mole 3, 20457 Hamburg, the same as in #W10452",
            [("address", "#W10451")],
        ),
        ("Exchange the kettle of #W10451. Use my gift card for the difference.", [("swap", "#W10451")]),
        ("My order #W10451 hasn't arrived yet. Please cancel it.", [("give_back", "#W10451")]),
    ],
)
def test_every_wish_of_a_message_keeps_its_own_order(text: str, wishes: list[tuple[str, str]]) -> None:
    assert [(goal.family, goal.order_id) for goal in read_goals(text)] == wishes


def test_words_that_name_no_change_wish_for_none_where_no_order_is_talked_of() -> None:
    assert read_goals("I'd love the red one instead") == []


def test_what_is_said_of_two_orders_at_once_is_said_of_each() -> None:
    assert by_order("#W10451 and #W10452 by mistake, #W10453 is not needed") == [
        "#W10451 and by mistake,",
        "#W10452 by mistake, ",
        "#W10453 is not needed",
    ]
