"""What a run has touched of a shop, told from what customers and staff were sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from server.chat_client import Answer, Arrived, Frame
from server.testing.coverage import Covered, covered
from server.testing.format import Case, Located, Step
from server.testing.talking import Happened
from server.testing.telling import Outcome, Taken


def frame(type_: str, **data: Any) -> Frame:
    return {"type": type_, "id": "e", "seq": 1, "data": data}


def said(*blocks: Frame) -> Frame:
    return frame("message.created", message_id="msg_1", author={"kind": "bot"}, blocks=list(blocks))


def touched(*frames: Frame, staff: tuple[Frame, ...] = (), own_shop: bool = True) -> dict[str, Covered]:
    step = Step(user="hello")
    happened = Happened(Answer(tuple(Arrived(0.1, one) for one in frames)), staff, "bot")
    located = Located(path=Path("one.chat.yaml"), line=2, lines=(4,), case=Case(test_case="one", steps=(step,)))
    outcome = Outcome(located, 0.1, (Taken(4, step, happened),))
    return {one.what: one for one in covered([outcome], own_shop=own_shop)}


def test_answers_categories_intents_and_tools_are_touched_by_what_was_shown_and_done() -> None:
    found = touched(
        said({"type": "faq", "id": "returns-window.en"}, {"type": "products", "products": [{"id": "MUG-1041"}]}),
        staff=(frame("turn.ended", memory={"topic": "faq"}), frame("tool.ran", name="get_order", outcome="ok")),
    )
    assert found["Answers"].touched == ("returns-window.en",)
    assert "returns-cost.en" in found["Answers"].untouched
    assert found["Product categories"].touched == ("Kitchen & table",)
    assert found["Intents"].touched == ("faq",)
    assert found["Tools"].touched == ("get_order",)


def test_a_rule_is_touched_by_its_sentence_in_either_language() -> None:
    refusal = "Order #W1 is being packed, so it can no longer be cancelled. You can return it once it has arrived."
    assert touched(said({"type": "text", "text": refusal}))["Policy rules"].touched == ("cancel_order: being-packed",)
    two = touched(said({"type": "text", "text": refusal}), said({"type": "text", "text": "订单 #W1 已经取消。"}))
    assert two["Policy rules"].touched == ("cancel_order: being-packed", "cancel_order: cancelled-already")


def test_a_rule_that_allows_without_a_word_is_touched_by_a_card() -> None:
    card = {"operation": "cancel_order", "quote": {"notes": []}}
    rules = touched(staff=(frame("confirmation.asked", turn_id="t", card_id="c", card=card),))
    assert rules["Policy rules"].touched == ("cancel_order: not-yet-packed",)


def test_of_a_server_elsewhere_only_what_every_shop_has_is_told() -> None:
    assert set(touched(own_shop=False)) == {"Intents", "Tools"}
