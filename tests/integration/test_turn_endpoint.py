"""A model behind an endpoint is a brain like any other, and a shop whose endpoint fails still answers."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from agent_parts import PHOTO, Eyes, WordSearch, ended, said, shown, words
from chat_endpoint import Endpoint, Fault, served
from turn_parts import PROMPTS, Parts, Talk, tools_run

from agent.brains.openai_compatible import OpenAiCompatibleBrain
from agent.events import TextDelta, TurnEvent
from agent.vision.reading import PhotoAnswer

QUESTION = "How long does delivery take?"
ANSWER = "Standard delivery takes 2 to 4 working days."


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with served(Endpoint()) as running:
        yield running


def a_brain(url: str, seconds: float = 5.0) -> OpenAiCompatibleBrain:
    return OpenAiCompatibleBrain(PROMPTS, base_url=url, model="ours", seconds=seconds)


async def asked(endpoint: Endpoint, text: str = QUESTION, seconds: float = 5.0) -> list[TurnEvent]:
    return await Talk(Parts(brain=a_brain(endpoint.url, seconds)).turn()).say(text)


async def test_the_models_words_are_said_with_the_cards_it_points_at(endpoint: Endpoint):
    endpoint.script = ["It takes 2 to 4 working days. [[faq:delivery.en]] Anything else?"]

    events = await asked(endpoint)

    assert words(events) == "It takes 2 to 4 working days.  Anything else?"
    assert said(events).citations == ("delivery.en",)
    assert len([event for event in events if isinstance(event, TextDelta)]) == 2


async def test_the_model_is_told_the_evidence_beside_its_rules_not_among_them(endpoint: Endpoint):
    endpoint.script = [ANSWER]

    await asked(endpoint)

    (request,) = endpoint.asked
    system, *_, turn = request["messages"]
    assert system["role"] == "system"
    assert "working days" not in system["content"]
    assert ANSWER in turn["content"]
    assert request["parallel_tool_calls"] is False
    assert {tool["function"]["name"] for tool in request["tools"]} >= {"search_products", "verify_identity", "handoff"}


async def test_streamed_tool_calls_run_behind_the_gate_and_their_answers_go_back(endpoint: Endpoint):
    endpoint.script = [
        ("verify_identity", {"email": "anna@example.com", "order_id": "#W10428"}),
        ("get_order", {"order_id": "#W10428"}),
        "Order #W10428 is with DHL. [[order:#W10428]]",
    ]

    events = await asked(endpoint, "Where is #W10428? I am anna@example.com")

    assert tools_run(events) == [("verify_identity", "ok"), ("get_order", "ok")]
    assert words(events) == "Order #W10428 is with DHL."
    answers = [json.loads(m["content"]) for m in endpoint.asked[-1]["messages"] if m["role"] == "tool"]
    assert answers[0] == {"verified": True, "orders": ["#W10428"]}


async def test_what_the_model_makes_up_is_not_said(endpoint: Endpoint):
    endpoint.script = [f"{ANSWER} You also get a 30% discount. Bye."]

    assert words(await asked(endpoint)) == f"{ANSWER} Bye."


async def test_a_model_that_asks_for_someone_elses_order_gets_a_refusal(endpoint: Endpoint):
    endpoint.script = [("get_order", {"order_id": "#W20001"}), "I need to know who you are."]

    events = await asked(endpoint, "Show me order #W20001")

    assert tools_run(events) == [("get_order", "identity_required")]


async def test_a_photo_is_told_as_data(endpoint: Endpoint):
    endpoint.script = ["A blue mug. [[product:MUG-9]]"]
    parts = Parts(brain=a_brain(endpoint.url), search=WordSearch(photo_finds=("MUG-9",)))

    events = await Talk(parts.turn()).say("", PHOTO)

    assert shown(events) == ["MUG-9"]
    assert '"shows": "A blue mug."' in endpoint.asked[0]["messages"][-1]["content"]


async def test_what_a_photo_says_to_the_question_is_told_with_its_confidence(endpoint: Endpoint):
    endpoint.script = ["It looks damaged."]
    eyes = Eyes(answers={"condition": PhotoAnswer("condition", "damaged", 0.93, "damaged", "有损坏")})

    await Talk(Parts(brain=a_brain(endpoint.url), eyes=eyes).turn()).say("is this mug damaged?", PHOTO)

    told = endpoint.asked[0]["messages"][-1]["content"]
    assert '"answer_to_the_question": {"about": "condition", "value": "damaged", "confidence": 0.93}' in told


@pytest.mark.parametrize("fault", ["refuse", "hang", "hang_midway", "garbage", "error", "cut", "empty"])
async def test_when_the_endpoint_fails_the_rules_answer_in_the_same_turn(endpoint: Endpoint, fault: Fault):
    endpoint.fault, endpoint.script = fault, ["Let me think about that. And about this."]

    events = await asked(endpoint, seconds=0.7)

    assert words(events) == ANSWER
    assert ended(events).outcome == "done"
    assert "boom" not in str(events)


async def test_a_call_whose_arguments_are_no_json_is_no_call(endpoint: Endpoint):
    endpoint.fault, endpoint.script = "bad_arguments", [("get_order", {"order_id": "#W10428"})]

    events = await asked(endpoint)

    assert tools_run(events) == []
    assert words(events) == ANSWER


async def test_an_endpoint_that_fails_after_a_call_leaves_the_rest_to_the_rules(endpoint: Endpoint):
    endpoint.script = [("search_faq", {"query": "delivery"})]

    events = await asked(endpoint)

    assert tools_run(events) == [("search_faq", "ok")]
    assert words(events) == ANSWER


async def test_nobody_listening_at_the_address_costs_the_customer_nothing():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"

    events = await Talk(Parts(brain=a_brain(url)).turn()).say(QUESTION)

    assert words(events) == ANSWER
