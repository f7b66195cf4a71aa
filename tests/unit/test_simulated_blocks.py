"""What a script says of a customer who reacts: what the engine makes of it, and what is said about a slip."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from test_conversation_scripts import KNOWN, faults, written
from test_tau_replay import GONE, MOVED, swap, write_shop
from typer.testing import CliRunner

from server.cli import app
from server.testing.customers.persona import Goal
from server.testing.customers.reacting import Proposed, SimulatedCustomer
from server.testing.expecting import wish_differences
from server.testing.generating import tau_script
from server.testing.reading import read_script
from server.testing.running import demo_known
from server.testing.simulated import Simulated, Wish

CASE = """\
test_cases:
  - test_case: somebody cancels
    customer:
      knows: {email: anna.keller@example.com}
      goals: [{name: cancel_order, arguments: {order_id: "#W10451", reason: no longer needed}}]
"""


def test_what_needs_no_words_of_its_own_is_said_as_it_is(tmp_path: Path):
    (located,) = read_script(written(tmp_path, CASE), KNOWN)

    assert located.case.customer is not None
    persona = located.case.customer.persona()
    assert persona.knows == {"order1": "#W10451", "email": "anna.keller@example.com"}
    assert persona.goals[0].says == {
        "order": "#W10451",
        "reason": "I don't need it any more",
        "reason_zh": "我不需要了",
    }


def test_an_address_is_said_as_it_is_written_on_a_parcel():
    wish = Wish(
        name="modify_order_address", arguments={"address": {"line1": "Mole 3", "postcode": "1", "city": "Kiel"}}
    )

    assert wish.goal().says == {"address": "Mole 3, 1 Kiel"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("{email: anna.keller@example.com}", "{name: Anna}", "4:14: expected `email` in knows"),
        ("cancel_order", "cancel_oder", "5:22: this shop has no change 'cancel_oder'; did you mean 'cancel_order'?"),
        ("reason: no longer needed", "why: so", "expected reason in says of cancel_order"),
        ("      goals", "      golas", "there is no 'golas' here; did you mean 'goals'?"),
        ("    customer:", "    steps: [{user: hello}]\n    customer:", "expected either steps or customer"),
    ],
)
def test_a_slip_is_told_with_its_place(tmp_path: Path, before: str, after: str, told: str):
    assert any(told in fault for fault in faults(tmp_path, CASE.replace(before, after, 1)))


def test_wishes_that_were_not_met_and_changes_that_nobody_wanted_are_told():
    cancel, invoice = {"order_id": "#W1"}, {"order_id": "#W2"}
    wanted = Simulated(
        knows={"email": "a@example.com"},
        goals=(
            Wish(name="cancel_order", arguments=cancel, says={"reason": "so"}),
            Wish(name="send_invoice", arguments=invoice, outcome="refused"),
        ),
    )
    customer = SimulatedCustomer(wanted.persona())
    customer.reached.append(Goal("send_invoice", invoice, {"order": "#W2"}))
    customer.unwanted.append(Proposed("cancel_order", {"order_id": "#W3"}))

    assert [str(one) for one in wish_differences(wanted, customer)] == [
        "expected cancel_order(order_id=#W1) to be made, got neither made nor refused",
        "expected send_invoice(order_id=#W2) to be refused, got made",
        "expected no change that nobody wanted, got cancel_order(order_id=#W3)",
    ]


def test_the_retail_tasks_of_the_benchmark_become_customers_with_the_database_that_it_expects(tmp_path: Path):
    too_small = {"order_id": "#W1000001", "payment_method_id": "gift_card_2"}
    actions = [
        {"name": "cancel_pending_order", "kwargs": GONE},
        {"name": "modify_pending_order_payment", "kwargs": too_small},
    ]
    reference = {"user_id": "ann_li_1", "results": ["ok", "error"], "changed": {}}
    write_shop(tmp_path, "train", [{"user_id": "ann_li_1", "actions": actions}], [reference])
    script = tmp_path / "tau.chat.yaml"

    result = CliRunner().invoke(app, ["test", "--generate", "tau", str(tmp_path), str(script)])

    assert result.exit_code == 0, result.output
    (located,) = read_script(script, demo_known())
    assert located.case.test_case == "task 0: cancel_order, modify_order_payment"
    assert located.given.fixtures.shop.tau == str(tmp_path)
    assert located.given.fixtures.signed_in is not None
    assert located.given.fixtures.signed_in.id == "ann_li_1"
    assert located.case.customer is not None
    assert [wish.outcome for wish in located.case.customer.goals] == ["made", "refused"]
    assert located.case.end is not None
    assert located.case.end.database is not None
    assert [(c.name, c.arguments) for c in located.case.end.database.changes or ()] == [("cancel_order", GONE)]


def test_a_generated_customer_expects_whole_addresses_and_money_by_what_the_order_is_paid_with_by_then(tmp_path: Path):
    pay = {"order_id": "#W1000003", "payment_method_id": "paypal_3"}
    actions = [
        {"name": "modify_pending_order_address", "kwargs": {"order_id": "#W1000003", **MOVED}},
        {"name": "modify_pending_order_payment", "kwargs": pay},
        {"name": "modify_pending_order_items", "kwargs": swap("#W1000003", ["701"], ["704"], "gift_card_2")},
    ]
    reference = {"user_id": "ann_li_1", "results": ["ok"] * 3, "changed": {}}
    write_shop(tmp_path, "train", [{"user_id": "ann_li_1", "actions": actions}], [reference])

    (case,) = yaml.safe_load(tau_script(tmp_path))["test_cases"]

    changes = case["end"]["database"]
    goals = case["customer"]["goals"]
    assert changes[0]["arguments"]["address"]["country"] == "USA"
    assert "country" not in goals[0]["arguments"]["address"]  # the chat may write it otherwise
    assert [goal["original"] for goal in goals] == ["gift_card_2", "gift_card_2", "paypal_3"]
    assert goals[2]["buttons"] == ["Mat (S)", "XL"]


def test_a_folder_that_holds_no_tasks_is_named(tmp_path: Path):
    result = CliRunner().invoke(app, ["test", "--generate", "tau", str(tmp_path), str(tmp_path / "tau.chat.yaml")])

    assert "users.json: expected a file of the tau-bench retail shop" in str(result.exception or result.output)
    assert not (tmp_path / "tau.chat.yaml").exists()
