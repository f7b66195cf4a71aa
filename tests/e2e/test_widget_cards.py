"""A change in the shop as a shopper makes it on a phone: the card, its buttons, two pages, time, and the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from shop_server import ShopServer
from widget_driver import Widget

OPEN = timedelta(minutes=15)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopServer]:
    with ShopServer(tmp_path_factory.mktemp("cards")) as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    phone = {"width": 390, "height": 844}
    context = browser.new_context(viewport=phone, has_touch=True, locale="en-IE", reduced_motion="reduce")
    context.set_default_timeout(8_000)
    yield context
    context.close()


@pytest.fixture
def widget(page: Page, shop: ShopServer) -> Widget:
    return Widget.opened(page, f"{shop.url}/demo")


def again(widget: Widget) -> None:
    """The page is loaded anew, and the chat opened."""
    widget.page.reload()
    widget.host.get_by_role("button", name="Open chat").click()


def card_of(widget: Widget, title: str) -> Locator:
    return widget.host.get_by_role("region", name=title)


def asks_to_cancel(widget: Widget, order: str, email: str) -> Locator:
    widget.say(f"Please cancel order {order}, I no longer need it. I am {email}")
    card = card_of(widget, f"Cancel order {order}?")
    expect(card.get_by_role("button")).to_have_text(["Yes, confirm", "No, leave it"])
    return card


def rows(card: Locator) -> list[tuple[str, str]]:
    names, values = card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts()
    return list(zip(names, values, strict=True))


def is_over(card: Locator, how: str) -> None:
    expect(card.get_by_role("status")).to_have_text(how)
    expect(card.get_by_role("button")).to_have_count(0)


def test_who_is_signed_in_cancels_an_order_by_the_button_once(page: Page, shop: ShopServer) -> None:
    page.goto(f"{shop.url}/demo")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Anna Keller").click()
    expect(page.locator("#account-button")).to_have_text("Anna Keller")
    widget = Widget(page)
    widget.host.get_by_role("button", name="Open chat").click()
    widget.say("I want to cancel order #W10451, I no longer need it")
    card = card_of(widget, "Cancel order #W10451?")
    expect(card.get_by_role("button")).to_have_count(2)
    assert rows(card) == [
        ("Item", "2 × Linnea linen cushion, forest green (50 × 50 cm), €31.90"),
        ("Item", "Drift cotton throw, oat (130 × 170 cm), €54.00"),
        ("Reason", "no longer needed"),
        ("You get back", "€117.80, PayPal, within 1 to 5 business days"),
    ]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    before = shop.records()

    card.get_by_role("button", name="Yes, confirm").click()

    is_over(card, "Done")
    widget.settled()
    after = shop.records()
    cancelled = after["orders"].pop("#W10451")
    assert cancelled["status"] == "cancelled"
    assert [(paid["kind"], paid["amount"]) for paid in cancelled["payments"]][-1] == ("refund", "117.80")
    assert before["orders"].pop("#W10451")["status"] == "pending"
    assert after["orders"] == before["orders"]
    said = widget.bubbles()
    again(widget)
    widget.wait_for(said[-1].splitlines()[0])
    is_over(card_of(widget, "Cancel order #W10451?"), "Done")
    assert widget.bubbles() == said


def test_who_gives_address_and_order_number_may_say_no_and_everything_stays(widget: Widget, shop: ShopServer) -> None:
    widget.say("I want to send back 2 of the mugs from order #W10380, they are too small")
    widget.wait_for("e-mail address")
    widget.say("anna.keller@example.com")
    card = card_of(widget, "Return from order #W10380?")
    expect(card.get_by_role("button")).to_have_count(2)
    assert rows(card) == [
        ("Item", "2 × Fjord mug, mist blue, €14.90"),
        ("Reason", "wrong size or colour"),
        ("You get back", "€29.80, PayPal, within 1 to 5 business days, once the goods are back"),
    ]
    before = shop.records()

    card.get_by_role("button", name="No, leave it").click()

    is_over(card, "Declined")
    widget.settled()
    assert shop.records() == before
    again(widget)
    is_over(card_of(widget, "Return from order #W10380?"), "Declined")


def test_two_tabs_that_press_the_same_card_at_once_make_one_change(
    widget: Widget, context: BrowserContext, shop: ShopServer
) -> None:
    card = asks_to_cancel(widget, "#W10454", "miriam.scholz@example.com")
    other = Widget.opened(context.new_page(), f"{shop.url}/demo")
    cards = [card, card_of(other, "Cancel order #W10454?")]
    before = shop.writes()

    for each in cards:
        press = "button => setTimeout(() => button.click(), 400 - (Date.now() % 400))"
        each.get_by_role("button", name="Yes, confirm").evaluate(press)

    for each in cards:
        is_over(each, "Done")
    widget.settled()
    payments = shop.order("#W10454")["payments"]
    assert [paid["kind"] for paid in payments] == ["payment", "refund"]
    assert shop.writes() == before + 1


def test_a_card_that_ran_out_is_refused_also_on_a_phone_whose_clock_is_wrong(page: Page, shop: ShopServer) -> None:
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(hours=5))
    widget = Widget.opened(page, f"{shop.url}/demo")
    card = asks_to_cancel(widget, "#W10457", "lukas.steiner@example.com")
    shop.move_clock(OPEN)

    card.get_by_role("button", name="Yes, confirm").click()

    is_over(card, "Expired")
    widget.settled()
    assert widget.bubbles()[-1].startswith("That card has expired, so nothing was changed.")
    assert shop.order("#W10457")["status"] == "pending"


def test_a_card_that_runs_out_while_it_is_looked_at_loses_its_buttons(widget: Widget, shop: ShopServer) -> None:
    card = asks_to_cancel(widget, "#W10460", "fang.wang@example.com")
    shop.move_clock(OPEN - timedelta(seconds=2))
    again(widget)
    expect(card.get_by_role("button")).to_have_count(2)

    is_over(card, "Expired")
    assert shop.order("#W10460")["status"] == "pending"


def test_the_keyboard_alone_reaches_the_card_and_goes_on_in_the_field(browser: Browser, shop: ShopServer) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-IE")
    page.goto(f"{shop.url}/demo")
    widget = Widget(page)
    widget.host.get_by_role("button", name="Open chat").press("Enter")
    expect(widget.field).to_be_focused()
    page.keyboard.type("Please cancel order #W10464, I no longer need it. I am aylin.demir@example.com\n")
    card = card_of(widget, "Cancel order #W10464?")
    expect(card.get_by_role("button", name="Yes, confirm")).to_be_visible()
    widget.settled()
    focused = "document.querySelector('vitrine-chat').shadowRoot.activeElement?.textContent"
    steps = 0
    while page.evaluate(focused) != "Yes, confirm" and steps < 12:
        page.keyboard.press("Shift+Tab")
        steps += 1
    page.keyboard.press("Enter")

    is_over(card, "Done")
    expect(widget.field).to_be_focused()
    assert shop.order("#W10464")["status"] == "cancelled"
    page.close()
