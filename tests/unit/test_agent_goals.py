"""Which words wish for a change in the shop, and which only ask about one."""

import pytest

from agent.goals import read_goals


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("I want to return my lamp", "give_back"),
        ("cancel order #W10451 please", "give_back"),
        ("Please change the address my order is sent to", "address"),
        ("My plate was broken when I opened the parcel", "problem"),
        ("Could you send me the invoice for my last order?", "invoice"),
        ("我想取消今天早上下的订单", "give_back"),
        ("请帮我改一下订单的送货地址", "address"),
        ("取消订单", "give_back"),
    ],
)
def test_a_wish_for_a_change_is_a_goal(text: str, family: str) -> None:
    assert [goal.family for goal in read_goals(text)] == [family]


@pytest.mark.parametrize(
    "text",
    [
        "return deadline",
        "refund method",
        "until when can I return my order",
        "I'm not happy with my vase, how many days do I have to give it back?",
        "My refund has not arrived",
        "I need the invoice issued to my company",
        "退货需要几天内？",
        "退货邮费谁出？",
        "退款方式",
        "怎样更换我账户的电子邮箱",
        "没有收到订单确认邮件",
    ],
)
def test_a_question_about_changes_is_none(text: str) -> None:
    assert read_goals(text) == []


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Kindly call the whole thing off, #W10451 is a duplicate", "give_back"),
        ("I would like #W10451 to be cancelled", "give_back"),
        ("pls stop the order with the two lamps, my finger slipped", "give_back"),
        ("Scrap #W10451, we moved abroad", "give_back"),
        ("I'm taking the vase back to you, it doesn't suit the room", "give_back"),
        ("would love my money back for the rug", "give_back"),
        ("Any chance of exchanging it for the oak one?", "swap"),
        ("is it possible to trade in my desk lamp?", "swap"),
        ("is it too late to have the cushion in green?", "swap"),
        ("I got the small rug and want it swapped for the large one", "swap"),
        ("麻烦撤销订单", "give_back"),
    ],
)
def test_a_wish_is_known_in_whatever_words_it_comes(text: str, family: str) -> None:
    assert [goal.family for goal in read_goals(text)] == [family]


@pytest.mark.parametrize(
    "text",
    [
        "I used it once, can it be returned?",
        "these don't fit, what do I have to do to send them back",
        "can I get the refund to another account?",
        "I want to get rid of my account",
    ],
)
def test_a_question_after_a_reason_is_still_a_question(text: str) -> None:
    assert read_goals(text) == []


def test_why_something_is_to_go_back_is_no_wish_of_its_own() -> None:
    assert [goal.family for goal in read_goals("#W10451 is the wrong one, please cancel it")] == ["give_back"]
