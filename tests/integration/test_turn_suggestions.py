"""Shoppers who ask for something similar, or for a recommendation, and name nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agent_parts import collect, said, shown, words
from turn_parts import Parts, Talk

from agent.conversation import Conversation
from agent.events import Explained
from retrieval.filters import Condition

IN_STOCK = Condition("availability", "!=", "out of stock")


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def talk(parts: Parts) -> Talk:
    return Talk(parts.turn())


def looked_at(*products: str) -> Conversation:
    return Conversation("conv_1", viewed=products)


@pytest.mark.parametrize("text", ["Do you have anything similar?", "something like this one", "有没有类似的？"])
async def test_similar_means_the_product_whose_page_they_are_on(parts: Parts, text: str):
    events = await collect(parts.turn(), text, context={"product_id": "VAS-1"})

    assert parts.suggester.asked[0][:2] == ("similar", ("VAS-1",))
    assert shown(events) == ["VAS-2"]
    assert ("Luna vase, cobalt" in words(events)) or ("钴蓝色月亮花瓶" in words(events))


async def test_similar_to_the_second_one_means_the_second_one_shown(parts: Parts, talk: Talk):
    first = await talk.say("show me mugs")

    await talk.say("anything like the second one?")

    assert parts.suggester.asked[0][1] == (shown(first)[1],)


async def test_similar_after_a_list_means_its_first(parts: Parts, talk: Talk):
    first = await talk.say("show me vases")

    await talk.say("do you have something similar?")

    assert parts.suggester.asked[0][1] == (shown(first)[0],)


async def test_similar_with_nothing_to_be_like_asks_which(parts: Parts):
    events = await collect(parts.turn(), "Do you have anything similar?")

    assert "Which product do you mean?" in words(events)


async def test_what_similar_ones_must_have_is_kept(parts: Parts):
    await collect(parts.turn(), "anything similar in green under 20 euros?", context={"product_id": "MUG-9"})

    (_, product, filters) = parts.suggester.asked[0]
    assert product == ("MUG-9",)
    assert filters is not None
    assert {(c.field, c.operator, c.value) for c in filters.conditions} == {
        ("colour", "=", "green"), ("price", "<", "20"), ("availability", "!=", "out of stock")
    }  # fmt: skip


async def test_what_says_which_product_is_no_condition_on_the_others(parts: Parts, talk: Talk):
    await talk.say("show me vases")

    await talk.say("anything similar to the blue one?")

    assert parts.suggester.asked[0][1] == ("VAS-1",)
    assert parts.suggester.asked[0][2].conditions == (IN_STOCK,)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text", ["What would you recommend for me?", "recommend something", "any recommendations?", "给我推荐一下"]
)
async def test_a_recommendation_goes_by_what_they_looked_at(parts: Parts, text: str):
    events = await collect(parts.turn(), text, conversation=looked_at("VAS-2", "MUG-1"))

    assert parts.suggester.asked[0] == ("recommend", ("VAS-2", "MUG-1"), parts.suggester.asked[0][2])
    assert shown(events) == ["VAS-1"]
    card = next(block for block in said(events).blocks if block.type == "products").products[0]
    assert card.why in ("Because you looked at Reed vase, terracotta", "因为您看过陶土橙芦苇花瓶")
    assert [part["id"] for event in events if isinstance(event, Explained) for part in event.parts] == ["VAS-1"]


async def test_without_a_history_what_this_chat_has_shown_is_the_taste(parts: Parts, talk: Talk):
    await talk.say("show me vases")

    await talk.say("what would you recommend?")

    assert parts.suggester.asked[0][:2] == ("recommend", ("VAS-1", "VAS-2"))


async def test_who_has_looked_at_nothing_is_asked_for_their_taste(parts: Parts):
    events = await collect(parts.turn(), "what would you recommend?")

    assert "I don't know your taste yet" in words(events)
    assert shown(events) == []


async def test_nothing_that_fits_is_said(parts: Parts):
    events = await collect(parts.turn(), "recommend something under 5 euros", conversation=looked_at("VAS-2"))

    assert shown(events) == []
    assert "VAS" not in words(events)


@pytest.mark.parametrize(
    "text", ["can you recommend a mug under 20 euros?", "recommend me a vase", "推荐一个花瓶", "similar to a plate"]
)
async def test_who_names_what_they_want_gets_a_search(parts: Parts, text: str):
    events = await collect(parts.turn(), text, conversation=looked_at("MUG-9"))

    assert parts.suggester.asked == []
    assert shown(events)


@pytest.mark.parametrize("text", ["are there alternatives to PayPal?", "I want to talk to a person, any tips?"])
async def test_questions_about_other_things_stay_what_they_are(parts: Parts, text: str):
    await collect(parts.turn(), text, conversation=looked_at("MUG-9"), context={"product_id": "MUG-9"})

    assert parts.suggester.asked == []


async def test_a_follow_up_can_point_at_what_was_suggested(parts: Parts):
    talk = Talk(parts.turn())
    talk.conversation = replace(talk.conversation, viewed=("VAS-2",))
    await talk.say("what would you recommend?")

    answer = await talk.say("how much is it?")

    assert "€39.00" in words(answer)
