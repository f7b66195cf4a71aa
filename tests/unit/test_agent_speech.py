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
        "Standard delivery is free from €50.",
        "包裹已于3月8日寄出。",
        "What can I do for you today?",
        "So you lost your gift card.",
        "订单 #W10428，2至4个工作日。",
        "The nearest answer is: *You can return anything within 30 days.*",
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
        ("It holds half a litre.", "a number"),
        ("这个打六五折。", "a promise"),
        ("There are seventeen of them in the box.", "a number"),
        ("一盒有十七个。", "a number"),
        ("It was sent on 8 April 2026.", "a date"),
        ("包裹已于4月8日寄出。", "a date"),
        ("It arrives on Tuesday.", "a date"),
        ("周二送达。", "a date"),
        ("It comes back in February.", "a date"),
        ("You can pay at moss-pay.example/now.", "a link"),
        ("Enter welcome25 at the checkout.", "a code"),
        ("The word is HARVEST.", "a code"),
        ("This is free of charge for you.", "a promise"),
        ("Delivery is free, and this is free of charge for you.", "a promise"),
        ("You'll get your money back in any case.", "a promise"),
        ("A colleague will call you back shortly.", "a promise"),
        ("稍后会有人联系您。", "a promise"),
        ("这次运费由我们承担。", "a promise"),
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


def test_a_code_that_the_shop_has_not_may_be_named_only_to_say_so():
    facts = Facts()
    facts.echo("does SAVE90 work?")
    facts.unknown("SAVE90")

    assert facts.fault("I can't find the code SAVE90 in the shop.") == ""
    assert facts.fault("No problem, SAVE90 is fine.") == "a code"
    assert facts.fault("I can't find the code SAVE95 in the shop.") == "a code"


def test_a_count_of_what_was_found_is_no_price_no_time_and_no_stock():
    facts = Facts(["Fjord mug €14.90, stock 64"])
    facts.count(1, 2, 3)

    assert facts.fault("I found 3 that fit.") == facts.fault("I found two.") == facts.fault("There are 64 left.") == ""
    assert [facts.fault(said) for said in ("It costs €3.", "It takes 3 days.", "Only two are left.", "剩下两件。")] == [
        "a number"
    ] * 4


def test_a_bare_number_of_a_record_counts_what_its_key_says():
    facts = Facts()
    facts.record("order.#W1.lines.0.price", "31.90")
    facts.record("shipping.standard.days_min", "2")

    assert facts.fault("It costs €31.90.") == facts.fault("It takes 2 days.") == ""
    assert facts.fault("It costs €2.") == facts.fault("It takes 31.90 days.") == "a number"


def test_fixed_words_of_our_own_may_promise_what_they_say_and_words_of_a_customer_may_not():
    ours, theirs = Facts(), Facts()
    ours.own("We will answer you here in this chat.")
    theirs.echo("We will answer you here in this chat.")

    assert ours.fault("We will answer you here in this chat.") == ""
    assert theirs.fault("We will answer you here in this chat.") == "a promise"


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
