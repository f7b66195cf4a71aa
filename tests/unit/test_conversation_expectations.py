"""Every expectation of a script can fail: what an answer is compared with, and what is said where it differs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.chat_client import Answer, Arrived, Frame
from server.testing.datasets import DataSet
from server.testing.expecting import differences
from server.testing.fixtures import Fixtures, SignedIn
from server.testing.format import Expected
from server.testing.grounds import others_data, ungrounded
from server.testing.talking import Happened

PRODUCTS = {
    "type": "products",
    "text": "- Fjord mug, €14.90",
    "products": [{"id": "MUG-1041"}, {"id": "MUG-1050"}],
}
FAQ = {"type": "faq", "id": "returns-window.en", "text": "From the shop's answers"}
ORDER = {"type": "order", "id": "#W10428", "text": "Order #W10428: shipped"}
CARD = {"type": "confirm", "id": "card_1", "title": "Cancel order #W10428?", "text": "Cancel order #W10428?"}


def said(*blocks: dict[str, Any], by: str = "bot", citations: tuple[str, ...] = ()) -> Frame:
    data = {"author": {"kind": by}, "blocks": list(blocks), "citations": list(citations)}
    return {"type": "message.created", "cid": "conv_1", "data": data}


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def ran(name: str, **arguments: str) -> Frame:
    return {"type": "tool.ran", "data": {"name": name, "arguments": arguments, "outcome": "ok"}}


def proven(assurance: int, *orders: str, customer: str = "C-1001") -> Frame:
    scope = {"assurance": assurance, "customer_id": customer, "order_ids": list(orders)}
    return {"type": "identity.proven", "data": {"scope": scope}}


def told(wanted: dict[str, Any], *frames: Frame, staff: tuple[Frame, ...] = ()) -> list[str]:
    happened = Happened(Answer(tuple(Arrived(0.5, frame) for frame in frames)), staff, "bot")
    return [str(difference) for difference in differences(Expected.model_validate(wanted), happened)]


@pytest.mark.parametrize(
    ("wanted", "difference"),
    [
        ({"products": [{"id": "MUG-1050", "rank": 1}]}, "expected product MUG-1050 in place 1, got MUG-1041, MUG-1050"),
        ({"not_products": ["MUG-1050"]}, "expected no product MUG-1050, got MUG-1041, MUG-1050"),
        ({"no_products": True}, "expected no product, got MUG-1041, MUG-1050"),
        ({"faq": ["returns-cost.en"]}, "expected FAQ entry returns-cost.en, got returns-window.en"),
        ({"no_faq": True}, "expected no FAQ entry, got returns-window.en"),
        ({"orders": ["#W1"]}, "expected order #W1, got #W10428"),
        ({"no_orders": True}, "expected no order, got #W10428"),
        ({"no_card": True}, "expected no card, got Cancel order #W10428?"),
        ({"within": {"message.created": 0.4}}, "expected message.created within 0.4 s, got 0.50 s"),
        ({"mode": "human"}, "expected mode human, got bot"),
        ({"matches": "^Order"}, "expected what matches ^Order, got "),
    ],
)
def test_what_an_answer_shows_otherwise_is_told(wanted: dict[str, Any], difference: str) -> None:
    (found,) = told(wanted, said(words("Here."), PRODUCTS, FAQ, ORDER, CARD))

    assert found.startswith(difference)


def test_an_answer_that_shows_what_is_expected_has_no_differences() -> None:
    wanted = {
        "products": ["MUG-1041", {"id": "MUG-1050", "rank": 2}],
        "faq": ["returns-window.en"],
        "orders": ["#W10428"],
        "not_products": ["VAS-2000"],
        "within": {"message.created": 1},
    }

    assert told(wanted, said(words("Here."), PRODUCTS, FAQ, ORDER)) == []


def test_calls_must_come_in_the_order_that_is_named() -> None:
    calls = (ran("get_order", order_id="#W1"), ran("verify_identity"))

    assert told({"tools": ["get_order", "verify_identity"]}, staff=calls) == []
    assert told({"tools": ["verify_identity", "get_order"]}, staff=calls) != []
    assert told({"tools": [{"name": "get_order", "outcome": "not_found"}]}, staff=calls) != []


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite3"
    DataSet.of(Fixtures(), Path()).load(path, datetime(2026, 11, 26, 10, tzinfo=UTC))
    return path


LUKAS = "Yes, that is lukas.steiner@example.com."


@pytest.mark.parametrize(
    ("visitor", "staff", "signed_in", "difference"),
    [
        ([said(words(LUKAS))], [], None, "'lukas.steiner@example.com', which is C-1008's"),
        ([said(words("I am lukas.steiner@example.com"), by="visitor"), said(words(LUKAS))], [], None, ""),
        ([said(words(LUKAS))], [], SignedIn(id="C-1008"), ""),
        ([said(words(LUKAS), by="agent")], [], None, ""),
        ([said(words("Your #W10380 and #W10451 …"))], [proven(2)], None, ""),
        ([said(words("Your #W10433 …"))], [proven(1, "#W10433", customer="C-1009")], None, ""),
        ([], [ran("get_order", order_id="#W10457")], None, "got get_order(#W10457) of C-1008"),
        ([], [ran("get_order", order_id="w 10457"), proven(1, "#W10457", customer="C-1008")], None, ""),
        ([], [ran("find_order", order_id="no number")], None, ""),
        ([said(words("A number looks like #W10428."))], [], None, ""),
    ],
)
def test_what_is_of_another_customer_is_told_and_what_is_their_own_is_not(
    database: Path, visitor: list[Frame], staff: list[Frame], signed_in: SignedIn | None, difference: str
) -> None:
    found = [str(one) for one in others_data(database, visitor, staff, signed_in)]

    assert len(found) == bool(difference)
    assert not found or found[0].endswith(difference)


def test_proof_of_one_order_proves_no_other_order_of_the_same_customer(database: Path) -> None:
    both = [said(words("You have #W10454 and #W10410."))]

    found = others_data(database, both, [proven(1, "#W10454", customer="C-1004")], None)

    told = "expected nothing on the page that is not proven to be theirs, got '#w10410', which is C-1004's"
    assert [str(one) for one in found] == [told]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("The Fjord mug costs €14.90.", ""),
        ("The Fjord mug costs €13.90.", "a number in 'The Fjord mug costs €13.90.'"),
        ("You have 30 days to send it back.", ""),
        ("You have 45 days to send it back.", "a number in "),
        ("We guarantee that it never breaks.", "a promise in "),
        ("Order #W10457 is on its way.", "a code in "),
        ("You said 77 mugs.", ""),
    ],
)
def test_a_sentence_that_the_shop_does_not_support_is_told(database: Path, text: str, fault: str) -> None:
    answer = said(words(f"Hello. {text}"), PRODUCTS, citations=("MUG-1041", "returns-window.en"))
    visitor = [said(words("I want 77 mugs"), by="visitor"), answer]
    happened = Happened(Answer((Arrived(0.1, answer),)), (), "bot")

    found = ungrounded(happened, visitor, (), database=database, policy=None, signed_in=None)

    assert [str(one) for one in found] == ([] if not fault else [str(found[0])])
    assert not fault or fault in str(found[0])


def test_what_is_the_customers_own_may_be_told_and_nobody_elses(database: Path) -> None:
    answer = said(words("Order #W10454 comes to €47.90."))
    happened = Happened(Answer((Arrived(0.1, answer),)), (), "bot")

    own = ungrounded(happened, [answer], (), database=database, policy=None, signed_in=SignedIn(id="C-1004"))
    other = ungrounded(happened, [answer], (), database=database, policy=None, signed_in=SignedIn(id="C-1008"))

    assert own == []
    assert "a code in" in str(other[0])
