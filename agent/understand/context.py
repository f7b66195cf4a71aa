"""What came before, and what stands in the message, settle what the words alone leave open."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.memory import Memory
from agent.need import Intent
from agent.understand.references import Reference
from agent.understand.rules import SURE
from agent.understand.wishes import Wishes

LIKELY = 0.85
MAYBE = 0.1
SHORT = 14  # characters, such as "blue mug" or "蓝色马克杯"
OPEN = 0.7  # likely enough to act on, doubtful enough to search for answers too

_PERSONAL: tuple[Intent, ...] = ("handoff", "order_status", "order_change")
_ABOUT_GOODS: tuple[Intent, ...] = ("product_question", "faq", "refine", "off_topic", "product_search")
_MAYBE_GOODS: tuple[Intent, ...] = ("off_topic", "chitchat", "deny", "affirm", "refine", "product_question")

_MAYBE_NARROWING: tuple[Intent, ...] = ("product_search", "off_topic", "chitchat", "deny", "affirm")


@dataclass(frozen=True, slots=True)
class Guess:
    """An intent and how sure it is; beside it how likely the words look for goods or ask what a shop knows."""

    intent: Intent
    confidence: float
    about_goods: float = 0.0
    about_shop: float = 0.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The message beside its words' own intent: what it wishes and points at, and what was said before."""

    memory: Memory
    wishes: Wishes
    reference: Reference
    attribute: str
    pointed_kind: str
    kind_before: str
    names_colour: bool
    another_colour: bool
    names_product: bool
    only_code: bool
    promo_code: str
    email: str
    orders: tuple[str, ...]
    photo: bool
    waits: bool = False
    to_cart: bool = False
    only_points: bool = False
    asks_photo: bool = False

    @property
    def follows(self) -> bool:
        """Whether there is something that the message may follow up."""
        return bool(self.memory.shown or self.memory.wish.query or self.reference.products)

    @property
    def asks_about(self) -> bool:
        """Whether it asks for an attribute of something that it points at."""
        return bool(self.reference.products and self.attribute) and not self.asks_for_another

    @property
    def asks_for_another(self) -> bool:
        """Whether it asks if something is there, or for how much, in a colour that it does not come in."""
        return self.another_colour and self.attribute in ("stock", "price")


def in_context(guess: Guess, around: Surroundings) -> Guess:
    """The intent in this conversation: the first rule that has something to say decides."""
    decided = _decided(guess, around)
    return replace(guess, intent=decided.intent, confidence=decided.confidence)


def _decided(guess: Guess, around: Surroundings) -> Guess:
    for rule in (
        _calling_a_person, _with_photo, _buying, _asking_of_a_code, _proving, _waiting, _naming_by_code, _only_pointing,
        _starting_anew, _comparing, _asking, _recolouring, _narrowing, _naming_goods,
    ):  # fmt: skip
        decided = rule(guess, around)
        if decided is not None:
            return decided
    return guess


def _calling_a_person(guess: Guess, around: Surroundings) -> Guess | None:
    """ "I want to speak to a human", whatever else is told with it: an address or a number is then for them to read."""
    return guess if guess.intent == "handoff" and guess.confidence >= SURE else None


def _with_photo(guess: Guess, around: Surroundings) -> Guess | None:
    """A photo is a search, unless the words ask for something else; what they ask about it, it answers."""
    if guess.intent in _PERSONAL:
        return None
    if around.asks_photo:
        return Guess("product_question", SURE)
    if not around.photo or guess.intent == "product_question":
        return None
    return Guess("product_search", SURE)


def _proving(guess: Guess, around: Surroundings) -> Guess | None:
    """An address or an order number says who someone is, above all when it was asked for."""
    if around.email or (around.orders and (around.memory.asked == "identity" or guess.confidence < SURE)):
        return Guess("identity", SURE)
    if guess.intent == "identity" and around.names_product:
        return Guess("product_search", SURE)
    if guess.intent == "identity" or (around.memory.asked == "identity" and guess.intent == "affirm"):
        return Guess("order_status", SURE)
    return None


def _buying(guess: Guess, around: Surroundings) -> Guess | None:
    """ "add it to my cart" """
    return Guess("product_question", SURE) if around.to_cart else None


def _only_pointing(guess: Guess, around: Surroundings) -> Guess | None:
    """ "the second one" """
    return Guess("product_question", SURE) if around.only_points else None


def _asking_of_a_code(guess: Guess, around: Surroundings) -> Guess | None:
    """ "is HELLO10 valid?" """
    personal = around.email or around.orders or (guess.intent in _PERSONAL and guess.confidence >= SURE)
    return Guess("faq", SURE) if around.promo_code and not personal else None


def _waiting(guess: Guess, around: Surroundings) -> Guess | None:
    """ "when will it come?", where nothing was shown that it could be: it is what they ordered."""
    return Guess("order_status", SURE) if around.waits and not around.reference.products else None


def _naming_by_code(guess: Guess, around: Surroundings) -> Guess | None:
    """ "do you have TRY-1603?" """
    return Guess("product_search", SURE) if around.only_code and not around.asks_about else None


def _starting_anew(guess: Guess, around: Surroundings) -> Guess | None:
    """ "I need a present for my mum", or another kind of thing: nothing of the search before belongs to it."""
    wishes = around.wishes
    pointed = around.asks_about or around.reference.named or around.reference.missing
    leans = pointed or wishes.cheaper or wishes.pricier or wishes.more
    another = bool(around.kind_before and wishes.kind) and wishes.kind not in (around.kind_before, around.pointed_kind)
    if guess.intent in ("refine", "product_search") and not leans and (wishes.anew or another):
        return Guess("product_search", max(guess.confidence, LIKELY))
    return None


def _comparing(guess: Guess, around: Surroundings) -> Guess | None:
    """ "cheaper?", "show me more": words that mean nothing without what was shown."""
    wishes = around.wishes
    compares = wishes.cheaper or wishes.pricier or wishes.more or wishes.cheapest
    if around.follows and not wishes.kind and compares and guess.intent not in _PERSONAL and not around.asks_about:
        return Guess("refine", SURE)
    return None


def _asking(guess: Guess, around: Surroundings) -> Guess | None:
    """ "the second one, is it dishwasher safe?" """
    if around.reference.missing and guess.intent in ("product_question", "refine", "product_search"):
        return Guess("product_question", SURE)
    # A code says which product it is, also where a word of the question is a kind of goods: 洗碗机 holds a bowl.
    same_kind = around.names_product or around.wishes.kind in ("", around.pointed_kind)
    if around.follows and around.asks_about and guess.intent in _ABOUT_GOODS and same_kind:
        return Guess("product_question", max(guess.confidence, LIKELY))
    return None


def _recolouring(guess: Guess, around: Surroundings) -> Guess | None:
    """ "do you have it in green?" """
    another = around.wishes.kind and not (around.reference.named and around.wishes.kind == around.pointed_kind)
    if not around.follows or another or not around.names_colour:
        return None
    if around.asks_for_another and guess.intent not in _PERSONAL:
        return Guess("refine", SURE)
    return Guess("refine", SURE) if guess.intent not in (*_PERSONAL, "faq", "off_topic") else None


def _narrowing(guess: Guess, around: Surroundings) -> Guess | None:
    """ "only in stock", "under 20": conditions without a thing belong to the thing before."""
    wishes = around.wishes
    bare = bool(wishes.filters) and not (wishes.kind or wishes.subject)
    if around.follows and bare and guess.intent in _MAYBE_NARROWING and not around.reference.products:
        return Guess("refine", max(guess.confidence, LIKELY))
    return None


def _naming_goods(guess: Guess, around: Surroundings) -> Guess | None:
    """A message that names a kind of goods of this shop and little else, or reads like a search, is one."""
    if guess.intent == "refine" and not around.follows:
        return Guess("product_search", guess.confidence)
    searching = len(around.wishes.rest) <= SHORT or guess.about_goods >= max(MAYBE, guess.about_shop)
    if around.wishes.kind and searching and guess.intent in _MAYBE_GOODS and not around.asks_about:
        return Guess("product_search", OPEN)
    return None
