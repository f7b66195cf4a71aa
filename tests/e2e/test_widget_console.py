"""The console: staff see the conversations, read one as it goes on, and how each answer was made."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from scripted_server import STAFF_TOKEN, ScriptedServer, Talk
from widget_driver import Widget, a_photo


async def looks_things_up(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
    yield
    if photos:
        blue = {"name": "colour", "value": "blue", "confidence": 0.97, "box": None}
        words = {"text": "GOOD MORNING", "confidence": 0.88, "box": None}
        seen = {"caption": "a blue mug", "attributes": [blue], "text": [words], "named": True}
        await talk.durable("photo.described", {"turn_id": talk.turn_id, "upload_id": photos[0], **seen})
    ran = {"name": "find_products", "arguments": {"query": text}, "outcome": "ok", "milliseconds": 12.4}
    await talk.durable("tool.ran", {"turn_id": talk.turn_id, "call_id": "c", **ran})
    await talk.say({"type": "text", "text": f"You said: {text}"})


@pytest.fixture
def server() -> object:
    with ScriptedServer(looks_things_up) as server:
        yield server


@pytest.fixture
def shoppers(context: BrowserContext, server: ScriptedServer) -> list[Widget]:
    """Two shoppers in browsers of their own: one asks in English, one in Chinese."""
    browser = context.browser
    assert browser is not None
    widgets = []
    for text in ("Do you have mugs?", "你们有杯子吗？"):
        widget = Widget.opened(browser.new_context(locale="en-IE").new_page(), f"{server.url}/host")
        widget.say(text)
        widget.settled()
        widgets.append(widget)
    return widgets


def sign_in(page: Page, server: ScriptedServer, token: str = STAFF_TOKEN) -> None:
    page.goto(f"{server.url}/console")
    page.get_by_label("Staff token").fill(token)
    page.keyboard.press("Enter")


def test_a_wrong_token_opens_nothing_and_says_so(page: Page, server: ScriptedServer) -> None:
    sign_in(page, server, "a guess")

    expect(page.get_by_role("alert")).to_have_text("This token is not valid.")
    expect(page.locator(".inbox")).to_have_count(0)
    assert page.evaluate("JSON.parse(sessionStorage.getItem('vitrine-console-token'))") is None


def test_the_list_shows_each_conversation_with_its_last_words_and_language(
    page: Page, server: ScriptedServer, shoppers: list[Widget]
) -> None:
    sign_in(page, server)

    rows = page.locator(".inbox li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("You said: 你们有杯子吗？")
    expect(rows.first.locator("small")).to_have_text("中文")
    expect(rows.last).to_contain_text("You said: Do you have mugs?")
    expect(rows.last.locator("small")).to_have_text("EN")


def test_search_and_filters_narrow_the_list(page: Page, server: ScriptedServer, shoppers: list[Widget]) -> None:
    shoppers[0].host.get_by_role("button", name="Talk to a person").click()
    shoppers[0].wait_for("You are in line for a person.")
    sign_in(page, server)
    rows = page.locator(".inbox li button")
    expect(rows).to_have_count(2)

    page.get_by_role("button", name="Waiting 1").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Needs a person")
    page.get_by_role("button", name="All 2").click()
    page.get_by_label("Search conversations").fill("杯子")
    expect(rows).to_have_count(1)
    page.get_by_label("Search conversations").fill("nothing like that")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()


def test_a_conversation_is_read_live_with_its_photo_and_how_it_was_answered(
    page: Page, server: ScriptedServer, shoppers: list[Widget]
) -> None:
    sign_in(page, server)
    page.locator(".inbox li button").last.click()
    expect(page.locator(".reading .bubble").first).to_have_text("Do you have mugs?")
    shopper = shoppers[0]
    shopper.attach(a_photo())
    expect(shopper.host.locator(".tray .done")).to_have_count(1)
    shopper.say("This one?")

    page.locator(".log").get_by_text("You said: This one?").wait_for()
    assert page.locator(".visitor .photo img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    expect(page.locator("details.turn")).to_have_count(2)
    page.locator("details.turn > summary").last.click()
    details = page.locator("details.turn").last
    for words in (
        "Answered · 1 tool call",
        "find_products",
        "12 ms",
        "This one?",
        "a blue mug",
        "97 %",
        "“GOOD MORNING”",
    ):
        expect(details).to_contain_text(words)


def test_what_was_read_is_no_longer_marked_as_new(page: Page, server: ScriptedServer, shoppers: list[Widget]) -> None:
    sign_in(page, server)
    expect(page.locator(".inbox .unread")).to_have_count(2)

    page.locator(".inbox li button").last.click()

    expect(page.locator(".inbox .unread")).to_have_count(1)
    page.reload()
    expect(page.locator(".inbox li")).to_have_count(2)
    expect(page.locator(".inbox .unread")).to_have_count(1)


def test_the_console_comes_back_after_a_loss_with_the_conversation_open(
    page: Page, server: ScriptedServer, shoppers: list[Widget]
) -> None:
    sign_in(page, server)
    page.locator(".inbox li button").last.click()
    page.locator(".log").get_by_text("You said: Do you have mugs?").wait_for()
    server.cut(1012)
    shoppers[0].say("And bowls?")

    page.locator(".log").get_by_text("You said: And bowls?").wait_for()
    said = page.locator(".log .bubble").all_inner_texts()
    assert said == ["Do you have mugs?", "You said: Do you have mugs?", "And bowls?", "You said: And bowls?"]


def test_on_a_phone_the_list_and_the_conversation_take_turns(
    page: Page, server: ScriptedServer, shoppers: list[Widget]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, server)
    page.locator(".inbox li button").last.click()

    expect(page.locator(".inbox")).to_be_hidden()
    page.get_by_role("button", name="Back to the list").click()
    expect(page.locator(".inbox")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
