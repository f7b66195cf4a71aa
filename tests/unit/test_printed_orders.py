"""Which of the numbers that are printed on labels and receipts is an order's."""

from __future__ import annotations

import pytest

from agent.vision.printed_orders import orders_on
from agent.vision.reading import Box, TextFound


def lines(*texts: str) -> list[TextFound]:
    """Lines one under another."""
    return [TextFound(text, 0.9, Box(0.1, 0.1 * row, 0.4, 0.05)) for row, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("printed", "order"),
    [
        ("W2378156", "#W2378156"),
        ("#W10428", "#W10428"),
        ("# W 10428", "#W10428"),
        ("W 237 8156", "#W2378156"),
        ("VV10428", "#W10428"),
        ("#W1O428", "#W10428"),
        ("ORD-10428", "#W10428"),
        ("0RD-10428", "#W10428"),
        ("Order #10428", "#W10428"),
        ("Your order no.: 10428", "#W10428"),
        ("ORDER NUMBER W10428", "#W10428"),
        ("Order W10428 / 2 items", "#W10428"),
        ("ord 10428 2 items", "#W10428"),
        ("Bestellnr. 10428", "#W10428"),
        ("订单号：Ｗ10428", "#W10428"),
        ("订单编号 10428", "#W10428"),
        ("W10428.", "#W10428"),
    ],
)
def test_an_order_number_is_known_by_its_mark(printed: str, order: str):
    assert orders_on(lines("Maren & Moss", printed)) == (order,)


@pytest.mark.parametrize(
    "printed",
    [
        "Tracking 1Z999AA10123456784",
        "JD014600006281230704",
        "#1234567890123",
        "20099 Hamburg",
        "Order date 2026-11-03",
        "Order 2026-11-03",
        "Order 12.11.2026",
        "Order total: 45.90",
        "MUG-1041",
        "Customer C-1001",
        "Invoice INV-2026-0042",
        "LED 40W 2700K",
        "Tel. 040 1234567",
        "W12",
    ],
)
def test_other_numbers_on_the_paper_are_none(printed: str):
    assert orders_on(lines("Maren & Moss", printed)) == ()


def test_a_number_may_stand_under_its_heading_or_beside_it():
    heading, value = Box(0.1, 0.2, 0.3, 0.05), Box(0.5, 0.21, 0.2, 0.05)
    beside = [TextFound("Order number", 0.9, heading), TextFound("2378156", 0.9, value)]

    assert orders_on(lines("Order number", "W10428", "20099")) == ("#W10428",)
    assert orders_on(beside) == ("#W2378156",)
    assert orders_on(lines("Order number", "Anna", "Hamburg", "20099")) == ()


def test_each_order_is_named_once_and_three_at_most():
    assert orders_on(lines("#W10001", "W10001", "#W10002", "#W10003", "#W10004")) == ("#W10001", "#W10002", "#W10003")
