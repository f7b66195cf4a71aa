"""A customer sends a photo: it is described at once, then what matches it is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agent_parts import BOX, BROKEN, PHOTO, Eyes, Reader, WordSearch, a_reading, ended, said, shown, words
from turn_parts import Parts, Talk

from agent.events import PhotoDescribed, StageStarted
from agent.vision.reading import Attribute, PhotoAnswer, Thing


@pytest.fixture
def talk() -> Talk:
    return Talk(Parts().turn())


async def test_a_photo_is_described_before_anything_is_searched():
    parts = Parts(search=WordSearch(photo_finds=("MUG-9", "MUG-1")))

    events = await Talk(parts.turn()).say("", PHOTO)

    kinds = [type(event) for event in events]
    assert kinds.index(PhotoDescribed) < next(
        i for i, e in enumerate(events) if isinstance(e, StageStarted) and e.stage == "searching"
    )
    assert words(events).startswith("A blue mug. This looks like our **Harbour mug, navy** at €16.50.")
    assert shown(events)[:2] == ["MUG-9", "MUG-1"]


async def test_the_description_does_not_wait_for_printed_words():
    late = Reader(words=("TOO LATE",), seconds=5)
    parts = Parts(reader=late, search=WordSearch(photo_finds=("MUG-9",)), text_seconds=0.2)

    events = await Talk(parts.turn()).say("", PHOTO)

    assert [event.text for event in events if isinstance(event, PhotoDescribed)] == [()]
    assert "TOO LATE" not in parts.search.asked[0].text


async def test_a_photo_that_cannot_be_named_is_given_longer_for_its_words():
    late = Reader(words=("Order W10428",), seconds=0.3)
    parts = Parts(reader=late, eyes=Eyes(reading=a_reading(named=False)), text_seconds=0.2)

    events = await Talk(parts.turn()).say("", PHOTO)

    assert "#W10428" in words(events)


async def test_printed_words_that_come_in_time_are_searched_for_and_told_again():
    parts = Parts(reader=Reader(words=("HARBOUR",)), search=WordSearch(photo_finds=("MUG-9",)))

    events = await Talk(parts.turn()).say("do you have this?", PHOTO)

    described = [event for event in events if isinstance(event, PhotoDescribed)]
    assert [[found.text for found in event.text] for event in described] == [[], ["HARBOUR"]]
    assert "HARBOUR" in parts.search.asked[0].text


async def test_a_reader_that_fails_costs_the_words_only():
    parts = Parts(reader=Reader(error=RuntimeError("no model")), search=WordSearch(photo_finds=("MUG-9",)))

    events = await Talk(parts.turn()).say("", PHOTO)

    assert shown(events)[0] == "MUG-9"


async def test_several_things_in_a_photo_are_listed_and_the_customer_is_asked_which():
    things = (Thing("mug", "A blue mug.", "蓝色的马克杯。", BOX), Thing("vase", "A white vase.", "白色的花瓶。", BOX))
    reading = replace(
        a_reading(named=False), caption="I can see several things: a blue mug and a white vase.", things=things
    )
    talk = Talk(Parts(eyes=Eyes(reading), search=WordSearch(photo_finds=("MUG-9",))).turn())

    events = await talk.say("", PHOTO)

    assert words(events) == "I can see several things: a blue mug and a white vase. Which one are you looking for?"
    assert shown(events) == []
    assert [offer.label for block in said(events).blocks if block.type == "choices" for offer in block.choices] == [
        "A blue mug",
        "A white vase",
    ]


async def test_a_photo_that_cannot_be_named_is_described_and_asked_about():
    parts = Parts(eyes=Eyes(a_reading(named=False)), search=WordSearch(photo_finds=("MUG-9",), photo_probability=0.3))

    events = await Talk(parts.turn()).say("", PHOTO)

    assert words(events).startswith("Something blue; I cannot tell what it is. What kind of thing")


async def test_after_the_likeliest_come_goods_of_the_kind_that_the_photo_shows():
    parts = Parts(search=WordSearch(photo_finds=("MUG-9", "VAS-1", "PLT-1", "MUG-1")))

    events = await Talk(parts.turn()).say("", PHOTO)

    assert shown(events) == ["MUG-9", "MUG-1", "VAS-1", "PLT-1"]


async def test_what_looks_most_like_the_photo_stays_first_where_the_kind_may_be_misread():
    parts = Parts(search=WordSearch(photo_finds=("VAS-1", "MUG-9", "MUG-1")))

    events = await Talk(parts.turn()).say("", PHOTO)

    assert shown(events)[:3] == ["VAS-1", "MUG-9", "MUG-1"]


async def test_a_kind_that_the_shop_does_not_sell_changes_nothing():
    parts = Parts(eyes=Eyes(a_reading(kind="jacket")), search=WordSearch(photo_finds=("MUG-9", "VAS-1", "PLT-1")))

    events = await Talk(parts.turn()).say("", PHOTO)

    assert shown(events)[:3] == ["MUG-9", "VAS-1", "PLT-1"]


async def test_a_match_that_is_not_sure_is_only_called_the_closest():
    parts = Parts(search=WordSearch(photo_finds=("MUG-9",), photo_probability=0.4))

    events = await Talk(parts.turn()).say("", PHOTO)

    assert "I'm not sure that we have just this. What comes closest is" in words(events)
    assert "This looks like our" not in words(events)


async def test_a_sure_match_is_named_also_where_the_kind_alone_was_not():
    parts = Parts(eyes=Eyes(a_reading(named=False)), search=WordSearch(photo_finds=("MUG-9",)))

    events = await Talk(parts.turn()).say("", PHOTO)

    assert "This looks like our **Harbour mug, navy**" in words(events)


async def test_a_photo_with_words_is_narrowed_by_them():
    parts = Parts(search=WordSearch(photo_finds=("MUG-9", "MUG-2")))

    events = await Talk(parts.turn()).say("like this but in green", PHOTO)

    assert shown(events)[0] == "MUG-2"
    assert "MUG-9" not in shown(events)


async def test_a_question_about_what_a_photo_shows_is_answered_from_its_page():
    talk = Talk(Parts(search=WordSearch(photo_finds=("MUG-9", "MUG-1"))).turn())
    await talk.say("a vase")

    events = await talk.say("is this dishwasher safe?", PHOTO)

    assert words(events) == "No, **Harbour mug, navy** is not dishwasher safe."


def damaged(confidence: float) -> PhotoAnswer:
    return PhotoAnswer("condition", "damaged", confidence, "damaged", "有损坏")


async def test_a_question_about_the_photo_itself_is_answered_by_looking_at_it():
    eyes = Eyes(answers={"condition": damaged(0.95)})
    talk = Talk(Parts(eyes=eyes, search=WordSearch(photo_finds=("MUG-9",))).turn())

    events = await talk.say("is this mug damaged?", PHOTO)

    assert words(events) == "In your photo it looks damaged; I see only what the photo shows."


async def test_an_answer_that_the_eyes_are_not_sure_of_is_hedged():
    talk = Talk(Parts(eyes=Eyes(answers={"condition": damaged(0.7)})).turn())

    events = await talk.say("is this mug damaged?", PHOTO)

    assert words(events).startswith("I'm not sure, but in your photo it looks damaged")


async def test_what_the_eyes_cannot_tell_is_not_said():
    talk = Talk(Parts(eyes=Eyes(answers={"condition": damaged(0.4)})).turn())

    events = await talk.say("is this mug damaged?", PHOTO)

    assert words(events) == "I can't tell from the photo whether it is damaged."


async def test_a_question_about_a_photo_is_answered_in_chinese():
    eyes = Eyes(answers={"condition": damaged(0.95)})

    events = await Talk(Parts(eyes=eyes).turn()).say("照片里的杯子有没有破损？", PHOTO)

    assert words(events) == "从照片看，它有损坏；照片没拍到的地方我看不到。"


async def test_what_the_page_says_outranks_what_the_photo_shows():
    pixels = PhotoAnswer("colour", "red", 0.99, "red", "红色")
    talk = Talk(Parts(eyes=Eyes(answers={"colour": pixels}), search=WordSearch(photo_finds=("MUG-9",))).turn())

    events = await talk.say("what colour is this?", PHOTO)

    assert words(events).startswith("This looks like our **Harbour mug, navy**, so I answer from its page.")
    assert "navy" in words(events).casefold()
    assert "red" not in words(events).split()


async def test_where_the_page_is_silent_the_photo_answers_and_says_so():
    sleeve = PhotoAnswer("sleeve", "long sleeves", 0.95, "long sleeves", "长袖")
    talk = Talk(Parts(eyes=Eyes(answers={"sleeve": sleeve}), search=WordSearch(photo_finds=("MUG-9",))).turn())

    events = await talk.say("what is the sleeve length of this?", PHOTO)

    assert words(events) == (
        "The page of **Harbour mug, navy**, which it looks like, doesn't say that. Going by your photo: long sleeves."
    )


async def test_a_question_about_the_photo_of_the_message_before_is_answered_from_what_was_seen():
    reading = replace(a_reading(), attributes=(*a_reading().attributes, Attribute("condition", "damaged", 0.93)))
    talk = Talk(Parts(eyes=Eyes(reading), search=WordSearch(photo_finds=("MUG-9",))).turn())
    await talk.say("", PHOTO)

    answered = await talk.say("is it damaged?")
    again = await talk.say("how many are there in the photo?")
    chinese = await talk.say("照片里的杯子有没有破损？")

    assert words(answered) == "In your photo it looks damaged; I see only what the photo shows."
    assert words(again) == "I can't tell from the photo how many there are."
    assert words(chinese) == "从照片看，它有损坏；照片没拍到的地方我看不到。"


async def test_without_a_photo_nobody_looks_whether_something_is_damaged(talk: Talk):
    events = await talk.say("is it damaged?")

    assert "photo" not in words(events)


async def test_a_wish_to_return_something_broken_is_not_a_question_about_the_photo():
    eyes = Eyes(answers={"condition": damaged(0.95)})

    events = await Talk(Parts(eyes=eyes).turn()).say("my mug is broken, can I return it?", PHOTO)

    assert "In your photo" not in words(events)


async def test_a_photo_that_cannot_be_opened_is_said_so(talk: Talk):
    events = await talk.say("", BROKEN)

    assert words(events).startswith("I couldn't open that photo.")
    assert ended(events).outcome == "done"


async def test_words_beside_an_unreadable_photo_are_still_answered(talk: Talk):
    events = await talk.say("a blue mug", BROKEN)

    assert words(events).startswith("I couldn't open that photo.")
    assert shown(events) == ["MUG-1", "MUG-9"]
