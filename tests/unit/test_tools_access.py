"""Who may see what, for every tool, by every way of being known."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import ANNA, ANNA_BY_ORDER, ANNA_SIGNED_IN, BENS, context_of, open_shop

from tools.adapters.sqlite import SqliteShop
from tools.quotes import Confirmed, digest_of
from tools.records import ANONYMOUS, Assurance, CustomerScope
from tools.registry import read_arguments, shop_tools
from tools.results import Err, Ok
from tools.spec import Effect

TOOLS = shop_tools()
BEN_SIGNED_IN = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="C-2")
EMPTY_ORDER_SCOPE = CustomerScope(assurance=Assurance.ORDER, customer_id="C-1")
FORGED_SCOPE = CustomerScope(assurance=Assurance.ORDER, customer_id="C-1", order_ids=frozenset({"#W20001"}))
NAMELESS_ACCOUNT = CustomerScope(assurance=Assurance.ACCOUNT)
WHO = {
    "anonymous": ANONYMOUS,
    "by order": ANNA_BY_ORDER,
    "by no order": EMPTY_ORDER_SCOPE,
    "by a foreign order": FORGED_SCOPE,
    "signed in": ANNA_SIGNED_IN,
    "signed in as nobody": NAMELESS_ACCOUNT,
}
OPEN_TO_ALL = {
    "search_products": {"query": "mug"},
    "search_faq": {"query": "returns"},
    "get_product": {"product_id": "MUG-1041"},
    "shipping_options": {},
    "handoff": {"reason": "asked", "summary": "wants a person"},
    "leave_email": {"email": "anna@example.com"},
    "verify_identity": {"email": "anna.keller@example.com", "order_id": "#W10428"},
}
NEW_ADDRESS = {"line1": "Mole 3", "city": "Hamburg", "postcode": "20457", "country": "DE"}
OF_AN_ORDER = {
    "cancel_order": {"reason": "no longer needed"},
    "return_items": {"item_ids": ["MUG-1041"]},
    "exchange_items": {"swaps": [{"item_id": "MUG-1041", "new_item_id": "MUG-1042"}]},
    "modify_items": {"swaps": [{"item_id": "MUG-1041", "new_item_id": "MUG-1042"}]},
    "modify_order_address": {"address": NEW_ADDRESS},
    "report_problem": {"item_ids": ["MUG-1041"], "problem": "missing", "wish": "refund"},
    "send_invoice": {},
    "modify_order_payment": {"payment_method_id": "PM-1"},
}
OF_AN_ACCOUNT = {
    "modify_account_address": {"address": NEW_ADDRESS},
    "modify_account_email": {"email": "anna@example.org"},
    "change_subscription": {"subscription_id": "S-1", "action": "pause"},
}
READS_OF_AN_ORDER = {
    "get_order": {},
    "shipment_status": {},
    "refund_status": {},
    "item_options": {"item_id": "MUG-1041"},
}
OWN, OWN_OTHER, FOREIGN, ABSENT = "#W10428", "#W10430", "#W20001", "#W99999"
ALLOWED_ORDERS = {
    "anonymous": set(),
    "by order": {OWN},
    "by no order": set(),
    "by a foreign order": set(),
    "signed in": {OWN, OWN_OTHER},
    "signed in as nobody": set(),
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("tool", OPEN_TO_ALL)
async def test_anyone_may_search_ask_and_prove_who_they_are(tool: str, who: str, tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path), WHO[who])

    result = await TOOLS.call(tool, OPEN_TO_ALL[tool], context)

    assert isinstance(result, Ok)


@pytest.mark.parametrize("order_id", [OWN, OWN_OTHER, FOREIGN, ABSENT])
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("tool", READS_OF_AN_ORDER)
async def test_an_order_is_seen_by_its_owner_alone(tool: str, who: str, order_id: str, tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path), WHO[who])

    result = await TOOLS.call(tool, {"order_id": order_id, **READS_OF_AN_ORDER[tool]}, context)

    if order_id in ALLOWED_ORDERS[who]:
        assert isinstance(result, Ok)
        assert tool == "item_options" or result.value.id == order_id  # type: ignore[attr-defined]
    else:
        code = "identity_required" if who == "anonymous" else "not_found"
        assert isinstance(result, Err)
        assert result.code == code


@pytest.mark.parametrize("who", WHO)
async def test_the_list_holds_only_orders_in_scope(who: str, tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path), WHO[who])

    result = await TOOLS.call("list_orders", {}, context)

    if who == "anonymous":
        assert isinstance(result, Err)
        assert result.code == "identity_required"
    else:
        assert isinstance(result, Ok)
        assert {order.id for order in result.value} == ALLOWED_ORDERS[who]  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", WHO)
async def test_the_account_is_shown_to_the_signed_in_customer_alone(who: str, tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path), WHO[who])

    result = await TOOLS.call("get_customer", {}, context)

    if who == "signed in":
        assert isinstance(result, Ok)
        assert result.data["customer"]["email"] == "Anna.Keller@example.com"  # type: ignore[index,call-overload]
    else:
        assert isinstance(result, Err)
        assert result.code == ("not_found" if who == "signed in as nobody" else "identity_required")


def test_the_matrix_names_every_tool() -> None:
    named = {*OPEN_TO_ALL, *READS_OF_AN_ORDER, *OF_AN_ORDER, *OF_AN_ACCOUNT, "list_orders", "get_customer"}

    assert {*named, "list_payment_methods", "list_subscriptions", "check_promo_code"} == {spec.name for spec in TOOLS}


def test_no_tool_takes_an_identity_as_an_argument() -> None:
    fields = {name for spec in TOOLS if spec.effect is not Effect.WRITE for name in spec.arguments.model_fields}
    written = {name for spec in TOOLS if spec.effect is Effect.WRITE for name in spec.arguments.model_fields}

    assert fields == {
        *(
            "query",
            "where",
            "limit",
            "code",
            "order_value",
            "product_id",
            "order_id",
            "item_id",
            "country",
            "reason",
            "summary",
        ),
        "email",  # of verify_identity alone
    }
    assert written - fields == {
        *("item_ids", "swaps", "refund_to", "payment_method_id", "photos", "address", "problem", "wish", "action"),
        "subscription_id",
    }


def test_every_change_is_a_write_with_a_preview() -> None:
    writes = {spec.name for spec in TOOLS if spec.effect is Effect.WRITE}

    assert writes == {*OF_AN_ORDER, *OF_AN_ACCOUNT} == {spec.name for spec in TOOLS if spec.preview}
    assert [spec.name for spec in TOOLS if spec.effect is Effect.HANDOFF] == ["handoff", "leave_email"]


@pytest.mark.parametrize("order_id", [FOREIGN, ABSENT])
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("tool", OF_AN_ORDER)
async def test_nobody_previews_or_changes_an_order_that_is_not_theirs(
    tool: str, who: str, order_id: str, tmp_path: Path
) -> None:
    shop = await open_shop(tmp_path)
    raw = {"order_id": order_id, **OF_AN_ORDER[tool]}
    yes = Confirmed("call-1", digest_of(tool, read_arguments(TOOLS[tool], raw)), "any")
    context = replace(context_of(shop, WHO[who]), confirmed=yes)

    results = [await TOOLS.preview(tool, raw, context), await TOOLS.call(tool, raw, context)]

    proven = WHO[who].assurance >= TOOLS[tool].assurance
    assert [result.code for result in results if isinstance(result, Err)] == [
        "not_found" if proven else "identity_required"
    ] * 2
    assert await shop.order(BENS.id, BEN_SIGNED_IN) == BENS


@pytest.mark.parametrize("who", ["anonymous", "by order", "by no order", "by a foreign order", "signed in as nobody"])
@pytest.mark.parametrize("tool", OF_AN_ACCOUNT)
async def test_an_account_is_changed_by_the_signed_in_customer_alone(tool: str, who: str, tmp_path: Path) -> None:
    shop = await open_shop(tmp_path)
    yes = Confirmed("call-1", digest_of(tool, read_arguments(TOOLS[tool], OF_AN_ACCOUNT[tool])), "any")
    context = replace(context_of(shop, WHO[who]), confirmed=yes)

    results = [
        await TOOLS.preview(tool, OF_AN_ACCOUNT[tool], context),
        await TOOLS.call(tool, OF_AN_ACCOUNT[tool], context),
    ]

    code = "not_found" if who == "signed in as nobody" else "identity_required"
    assert [result.code for result in results if isinstance(result, Err)] == [code] * 2
    assert await shop.customer(ANNA_SIGNED_IN) == ANNA


async def test_an_identity_among_the_arguments_is_refused(tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path), ANNA_BY_ORDER)

    result = await TOOLS.call("get_order", {"order_id": FOREIGN, "customer_id": "C-2"}, context)

    assert isinstance(result, Err)
    assert result.code == "bad_arguments"


@pytest.fixture(scope="module")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    asyncio.run(open_shop(folder))
    return folder


order_numbers = st.integers(10_000, 99_999).map(lambda number: f"#W{number}")


@settings(max_examples=60, deadline=None)
@given(
    absent=order_numbers.filter(lambda number: number not in {OWN, OWN_OTHER, FOREIGN}),
    tool=st.sampled_from(["get_order", "shipment_status"]),
    who=st.sampled_from([ANNA_BY_ORDER, ANNA_SIGNED_IN, EMPTY_ORDER_SCOPE, FORGED_SCOPE]),
)
def test_a_foreign_order_looks_exactly_like_an_absent_one(
    shop_folder: Path, absent: str, tool: str, who: CustomerScope
) -> None:
    async def answers() -> tuple[object, object]:
        context = context_of(SqliteShop(shop_folder / "shop.sqlite3"), who)
        foreign = await TOOLS.call(tool, {"order_id": BENS.id}, context)
        return foreign, await TOOLS.call(tool, {"order_id": absent}, context)

    foreign, missing = asyncio.run(answers())

    assert isinstance(foreign, Err)
    assert repr(foreign) == repr(missing)


@settings(max_examples=60, deadline=None)
@given(order_id=order_numbers, email=st.sampled_from(["anna.keller@example.com", "ben.li@example.com", "x@y.org"]))
def test_a_wrong_proof_never_says_what_was_wrong(shop_folder: Path, order_id: str, email: str) -> None:
    async def answer() -> object:
        context = context_of(SqliteShop(shop_folder / "shop.sqlite3"))
        return await TOOLS.call("verify_identity", {"email": email, "order_id": order_id}, context)

    result = asyncio.run(answer())

    assert result == Err("identity_not_proven", "the e-mail address and the order number do not fit together")


@pytest.mark.parametrize(
    ("email", "order_id"),
    [("anna.keller@example.com", FOREIGN), ("ben.li@example.com", OWN), ("no.one@example.com", OWN)],
)
async def test_someone_elses_order_proves_nothing(email: str, order_id: str, tmp_path: Path) -> None:
    context = context_of(await open_shop(tmp_path))

    result = await TOOLS.call("verify_identity", {"email": email, "order_id": order_id}, context)

    assert result == Err("identity_not_proven", "the e-mail address and the order number do not fit together")
