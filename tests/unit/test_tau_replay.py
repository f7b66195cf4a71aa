"""Gold actions of the benchmark's format through our tools, on a small shop that this file writes in its format."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from server.cli import app
from tools.adapters.tau import TauShop
from tools.adapters.tau_records import TauData
from tools.changes import CancelOrder, ReturnItems
from tools.errors import BadArguments, NotFound
from tools.evaluation.tau_replay import replay
from tools.policy.reading import packaged
from tools.records import Assurance, CustomerScope

HOME = {"address1": "1 Elm St", "address2": "", "city": "Austin", "country": "USA", "state": "TX", "zip": "78701"}
MOVED = {**HOME, "address1": "2 Oak St", "zip": "78702"}
EVE = "eve_ng_2"


def item(item_id: str, price: float, size: str) -> dict[str, Any]:
    return {"name": "Mat", "product_id": "77", "item_id": item_id, "price": price, "options": {"size": size}}


def order(order_id: str, status: str, *, owner: str = "ann_li_1", method: str = "credit_card_1") -> dict[str, Any]:
    paid = {"transaction_type": "payment", "amount": 30.1, "payment_method_id": method}
    return {
        "order_id": order_id,
        "user_id": owner,
        "address": HOME,
        "items": [item("701", 10.1, "S"), item("702", 20.0, "M")],
        "fulfillments": [],
        "status": status,
        "payment_history": [paid],
    }


def user(first: str, last: str, orders: list[str]) -> dict[str, Any]:
    return {
        "name": {"first_name": first, "last_name": last},
        "address": HOME,
        "email": f"{first}@example.com".lower(),
        "payment_methods": {
            "credit_card_1": {"source": "credit_card", "brand": "visa", "last_four": "4242", "id": "credit_card_1"},
            "gift_card_2": {"source": "gift_card", "balance": 7.5, "id": "gift_card_2"},
            "paypal_3": {"source": "paypal", "id": "paypal_3"},
        },
        "orders": orders,
    }


VARIANTS = {
    "701": {"item_id": "701", "options": {"size": "S"}, "available": True, "price": 10.1},
    "702": {"item_id": "702", "options": {"size": "M"}, "available": True, "price": 20.4},
    "703": {"item_id": "703", "options": {"size": "L"}, "available": False, "price": 25.0},
    "704": {"item_id": "704", "options": {"size": "XL"}, "available": True, "price": 16.3},
}
ORDERS = {
    "#W1000001": order("#W1000001", "pending"),
    "#W1000002": order("#W1000002", "delivered"),
    "#W1000003": order("#W1000003", "pending", method="gift_card_2"),
    "#W2000001": order("#W2000001", "pending", owner=EVE),
}
USERS = {
    "ann_li_1": user("Ann", "Li", ["#W1000001", "#W1000002", "#W1000003"]),
    EVE: user("Eve", "Ng", ["#W2000001"]),
}


def after(order_id: str, *moves: tuple[str, float, str], **changes: Any) -> dict[str, Any]:
    """An order with entries added to its books and fields changed."""
    changed = copy.deepcopy(ORDERS[order_id])
    changed["payment_history"] += [
        {"transaction_type": kind, "amount": amount, "payment_method_id": method} for kind, amount, method in moves
    ]
    return {**changed, **changes}


def with_gift_card(balance: float) -> dict[str, Any]:
    changed = copy.deepcopy(USERS["ann_li_1"])
    changed["payment_methods"]["gift_card_2"]["balance"] = balance
    return changed


def swap(order_id: str, old: list[str], new: list[str], method: str) -> dict[str, Any]:
    return {"order_id": order_id, "item_ids": old, "new_item_ids": new, "payment_method_id": method}


GONE = {"order_id": "#W1000001", "reason": "no longer needed"}
MODIFIED = [item("704", 16.3, "XL"), item("702", 20.0, "M")]
# What each gold action is, what the benchmark's tool answers to it, and what has changed afterwards.
TASKS: list[tuple[str, dict[str, Any], str | None, dict[str, Any]]] = [
    (
        "cancel_pending_order",
        GONE,
        "ok",
        {
            "orders": {
                "#W1000001": after(
                    "#W1000001",
                    ("refund", 30.1, "credit_card_1"),
                    status="cancelled",
                    cancel_reason="no longer needed",
                )
            }
        },
    ),
    (
        "cancel_pending_order",
        {"order_id": "#W1000003", "reason": "ordered by mistake"},
        "ok",
        {
            "orders": {
                "#W1000003": after(
                    "#W1000003",
                    ("refund", 30.1, "gift_card_2"),
                    status="cancelled",
                    cancel_reason="ordered by mistake",
                )
            },
            "users": {"ann_li_1": with_gift_card(37.6)},
        },
    ),
    ("cancel_pending_order", {**GONE, "reason": "changed my mind"}, "error", {}),
    ("cancel_pending_order", {**GONE, "order_id": "#W1000002"}, "error", {}),
    ("cancel_pending_order", {**GONE, "order_id": "#W2000001"}, "error", {}),  # of another user: only we refuse it
    (
        "modify_pending_order_items",
        swap("#W1000001", ["701"], ["704"], "gift_card_2"),
        "ok",
        {
            "orders": {
                "#W1000001": after(
                    "#W1000001",
                    ("payment", 16.3 - 10.1, "gift_card_2"),
                    items=MODIFIED,
                    status="pending (item modified)",
                )
            },
            "users": {"ann_li_1": with_gift_card(1.3)},
        },
    ),
    ("modify_pending_order_items", swap("#W1000001", ["701"], ["702"], "gift_card_2"), "error", {}),  # 10.30 > 7.50
    ("modify_pending_order_items", swap("#W1000001", ["701"], ["703"], "paypal_3"), "error", {}),  # not available
    ("modify_pending_order_items", swap("#W1000001", ["701", "702"], ["704"], "paypal_3"), "error", {}),
    (
        "exchange_delivered_order_items",
        swap("#W1000002", ["702", "701"], ["704", "702"], "paypal_3"),
        "ok",
        {
            "orders": {
                "#W1000002": after(
                    "#W1000002",
                    status="exchange requested",
                    exchange_items=["701", "702"],
                    exchange_new_items=["702", "704"],
                    exchange_payment_method_id="paypal_3",
                    exchange_price_difference=6.6,
                )
            }
        },
    ),
    (
        "return_delivered_order_items",
        {"order_id": "#W1000002", "item_ids": ["702", "701"], "payment_method_id": "gift_card_2"},
        "ok",
        {
            "orders": {
                "#W1000002": after(
                    "#W1000002",
                    status="return requested",
                    return_items=["701", "702"],
                    return_payment_method_id="gift_card_2",
                )
            }
        },
    ),
    (
        "return_delivered_order_items",
        {"order_id": "#W1000002", "item_ids": ["702"], "payment_method_id": "paypal_3"},
        "error",
        {},
    ),
    (
        "modify_pending_order_address",
        {"order_id": "#W1000001", **MOVED},
        "ok",
        {"orders": {"#W1000001": after("#W1000001", address=MOVED)}},
    ),
    (
        "modify_user_address",
        {"user_id": "ann_li_1", **MOVED},
        "ok",
        {"users": {"ann_li_1": {**USERS["ann_li_1"], "address": MOVED}}},
    ),
    (
        "modify_pending_order_payment",
        {"order_id": "#W1000003", "payment_method_id": "paypal_3"},
        "ok",
        {
            "orders": {"#W1000003": after("#W1000003", ("payment", 30.1, "paypal_3"), ("refund", 30.1, "gift_card_2"))},
            "users": {"ann_li_1": with_gift_card(37.6)},
        },
    ),
    ("modify_pending_order_payment", {"order_id": "#W1000001", "payment_method_id": "gift_card_2"}, "error", {}),
    ("get_order_details", {"order_id": "#W1000001"}, "ok", {}),
    ("get_product_details", {"product_id": "77"}, "ok", {}),
    ("get_product_details", {"product_id": "701"}, "error", {}),
    ("respond", {"content": "Goodbye."}, None, {}),
]


def write_shop(folder: Path, split: str, tasks: list[Any], references: list[Any]) -> None:
    products = {"77": {"name": "Mat", "product_id": "77", "variants": VARIANTS}}
    files = {
        "users": USERS,
        "orders": ORDERS,
        "products": products,
        f"tasks_{split}": tasks,
        f"reference_{split}": references,
    }
    for name, records in files.items():
        (folder / f"{name}.json").write_text(json.dumps(records), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tasks = [{"user_id": "ann_li_1", "actions": [{"name": name, "kwargs": given}]} for name, given, _, _ in TASKS]
    references = [{"user_id": "ann_li_1", "results": [result], "changed": changed} for _, _, result, changed in TASKS]
    for split in ("train", "dev"):
        write_shop(tmp_path, split, tasks, references)
    return tmp_path


async def test_each_gold_action_gives_what_the_benchmark_gives(folder: Path) -> None:
    replayed = await replay(folder, "train")

    assert [(task.task, task.results, task.same_database) for task in replayed] == [
        (number, (result,), True) for number, (_, _, result, _) in enumerate(TASKS)
    ]
    assert [task.codes[0] for task in replayed if task.results == ("error",)] == [
        "bad_arguments",
        "cancel_order.not-pending",
        "not_found",
        "gift_card_too_small",
        "variant_unavailable",
        "bad_arguments",
        "return_items.refund-elsewhere",
        "gift_card_too_small",
        "not_found",
    ]


async def test_a_task_that_ends_otherwise_is_reported(folder: Path) -> None:
    references = json.loads((folder / "reference_train.json").read_text())
    references[0]["changed"]["orders"]["#W1000001"]["status"] = "pending"
    (folder / "reference_train.json").write_text(json.dumps(references))

    replayed = await replay(folder, "train")

    assert [task.task for task in replayed if not task.same] == [0]


async def test_cancelling_gives_back_every_entry_of_the_books_as_the_benchmark_does(folder: Path) -> None:
    shop = TauShop(TauData.load(folder), packaged("tau_retail"))
    shop._orders["#W1000001"] = after("#W1000001", ("payment", 30.1, "paypal_3"), ("refund", 30.1, "credit_card_1"))
    scope = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="ann_li_1")

    quote = await shop.quote(CancelOrder(order_id="#W1000001", reason="no longer needed"), scope)

    assert [move.method_id for move in quote.moves] == ["credit_card_1", "paypal_3", "credit_card_1"]


async def test_who_proves_one_order_sees_no_other(folder: Path) -> None:
    shop = TauShop(TauData.load(folder), packaged("tau_retail"))

    scope = await shop.verify(email="ANN@example.com", order_id="w1000001")

    assert scope is not None
    assert [found.id for found in await shop.orders(scope)] == ["#W1000001"]
    with pytest.raises(NotFound):
        await shop.quote(ReturnItems(order_id="#W1000002", item_ids=("701",)), scope)


def test_the_command_prints_the_count_and_writes_json(folder: Path) -> None:
    result = CliRunner().invoke(app, ["eval", "tau", "--data", str(folder), "--results", str(folder / "out")])

    assert result.exit_code == 0, result.output
    summary = json.loads((folder / "out" / "tau.json").read_text())["results"]["tau"]
    assert [row["same results and database"] for row in summary] == [len(TASKS)] * 2


@pytest.mark.parametrize(("name", "text"), [("users", "{"), ("orders", "[]"), ("tasks_train", "{}")])
def test_a_broken_file_is_named(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.json").write_text(text)

    result = CliRunner().invoke(app, ["eval", "tau", "--data", str(folder), "--results", str(folder / "out")])

    assert isinstance(result.exception, BadArguments)
    assert f"{name}.json: expected" in str(result.exception)


# The benchmark's files are not this project's to hold; where a folder with them is named, all of them are replayed.
if DATA := os.environ.get("VITRINE_EVAL_DATA"):

    @pytest.mark.parametrize(("split", "tasks"), [("train", 500), ("dev", 20)])
    async def test_every_task_of_the_benchmark_ends_as_its_own_tools_end_it(split: str, tasks: int) -> None:
        replayed = await replay(Path(DATA) / "tau_retail", split)

        assert [task.task for task in replayed if not task.same] == []
        assert len(replayed) == tasks
