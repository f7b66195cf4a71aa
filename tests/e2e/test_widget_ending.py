"""The end of a chat as a shopper and as staff see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from scripted_server import STAFF_TOKEN, ScriptedServer
from widget_driver import Widget


@pytest.fixture
def widget(page: Page, server: ScriptedServer) -> Widget:
    widget = Widget.opened(page, f"{server.url}/host")
    widget.say("hello")
    widget.settled()
    return widget


def end(widget: Widget) -> None:
    widget.host.get_by_role("button", name="End this chat").click()
    widget.host.get_by_role("button", name="End it").click()


def test_the_end_is_asked_for_twice_and_can_be_thought_better_of(widget: Widget, server: ScriptedServer) -> None:
    widget.host.get_by_role("button", name="End this chat").click()
    widget.host.get_by_role("button", name="Go on").click()

    expect(widget.host.get_by_text("End this chat?")).to_be_hidden()
    assert server.received("conversation.close") == []
    end(widget)
    expect(widget.host.get_by_text("How satisfied are you?")).to_be_visible()


def test_before_anything_is_said_there_is_nothing_to_end(page: Page, server: ScriptedServer) -> None:
    widget = Widget.opened(page, f"{server.url}/host")

    expect(widget.host.get_by_role("button", name="End this chat")).to_be_hidden()


def test_stars_are_given_once_with_thanks(widget: Widget, server: ScriptedServer) -> None:
    end(widget)

    widget.host.get_by_role("radio", name="4 stars of 5").click()

    expect(widget.host.get_by_text("Thank you for telling us.")).to_be_visible()
    expect(widget.host.get_by_role("radio", name="4 stars of 5")).to_be_checked()
    expect(widget.host.get_by_role("radio", name="5 stars of 5")).to_be_disabled()
    assert [frame["data"] for frame in server.awaited("csat.submit")] == [{"score": 4}]


def test_stars_can_be_reached_by_keys(widget: Widget, server: ScriptedServer) -> None:
    end(widget)
    widget.host.get_by_role("radio", name="1 star of 5").focus()

    for _ in range(2):
        widget.page.keyboard.press("ArrowRight")
    widget.page.keyboard.press("Enter")

    assert [frame["data"] for frame in server.awaited("csat.submit")] == [{"score": 3}]


def test_a_chat_that_has_ended_takes_no_words_until_a_new_one_is_begun(widget: Widget, server: ScriptedServer) -> None:
    end(widget)
    expect(widget.field).to_be_hidden()
    expect(widget.host.get_by_text("This chat has ended", exact=True)).to_be_visible()

    widget.host.get_by_role("button", name="Start a new chat").click()
    widget.say("me again")
    widget.wait_for("You said: me again")

    assert widget.bubbles() == ["me again", "You said: me again"]
    assert [event["data"]["blocks"][0]["text"] for event in server.talk.log if event["type"] == "message.created"] == [
        "me again",
        "You said: me again",
    ]


def test_the_end_stays_on_the_screen_when_the_network_comes_and_goes(widget: Widget, server: ScriptedServer) -> None:
    end(widget)
    widget.host.get_by_text("How satisfied are you?").wait_for()

    server.cut()
    widget.host.locator(".panel[data-link=online]").wait_for()

    expect(widget.host.get_by_text("How satisfied are you?")).to_be_visible()
    expect(widget.field).to_be_hidden()


def test_what_a_page_says_for_the_shopper_begins_a_new_chat(widget: Widget, server: ScriptedServer) -> None:
    end(widget)
    widget.host.get_by_text("How satisfied are you?").wait_for()

    widget.page.evaluate("document.querySelector('vitrine-chat').say('where is my order?')")
    widget.wait_for("You said: where is my order?")

    assert widget.bubbles() == ["where is my order?", "You said: where is my order?"]


def test_staff_close_a_chat_and_the_shopper_sees_it(widget: Widget, browser: Browser, server: ScriptedServer) -> None:
    staff = browser.new_context().new_page()
    staff.goto(f"{server.url}/console")
    staff.get_by_label("Staff token").fill(STAFF_TOKEN)
    staff.get_by_role("button", name="Open the console").click()
    staff.locator("aside").get_by_text("You said: hello").click()

    staff.get_by_role("button", name="Close the chat").click()
    staff.get_by_role("button", name="Close for good?").click()

    expect(widget.host.get_by_text("How satisfied are you?")).to_be_visible()
    expect(staff.get_by_role("button", name="Close the chat")).to_be_hidden()
    staff.context.close()


def test_the_end_fits_a_phone(browser: Browser, server: ScriptedServer) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    widget = Widget.opened(context.new_page(), f"{server.url}/host")
    widget.say("hello")
    widget.settled()
    end(widget)
    begin = widget.host.get_by_role("button", name="Start a new chat")
    begin.wait_for()

    box = begin.bounding_box()

    assert box is not None
    assert box["y"] + box["height"] <= 640
    assert widget.page.evaluate("document.documentElement.scrollWidth") == 360
    context.close()
