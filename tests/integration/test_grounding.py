"""What `vitrine eval grounding` measures with: it finds what is planted, and what a reply has no ground for."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from turn_parts import PROMPTS, Parts

from agent.brains.planting import Place
from agent.brains.rules.brain import RulesBrain
from agent.facts import Facts
from agent.turn import Turn
from retrieval.catalogue import Catalogue
from server.chat_client import Answer, Arrived
from server.demo.load import load_demo
from server.grounding import Shelf, check
from server.measuring import EVAL
from server.planting import Planted, Planter, caught_by_kind, missed
from server.turn_speed import Taken, by_stage, by_what_they_show
from server.visits import Visit, visits
from tools.adapters.sqlite import SqliteShop

ASKED = "How long does delivery take?"


@pytest.fixture
def planter() -> Planter:
    return Planter()


@pytest.fixture
def turn(planter: Planter) -> Turn:
    return Parts(brain=planter.brain_of(RulesBrain(PROMPTS))).turn()


@pytest.mark.parametrize(("reason", "faults"), [("done", 0), ("error", 1), ("timeout", 1)])
def test_a_reply_that_broke_off_is_no_answer(reason: str, faults: int) -> None:
    said = {"author": {"kind": "bot"}, "blocks": [{"type": "text", "text": "Please send your message again."}]}
    frames = (("message.created", said), ("turn.ended", {"reason": reason}))
    answer = Answer(tuple(Arrived(0.1, {"type": type_, "data": data}) for type_, data in frames))

    checked = check(ASKED, answer, Facts())

    assert [fault for _, fault in checked.ungrounded] == ["broke off"] * faults


@pytest.mark.parametrize("place", ["alone", "joined"])
async def test_what_is_planted_into_a_reply_and_unsupported_is_kept_back(
    turn: Turn, planter: Planter, place: Place
) -> None:
    shown = await planter.plant(turn, ASKED, "It costs €99.", place)

    assert "99" not in shown
    assert "Standard delivery takes 2 to 4 working days." in shown


async def test_what_is_planted_and_supported_is_shown(turn: Turn, planter: Planter) -> None:
    shown = await planter.plant(turn, ASKED, "That is 2 to 4 working days.")

    assert "That is 2 to 4 working days." in shown


async def test_a_false_alarm_is_a_sentence_that_the_customer_does_not_see(turn: Turn, planter: Planter) -> None:
    answered = await planter.kept_back(turn, ASKED, trusted=False)
    example = await planter.kept_back(turn, "Where is my order?", trusted=False)
    own_words = await planter.kept_back(turn, "Where is my order?", trusted=True)

    assert answered == (1, ())
    assert example[1] == ("It looks like #W10428 and stands in the confirmation e-mail.",)
    assert own_words[1] == ()


def test_what_was_caught_is_counted_by_kind_and_place() -> None:
    planted = [
        Planted("a", "en", "price", {"alone": True, "joined": False}),
        Planted("b", "zh", "price", {"alone": True, "joined": True}),
    ]

    assert caught_by_kind(planted)[-1] == {"kind": "all", "planted": 2, "caught, alone": 2, "caught, joined": 1}
    assert missed(planted) == [{"missed": "a", "kind": "price", "place": "joined"}]


def test_a_hundred_statements_of_each_set_are_all_different_and_half_of_them_chinese() -> None:
    sets = [[json.loads(line) for line in (EVAL / name).read_text("utf-8").splitlines()]
            for name in ("ungrounded.jsonl", "ungrounded_test.jsonl")]  # fmt: skip

    assert [Counter(row["language"] for row in rows) for rows in sets] == [{"en": 50, "zh": 50}] * 2
    assert len({row["text"] for rows in sets for row in rows}) == 200


def test_a_thousand_messages_are_said_and_no_visit_says_more_than_a_minute_allows() -> None:
    said = visits(1000)

    assert sum(len(visit.messages) for visit in said) >= 1000
    assert max(len(visit.messages) for visit in said) <= 10
    assert any(isinstance(visit.messages[0], Path) for visit in said)


@pytest.fixture
async def shelf(tmp_path: Path) -> Shelf:
    path = tmp_path / "shop.sqlite3"
    catalogue = Catalogue(path)
    await load_demo(catalogue, SqliteShop(path), datetime.now(UTC))
    catalogue.close()
    return Shelf(path)


def a_reply(text: str) -> dict[str, Any]:
    return {"type": "message.created", "data": {"blocks": [{"type": "text", "text": text}]}}


async def test_a_reply_is_held_against_what_it_shows_and_against_the_customers_own_records(shelf: Shelf) -> None:
    mug = a_reply("**Fjord mug, mist blue** costs €14.90.")
    of_mug = await shelf.facts(Visit(("how much?",)), [mug])
    of_anna = await shelf.facts(Visit(("Where is it?",), "anna.keller@example.com"), [a_reply("#W10428")])

    assert of_mug.fault("**Fjord mug, mist blue** costs €14.90.") == ""
    assert of_mug.fault("**Fjord mug, mist blue** costs €12.90.") == "a number"
    assert (
        of_anna.fault("Order #W10428: shipped, €74.00")
        == of_anna.fault("The tracking number is 00340434239287351886.")
        == ""
    )
    assert of_anna.fault("Order #W10431: shipped, €79.00") == "a code"


async def test_a_code_is_held_against_the_shops_own_record_of_it(shelf: Shelf) -> None:
    facts = await shelf.facts(Visit(("is HELLO10 valid, and what of MEGA50?",)), [a_reply("Yes.")])

    assert facts.fault("It gives 10 % off from an order value of €40.00.") == ""
    assert facts.fault("It gives 10 % off from an order value of €70.00.") == "a number"
    assert facts.fault("I can't find the code MEGA50 in the shop.") == ""
    assert facts.fault("I can't find the code HELLO11 in the shop.") == "a code"
    assert facts.fault("The code MEGA50 works.") == "a code"


def test_turns_are_timed_by_what_they_show_and_by_stage() -> None:
    taken = [Taken("faq", 10.0 * n, {"understand": 1.0 * n, "total": 9.0 * n}) for n in range(1, 21)]
    taken.append(Taken("order", 500.0, {"respond": 400.0, "total": 490.0}))

    shown = {row["what"]: row for row in by_what_they_show(taken)}
    stages = {row["what"]: row for row in by_stage(taken)}

    assert (shown["faq"]["turns"], shown["faq"]["p50 ms"], shown["faq"]["p95 ms"]) == (20, 100.0, 190.0)
    assert (shown["all"]["turns"], shown["all"]["max ms"]) == (21, 500.0)
    assert list(stages) == ["understand", "respond", "total"]
    assert (stages["respond"]["turns"], stages["total"]["max ms"]) == (1, 490.0)
