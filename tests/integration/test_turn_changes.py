"""Customers change things by talking to the rules: answers in any order, corrections, digressions, two goals."""

from __future__ import annotations

import pytest
from acting_shop import DELIVERED, HOME, OLD, PENDING, SHIPPED, SIGNED_IN
from agent_parts import PHOTO, said, words
from turn_parts import Talk, buttons, handoffs, tools_run

from agent.blocks import ConfirmBlock
from agent.events import ConfirmationSettled, TurnEvent
from tools.adapters.sqlite import SqliteShop
from tools.records import Order


def card(events: list[TurnEvent]) -> ConfirmBlock:
    return next(block for block in said(events).blocks if isinstance(block, ConfirmBlock))


def rows(events: list[TurnEvent]) -> dict[str, str]:
    return {row.label: row.value for row in card(events).rows}


async def order(shop: SqliteShop, order_id: str) -> Order:
    return await shop.order(order_id, SIGNED_IN)


async def test_an_order_is_cancelled_in_three_messages(talk: Talk, shop: SqliteShop):
    asked = await talk.say(f"Please cancel my order {PENDING}")
    shown = await talk.say("I ordered it by mistake")
    done = await talk.say("yes")

    assert words(asked) == f"Why would you like to cancel order {PENDING}?"
    assert buttons(asked) == ["No longer needed", "Ordered by mistake", "Another reason"]
    assert rows(shown)["Reason"] == "ordered by mistake"
    assert words(done).startswith(f"Done: order {PENDING} is cancelled.")
    assert words(done).endswith("Is there anything else I can do for you?")
    assert (await order(shop, PENDING)).cancel_reason == "ordered by mistake"


async def test_who_is_not_known_proves_it_first_and_goes_on_where_they_were(stranger: Talk, shop: SqliteShop):
    first = await stranger.say(f"I want to cancel order {PENDING}, I don't need it any more")
    shown = await stranger.say("anna.keller@example.com")

    assert "which e-mail address" in words(first)
    assert card(shown).title == f"Cancel order {PENDING}?"
    await stranger.press("yes")
    assert (await order(shop, PENDING)).status == "cancelled"


async def test_the_next_order_needs_no_second_proof_of_the_same_address(stranger: Talk):
    await stranger.say(f"Return the mug from order {DELIVERED} and cancel order {PENDING}, no longer needed")
    await stranger.say("anna.keller@example.com")

    events = await stranger.press("yes")

    assert card(events).title == f"Cancel order {PENDING}?"


async def test_the_state_of_the_order_decides_between_cancelling_and_returning(talk: Talk):
    events = await talk.say(f"I'd like to cancel order {DELIVERED}, everything in it")

    assert card(events).title == f"Return from order {DELIVERED}?"
    assert rows(events)["Shipping that you get back"] == "€4.90"
    assert rows(events)["You get back"].startswith("€45.60, Visa ending in 4242")


async def test_a_card_says_what_is_taken_off_for_sending_back(talk: Talk, shop: SqliteShop):
    before = await order(shop, DELIVERED)
    abroad = before.address.model_copy(update={"country": "IT"})
    await shop.load(orders=[before.model_copy(update={"address": abroad})])

    events = await talk.say(f"I want to return the mug from order {DELIVERED}")

    assert rows(events)["Taken off for sending it back"] == "€5.90"
    assert rows(events)["You get back"].startswith("€9.00")


async def test_one_item_is_returned_by_its_name(talk: Talk, shop: SqliteShop):
    shown = await talk.say(f"I want to return the mug from order {DELIVERED}, it has the wrong colour")
    await talk.say("ok, do it")

    assert rows(shown)["You get back"].startswith("€14.90, Visa ending in 4242")
    returning = (await order(shop, DELIVERED)).returning
    assert returning is not None
    assert (returning.item_ids, returning.reason) == (("MUG-1",), "wrong size or colour")


async def test_a_refund_where_the_shop_gives_none_is_refused_with_its_reason(talk: Talk):
    events = await talk.say(f"I want to return the mug from order {DELIVERED}, refund to my gift card please")

    assert tools_run(events)[-1] == ("return_items", "refused")
    assert len(words(events)) > len("I can't do that.")


async def test_no_the_other_one_shows_a_new_card_for_the_other(talk: Talk):
    await talk.say(f"return the mug from order {DELIVERED} please")

    events = await talk.say("No, the other one")

    assert [e.outcome for e in events if isinstance(e, ConfirmationSettled)] == ["declined"]
    assert "Fjord plate" in rows(events)["Item"]
    assert "mug" not in card(events).text


async def test_items_are_asked_for_and_may_be_chosen_by_place(talk: Talk):
    asked = await talk.say(f"I want to return something from order {DELIVERED}")
    shown = await talk.say("the second one")

    assert buttons(asked) == ["Fjord plate (21 cm)", "Fjord mug", "All of them"]
    assert "Fjord mug" in rows(shown)["Item"]


async def test_an_item_is_exchanged_for_a_named_variant_and_the_difference_is_the_tools(talk: Talk, shop: SqliteShop):
    asked = await talk.say(f"Please exchange one of the plates from order {DELIVERED}")
    shown = await talk.say("27 cm")
    await talk.press("yes")

    assert words(asked) == "Which version of Fjord plate would you like instead?".replace(
        "Fjord plate", "**Fjord plate**"
    )
    assert buttons(asked) == ["27 cm", "31 cm"]  # 17 cm is sold out
    assert rows(shown)["You pay"].startswith("€6.00, Visa ending in 4242")
    exchanging = (await order(shop, DELIVERED)).exchanging
    assert exchanging is not None
    assert [(s.item_id, s.new_item_id) for s in exchanging.swaps] == [("PLT-1-S", "PLT-1-L")]


async def test_before_sending_the_same_wish_modifies_the_order(talk: Talk, shop: SqliteShop):
    shown = await talk.say(f"change the plates in order {PENDING} to 27 cm please")
    await talk.press("yes")

    assert card(shown).title == f"Change order {PENDING}?"
    assert (await order(shop, PENDING)).items_modified


async def test_a_variant_that_is_sold_out_is_told_and_the_others_are_offered(talk: Talk):
    events = await talk.say(f"Exchange the plates of order {DELIVERED} for 17 cm")

    assert words(events).startswith("**Fjord plate** (17 cm) is not available at the moment.")
    assert buttons(events) == ["27 cm", "31 cm"]


@pytest.mark.parametrize(
    ("wish", "becomes"),
    [
        ("the next size up", "27 cm, €18.90"),
        ("the largest size", "31 cm, €38.90"),
        ("the most expensive ones", "31 cm, €38.90"),
    ],
)
async def test_the_largest_or_the_dearest_version_is_found_in_the_shops_records(talk: Talk, wish: str, becomes: str):
    events = await talk.say(f"Exchange the plates of order {DELIVERED} for {wish}")

    assert rows(events)["Instead"] == becomes


async def test_of_two_bigger_versions_the_customer_is_asked_which_and_may_say_it_the_same_way(talk: Talk):
    asked = await talk.say(f"Exchange the plates of order {DELIVERED} for bigger ones")
    shown = await talk.say("the cheaper one")

    assert buttons(asked) == ["27 cm", "31 cm"]
    assert rows(shown)["Instead"] == "27 cm, €18.90"


async def test_what_stays_as_it_is_answers_whether_there_is_more(talk: Talk, shop: SqliteShop):
    both = [line.model_copy(update={"options": {"size": "21 cm"}}) for line in (await order(shop, PENDING)).lines]
    await shop.load(orders=[(await order(shop, PENDING)).model_copy(update={"lines": tuple(both)})])

    asked = await talk.say(f"change the plates of order {PENDING} to 27 cm")
    shown = await talk.say("No, the mug is fine.")

    assert "would you like to change any other item in it?" in words(asked)
    assert rows(shown)["Instead"] == "27 cm, €18.90"


@pytest.mark.parametrize(
    ("told", "street"),
    [
        ("new street is 12 Oak Lane, rest the same", "12 Oak Lane"),
        ("Only the street is wrong. It should be Lange Reihe 11, everything else stays.", "Lange Reihe 11"),
        ("the house number should be 8, not 1", "Lange Reihe 8"),
    ],
)
async def test_who_gives_only_a_new_street_keeps_the_rest_of_the_orders_address(
    talk: Talk, shop: SqliteShop, told: str, street: str
):
    await talk.say(f"I need to change the address of order {PENDING}")
    shown = await talk.say(told)
    before = (await order(shop, PENDING)).address
    await talk.say("yes please")

    assert rows(shown)["New address"] == f"Anna Keller, {street}, 20099 Hamburg, DE"
    assert before == HOME
    assert (await order(shop, PENDING)).address == HOME.model_copy(update={"line1": street})


async def test_a_new_street_is_understood_in_one_message_with_the_order(talk: Talk):
    english = await talk.say(f"Wrong street on order {PENDING}! It's Lange Reihe 11, the rest is the same.")
    await talk.say("no")
    chinese = await talk.say(f"订单{PENDING}的收货地址：只改街道，改成Mole 3，其他不变")

    assert rows(english)["New address"] == "Anna Keller, Lange Reihe 11, 20099 Hamburg, DE"
    assert card(chinese).rows[0].value == "Anna Keller, Mole 3, 20099 Hamburg, DE"


async def test_a_street_in_another_town_is_asked_for_with_its_postcode(talk: Talk):
    await talk.say(f"I need to change the address of order {PENDING}")

    events = await talk.say("the new street is Neubaugasse 12, Wien")

    assert not any(isinstance(block, ConfirmBlock) for block in said(events).blocks)
    assert words(events).startswith("What is the new address?")


async def test_the_address_of_an_order_is_changed(talk: Talk, shop: SqliteShop):
    asked = await talk.say(f"I need to change the address of order {PENDING}")
    shown = await talk.say("Mole 3, 20457 Hamburg")
    await talk.say("go ahead")

    assert words(asked).startswith("What is the new address?")
    assert rows(shown)["New address"] == "Anna Keller, Mole 3, 20457 Hamburg, DE"
    assert (await order(shop, PENDING)).address.line1 == "Mole 3"


async def test_a_question_in_the_middle_is_answered_and_the_goal_goes_on(talk: Talk):
    await talk.say(f"Please cancel order {PENDING}")
    digression = await talk.say("How long does delivery take?")
    shown = await talk.say("no longer needed")

    assert words(digression).startswith("Standard delivery takes 2 to 4 working days.")
    assert card(shown).title == f"Cancel order {PENDING}?"


async def test_two_goals_in_one_message_are_done_one_after_the_other(talk: Talk, shop: SqliteShop):
    first = await talk.say(
        f"I'd like to return the mug from order {DELIVERED} and cancel order {PENDING}, I ordered it by mistake"
    )
    second = await talk.say("yes")
    await talk.say("yes, please")

    assert card(first).title == f"Return from order {DELIVERED}?"
    assert words(second).startswith("Done:")
    assert card(second).title == f"Cancel order {PENDING}?"
    assert (await order(shop, DELIVERED)).status == "return requested"
    assert (await order(shop, PENDING)).status == "cancelled"


async def test_a_refusal_says_the_shops_reason_and_offers_a_person(talk: Talk):
    events = await talk.say(f"I want to return the mug from order {OLD}")

    assert tools_run(events)[-1] == ("return_items", "refused")
    assert words(events).startswith("I can't do that.")
    assert buttons(events) == ["Talk to a person"]


async def test_what_has_been_sent_cannot_be_cancelled_and_is_told_why(talk: Talk):
    events = await talk.say(f"cancel order {SHIPPED}, no longer needed")

    assert words(events).startswith("I can't do that.")


async def test_never_mind_drops_the_goal(talk: Talk):
    await talk.say(f"Please cancel order {PENDING}")
    await talk.say("never mind")

    events = await talk.say("no longer needed")

    assert not [block for block in said(events).blocks if isinstance(block, ConfirmBlock)]


async def test_the_invoice_is_sent(talk: Talk):
    events = await talk.say(f"Please send me the invoice of order {DELIVERED}")

    assert rows(events) == {"E-mail": "anna.keller@example.com"}


async def test_an_account_is_changed_by_who_is_signed_in_only(talk: Talk, shop: SqliteShop):
    shown = await talk.say("Please change my e-mail to anna.new@example.com")

    assert rows(shown)["E-mail"] == "anna.new@example.com"


async def test_a_damaged_item_with_a_photo_is_reported_with_the_photo(talk: Talk, shop: SqliteShop):
    asked = await talk.say(f"The mug from order {DELIVERED} arrived like this", PHOTO)
    shown = await talk.say("I would like my money back")
    await talk.say("yes")

    assert buttons(asked) == ["Send it again", "What I paid"]
    assert rows(shown)["Problem"] == "damaged; money back"
    assert rows(shown)["Photos"] == "1 attached"
    (problem,) = (await order(shop, DELIVERED)).problems
    assert problem.photos == (PHOTO.id,)


async def test_a_person_can_be_asked_for_in_the_middle(talk: Talk):
    await talk.say(f"Please cancel order {PENDING}")

    events = await talk.say("I'd rather talk to a person")

    assert len(handoffs(events)) == 1


async def test_what_the_policy_leaves_to_a_person_goes_to_one_with_the_shops_reason(talk: Talk, shop: SqliteShop):
    await talk.say(f"I need to change the address of order {PENDING}")
    events = await talk.say("Kalkmarkt 3, 1011 AB Amsterdam, Netherlands")
    after = await talk.say("a blue mug")

    (asked,) = handoffs(events)
    assert asked.reason == "The shop's policy leaves this to a person."
    assert "modify_order_address" in asked.summary
    assert "a colleague has to change that address. I've passed this on" in words(events)
    assert tools_run(after) == []
    assert (await order(shop, PENDING)).address.line1 != "Kalkmarkt 3"


async def test_what_is_asked_a_fourth_time_goes_to_a_person(talk: Talk):
    first = await talk.say(f"I need to change the address of order {PENDING}")
    tried = [await talk.say(text) for text in ("to my new place", "the one by the river", "you know, the blue house")]

    assert words(first).startswith("What is the new address?")
    assert [len(handoffs(each)) for each in tried] == [0, 0, 1]


async def test_chinese_customers_cancel_and_return(talk: Talk, shop: SqliteShop):
    await talk.say(f"我想取消订单 {PENDING}")
    await talk.say("我下错单了")
    await talk.say("好的")
    assert (await order(shop, PENDING)).cancel_reason == "ordered by mistake"

    shown = await talk.say(f"我要退货，订单 {DELIVERED}，全部")
    assert card(shown).title == f"要为订单 {DELIVERED} 退货吗？"


async def test_a_question_about_returns_starts_nothing(talk: Talk):
    events = await talk.say("How do I return something?")

    assert tools_run(events) == []
    assert words(events).startswith("You can send anything back within 30 days.")
