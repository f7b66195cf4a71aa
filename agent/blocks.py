"""What a message is made of. Every block has a text fallback, for simple clients, screen readers and tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Block(BaseModel):
    """A frozen part of a message; `text` is its fallback in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TextBlock(Block):
    """Markdown without HTML: paragraphs, bold, lists, and links to the shop."""

    type: Literal["text"] = "text"
    text: str


class PhotoBlock(Block):
    type: Literal["photo"] = "photo"
    upload_id: str
    url: str
    thumbnail_url: str
    width: int
    height: int
    text: str = "A photo"


class ProductCard(BaseModel):
    """A product; `badges` say in words what `availability` and `stock` say, for clients that do not draw those."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    price: Decimal
    currency: str
    stock: int | None = None
    availability: str
    url: str
    image: str
    variants: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()
    why: str = ""


class ProductsBlock(Block):
    type: Literal["products"] = "products"
    products: tuple[ProductCard, ...]
    text: str


class Choice(BaseModel):
    """A quick reply: `label` is shown, `value` is what pressing it says for the customer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    label: str
    value: str


class ChoicesBlock(Block):
    type: Literal["choices"] = "choices"
    choices: tuple[Choice, ...]
    text: str


class FaqBlock(Block):
    """The shop's own answer that a reply rests on; the quote is at most 500 characters."""

    type: Literal["faq"] = "faq"
    id: str
    title: str
    quote: Annotated[str, Field(max_length=500)]
    url: str = ""
    text: str


class OrderBlock(Block):
    """An order as the customer may see it, read from the shop in this turn."""

    type: Literal["order"] = "order"
    id: str
    status: str
    lines: tuple[str, ...]
    total: str
    tracking_url: str = ""
    text: str


class ConfirmRow(BaseModel):
    """One consequence of a change: what it is about, and what will be so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    value: str


class ConfirmBlock(Block):
    """A change that waits for the customer's yes, with everything that it would do.

    `confirm` and `decline` are the buttons' labels; pressing one is `message.action` with the card's `id` as
    `action_id` and `yes` or `no` as `value`. After `expires_at` (ISO 8601) neither counts; `confirmation.settled` tells
    how it ended.
    """

    type: Literal["confirm"] = "confirm"
    id: str
    title: str
    rows: tuple[ConfirmRow, ...]
    notes: tuple[str, ...] = ()
    confirm: str
    decline: str
    expires_at: str
    text: str


class EmailBlock(Block):
    """A field for the address at which a person of the shop answers; `handoff.email` sends it. `text` asks for it."""

    type: Literal["email"] = "email"
    text: str


AnyBlock = Annotated[
    TextBlock | PhotoBlock | ProductsBlock | ChoicesBlock | FaqBlock | OrderBlock | ConfirmBlock | EmailBlock,
    Field(discriminator="type"),
]


def plain_text(blocks: tuple[AnyBlock, ...]) -> str:
    """The whole message in words."""
    return "\n".join(block.text for block in blocks if block.text)
