"""Markup and scripts in what anybody says stay words: in the widget, in the console, in every field."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from scripted_server import STAFF_TOKEN, ScriptedServer, Talk
from widget_driver import Widget, a_photo

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>press</a>",
    "<form action='https://evil.example'><button>send</button></form>",
    "<link rel=stylesheet href=https://evil.example/a.css>",
    "<style>@import 'https://evil.example/a.css'</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<object data=https://evil.example/a.swf></object>",
    '"><img src=https://evil.example/a.png onerror=alert(1)>',
    "'-alert(1)-'",
    "${alert(1)} {{alert(1)}} <%= alert(1) %>",
    "[press](javascript:alert(1))",
    "[press](JaVaScRiPt:alert(1))",
    "[press](\x01javascript:alert(1))",
    "[press](java\tscript:alert(1))",
    "[press](data:text/html,<script>alert(1)</script>)",
    "[press](vbscript:msgbox(1))",
    "![x](https://evil.example/a.png)",
    "**<img src=x onerror=alert(1)>**",
    "- <script>alert(1)</script>\n1. <svg onload=alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>alert(1)</script>",
    "</textarea></div></article><script>alert(1)</script>",
    "javascript:alert(1)//https://a.example",
)

OUR_TAGS = """
DIV P SPAN STRONG UL OL LI A BR SMALL B I H3 TIME BUTTON DETAILS SUMMARY BLOCKQUOTE FIGURE FIGCAPTION IMG
ARTICLE SECTION HEADER FOOTER svg path TABLE TBODY TR TH TD CAPTION CODE DL DT DD
"""


def everywhere(payload: str) -> list[dict[str, Any]]:
    """A reply that says it in every field of every block."""
    product = {
        "id": payload,
        "title": payload,
        "price": payload,
        "currency": payload,
        "stock": 1,
        "availability": payload,
        "url": payload,
        "image": payload,
        "variants": [payload],
        "badges": [payload],
        "why": payload,
    }
    return [
        {"type": "text", "text": payload},
        {"type": "products", "text": payload, "products": [product]},
        {"type": "faq", "id": payload, "title": payload, "quote": payload, "url": payload, "text": payload},
        {
            "type": "order",
            "id": payload,
            "status": payload,
            "lines": [payload],
            "total": payload,
            "tracking_url": payload,
            "text": payload,
        },
        {"type": "choices", "text": payload, "choices": [{"id": "x", "label": payload, "value": payload}]},
        {"type": payload, "text": payload},
    ]


async def parrot(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
    """Repeats what it hears in every place that the page shows."""
    yield
    await talk.stage("seeing", text)
    for photo in photos:
        attribute = {"name": text, "value": text, "confidence": 0.5, "box": None}
        found = {"text": text, "confidence": 0.5, "box": None}
        seen = {"caption": text, "attributes": [attribute], "text": [found], "named": True}
        await talk.durable("photo.described", {"turn_id": talk.turn_id, "upload_id": photo, **seen})
    ran = {"call_id": "c", "name": text, "arguments": {text: text}, "outcome": text, "milliseconds": 1.0}
    await talk.durable("tool.ran", {"turn_id": talk.turn_id, **ran})
    await talk.say(*everywhere(text))
    await talk.durable("explain", {"message_id": "m", "parts": [{"product": text}]})
    asked = {"control": "human", "control_epoch": 1, "by": "bot", "agent": text, "text": text, "summary": text}
    await talk.durable("control.changed", asked)
    await talk.message({"kind": "agent", "name": text}, [{"type": "text", "text": text}])


class Watch:
    """What must not happen on a page: dialogs, requests elsewhere, elements and handlers that nobody of us made."""

    def __init__(self, page: Page, home: str) -> None:
        self.page = page
        self.dialogs: list[str] = []
        self.elsewhere: list[str] = []
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self._note(request.url, home))

    def _note(self, url: str, home: str) -> None:
        if not url.startswith((home, "blob:" + home)):
            self.elsewhere.append(url)

    def check(self, selector: str) -> None:
        """Look through the element, in the widget if the page has one."""
        found = self.page.evaluate(
            """selector => {
              const host = document.querySelector('vitrine-chat')?.shadowRoot ?? document;
              const nodes = [...host.querySelector(selector).querySelectorAll('*')];
              return {
                tags: [...new Set(nodes.map(node => node.tagName))],
                handlers: nodes.flatMap(node => node.getAttributeNames()).filter(name => name.startsWith('on')),
                links: nodes.filter(node => node.href?.baseVal === undefined && node.href)
                  .map(node => new URL(node.href).protocol),
                sources: nodes.filter(node => node.src).map(node => new URL(node.src).protocol),
              };
            }""",
            selector,
        )
        assert set(found["tags"]) <= set(OUR_TAGS.split())
        assert found["handlers"] == []
        assert set(found["links"]) <= {"http:", "https:", "blob:"}  # blob: is the shopper's own photo
        assert set(found["sources"]) <= {"http:", "https:", "blob:"}
        assert self.dialogs == []
        assert self.elsewhere == []


@pytest.fixture
def server() -> Any:
    with ScriptedServer(parrot) as server:
        yield server


def test_no_payload_gets_out_of_its_words_in_the_widget(page: Page, server: ScriptedServer) -> None:
    watch = Watch(page, server.url)
    widget = Widget.opened(page, f"{server.url}/host")
    widget.say("warm-up")
    expect(widget.rows("agent")).to_have_count(1)
    for payload in PAYLOADS:
        server.do(server.hear(payload))
    widget.attach(a_photo())
    expect(widget.host.locator(".tray .done")).to_have_count(1)
    widget.say(PAYLOADS[1])
    expect(widget.rows("agent")).to_have_count(len(PAYLOADS) + 2)

    watch.check(".log")
    shown = widget.rows("visitor").locator(".plain").all_inner_texts()
    assert shown == ["warm-up", *(payload.strip() for payload in PAYLOADS), PAYLOADS[1]]


def test_no_payload_gets_out_of_its_words_in_the_console(context: BrowserContext, server: ScriptedServer) -> None:
    shopper = Widget.opened(context.new_page(), f"{server.url}/host")
    shopper.attach(a_photo())
    expect(shopper.host.locator(".tray .done")).to_have_count(1)
    shopper.say(PAYLOADS[0])
    expect(shopper.rows("agent")).to_have_count(1)
    server.talk.name = PAYLOADS[1]
    page = context.new_page()
    watch = Watch(page, server.url)
    page.goto(f"{server.url}/console")
    page.get_by_label("Staff token").fill(STAFF_TOKEN)
    page.keyboard.press("Enter")
    page.locator(".inbox li button").click()
    for payload in PAYLOADS:
        server.do(server.hear(payload))
    expect(page.locator(".row.agent")).to_have_count(len(PAYLOADS) + 1)
    for details in page.locator("details.turn > summary").all():
        details.click()

    expect(page.locator(".tool-run").last).to_contain_text(PAYLOADS[-1])
    watch.check(".log")
    expect(page.locator(".who > span").first).to_have_text(PAYLOADS[1])
