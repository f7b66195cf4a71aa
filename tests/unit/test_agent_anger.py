"""Which words are those of an angry customer, and which are not."""

from __future__ import annotations

import pytest

from agent.anger import is_angry


@pytest.mark.parametrize(
    "text",
    [
        "This is unacceptable, I've been waiting for three weeks",
        "I'm really frustrated now",
        "worst customer service ever",
        "How many times do I have to say it?",
        "I’ve had enough of this bot",
        "what a joke",
        "WHERE IS MY PARCEL!!",
        "气死我了，到底什么时候发货",
        "我已经问了三遍了",
        "你们服务太差了",
        "再也不会来你家买东西",
    ],
)
def test_an_angry_customer_is_heard(text: str):
    assert is_angry(text)


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel?",
        "is this ridiculously cheap vase still there?",
        "my cat is mad about this blanket",
        "I would never buy plastic plates",
        "DO YOU SHIP TO NORWAY",
        "W10428",
        "I want to return it, it is useful but too small!",
        "这个杯子会不会太重",
        "请问可以退货吗",
        "服务时间是几点",
    ],
)
def test_a_calm_customer_is_not_called_angry(text: str):
    assert not is_angry(text)
