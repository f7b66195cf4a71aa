"""What a change needs to know, in customers' own words: addresses in any layout, payment methods, reasons."""

from __future__ import annotations

import pytest

from agent.goals import read_goals
from agent.understand.address_parts import new_address
from agent.understand.addresses import Place, address_in, cut_after
from agent.understand.payments import method_in
from agent.understand.slots import cancel_reason
from agent.understand.which_order import with_numbers
from tools.records import PaymentMethod

METHODS = (
    PaymentMethod(id="visa", kind="card", label="Visa ending in 4242"),
    PaymentMethod(id="mastercard", kind="card", label="Mastercard ending in 1234"),
    PaymentMethod(id="gift", kind="gift_card", label="Gift card"),
    PaymentMethod(id="paypal", kind="paypal", label="PayPal"),
)


@pytest.mark.parametrize(
    "text",
    [
        "12 Main St, Albany NY 12207",
        "it goes to 12 Main St Albany New York 12207 now",
        "12 Main St\nAlbany, NY 12207\nUSA",
        "street 12 Main St, city Albany, state NY, zip 12207",
        "12 Main St, Albany, N.Y. 12207-0042 instead",
        "1 ship #W10451 to 12 Main St, Albany, NY 12207",
    ],
)
def test_an_american_address_is_read_in_any_layout(text: str) -> None:
    place = address_in(text, "DE")

    assert place is not None
    assert place.line1 == "12 Main St"
    assert (place.city, place.state, place.postcode, place.country) == ("Albany", "NY", "12207", "US")


OLD = Place("615 Pine Lane", "60609", "Chicago", "US", state="IL", line2="Suite 115")


@pytest.mark.parametrize(
    "said",
    [
        ["new street is 12 Oak Lane, rest the same"],
        ["12 Oak Lane, same city and zip"],
        ["change the street from 615 Pine Lane to 12 Oak Lane, everything else unchanged"],
        ["There's a typo in the street of order #W10451. It should read 12 Oak Lane."],
        ["Please keep everything else", "but the street is now 12 Oak Lane"],
        ["only the street is new", "12 Oak Lane"],
        ["the street is 13 Oak Lane, all else stays the same", "sorry, house number 12"],
    ],
)
def test_a_street_that_is_new_alone_leaves_the_rest_of_the_address(said: list[str]) -> None:
    assert new_address(said, "US", OLD) == Place("12 Oak Lane", "60609", "Chicago", "US", state="IL", line2="Suite 115")


@pytest.mark.parametrize(
    "text",
    [
        "the new address is 12 Oak Lane",
        "the street is 12 Oak Lane, Springfield",
        "12 Oak Lane, same city, 60614",
        "the street is 12 Oak Lane and the zip is 60614",
        "I need 2 mugs, the rest stays the same",
        "order #W10451 has the wrong street",
    ],
)
def test_a_street_is_not_put_into_a_town_that_may_be_another(text: str) -> None:
    assert new_address([text], "US", OLD) is None


def test_a_street_corrects_the_whole_address_that_was_given_before() -> None:
    said = ["send it to 12 Main St, Albany, NY 12207", "sorry, the street is 12 Main Road, rest as it is"]

    assert new_address(said, "US", OLD) == Place("12 Main Road", "12207", "Albany", "US", state="NY")


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("Apt 4, 12 Main St, Albany, NY 12207", "Apt 4"),
        ("12 Main St Suite #9, Albany, NY 12207", "Suite #9"),
        ("12 Main St, 4th floor, Albany, NY 12207", "4th floor"),
        ("12 Main St\nSuite 9\nAlbany, NY 12207", "Suite 9"),
    ],
)
def test_a_flat_may_stand_before_or_after_the_street(text: str, flat: str) -> None:
    place = address_in(text, "US")

    assert place == Place("12 Main St", "12207", "Albany", "US", state="NY", line2=flat)


@pytest.mark.parametrize(
    "text",
    [
        "Neubaugasse 12, 1070 Wien",
        "to Neubaugasse 12, 1070, Wien instead please",
        "1070, Wien, Neubaugasse 12",
        "Neubaugasse 12 1070 Wien",
        "Neubaugasse 12\n1070 Wien",
        "Neubaugasse 12, Wien 1070",
    ],
)
def test_a_european_address_is_read_in_any_layout(text: str) -> None:
    assert address_in(text, "AT") == Place("Neubaugasse 12", "1070", "Wien", "AT")


@pytest.mark.parametrize(
    ("text", "post", "town", "country"),
    [
        ("Kalkmarkt 3, 1011 AB Amsterdam, Netherlands", "1011 AB", "Amsterdam", "NL"),
        ("Kalkmarkt 3, Amsterdam, 1011 AB", "1011 AB", "Amsterdam", "GB"),
        ("10 Downing Street, London SW1A 2AA", "SW1A 2AA", "London", "GB"),
    ],
)
def test_postcodes_of_other_countries_are_known(text: str, post: str, town: str, country: str) -> None:
    place = address_in(text, "GB")

    assert place is not None
    assert (place.postcode, place.city, place.country) == (post, town, country)


@pytest.mark.parametrize(
    "text", ["my mastercard ending in 1234 used for #W10451", "the puzzle, 500 pieces, 20 by 30", "W10451 and 20099"]
)
def test_other_numbers_are_no_address(text: str) -> None:
    assert address_in(text, "DE") is None


def test_what_follows_an_address_is_about_something_else() -> None:
    assert cut_after("to 12 Main St, Albany, NY 12207, USA and the boots in red") == [
        "to 12 Main St, Albany, NY 12207, USA",
        " and the boots in red",
    ]


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("my visa", "visa"),
        ("the other card, the mastercard", "mastercard"),
        ("the one ending in 1234", "mastercard"),
        ("put it on my gift card rather than the visa", "gift"),
        ("not the gift card but my visa", "visa"),
        ("from my gift card to paypal", "paypal"),
        ("mastercard instead of paypal", "mastercard"),
        ("the visa expired, so mastercard please", "mastercard"),
        ("I don't want it on the Mastercard, use the Visa", "visa"),
        ("用礼品卡，不要信用卡", "gift"),
    ],
)
def test_of_the_methods_that_are_named_the_wanted_one_is_taken(text: str, method: str) -> None:
    found = method_in(text, METHODS)

    assert found is not None
    assert found.id == method


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("About #W10451 and #W10452. The mug in the first is chipped", "The mug in #W10451 is chipped"),
        ("It's #W10451 and #W10452: cancel the second one to me it is useless", "cancel #W10452 to me"),
        ("#W10451, #W10452. Cancel the latter order", "Cancel #W10452"),
        ("Keep #W10451. #W10452 too late? Cancel the first order", "Cancel #W10451"),
        ("#W10451 and #W10452, the second chair", "the second chair"),
        ("#W10451和#W10452，第二个订单取消", "#W10452取消"),
    ],
)
def test_an_order_is_known_by_its_place_among_those_named(text: str, meant: str) -> None:
    assert meant in with_numbers(text)


@pytest.mark.parametrize("text", ["my credit card", "a card please", "cash"])
def test_words_that_fit_several_methods_or_none_choose_none(text: str) -> None:
    assert method_in(text, METHODS) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("my thumb slipped", "ordered by mistake"),
        ("my son ordered it", "ordered by mistake"),
        ("it is a duplicate", "ordered by mistake"),
        ("手滑了", "ordered by mistake"),
        ("our plans changed", "no longer needed"),
        ("I got one as a present", "no longer needed"),
        ("can't afford it right now", "no longer needed"),
        ("the weather", ""),
    ],
)
def test_the_reason_of_a_cancellation_is_read_from_what_happened(text: str, reason: str) -> None:
    assert cancel_reason(text) == reason


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Could #W10451 go on my gift card rather than the Visa?", "payment"),
        ("Take the money for #W10451 from my gift card instead", "payment"),
        ("the visa on #W10451 is expired, please swap it for my paypal", "payment"),
        ("Move #W10451 from the gift card onto my visa", "payment"),
        ("把#W10451的付款换成礼品卡", "payment"),
        ("#W10451 ought to find me at 12 Main St, Albany, NY 12207", "address"),
        ("I typed the wrong house number for #W10451", "address"),
        ("Send #W10451 to 1070, Wien, Neubaugasse 12 instead", "address"),
        ("I won't be needing #W10451 after all", "give_back"),
        ("The lamp from #W10451 is not my thing, I want rid of it", "give_back"),
        ("#W10451我后悔了，不想买了", "give_back"),
    ],
)
def test_what_is_said_of_an_order_tells_what_it_is_to_become(text: str, family: str) -> None:
    assert [goal.family for goal in read_goals(text)] == [family]
