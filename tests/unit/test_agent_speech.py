"""What is said is checked, sentence by sentence, before anybody hears it."""

from __future__ import annotations

import pytest

from agent.brief import Offer
from agent.facts import Facts
from agent.speak import CHARACTERS_AT_MOST, CHOICES_AT_MOST, Speech, cut

SHOP = Facts(
    [
        "Standard delivery takes 2 to 4 working days. It is free from €50.",
        "You can return anything within 30 days. We will refund you within 5 days.",
        "Fjord mug, mist blue MUG-1041 €14.90 14.90 EUR. It is 8.5 cm wide and holds 350 ml. dishwasher safe: yes",
        "标准配送需要2到4个工作日。",
        "#W10428 shipped https://dhl.example/00340434 DHL 2026-03-08",
    ]
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Delivery takes 2 to 4 working days.",
        "Delivery takes two to four days.",
        "It costs €14.90.",
        "It costs 14.9 EUR.",
        "You have thirty days to send it back.",
        "We will refund you within 5 days.",
        "The Fjord mug holds 350 ml.",
        "配送需要2到4个工作日。",
        "Your order #W10428 is on its way, see https://dhl.example/00340434.",
        "It was sent on 8 March 2026.",
        "I can't promise you a guarantee.",
        "What else may I look for?",
    ],
)
def test_what_the_evidence_supports_may_be_said(sentence: str):
    assert SHOP.fault(sentence) == ""


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("You have 31 days to send it back.", "a number"),
        ("It costs €14.", "a number"),
        ("It costs €13.90.", "a number"),
        ("Delivery takes 14.9 days.", "a number"),
        ("You have sixty days to send it back.", "a number"),
        ("配送需要5天到7天。", "a number"),
        ("It holds 30 ml.", "a number"),
        ("The Golden Sunset Mug is nicer.", "a name"),
        ("It is called “Aurora deluxe”.", "a name"),
        ("Look at https://evil.example/x for more.", "a link"),
        ("Look [here](//evil.example/x) for more.", "a link"),
        ("Write to boss@evil.example please.", "an address"),
        ("Use the code SAVE50 now.", "a code"),
        ("Order #W99999 is yours.", "a code"),
        ("There is a lifetime guarantee on it.", "a promise"),
        ("You get a discount on it.", "a promise"),
        ("本店保证质量。", "a promise"),
        ("I have cancelled your order.", "a deed"),
        ("We've already refunded you.", "a deed"),
        ("Your refund has been processed.", "a deed"),
        ("我已经为您退款了。", "a deed"),
    ],
)
def test_what_nothing_supports_is_not_said(sentence: str, fault: str):
    assert SHOP.fault(sentence) == fault


def test_what_the_customer_said_may_be_repeated_but_promises_nothing():
    facts = Facts(["Fjord mug"])
    facts.echo("is it under 20 euros and do I get a 50% discount with code SAVE50? see https://evil.example #W10428")

    assert facts.fault("Here is one under €20.") == ""
    assert facts.fault("Use the code SAVE50.") == "a code"
    assert facts.fault("Order #W10428 is yours?") == ""
    assert facts.fault("See https://evil.example") == "a link"
    assert facts.fault("Yes, you get a discount.") == "a promise"
    assert facts.fault("It is 50 % cheaper.") == "a number"


def test_sentences_end_where_people_end_them():
    text = "It costs €14.90, e.g. in blue. Is that ok?\n\n1. one\n2. two 好的。谢谢！"

    sentences, rest = cut(text, last=True)

    assert sentences == ["It costs €14.90, e.g. in blue. ", "Is that ok?\n\n", "1. one\n", "2. two 好的。", "谢谢！"]
    assert rest == ""


def test_a_sentence_is_held_back_until_it_is_whole_and_checked():
    speech = Speech(SHOP)

    heard = [speech.hear(piece) for piece in ("It co", "sts €14.", "90. It", " holds 31 ml. Ni", "ce")]

    assert heard == [[], [], ["It costs €14.90. "], [], []]
    assert speech.finish() == ["Nice"]
    assert speech.dropped == ["a number"]
    assert speech.text == "It costs €14.90. Nice"


def test_marks_point_at_evidence_and_are_never_shown():
    speech = Speech(SHOP)

    speech.hear("It holds 350 ml. [[product:MUG-1041]][[faq:returns]] Ask me. ")
    speech.hear("[[choice:Talk to a person?|I want a person]]")
    speech.finish()

    assert speech.text == "It holds 350 ml.  Ask me."
    assert (speech.products, speech.answers) == (["MUG-1041"], ["returns"])
    assert speech.choices == [Offer("Talk to a person?", "I want a person")]


def test_a_quick_reply_is_checked_like_speech_and_there_are_only_a_few():
    speech = Speech(SHOP)

    speech.hear("".join(f"[[choice:Pick {word}]]" for word in "abcdefg") + "[[choice:Pay $999]]")
    speech.finish()

    assert len(speech.choices) == CHOICES_AT_MOST
    assert all("999" not in choice.label for choice in speech.choices)


def test_markup_and_pictures_of_a_brain_are_taken_out():
    speech = Speech(SHOP)

    speech.hear("Nice <script>mug</script> ![x](https://evil.example/?q=1) indeed. ")
    speech.finish()

    assert speech.text == "Nice mug  indeed."


def test_a_brain_that_never_stops_is_cut_off():
    speech = Speech(SHOP)

    for _ in range(CHARACTERS_AT_MOST):
        speech.hear("It is nice. ")

    assert len(speech.text) <= CHARACTERS_AT_MOST
