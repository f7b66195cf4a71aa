"""The report of conversation tests in a browser: whole without a network, and whatever was said in it stays words."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from server.chat_client import Answer, Arrived, Frame
from server.testing.expecting import Difference
from server.testing.format import Case, Located, Step
from server.testing.report import report
from server.testing.talking import Happened
from server.testing.telling import Failure, Outcome, Taken

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
MARKDOWN = "![](https://evil.example/x.png) [press](javascript:document.title='owned') **bold**"
PHOTO = Path(__file__).parents[1] / "conversations" / "printed-order.png"


def frame(type_: str, **data: object) -> Arrived:
    return Arrived(0.2, {"type": type_, "id": "e", "seq": 1, "data": data})


def message(kind: str, *blocks: Frame, number: int) -> Arrived:
    return frame(
        "message.created", message_id=f"msg_{number}", author={"kind": kind, "name": EVIL}, blocks=list(blocks)
    )


def every_block() -> list[Frame]:
    """One block of each kind with markup in every text of it."""
    product = {
        "id": EVIL, "title": EVIL, "price": "14.9", "currency": EVIL, "stock": 3, "availability": EVIL,
        "url": "javascript:1", "image": "https://evil.example/y.png", "variants": [EVIL], "badges": [EVIL],
    }  # fmt: skip
    return [
        {"type": "text", "text": EVIL},
        {"type": "text", "text": MARKDOWN},
        {"type": "products", "products": [product], "text": EVIL},
        {"type": "choices", "choices": [{"id": "c", "label": EVIL, "value": EVIL}], "text": EVIL},
        {"type": "faq", "id": EVIL, "title": EVIL, "quote": EVIL, "url": "", "text": EVIL},
        {"type": "order", "id": EVIL, "status": EVIL, "lines": [EVIL], "total": EVIL, "text": EVIL},
        {"type": "confirm", "id": "card", "title": EVIL, "rows": [{"label": EVIL, "value": EVIL}], "notes": [EVIL],
         "confirm": EVIL, "decline": EVIL, "expires_at": "", "text": EVIL},
        {"type": "email", "text": EVIL},
    ]  # fmt: skip


def outcome(name: str, *, failed: bool) -> Outcome:
    photo: Frame = {"type": "photo", "upload_id": "up_1", "url": "", "thumbnail_url": "", "text": "A photo"}
    step = Step(user=EVIL, photo=PHOTO.name)
    case = Case(test_case=name, steps=(step, Step.model_validate({"bot": {"contains": [EVIL], "faq": "a.en"}})))
    frames = (
        message("visitor", {"type": "text", "text": EVIL}, photo, number=1),
        frame("photo.described", turn_id="t", upload_id="up_1", caption=EVIL),
        message("bot", *every_block(), number=2),
        message("agent", {"type": "text", "text": EVIL}, number=3),
        frame("control.changed", control="human", text=EVIL),
        frame("turn.ended", turn_id="t", reason="done", timings={"understand": 12.0, EVIL: 30.0}),
    )
    staff: tuple[Frame, ...] = ({"type": "tool.ran", "data": {"name": EVIL, "outcome": EVIL}},)
    taken = (Taken(4, step, Happened(Answer(frames), staff, "bot")),)
    failure = Failure(5, (Difference(EVIL, EVIL),)) if failed else None
    return Outcome(Located(path=PHOTO, line=2, lines=(4, 5), case=case), 0.4, taken, failure)


@pytest.fixture
def written(tmp_path: Path) -> str:
    path = tmp_path / "report.html"
    cases = [outcome("all is well", failed=False), outcome(f"a case {EVIL}", failed=True)]
    path.write_text(report(cases, options=" --seed 7"), "utf-8")
    return path.as_uri()


def test_what_was_said_stays_words_and_nothing_is_loaded(page: Page, written: str) -> None:
    wanted: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: wanted.append(request.url))
    page.on("console", lambda told: said.append(told.text))
    page.goto(written)
    page.locator("summary", has_text="all is well").click()
    assert page.title() == "1 of 2 went otherwise · Conversation tests"
    assert [url for url in wanted if not url.startswith("data:")] == [written]
    assert said == []  # nor did the page's own policy have to stop anything
    assert page.locator("script").count() == 1
    assert page.locator("[onerror], a, iframe, form").count() == 0
    assert page.locator(".chat img").count() == 2  # the photo of each case, and no picture of anybody else's
    assert page.locator("strong", has_text="bold").count() == 2
    assert EVIL in page.locator(".bot .bubble").first.inner_text()


def test_failures_come_first_with_what_differs_and_the_command(page: Page, written: str) -> None:
    page.goto(written)
    first = page.locator("details.case").first
    assert first.get_attribute("open") is not None
    assert first.locator(".difference dd").all_inner_texts() == [EVIL, EVIL]
    assert first.locator(".again code").inner_text().endswith("--seed 7")
    assert page.locator("details.case").nth(1).get_attribute("open") is None
    page.get_by_role("button", name="Passed").click()
    assert page.locator("details.case:visible .title").all_inner_texts()[0].startswith("all is well")
    page.get_by_role("searchbox").fill("nobody says this")
    assert page.get_by_role("status").inner_text() == "Nothing matches."


def test_the_report_fits_a_phone(context: BrowserContext, written: str) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(written)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
