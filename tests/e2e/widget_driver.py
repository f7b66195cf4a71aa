"""The widget as a shopper uses it."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page


def a_photo(colour: str = "#7d97ac", size: tuple[int, int] = (64, 48)) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, "JPEG")
    return kept.getvalue()


class Widget:
    """Finds parts of the chat on a page; Playwright looks through its open shadow root by itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.host = page.locator("vitrine-chat")
        self.panel = self.host.locator(".panel")
        self.log = self.host.get_by_role("log")
        self.field = self.host.locator("textarea")
        self.stop = self.host.get_by_role("button", name="Stop the answer")

    @classmethod
    def opened(cls, page: Page, url: str) -> Widget:
        page.goto(url)
        widget = cls(page)
        widget.host.get_by_role("button", name="Open chat").click()
        return widget

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def rows(self, kind: str) -> Locator:
        return self.host.locator(f".row.{kind}:not([data-id=greeting])")

    def bubbles(self) -> list[str]:
        """What was said, in order, after the greeting."""
        return self.host.locator(".row:not([data-id=greeting]) .bubble").all_inner_texts()

    def wait_for(self, text: str) -> None:
        self.log.get_by_text(text, exact=False).last.wait_for()

    def settled(self) -> None:
        """Wait until no answer is on its way."""
        self.host.locator(".tools").wait_for()

    def attach(self, *photos: bytes) -> None:
        files: list[Any] = [
            {"name": f"photo{i}.jpg", "mimeType": "image/jpeg", "buffer": photo} for i, photo in enumerate(photos)
        ]
        self.host.locator("input[type=file]").set_input_files(files)
