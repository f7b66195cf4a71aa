"""What a customer wants, as far as it was understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from agent.vision.reading import PhotoQuestion
from retrieval.documents import Language
from retrieval.filters import Condition, Filters

Intent = Literal[
    "greet",
    "thanks",
    "goodbye",
    "chitchat",
    "capabilities",
    "abuse",
    "affirm",
    "deny",
    "faq",
    "product_search",
    "product_question",
    "refine",
    "order_status",
    "order_change",
    "identity",
    "handoff",
    "off_topic",
]
SuggestBy = Literal["", "product", "history"]
INTENTS: tuple[Intent, ...] = get_args(Intent)


@dataclass(frozen=True, slots=True)
class Need:
    """One turn's need.

    `query` is what to look for and `filters` what must hold; `products` are the ids that the customer points at
    ("the second one"), and `attribute` is what they ask about them. `more` asks for others than those shown,
    `cheapest` for the lowest price first. `order_ids` and `email` are what they gave to prove who they are;
    `printed_orders` are the numbers on a label or receipt that they photographed, which say which order is meant
    and nothing of whose it is. `foreign_currency` is set where they named a price in a currency that the shop does
    not use, `unknown_reference` where they pointed at a place that holds nothing, and `unlisted` has the colours
    that the shop does not have, each with the nearest that it has. `asks_photo` is what they ask about the photo
    itself ("is it damaged?"). `kind_seen` is the kind of goods that a photo surely shows, in the catalogue's words:
    it orders what is found and is never a filter, since eyes err. `about_goods` and `about_shop` are how likely the
    words look for goods or ask something that a shop knows, whatever the one likeliest intent is. `suggest_by` is
    set where they want to be shown something that they do not name: like a product, or fitting what they looked at.
    `subject` is what the words say of the thing beside the conditions ("salad" of "the cheapest salad bowl").
    `promo_code` is a word that may be a code for the checkout, where they ask about one. `unknown_code` is a code that
    is written like those of the shop's products, of which it has none.
    """

    intent: Intent
    confidence: float
    language: Language
    words: str = ""
    query: str = ""
    filters: Filters = field(default_factory=Filters)
    products: tuple[str, ...] = ()
    attribute: str = ""
    order_ids: tuple[str, ...] = ()
    printed_orders: tuple[str, ...] = ()
    email: str = ""
    photo: bool = False
    asks_photo: PhotoQuestion | None = None
    kind_seen: Condition | None = None
    more: bool = False
    cheapest: bool = False
    foreign_currency: str = ""
    unknown_reference: bool = False
    unlisted: tuple[tuple[str, str], ...] = ()
    about_goods: float = 0.0
    about_shop: float = 0.0
    suggest_by: SuggestBy = ""
    promo_code: str = ""
    unknown_code: str = ""
    subject: str = ""
