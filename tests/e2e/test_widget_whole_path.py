"""The pages against the real server: its log, its sockets, its uploads, its crashes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from whole_server import STAFF_TOKEN, WholeServer
from widget_driver import Widget, a_photo


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeServer]:
    server = WholeServer(tmp_path_factory.mktemp("whole"))
    yield server
    server.kill()


@pytest.fixture
def widget(page: Page, whole: WholeServer) -> Widget:
    return Widget.opened(page, f"{whole.url}/demo/p/MUG-1041")


def test_a_shopper_asks_sends_a_photo_and_finds_it_all_again(widget: Widget) -> None:
    widget.say("hello")
    widget.settled()
    widget.attach(a_photo())
    expect(widget.host.locator(".tray .done")).to_have_count(1)
    widget.say("this one?")
    widget.wait_for("You said: this one?")
    expect(widget.host.locator("figcaption")).to_have_text("I see: A grey-blue square.")
    said = widget.bubbles()
    widget.page.reload()

    widget.wait_for("You said: this one?")
    assert widget.bubbles() == said == ["hello", "Listen. You said: hello", "this one?", "Listen. You said: this one?"]
    decoded = "image => image.decode().then(() => image.naturalWidth)"
    assert widget.rows("visitor").locator("img").evaluate(decoded) > 0


def test_an_answer_can_be_stopped_and_given_anew(widget: Widget) -> None:
    widget.say("slowly please")
    widget.wait_for("Listen.")
    widget.stop.click()
    widget.settled()
    assert widget.bubbles() == ["slowly please", "Listen. "] or widget.bubbles() == ["slowly please", "Listen."]

    widget.host.get_by_role("button", name="Try another answer").click()
    widget.wait_for("You said: slowly please")
    widget.settled()
    assert widget.bubbles() == ["slowly please", "Listen. You said: slowly please"]


def test_a_second_message_within_an_answer_is_heard_with_the_first(widget: Widget) -> None:
    widget.say("slowly now")
    widget.wait_for("Listen.")
    widget.say("and this")

    widget.wait_for("and this")
    expect(widget.log.get_by_text("You said:", exact=False)).to_be_visible()
    widget.settled()
    assert "and this" in widget.bubbles()[-1]


def test_a_crash_in_the_middle_of_an_answer_loses_and_doubles_nothing(widget: Widget, whole: WholeServer) -> None:
    widget.say("first")
    widget.settled()
    widget.say("slowly")
    widget.wait_for("Listen. You said: first")
    expect(widget.stop).to_be_visible()
    whole.kill()
    widget.say("written while it was down")
    whole.start()

    widget.wait_for("written while it was down")
    widget.page.wait_for_function(
        """() => {
          const rows = document.querySelector('vitrine-chat').shadowRoot.querySelectorAll('.row.bot .bubble');
          return [...rows].at(-1).textContent.includes('written while it was down');
        }""",
        timeout=40_000,
    )
    widget.settled()
    visitors = widget.rows("visitor").locator(".bubble").all_inner_texts()
    assert visitors == ["first", "slowly", "written while it was down"]
    widget.page.reload()
    widget.wait_for("written while it was down")
    assert widget.rows("visitor").locator(".bubble").all_inner_texts() == visitors


def test_staff_read_along(context: BrowserContext, widget: Widget, whole: WholeServer) -> None:
    widget.say("is anybody there?")
    widget.settled()
    console = context.new_page()
    console.goto(f"{whole.url}/console")
    console.get_by_label("Staff token").fill(STAFF_TOKEN)
    console.keyboard.press("Enter")
    console.locator(".inbox li button").filter(has_text="is anybody there?").click()
    widget.say("good")

    console.locator(".log").get_by_text("You said: good").wait_for()
    console.locator("details.turn > summary").last.click()
    expect(console.locator("details.turn").last).to_contain_text("find_products")
    widget.host.get_by_role("button", name="Talk to a person").click()
    expect(console.locator(".inbox li").first).to_contain_text("Needs a person")


def test_the_console_stays_closed_to_a_guess(page: Page, whole: WholeServer) -> None:
    page.goto(f"{whole.url}/console")
    page.get_by_label("Staff token").fill("demo-console")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_have_text("This token is not valid.")
