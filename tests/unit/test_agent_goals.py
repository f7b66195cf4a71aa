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
