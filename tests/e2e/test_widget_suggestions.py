"""What the shop page tells of what is looked at, and what it shows for it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from scripted_server import HOST_PAGE, ScriptedServer

REPORTING = HOST_PAGE.replace("<vitrine-chat ", '<vitrine-chat report-views product-id="A-1" ')


def the_views(server: ScriptedServer) -> list[str]:
    """What the only visitor looked at, newest first."""
    (views,) = server.views.values()
    return views


def until_viewed(server: ScriptedServer, count: int) -> None:
    """Wait until the server has heard of so many views: the page does not wait for that."""
    deadline = time.monotonic() + 5
    while sum(map(len, server.views.values())) < count and time.monotonic() < deadline:
        time.sleep(0.02)


def in_chat(page: Page, script: str) -> Any:
    """Run a script with `chat`, the element."""
    return page.evaluate(
        f"customElements.whenDefined('vitrine-chat').then(async () => {{"
        f" const chat = document.querySelector('vitrine-chat'); {script} }})"
    )


def test_looking_at_a_product_leads_to_recommendations_on_the_front_page(page: Page, server: ScriptedServer) -> None:
    page.goto(f"{server.url}/demo/p/MUG-1040")
    expect(page.get_by_role("heading", name="Similar")).to_be_visible()
    expect(page.locator(".suggestions .title")).to_have_count(2)
    until_viewed(server, 1)

    page.goto(f"{server.url}/demo")

    row = page.locator(".suggestions")
    expect(row.get_by_role("heading", name="For you")).to_be_visible()
    expect(row.locator(".why")).to_have_text("Because you looked at MUG-1040")
    assert the_views(server) == ["MUG-1040"]


def test_who_has_looked_at_nothing_gets_no_row_and_becomes_nobody(page: Page, server: ScriptedServer) -> None:
    page.goto(f"{server.url}/demo")
    page.locator(".tile").first.wait_for()
    in_chat(page, "")

    expect(page.locator(".suggestions")).to_be_hidden()
    assert "POST /v1/sessions" not in server.requests


def test_the_row_is_left_out_where_the_server_knows_nothing(page: Page, server: ScriptedServer) -> None:
    server.similar = []
    page.goto(f"{server.url}/demo/p/MUG-1040")
    page.get_by_role("heading", level=1).wait_for()
    in_chat(page, "await chat.similar('MUG-1040')")

    expect(page.locator(".suggestions")).to_be_hidden()


def test_a_page_that_does_not_ask_for_it_tells_nothing(page: Page, server: ScriptedServer) -> None:
    server.host_page = REPORTING.replace("report-views ", "")
    page.goto(f"{server.url}/host")

    in_chat(page, "await chat.viewed('A-2'); chat.setAttribute('product-id', 'A-3');")

    assert not [request for request in server.requests if "views" in request]


def test_a_page_of_one_document_tells_each_product_once(page: Page, server: ScriptedServer) -> None:
    server.host_page = REPORTING
    page.goto(f"{server.url}/host")

    in_chat(page, "chat.setAttribute('product-id', 'A-1'); await chat.viewed('A-2');")
    until_viewed(server, 2)

    assert sorted(the_views(server)) == ["A-1", "A-2"]


def test_views_are_forgotten_when_asked(page: Page, server: ScriptedServer) -> None:
    server.host_page = REPORTING
    page.goto(f"{server.url}/host")
    in_chat(page, "await chat.viewed('A-2'); await chat.forgetViews();")

    assert in_chat(page, "return await chat.recommendations();") == []


@pytest.mark.parametrize("path", ["/demo", "/demo/p/MUG-1040"])
def test_the_rows_fit_a_phone(browser: Browser, server: ScriptedServer, path: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"{server.url}/demo/p/MUG-1041")
    until_viewed(server, 1)
    page.goto(server.url + path)
    page.locator(".suggestions .tile").first.wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") == 360
    context.close()
