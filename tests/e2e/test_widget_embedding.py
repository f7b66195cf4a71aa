"""The widget on somebody else's page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from scripted_server import ScriptedServer
from widget_driver import Widget, a_photo

SHOP = """<!doctype html><html lang="en"><title>A shop</title>
<meta name="viewport" content="width=device-width">
<body>
<h1>A shop</h1><p>It has a strict policy, its own styles, and no idea of us.</p>
<script src="{chat}/widget.js" async></script>
<vitrine-chat server="{chat}" site-key="demo" colour="#ffd84d" heading="A shop" position="left"></vitrine-chat>
</body></html>"""

STRICT = (
    "default-src 'none'; script-src {chat}; connect-src {chat} {socket}; img-src {chat} blob:; "
    "style-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@pytest.fixture
def shop(server: ScriptedServer) -> Iterator[ScriptedServer]:
    """Another origin, whose page embeds the chat of `server` under a strict policy."""
    with ScriptedServer(demo=False) as shop:
        chat = server.url
        shop.host_page = SHOP.format(chat=chat)
        policy = STRICT.format(chat=chat, socket=chat.replace("http", "ws"))
        shop.host_headers = {"Content-Security-Policy": policy}
        yield shop


def test_one_tag_and_one_element_chat_on_a_strict_page_of_another_origin(
    page: Page, server: ScriptedServer, shop: ScriptedServer
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    widget = Widget.opened(page, f"{shop.url}/host")
    widget.attach(a_photo())
    expect(widget.host.locator(".tray .done")).to_have_count(1)
    widget.say("hello over there")

    widget.wait_for("You said: hello over there")
    assert (
        widget.rows("visitor").locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    )
    assert complaints == []


def test_the_page_around_it_does_not_move_and_gains_no_globals(
    page: Page, server: ScriptedServer, shop: ScriptedServer
) -> None:
    page.route("**/widget.js", lambda route: route.abort())
    page.goto(f"{shop.url}/host")
    layout = "[...document.querySelectorAll('h1, p')].map(node => JSON.stringify(node.getBoundingClientRect()))"
    names = "Object.getOwnPropertyNames(window).sort()"
    before = page.evaluate(layout), page.evaluate(names), page.evaluate("getComputedStyle(document.body).cssText")
    page.unroute_all()
    Widget.opened(page, f"{shop.url}/host").wait_for("How can I help you today?")

    after = page.evaluate(layout), page.evaluate(names), page.evaluate("getComputedStyle(document.body).cssText")
    assert after == before


def test_the_shops_styles_do_not_reach_in_and_its_colour_does(page: Page, shop: ScriptedServer) -> None:
    shop.host_headers = {}
    ugly = "<style>* { font: 40px serif; } button, textarea { background: red; display: none !important; }</style>"
    shop.host_page = shop.host_page.replace("<body>", f"<body>{ugly}")
    page.goto(f"{shop.url}/host")
    widget = Widget(page)
    launcher = widget.host.locator(".launcher")

    expect(launcher).to_be_visible()
    expect(launcher).to_have_css("background-color", "rgb(255, 216, 77)")
    expect(launcher).to_have_css("color", "rgb(17, 17, 17)")  # dark on a light colour
    assert launcher.bounding_box()["x"] == 20  # on the left  # type: ignore[index]


def test_a_shops_own_keyboard_shortcuts_do_not_fire_while_one_writes(page: Page, shop: ScriptedServer) -> None:
    widget = Widget.opened(page, f"{shop.url}/host")
    page.evaluate("document.addEventListener('keydown', event => (document.title += event.key))")

    widget.field.press("s")

    assert page.title() == "A shop"


def test_two_elements_of_the_script_loaded_twice_are_no_error(page: Page, shop: ScriptedServer) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    tag = shop.host_page[shop.host_page.index("<script") : shop.host_page.index("</script>") + 9]
    shop.host_page = shop.host_page.replace(tag, tag * 2)
    Widget.opened(page, f"{shop.url}/host").wait_for("How can I help you today?")

    assert errors == []


def test_a_browser_that_keeps_nothing_can_chat_all_the_same(page: Page, server: ScriptedServer) -> None:
    refuse = "Object.defineProperty(window, '%s', { get() { throw new DOMException('no', 'SecurityError'); } });"
    page.add_init_script(refuse % "localStorage" + refuse % "sessionStorage")
    widget = Widget.opened(page, f"{server.url}/host")
    widget.say("hello")

    widget.wait_for("You said: hello")
    server.cut(1011)
    widget.say("again")
    widget.wait_for("You said: again")
    assert len(server.talks) == 1


def test_no_page_of_ours_loads_anything_from_elsewhere(context: BrowserContext, server: ScriptedServer) -> None:
    page = context.new_page()
    asked: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    widget = Widget.opened(page, f"{server.url}/demo")
    page.locator(".tile").first.wait_for()
    widget.say("hello")
    widget.wait_for("You said: hello")
    page.goto(f"{server.url}/demo/p/PLT-1300")
    page.get_by_role("heading", level=1).wait_for()
    page.goto(f"{server.url}/console")
    page.get_by_label("Staff token").wait_for()

    elsewhere = {url for url in asked if urlsplit(url).scheme != "blob" and not url.startswith(server.url)}
    assert elsewhere == set()
    assert complaints == []
    assert len(asked) > 10
