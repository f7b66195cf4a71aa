"""Simulated customers answer what they are asked, and say yes to nothing but what they want."""

from __future__ import annotations

import random

import pytest

from server.testing.customers.persona import Goal, Persona, Style
from server.testing.customers.phrasings import BadPhrasing, Phrasings, with_typos
from server.testing.customers.reacting import Heard, Press, Proposed, Say, SimulatedCustomer

ANNA = {"name": "Anna Keller", "email": "anna.keller@example.com", "order1": "#W10380"}
RETURN = Goal(
    "return_items",
    {"order_id": "#W10380", "item_ids": ["PLT-1", "MUG-1"], "refund_to": "PM-1"},
    {"order": "#W10380", "items": "plate and mug", "method": "my Visa"},
    original="PM-1",
)
CANCEL = Goal("cancel_order", {"order_id": "#W10451"}, {"order": "#W10451", "reason": "I don't need it"})
WORDS = Phrasings.of(
    {
        "identity": "I am {name}",
        "order": "{order}",
        "items": "the {items}",
        "method": "with {method}",
        "reason": "{reason}",
        "yes": "yes",
        "no": "No.",
        "unclear": "all of it again: {order}",
        "wish_cancel_order": "cancel {order}",
        "digression": "do you sell hats?",
        "hesitate": "wait",
    }
)


def customer(*goals: Goal, style: tuple[Style, ...] = (), opening: str = "Hello, {name} here") -> SimulatedCustomer:
    return SimulatedCustomer(Persona(ANNA, goals, WORDS, frozenset(style), opening, seed=3))


def card(**changed: object) -> Heard:
    arguments = {"order_id": "#W10380", "item_ids": ["MUG-1", "PLT-1"], "refund_to": "original", **changed}
    return Heard("Please check this.", asked="confirm", card=Proposed("return_items", arguments))


def test_the_first_words_name_what_the_customer_knows() -> None:
    assert customer(RETURN).opens() == Say("Hello, Anna Keller here")


def test_who_they_are_is_told_with_the_address_that_proves_it() -> None:
    assert customer(RETURN).reacts(Heard("Who?", asked="identity")) == Say("I am Anna Keller anna.keller@example.com")


@pytest.mark.parametrize(("asked", "answer"), [("order", "#W10380"), ("items", "the plate and mug")])
def test_a_question_gets_its_own_answer(asked: str, answer: str) -> None:
    assert customer(RETURN).reacts(Heard("Which?", asked=asked)) == Say(answer)


def test_of_several_wishes_the_one_that_the_question_fits_is_answered() -> None:
    assert customer(RETURN, CANCEL).reacts(Heard("Why?", asked="reason")) == Say("I don't need it")


def test_a_card_with_exactly_what_they_want_is_confirmed() -> None:
    assert customer(RETURN).reacts(card()) in (Press("confirm"), Say("yes"))


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ({"item_ids": ["MUG-1"]}, "No. the plate and mug"),
        ({"item_ids": ["MUG-1", "PLT-1", "PLT-1"]}, "No. the plate and mug"),
        ({"refund_to": "PM-2"}, "No. with my Visa"),
        ({"order_id": "#W10300"}, "No. #W10380"),
    ],
)
def test_a_card_that_is_otherwise_is_declined_and_corrected(wrong: dict[str, object], answer: str) -> None:
    assert customer(RETURN).reacts(card(**wrong)) == Say(answer)


def test_another_operation_is_declined_with_everything_said_again() -> None:
    heard = Heard("", asked="confirm", card=Proposed("cancel_order", {"order_id": "#W10380"}))

    assert customer(RETURN).reacts(heard) == Say("No. all of it again: #W10380")


def test_the_third_time_the_same_question_comes_everything_is_said_again() -> None:
    anna = customer(RETURN)

    answers = [anna.reacts(Heard("Which?", asked="items")) for _ in range(3)]

    assert answers == [Say("the plate and mug")] * 2 + [Say("all of it again: #W10380")]


def test_a_change_that_was_made_is_off_the_list_and_then_nothing_is_left_to_say() -> None:
    anna = customer(RETURN)
    made = Proposed("return_items", card().card.arguments)  # type: ignore[union-attr]

    assert anna.reacts(Heard("Done.", done=(made,))) is None
    assert (anna.reached, anna.unwanted) == ([RETURN], [])


def test_a_change_that_nobody_wanted_is_noticed() -> None:
    anna, made = customer(RETURN), Proposed("cancel_order", {"order_id": "#W10451"})

    anna.reacts(Heard("Done.", done=(made,)))

    assert anna.unwanted == [made]


def test_what_the_shop_refuses_is_asked_for_once_more_and_then_given_up() -> None:
    anna = customer(RETURN)
    anna.opens()
    refused = Heard("No.", refused=(Proposed("return_items", {"order_id": "#W10380"}),))

    assert anna.reacts(refused) == Say("all of it again: #W10380")
    assert anna.reacts(refused) is None
    assert anna.given_up == [RETURN]


def test_who_digresses_asks_something_else_once() -> None:
    anna = customer(RETURN, style=("digressing",))

    answers = [anna.reacts(Heard("Which?", asked="items")) for _ in range(2)]

    assert answers == [Say("do you sell hats?"), Say("the plate and mug")]


def test_who_hesitates_declines_the_first_card_that_is_right() -> None:
    assert customer(RETURN, style=("hesitating",)).reacts(card()) == Say("wait")


def test_nothing_is_said_once_a_person_has_taken_over() -> None:
    assert customer(RETURN).reacts(Heard("One moment.", control="queued")) is None


def test_typos_leave_names_and_numbers_as_they_are() -> None:

    slipped = with_typos("please return {items} of {order}", random.Random(1))

    assert slipped != "please return {items} of {order}"
    assert "{items} of {order}" in slipped


def test_a_placeholder_that_nobody_fills_is_named_with_those_that_there_are() -> None:
    with pytest.raises(BadPhrasing, match=r"\{colour\}; there are .*email"):
        customer(RETURN, opening="in {colour} please").opens()


def test_a_question_that_words_did_not_settle_is_answered_by_its_quick_reply() -> None:
    wished = Goal("return_items", {"order_id": "#W10380"}, {"items": "mug"}, labels=frozenset(["Fjord mug"]))
    anna, heard = customer(wished), Heard("Which?", asked="items", choices=("Fjord plate", "Fjord mug"))

    assert [anna.reacts(heard), anna.reacts(heard)] == [Say("the mug"), Press("Fjord mug")]


def test_who_cannot_name_the_order_looks_its_number_up_when_asked_a_third_time() -> None:
    words = Phrasings.of({"identity": "{email}", "order": "the one with the mug"})
    anna = SimulatedCustomer(Persona(ANNA, (RETURN,), words, opening="hello"))

    answers = [anna.reacts(Heard("Which order?", asked="identity")) for _ in range(3)]

    assert answers == [
        Say("anna.keller@example.com"),
        Say("the one with the mug anna.keller@example.com"),
        Say("anna.keller@example.com, #W10380"),
    ]
