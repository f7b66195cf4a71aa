"""docs/tools.md says what the tools are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tools.errors
from retrieval.errors import BadFilter, IndexUnavailable
from server.demo.load import CUSTOMERS, DEMO, ORDERS
from tools.quotes import Quote
from tools.records import Assurance
from tools.registry import shop_tools
from tools.spec import ToolSpec

PAGE = (Path(__file__).parents[2] / "docs" / "tools.md").read_text("utf-8")
ERRORS = [e for e in vars(tools.errors).values() if isinstance(e, type) and issubclass(e, tools.errors.ToolError)]
WHO = {Assurance.ANONYMOUS: "anyone", Assurance.ORDER: "order", Assurance.ACCOUNT: "account"}


@pytest.mark.parametrize("spec", shop_tools(), ids=lambda spec: spec.name)
def test_every_tool_has_its_row(spec: ToolSpec) -> None:
    arguments = ", ".join(f"`{name}`" for name in spec.arguments.model_fields) or "–"

    assert f"| `{spec.name}` | {arguments} | {spec.effect} | {WHO[spec.assurance]} |" in PAGE


@pytest.mark.parametrize("code", [error.code for error in (*ERRORS, BadFilter, IndexUnavailable)])
def test_every_code_is_explained(code: str) -> None:
    assert re.search(rf"^\| .*`{code}`", PAGE, re.MULTILINE)


def test_the_example_of_a_quote_has_the_version_that_the_contract_tells() -> None:
    page = (Path(__file__).parents[2] / "docs" / "shop-api.md").read_text("utf-8")
    version = re.search(r"has the version `([0-9a-f]{64})`", page)
    example = re.search(r"```json\n(.+)\n```", page)

    assert version is not None
    assert example is not None
    assert Quote.model_validate_json(example[1]).version == version[1]


def test_the_orders_that_are_named_are_in_the_demo() -> None:
    addresses = {
        customer.id: customer.email for customer in CUSTOMERS.validate_json((DEMO / "customers.json").read_bytes())
    }
    orders = {order.id: order for order in ORDERS.validate_json((DEMO / "orders.json").read_bytes())}
    rows = re.findall(r"^\| [^|]+ \| `([\w.@]+)` \| (.+) \|$", PAGE, re.MULTILINE)

    told = [(email, *pair) for email, cell in rows for pair in re.findall(r"`(#W\d+)` ([a-z ]+)", cell)]

    assert len(told) == 9
    assert [(addresses[orders[number].customer], number, orders[number].status) for _, number, _ in told] == told
