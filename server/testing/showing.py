"""What a shopper saw, made ready for a page of one file: rows of messages, with every picture in it."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jinja2
from markdown_it import MarkdownIt
from markupsafe import Markup
from PIL import Image

from server.chat_client import Frame
from server.photos import PhotoRejected, sanitise
from server.testing.datasets import DataSet

PAGES = Path(__file__).parent / "pages"
BLOCKS = Path(__file__).parents[1] / "web" / "blocks.css"
MARK = Path(__file__).parents[1] / "web" / "mark.svg"
PICTURE_SIDE, PHOTO_SIDE = 280, 480  # pixels; a card is 164 wide, on a fine screen twice as many
PHOTO_MEGAPIXELS = 40.0
ANNOUNCED = ("control.changed", "conversation.closed", "csat.request", "handoff.email")

Pictures = Callable[[str], bytes | None]
"""The bytes of a product's picture by the product's id."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message, or one line of news. `kind` is its author's, `system` for news, `apart` for what the shopper did not
    see; `lost` where it never arrived."""

    kind: str
    blocks: tuple[Frame, ...] = ()
    text: str = ""
    name: str = ""
    lost: bool = False


def rows_of(frames: Iterable[Frame]) -> Iterator[Row]:
    """The rows of what a shopper's page was sent, in its order."""
    shown: set[str] = set()
    for frame in frames:
        data = frame["data"]
        if frame["type"] == "message.created" and data["message_id"] not in shown:
            shown.add(data["message_id"])
            yield Row(data["author"]["kind"], tuple(data["blocks"]), name=data["author"].get("name") or "")
        elif frame["type"] in ANNOUNCED and data.get("text"):
            yield Row("system", text=data["text"])


@dataclass
class Look:
    """What rows look like on one page: readings of photos, how cards ended, which button was pressed; all pictures."""

    pictures: Pictures
    photos: dict[str, str] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    pressed: set[tuple[str, str]] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    _styles: list[str] = field(default_factory=list)

    def note(self, frames: Iterable[Frame]) -> None:
        """Take in what events say about rows of others."""
        for frame in frames:
            data = frame["data"]
            if frame["type"] == "photo.described":
                self.readings[data["upload_id"]] = data["caption"]
            elif frame["type"] == "confirmation.settled":
                self.cards[data["card_id"]] = data["outcome"]

    def add_photo(self, upload_id: str, content: bytes) -> None:
        """Show a photo that was sent; one that no picture can be made of stays a word."""
        if address := _inline(content, PHOTO_SIDE):
            self.photos[upload_id] = address

    def picture(self, product_id: str) -> str:
        """The style's name of a product's picture; empty where there is none. Each picture is in the page once."""
        if product_id not in self._numbers:
            content = self.pictures(product_id)
            address = _inline(content, PICTURE_SIDE) if content else ""
            self._numbers[product_id] = len(self._styles) if address else -1
            if address:
                self._styles.append(f".p{len(self._styles)}{{background-image:url({address})}}")
        number = self._numbers[product_id]
        return "" if number < 0 else f"p{number}"

    @property
    def styles(self) -> Markup:
        """The styles of all pictures that were asked for; made of base64 alone."""
        return Markup("\n".join(self._styles))


def _inline(content: bytes, side: int) -> str:
    """An image as an address that holds it, made anew, so nothing of the file but its pixels is in it; empty where it
    is none."""
    made = io.BytesIO()
    try:
        clean = sanitise(content, PHOTO_MEGAPIXELS).jpeg
    except PhotoRejected:
        return ""
    with Image.open(io.BytesIO(clean)) as image:
        small = image.convert("RGB")
        small.thumbnail((side, side))
        small.save(made, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(made.getvalue()).decode()


def pictures_of(shops: Iterable[DataSet]) -> Pictures:
    """The pictures that lie in the folders of these shops; those with an address elsewhere are not fetched."""
    paths = {product.id: Path(product.image) for shop in shops for product in shop.listed() if product.image}

    def content(product_id: str) -> bytes | None:
        path = paths.get(product_id)
        return path.read_bytes() if path is not None and path.is_file() else None

    return content


def pictures_from(url: str) -> Pictures:
    """The pictures that a running server shows of its products."""

    def content(product_id: str) -> bytes | None:
        try:
            answer = httpx.get(f"{url}/v1/pictures/{quote(product_id, safe='')}", timeout=10)
        except httpx.HTTPError:
            return None
        return answer.content if answer.status_code == httpx.codes.OK else None

    return content


@cache
def _markdown() -> MarkdownIt:
    """The markdown of replies. HTML in it stays words, and nothing in it is loaded or can be followed: a page that is
    kept must not call home."""
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["image", "code", "fence"])
    reader.add_render_rule("link_open", lambda *_: '<span class="link">')
    reader.add_render_rule("link_close", lambda *_: "</span>")
    return reader


def _said(text: str) -> Markup:
    return Markup(_markdown().render(text))  # escaped by the reader, see `_markdown`


def _money(amount: str, currency: str) -> str:
    amount = f"{Decimal(amount):.2f}"
    sign = {"EUR": "€", "GBP": "£", "USD": "$", "CNY": "¥"}.get(currency)
    return f"{sign}{amount}" if sign else f"{amount} {currency}"


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"said": _said, "money": _money}
    return made


def page(name: str, look: Look, **values: Any) -> str:
    """A page of `pages/` as one file: styles, script and pictures are in it, and its own policy forbids it to load
    anything else."""
    script = (PAGES / "report.js").read_text("utf-8")
    files = {
        "blocks": Markup(BLOCKS.read_text("utf-8")),
        "sheet": Markup((PAGES / "report.css").read_text("utf-8")),
        "mark": Markup(MARK.read_text("utf-8")),
        "find": Markup(script),
        "digest": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }
    body = _environment().get_template(name).render(look=look, **files, **values)
    return body.replace("/*pictures*/", look.styles, 1)
