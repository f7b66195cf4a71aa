"""A shopper writes in the chat, in a real browser over a real socket."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from scripted_server import ScriptedServer, Talk
from widget_driver import Widget

MUG = {
    "id": "MUG-1041",
    "title": "Fjord mug, mist blue",
    "price": "14.90",
    "currency": "EUR",
    "stock": 3,
    "availability": "in stock",
    "url": "/demo/p/MUG-1041",
    "image": "/demo/pictures/MUG-1041.jpg",
    "variants": ["small", "large"],
    "badges": ["in stock"],
    "why": "words blue, mug (0.62)",
}


def says(*blocks: dict[str, Any]) -> Any:
    """A script that answers every message with these blocks."""

    async def script(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
        yield
        await talk.say(*blocks)

    return script


@pytest.fixture
def widget(page: Page, server: ScriptedServer) -> Widget:
    return Widget.opened(page, f"{server.url}/host")


def test_a_message_is_there_at_once_and_its_answer_follows(widget: Widget) -> None:
    widget.say("Do you have mugs?")

    widget.wait_for("You said: Do you have mugs?")
    widget.settled()
    assert widget.bubbles() == ["Do you have mugs?", "You said: Do you have mugs?"]
    expect(widget.host.get_by_role("img", name="Read")).to_be_visible()


def test_a_message_says_which_page_the_shopper_is_on_without_what_follows_the_path(
    page: Page, server: ScriptedServer
) -> None:
    widget = Widget.opened(page, f"{server.url}/demo/p/MUG-1041?from=a-mail-to-someone#top")

    widget.say("Is this dishwasher safe?")
    widget.wait_for("You said")

    (sent,) = server.awaited("message.send")
    assert sent["data"]["context"] == {"url": f"{server.url}/demo/p/MUG-1041", "product_id": "MUG-1041"}


def test_the_stage_of_the_answer_is_shown_until_the_answer_is_there(widget: Widget, server: ScriptedServer) -> None:
    async def script(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
        await talk.stage("searching", "Searching the shop…")
        yield
        await asyncio.sleep(0.4)
        await talk.say({"type": "text", "text": "Here."})

    server.script = script
    widget.say("hello")

    expect(widget.host.get_by_text("Searching the shop…")).to_be_visible()
    widget.wait_for("Here.")
    expect(widget.host.locator(".stage")).to_be_hidden()


def test_stopping_keeps_what_was_said_and_ends_the_answer(widget: Widget, server: ScriptedServer) -> None:
    async def script(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
        yield
        await talk.once("stream.start", {"turn_id": talk.turn_id, "message_id": "m"})
        await talk.once("stream.delta", {"message_id": "m", "i": 0, "text": "The first sentence. "})
        try:
            await asyncio.sleep(30)
        finally:
            await talk.message({"kind": "bot"}, [{"type": "text", "text": "The first sentence."}], "m")

    server.script = script
    widget.say("tell me everything")
    widget.wait_for("The first sentence.")
    widget.stop.click()

    widget.settled()
    expect(widget.stop).to_be_hidden()
    assert widget.bubbles() == ["tell me everything", "The first sentence."]


def test_merged_and_repeated_pieces_of_an_answer_come_out_once(widget: Widget, server: ScriptedServer) -> None:
    async def script(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
        yield
        for i, n, words in ((0, 1, "One. "), (1, 2, "Two. Three. "), (1, 2, "Two. Three. "), (3, 1, "Four.")):
            await talk.once("stream.delta", {"message_id": "m", "i": i, "n": n, "text": words})
        await asyncio.sleep(2)

    server.script = script
    widget.say("count")

    widget.wait_for("Four.")
    assert widget.bubbles() == ["count", "One. Two. Three. Four."]


def test_markdown_becomes_paragraphs_lists_and_links(widget: Widget, server: ScriptedServer) -> None:
    text = "It is **free** from €50.\n\n- parcels\n- chairs\n\nSee [delivery](/demo) or https://shop.example/a."
    server.script = says({"type": "text", "text": text})
    widget.say("delivery?")
    widget.settled()

    answer = widget.rows("bot").locator(".bubble")
    expect(answer.locator("strong")).to_have_text("free")
    assert answer.locator("li").all_inner_texts() == ["parcels", "chairs"]
    links = [(link.inner_text(), link.get_attribute("href")) for link in answer.get_by_role("link").all()]
    assert links == [("delivery", f"{server.url}/demo"), ("https://shop.example/a", "https://shop.example/a")]
    assert answer.get_by_role("link").last.get_attribute("rel") == "noopener noreferrer nofollow"


def test_what_a_shopper_writes_is_shown_as_it_was_written(widget: Widget) -> None:
    written = "**2** of these: [a](https://a.example) <b>please</b>"
    widget.say(written)
    widget.settled()

    assert widget.rows("visitor").locator(".bubble").inner_text() == written


def test_a_product_card_shows_price_stock_and_sizes_without_scores_and_leads_to_the_product(
    widget: Widget, server: ScriptedServer
) -> None:
    server.script = says(
        {"type": "text", "text": "These:"},
        {"type": "products", "text": "", "products": [MUG, MUG | {"id": "2", "title": "Other mug", "stock": 0}]},
    )
    widget.say("a blue mug")
    widget.settled()

    first, second = widget.host.locator(".card").all()
    assert re.split(r"\s*\n\s*", first.inner_text()) == [
        "Fjord mug, mist blue",
        "€14.90",
        "Only 3 left",
        "small",
        "large",
    ]
    assert "Sold out" in second.inner_text()
    first.get_by_role("link").click()
    expect(widget.page).to_have_url(f"{server.url}/demo/p/MUG-1041")


def test_a_choice_is_pressed_once_and_said_for_the_shopper(widget: Widget, server: ScriptedServer) -> None:
    server.script = says(
        {"type": "text", "text": "Which?"},
        {"type": "choices", "text": "", "choices": [{"id": "g", "label": "Green", "value": "the green one"}]},
    )
    widget.say("mug")
    widget.settled()
    widget.host.get_by_role("button", name="Green").click()
    expect(widget.rows("visitor")).to_have_count(2)
    widget.settled()

    (pressed,) = server.awaited("message.action")
    assert (pressed["data"]["action_id"], pressed["data"]["value"]) == ("g", "the green one")
    expect(widget.host.get_by_role("button", name="Green")).to_have_count(1)  # of the newest answer only


def test_a_quote_of_the_help_pages_is_folded(widget: Widget, server: ScriptedServer) -> None:
    faq = {"type": "faq", "id": "f", "title": "What does it cost?", "quote": "It costs €4.90.", "url": "", "text": ""}
    server.script = says({"type": "text", "text": "€4.90."}, faq)
    widget.say("cost?")
    widget.settled()

    expect(widget.host.get_by_text("It costs €4.90.")).to_be_hidden()
    widget.host.get_by_text("What does it cost?").click()
    expect(widget.host.get_by_text("It costs €4.90.")).to_be_visible()


def test_an_order_shows_where_it_is(widget: Widget, server: ScriptedServer) -> None:
    server.script = says(
        {
            "type": "order",
            "id": "NS-1",
            "status": "shipped",
            "lines": ["2 × Fjord mug"],
            "total": "€29.80",
            "tracking_url": "https://track.example/1",
            "text": "",
        }
    )
    widget.say("my order")
    widget.settled()

    order = widget.host.get_by_role("region", name="Order NS-1")
    for words in ("On its way", "2 × Fjord mug", "€29.80"):
        expect(order.get_by_text(words)).to_be_visible()
    assert order.get_by_role("link", name="Track the parcel").get_attribute("href") == "https://track.example/1"


def test_an_unknown_kind_of_block_is_shown_by_its_words(widget: Widget, server: ScriptedServer) -> None:
    server.script = says({"type": "hologram", "text": "A mug, from all sides"})
    widget.say("show me")

    widget.wait_for("A mug, from all sides")


def test_a_text_that_is_too_long_is_not_sent_and_not_lost(widget: Widget, server: ScriptedServer) -> None:
    widget.say("x" * 10_001)

    expect(widget.host.get_by_role("alert")).to_have_text("Please shorten this to 10,000 characters.")
    assert len(widget.field.input_value()) == 10_001
    assert server.received("message.send") == []


def test_nothing_is_sent_when_nothing_was_written(widget: Widget, server: ScriptedServer) -> None:
    widget.field.fill("   ")

    expect(widget.host.get_by_role("button", name="Send")).to_be_disabled()
    widget.field.press("Enter")
    assert widget.bubbles() == []


def test_enter_that_takes_an_input_methods_proposal_does_not_send(widget: Widget) -> None:
    widget.field.fill("ni hao")
    widget.field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert widget.bubbles() == []

    widget.field.press("Shift+Enter")
    widget.field.press("Enter")
    expect(widget.rows("visitor")).to_have_count(1)
    assert widget.bubbles()[0] == "ni hao"


def test_escape_closes_the_chat_and_gives_the_focus_back(widget: Widget) -> None:
    expect(widget.field).to_be_focused()
    widget.field.press("Escape")

    expect(widget.panel).to_be_hidden()
    expect(widget.host.get_by_role("button", name="Open chat")).to_be_focused()


def test_on_a_phone_the_chat_fills_the_screen_and_holds_the_focus(browser: Browser, server: ScriptedServer) -> None:
    phone = {"width": 390, "height": 844}
    context = browser.new_context(viewport=phone, has_touch=True, is_mobile=True, reduced_motion="reduce")
    widget = Widget.opened(context.new_page(), f"{server.url}/host")

    widget.panel.evaluate("panel => Promise.all(panel.getAnimations().map(each => each.finished))")
    box = widget.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    expect(widget.log).to_be_focused()  # and not the field, which would bring up the keyboard
    for _ in range(12):
        widget.page.keyboard.press("Tab")
        assert widget.page.evaluate("document.activeElement.localName") == "vitrine-chat"
    context.close()


def test_an_answer_that_comes_while_the_chat_is_closed_is_counted(widget: Widget, server: ScriptedServer) -> None:
    widget.say("hello")
    widget.settled()
    widget.host.get_by_role("button", name="Close chat").first.click()
    server.do(server.talk.say({"type": "text", "text": "One more thing."}))

    button = widget.host.get_by_role("button", name="Open chat, 1 new message")
    expect(button).to_have_text("1")
    button.click()
    expect(widget.host.locator(".count")).to_be_hidden()
    widget.wait_for("One more thing.")


def test_thumbs_another_answer_and_a_person_are_asked_for_over_the_wire(widget: Widget, server: ScriptedServer) -> None:
    widget.say("hello")
    widget.settled()
    answer = widget.rows("bot").get_attribute("data-id")

    widget.host.get_by_role("button", name="This helped").click()
    expect(widget.host.get_by_text("Thank you for telling us.")).to_be_visible()
    widget.host.get_by_role("button", name="Try another answer").click()
    widget.wait_for("You said: again")
    widget.host.get_by_role("button", name="Talk to a person").click()
    widget.wait_for("You are in line for a person.")

    assert [frame["data"] for frame in server.awaited("feedback.set")] == [{"message_id": answer, "value": 1}]
    assert [frame["data"] for frame in server.awaited("turn.regenerate")] == [{"message_id": answer}]
    expect(widget.host.locator(".line")).to_have_text("A person will be with you soon")


def test_a_persons_words_carry_their_name(widget: Widget, server: ScriptedServer) -> None:
    widget.say("hello")
    widget.settled()
    human = {"control": "human", "control_epoch": 2, "by": "agent", "agent": "Ines", "text": "Ines is here."}
    server.do(server.talk.durable("control.changed", human))
    server.do(server.talk.once("typing", {"author": {"kind": "agent", "name": "Ines"}, "on": True}))

    expect(widget.host.get_by_text("Ines is writing…")).to_be_visible()
    server.do(server.talk.message({"kind": "agent", "name": "Ines"}, [{"type": "text", "text": "Good morning!"}]))
    expect(widget.rows("agent").locator(".name")).to_have_text("Ines")
    expect(widget.host.locator(".line")).to_have_text("You are talking to Ines")


def test_a_page_in_chinese_has_a_chat_in_chinese(browser: Browser, server: ScriptedServer) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{server.url}/demo")
    page.get_by_role("button", name="打开客服").click()

    expect(page.get_by_placeholder("输入消息…")).to_be_visible()
    expect(page.get_by_role("button", name="转人工客服")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("为餐桌、搁架与夜晚准备的静物")
    context.close()


def test_the_reader_keeps_their_place_and_is_told_of_what_is_new(widget: Widget, server: ScriptedServer) -> None:
    server.script = says({"type": "text", "text": "\n\n".join(f"Paragraph {i}" for i in range(40))})
    widget.say("a lot")
    widget.settled()
    widget.log.evaluate("log => (log.scrollTop = 0)")
    server.do(server.talk.say({"type": "text", "text": "The end."}))

    newer = widget.host.get_by_role("button", name="New messages")
    expect(newer).to_be_visible()
    assert widget.log.evaluate("log => log.scrollTop") == 0
    newer.click()
    expect(widget.log.get_by_text("The end.")).to_be_in_viewport()


def test_where_nobody_is_there_an_address_can_be_left_in_a_field(page: Page, server: ScriptedServer) -> None:
    async def offers(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
        yield
        await talk.say({"type": "text", "text": "Nobody is there."}, {"type": "email", "text": "Your e-mail address"})

    server.script = offers
    widget = Widget.opened(page, f"{server.url}/host")
    widget.say("a person, please")
    field = widget.host.get_by_label("Your e-mail address")
    field.fill("lea at example")
    widget.host.locator("form.email button").click()
    assert field.evaluate("field => field.matches(':invalid')")
    assert server.received("handoff.email") == []
    field.fill("lea@example.com")
    widget.host.locator("form.email button").click()
    (sent,) = server.awaited("handoff.email")
    server.do(server.talk.durable("handoff.email", {"email": "lea@example.com", "by": "visitor", "text": ""}))

    expect(widget.host.get_by_text("A person will write to lea@example.com")).to_be_visible()
    assert sent["data"] == {"email": "lea@example.com"}
