"""How a customer proves who they are, and what that opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_shop import ANNA_BY_ORDER, ANNA_SIGNED_IN, context_of, open_shop

from tools.errors import BadArguments
from tools.identity import signed_customer
from tools.records import Assurance, CustomerScope
from tools.registry import shop_tools
from tools.results import Err, Ok

TOOLS = shop_tools()


@pytest.mark.parametrize("email", ["anna.keller@example.com", "ANNA.KELLER@EXAMPLE.COM", " anna.keller@ example.com "])
@pytest.mark.parametrize("order_id", ["#W10428", "w 10428", "#w-10428", "10428", "Ｗ１０４２８", "W1O428"])
async def test_an_address_and_a_number_open_that_order_however_they_are_typed(
    email: str, order_id: str, tmp_path: Path
) -> None:
    context = context_of(await open_shop(tmp_path))

    result = await TOOLS.call("verify_identity", {"email": email, "order_id": order_id}, context)

    assert isinstance(result, Ok)
    assert result.scope == ANNA_BY_ORDER


async def test_proving_a_second_order_adds_it(tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path), ANNA_BY_ORDER)

    result = await TOOLS.call("verify_identity", {"email": "anna.keller@example.com", "order_id": "#W10430"}, context)

    assert isinstance(result, Ok)
    assert result.scope == CustomerScope(
        assurance=Assurance.ORDER, customer_id="C-1", order_ids=frozenset({"#W10428", "#W10430"})
    )


async def test_proving_an_order_never_lowers_a_signed_in_customer(tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path), ANNA_SIGNED_IN)

    result = await TOOLS.call("verify_identity", {"email": "anna.keller@example.com", "order_id": "#W10428"}, context)

    assert isinstance(result, Ok)
    assert result.scope is not None
    assert result.scope.assurance is Assurance.ACCOUNT


async def test_one_conversation_serves_one_customer(tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path), ANNA_BY_ORDER)

    result = await TOOLS.call("verify_identity", {"email": "ben.li@example.com", "order_id": "#W20001"}, context)

    assert isinstance(result, Err)
    assert result.code == "another_customer"


@pytest.mark.parametrize("email", ["", "anna", "anna@", "@example.com", "anna@home", "a@b@example.com", "x" * 300])
async def test_what_is_no_address_is_said_so(email: str, tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path))

    result = await TOOLS.call("verify_identity", {"email": email, "order_id": "#W10428"}, context)

    assert isinstance(result, Err)
    assert result.code == "bad_arguments"
    assert result.params == {"arguments": ["email"]}


def test_a_signed_token_opens_the_account_of_its_subject() -> None:
    customer = signed_customer({"sub": "C-1", "email": "anna@example.com", "name": "Anna", "exp": 1, "cart_id": "k"})

    assert customer.scope == ANNA_SIGNED_IN


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": "  "}, {"sub": 17}, {"sub": "C-1", "email": 3}])
def test_a_token_without_a_good_subject_opens_nothing(claims: dict[str, object]) -> None:
    with pytest.raises(BadArguments, match=r"identity token: (sub|email)"):
        signed_customer(claims)
