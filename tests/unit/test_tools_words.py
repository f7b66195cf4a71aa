"""Order numbers and countries as customers write them."""

from __future__ import annotations

import pytest

from tools.countries import country_code, country_in, country_name
from tools.order_numbers import found_in, normalise


@pytest.mark.parametrize(
    "text", ["#W10428", "W10428", "w10428", " # w 10428 ", "W-10428", "10428", "＃Ｗ１０４２８", "#10428", "W1O4 28"]
)
def test_an_order_number_is_read_however_it_is_written(text: str) -> None:
    assert normalise(text) == "#W10428"


@pytest.mark.parametrize("text", ["", "W", "#", "W12", "MUG-1040", "W10428W", "#W10428 or 1=1", "W" + "1" * 13])
def test_what_is_no_order_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="looks like #W10428"):
        normalise(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("where is #W10428?", ("#W10428",)),
        ("my order is w 10428, thanks.", ("#W10428",)),
        ("order number: 10428", ("#W10428",)),
        ("order no. 10428.", ("#W10428",)),
        ("#10428 and #W10429 and again #W10428", ("#W10428", "#W10429")),
        ("我的订单号是10428，到哪了", ("#W10428",)),
        ("订单Ｗ１０４２８什么时候到", ("#W10428",)),
        ("单号：W10428", ("#W10428",)),
        ("do you have MUG-1040 under 20 euros", ()),
        ("I paid 10428 yen", ()),
        ("how much is W3 wifi", ()),
        ("reorder 4 mugs", ()),
    ],
)
def test_order_numbers_are_found_in_a_message(text: str, numbers: tuple[str, ...]) -> None:
    assert found_in(text) == numbers


@pytest.mark.parametrize(
    ("text", "code"),
    [("DE", "DE"), ("de", "DE"), ("uk", "GB"), (" Germany ", "DE"), ("德国", "DE"), ("USA", "US"), ("Narnia", None)],
)
def test_a_country_has_one_code(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("do you ship to the United States of America?", "US"),
        ("can you send it to norway please", "NO"),
        ("可以寄到澳大利亚吗", "AU"),
        ("it is in my basket", None),
        ("I saw a chinaware set", None),
    ],
)
def test_a_country_is_found_in_a_message(text: str, code: str | None) -> None:
    assert country_in(text) == code


def test_a_country_is_named_in_both_languages() -> None:
    assert (country_name("CH"), country_name("CH", "zh"), country_name("XX", "zh")) == ("Switzerland", "瑞士", "XX")
