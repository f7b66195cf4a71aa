"""The demo shop around the chat."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from scripted_server import ScriptedServer
from widget_driver import Widget


@pytest.fixture
def shop(page: Page, server: ScriptedServer) -> Page:
    page.goto(f"{server.url}/demo")
    page.locator(".tile").first.wait_for()
    return page


def test_all_products_are_there_and_lead_to_their_pages(shop: Page, server: ScriptedServer) -> None:
    expect(shop.locator(".tile")).to_have_count(150)
    expect(shop.get_by_text("150 products")).to_be_visible()

    shop.locator(".tile a").first.click()

    expect(shop).to_have_url(f"{server.url}/demo/p/MUG-1040")
    expect(shop.get_by_role("heading", level=1)).to_have_text("Fjord mug, chalk white")
    expect(shop.get_by_text("8.5 cm wide, 9.5 cm high", exact=True)).to_be_visible()


def test_category_colour_stock_and_words_narrow_the_range_and_stay_in_the_address(shop: Page) -> None:
    shop.locator(".tabs").get_by_role("button", name="Kitchen & table").click()
    shop.get_by_role("button", name="Colour: blue").click()
    shop.get_by_label("In stock only").check()
    shop.get_by_label("Search the shop").fill("mug")
    tiles = shop.locator(".tile .title")
    shown = tiles.all_inner_texts()

    assert 0 < len(shown) < 20
    assert all("mug" in title.lower() for title in shown)
    chosen = parse_qs(urlsplit(shop.url).query)
    assert chosen == {"category": ["Kitchen & table"], "colour": ["blue"], "stock": ["1"], "q": ["mug"]}
    shop.reload()
    expect(tiles.first).to_be_visible()
    assert tiles.all_inner_texts() == shown


def test_nothing_found_is_said_and_can_be_undone(shop: Page) -> None:
    shop.get_by_label("Search the shop").fill("submarine")

    expect(shop.get_by_text("Nothing matches.", exact=False)).to_be_visible()
    shop.get_by_role("button", name="Show everything").click()
    expect(shop.locator(".tile")).to_have_count(150)


def test_a_size_has_its_own_price_and_goes_into_the_basket(shop: Page, server: ScriptedServer) -> None:
    shop.goto(f"{server.url}/demo/p/PLT-1300")
    expect(shop.locator(".offer .price")).to_have_text("€12.90")
    shop.get_by_role("button", name="27 cm").click()
    expect(shop.locator(".offer .price")).to_have_text("€18.90")
    shop.get_by_role("button", name="Add to basket").click()
    shop.goto(f"{server.url}/demo")
    shop.get_by_role("button", name="Basket 1").click()

    basket = shop.get_by_role("dialog")
    expect(basket).to_contain_text("27 cm")
    basket.get_by_role("button", name="One more: Fjord plate, chalk white").click()
    expect(basket.locator(".total")).to_contain_text("€37.80")
    for _ in range(2):
        basket.get_by_role("button", name="One less: Fjord plate, chalk white").click()
    expect(basket).to_contain_text("Your basket is empty.")


def test_what_is_sold_out_cannot_be_put_into_the_basket(shop: Page, server: ScriptedServer) -> None:
    shop.goto(f"{server.url}/demo/p/MUG-1044")

    expect(shop.get_by_role("button", name="Sold out")).to_be_disabled()


def test_the_page_and_the_chat_speak_the_chosen_language(shop: Page) -> None:
    shop.get_by_role("button", name="中文").click()

    expect(shop.get_by_role("heading", level=1)).to_have_text("为餐桌、搁架与夜晚准备的静物")
    expect(shop.locator(".tile .title").first).to_have_text("粉白色峡湾马克杯")
    shop.get_by_role("button", name="拍照找商品").click()
    expect(shop.get_by_placeholder("输入消息…")).to_be_visible()


def test_the_conversation_goes_on_from_page_to_page(shop: Page, server: ScriptedServer) -> None:
    shop.get_by_role("button", name="Find it by photo").first.click()
    widget = Widget(shop)
    widget.say("hello")
    widget.settled()
    shop.goto(f"{server.url}/demo/p/MUG-1041")

    widget.wait_for("You said: hello")
    expect(widget.panel).to_be_visible()
    assert len(server.talks) == 1


def test_nothing_is_wider_than_a_phone(browser: Browser, server: ScriptedServer) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page = context.new_page()
    for path in ("/demo", "/demo/p/PLT-1300"):
        page.goto(server.url + path)
        page.get_by_role("heading", level=1).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
    context.close()


def test_who_signs_in_gives_the_chat_the_shops_word_for_it(shop: Page, server: ScriptedServer) -> None:
    until = 4_000_000_000_000
    shop.route("**/demo/accounts.json", lambda route: route.fulfill(json=[{"id": "C-1", "name": "Anna", "orders": 2}]))
    shop.route(
        "**/demo/sign-in",
        lambda route: route.fulfill(json={"identity": "a.signed.word", "name": "Anna", "until": until}),
    )
    shop.get_by_role("button", name="Sign in").click()
    shop.get_by_role("button", name="Anna 2 orders").click()

    expect(shop.get_by_role("button", name="Anna")).to_be_visible()
    expect(shop.locator("vitrine-chat")).to_have_attribute("identity", "a.signed.word")
    shop.get_by_role("button", name="Anna").click()
    shop.get_by_role("button", name="Sign out").click()
    expect(shop.locator("vitrine-chat")).not_to_have_attribute("identity", "a.signed.word")
