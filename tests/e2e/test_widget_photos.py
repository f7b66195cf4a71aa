"""Photos in the chat: by button, paste and drop, with what was seen in them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from scripted_server import ScriptedServer, Talk
from widget_driver import Widget, a_photo


@pytest.fixture
def widget(page: Page, server: ScriptedServer) -> Widget:
    return Widget.opened(page, f"{server.url}/host")


def test_a_photo_is_sent_and_what_was_seen_stands_under_it(widget: Widget, server: ScriptedServer) -> None:
    async def script(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
        yield
        seen = {"caption": "a blue mug", "attributes": [], "text": [], "named": True}
        await talk.durable("photo.described", {"turn_id": talk.turn_id, "upload_id": photos[0], **seen})
        await talk.say({"type": "text", "text": f"{len(photos)} photo, and: {text}"})

    server.script = script
    widget.attach(a_photo())
    expect(widget.host.locator(".tray .done")).to_have_count(1)
    widget.say("this one?")

    widget.wait_for("1 photo, and: this one?")
    expect(widget.host.locator("figcaption")).to_have_text("I see: a blue mug")
    picture = widget.host.locator(".photo img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 64


PASTE = """([field, bytes, kind]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], "photo.jpg", { type: "image/jpeg" }));
  const how = { bubbles: true, cancelable: true, composed: true };
  field.dispatchEvent(
    kind === "paste"
      ? new ClipboardEvent("paste", { ...how, clipboardData: carried })
      : new DragEvent("drop", { ...how, dataTransfer: carried })
  );
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_photo_can_be_pasted_and_dropped(widget: Widget, server: ScriptedServer, kind: str) -> None:
    field = widget.field.element_handle()
    widget.page.evaluate(PASTE, [field, list(a_photo()), kind])
    expect(widget.host.locator(".tray .done")).to_have_count(1)
    widget.field.press("Enter")

    expect(widget.rows("visitor").locator("img")).to_have_count(1)
    assert len(server.uploads) == 1


def test_a_large_photo_is_made_smaller_before_it_travels(widget: Widget, server: ScriptedServer) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1800, 2400, 3), dtype=np.uint8)
    kept = io.BytesIO()
    Image.fromarray(noise).save(kept, "JPEG", quality=80)
    widget.attach(kept.getvalue())
    expect(widget.host.locator(".tray .done")).to_have_count(1)

    (received,) = server.uploads.values()
    assert Image.open(io.BytesIO(received)).size == (2048, 1536)


def test_a_photo_that_is_quicker_than_the_first_session_is_the_same_shoppers(
    page: Page, server: ScriptedServer
) -> None:
    server.session_seconds = 0.4
    widget = Widget.opened(page, f"{server.url}/host")
    widget.attach(a_photo(), a_photo("#b23a31"))
    expect(widget.host.locator(".tray .done")).to_have_count(2)
    widget.say("these")

    widget.wait_for("You said: these")
    assert len(server.talks) == 1


def test_what_is_no_photo_and_one_photo_too_many_are_refused_in_words(widget: Widget) -> None:
    widget.host.locator("input[type=file]").set_input_files(
        [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}]
    )
    expect(widget.host.get_by_role("alert")).to_have_text(
        "This is not a photo we can read. JPEG, PNG, WebP and HEIC work."
    )

    widget.attach(*[a_photo()] * 5)
    expect(widget.host.get_by_role("alert")).to_have_text("Up to 4 photos fit in one message.")
    expect(widget.host.locator(".tray li")).to_have_count(4)


def test_a_photo_that_the_server_cannot_read_leaves_the_tray_with_a_word(widget: Widget) -> None:
    widget.attach(b"\xff\xd8\xff this is no photo")

    expect(widget.host.get_by_role("alert")).to_have_text("This photo could not be read. Please try another one.")
    expect(widget.host.locator(".tray li")).to_have_count(0)
