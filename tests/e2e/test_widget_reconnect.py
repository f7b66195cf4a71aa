"""The network goes and comes back; the conversation goes on, with nothing lost and nothing twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from scripted_server import ScriptedServer
from widget_driver import Widget, a_photo


@pytest.fixture
def widget(page: Page, server: ScriptedServer) -> Widget:
    widget = Widget.opened(page, f"{server.url}/host")
    widget.say("first")
    widget.settled()
    return widget


def test_what_is_written_without_a_network_arrives_once_when_it_is_back(widget: Widget, server: ScriptedServer) -> None:
    server.closed_to_sessions = True
    server.cut(1011)
    widget.say("second")
    expect(widget.host.get_by_role("img", name="Sending")).to_be_visible()
    server.closed_to_sessions = False

    widget.wait_for("You said: second")
    widget.settled()
    assert widget.bubbles() == ["first", "You said: first", "second", "You said: second"]


def test_a_message_whose_receipt_was_lost_is_sent_again_and_counted_once(
    widget: Widget, server: ScriptedServer
) -> None:
    server.swallow_next_ack = True
    widget.say("second")

    widget.wait_for("You said: second")
    widget.settled()
    assert widget.bubbles() == ["first", "You said: first", "second", "You said: second"]
    ids = [frame["id"] for frame in server.awaited("message.send")]
    assert len(set(ids)) == 2
    said = [event for event in server.talk.log if event.get("re") == ids[1]]
    assert len(said) == 1


def test_what_was_said_while_the_shopper_was_away_is_there_when_they_are_back(
    widget: Widget, server: ScriptedServer
) -> None:
    server.closed_to_sessions = True
    server.cut(1012)
    for words in ("One.", "Two.", "Three."):
        server.do(server.talk.say({"type": "text", "text": words}))
    server.closed_to_sessions = False

    widget.wait_for("Three.")
    assert widget.bubbles() == ["first", "You said: first", "One.", "Two.", "Three."]
    hellos = server.received("hello")
    assert hellos[0]["data"]["resume"]["after"] == 0
    assert hellos[-1]["data"]["resume"]["after"] == 4  # said, turn started, answered, turn ended


def test_an_event_that_was_skipped_is_asked_for(widget: Widget, server: ScriptedServer) -> None:
    before = len(server.received("hello"))
    listeners, server.talk.sockets = server.talk.sockets, []
    server.do(server.talk.say({"type": "text", "text": "Missed."}))
    server.talk.sockets = listeners
    server.do(server.talk.say({"type": "text", "text": "Seen."}, stream=False))

    widget.wait_for("Missed.")
    assert widget.bubbles()[2:] == ["Missed.", "Seen."]
    assert len(server.received("hello")) == before + 1


def test_the_conversation_is_there_after_a_reload(widget: Widget, server: ScriptedServer) -> None:
    widget.page.reload()

    widget.wait_for("You said: first")
    assert widget.bubbles() == ["first", "You said: first"]
    assert len(server.talks) == 1


def test_what_was_not_sent_yet_survives_a_reload(widget: Widget, server: ScriptedServer) -> None:
    widget.attach(a_photo())
    expect(widget.host.locator(".tray .done")).to_have_count(1)
    server.closed_to_sessions = True
    server.cut(1011)
    widget.say("second")
    widget.page.reload()
    widget.wait_for("second")
    server.closed_to_sessions = False

    widget.wait_for("You said: second")
    widget.settled()
    assert widget.bubbles() == ["first", "You said: first", "second", "You said: second"]
    expect(widget.rows("visitor").locator("img")).to_have_count(1)


def test_a_loss_that_lasts_is_told_after_three_seconds_and_a_short_one_is_not(
    page: Page, server: ScriptedServer
) -> None:
    page.clock.install()
    widget = Widget.opened(page, f"{server.url}/host")
    page.clock.run_for(1_000)
    expect(widget.host.locator(".panel[data-link=online]")).to_be_visible()
    server.closed_to_sessions = True
    server.cut(1011)
    expect(widget.host.locator(".panel:not([data-link=online])")).to_be_visible()

    page.clock.run_for(2_500)
    expect(widget.host.locator(".banner")).to_be_hidden()
    page.clock.run_for(1_000)
    expect(widget.host.locator(".banner")).to_have_text("No connection. We keep trying; what you write is kept.")

    server.closed_to_sessions = False
    page.clock.run_for(31_000)
    expect(widget.host.locator(".panel[data-link=online]")).to_be_visible()
    expect(widget.host.locator(".banner")).to_be_hidden()


def test_a_link_that_died_without_a_word_is_noticed_and_replaced(page: Page, server: ScriptedServer) -> None:
    page.clock.install()
    widget = Widget.opened(page, f"{server.url}/host")
    page.clock.run_for(1_000)
    expect(widget.host.locator(".panel[data-link=online]")).to_be_visible()
    server.deaf = True  # it neither answers nor closes

    page.clock.run_for(61_000)
    server.deaf = False
    page.clock.run_for(31_000)

    expect(widget.host.locator(".panel[data-link=online]")).to_be_visible()
    assert len(server.received("hello")) == 2


SEEN = """state => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_page_in_the_background_keeps_its_link_and_looks_at_it_when_it_is_back(
    page: Page, server: ScriptedServer
) -> None:
    page.clock.install()
    widget = Widget.opened(page, f"{server.url}/host")
    page.clock.run_for(1_000)
    expect(widget.host.locator(".panel[data-link=online]")).to_be_visible()
    page.evaluate(SEEN, "hidden")
    server.deaf = True
    page.clock.run_for(180_000)
    assert len(server.received("hello")) == 1

    page.evaluate(SEEN, "visible")
    page.clock.run_for(4_000)
    assert len(server.received("hello")) == 1
    server.deaf = False
    page.clock.run_for(2_000)

    widget.say("hello again")
    widget.wait_for("You said: hello again")
    assert len(server.received("hello")) == 2


def test_a_conversation_taken_over_by_another_page_stays_quiet_until_it_is_wanted(
    widget: Widget, server: ScriptedServer
) -> None:
    before = len(server.received("hello"))
    server.cut(4409)
    expect(widget.host.locator(".banner")).to_contain_text("This chat is open in another window.")

    widget.page.wait_for_timeout(700)
    assert len(server.received("hello")) == before
    widget.host.get_by_role("button", name="Continue here").click()
    expect(widget.host.locator(".banner")).to_be_hidden()
    assert len(server.received("hello")) == before + 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4403, "The chat is not available on this page."),
        (4406, "The chat was updated. Please reload the page."),
        (4400, "Something went wrong with the chat."),
    ],
)
def test_a_close_that_cannot_be_mended_says_so_and_stops(
    widget: Widget, server: ScriptedServer, code: int, words: str
) -> None:
    before = len(server.received("hello"))
    server.cut(code)

    expect(widget.host.locator(".banner")).to_have_text(words)
    widget.page.wait_for_timeout(700)
    assert len(server.received("hello")) == before


def test_a_message_that_the_server_refuses_can_be_sent_again(widget: Widget, server: ScriptedServer) -> None:
    server.refuse_next = {"code": "bad_request", "message": "That message could not be read."}
    widget.say("second")
    failed = widget.host.locator(".ticks.failed")
    expect(failed).to_contain_text("That message could not be read.")

    failed.get_by_role("button", name="Try again").click()
    widget.wait_for("You said: second")
    widget.settled()
    assert widget.bubbles() == ["first", "You said: first", "second", "You said: second"]


def test_a_message_that_came_too_fast_is_sent_again_by_itself(widget: Widget, server: ScriptedServer) -> None:
    server.refuse_next = {"code": "rate_limited", "message": "Please wait a moment.", "retry_after_ms": 300}
    widget.say("second")

    widget.wait_for("You said: second")
    widget.settled()
    assert widget.bubbles() == ["first", "You said: first", "second", "You said: second"]


def test_a_long_conversation_starts_with_its_end_and_shows_more_when_asked(
    widget: Widget, server: ScriptedServer
) -> None:
    for i in range(60):
        server.do(server.talk.say({"type": "text", "text": f"No. {i}"}, stream=False))
    server.replays = 30
    widget.page.reload()
    widget.wait_for("No. 59")
    assert "No. 0" not in widget.bubbles()

    widget.host.get_by_role("button", name="Show earlier messages").click()
    widget.wait_for("You said: first")
    assert widget.bubbles() == ["first", "You said: first", *(f"No. {i}" for i in range(60))]
    expect(widget.host.get_by_role("button", name="Show earlier messages")).to_be_hidden()
