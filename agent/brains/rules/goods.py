"""Products: what was found, what a photo shows, and what a product's own page says about it."""

from __future__ import annotations

from collections.abc import Sequence

from agent.brains.rules.acts import Act, Say, Situation, Words, marks
from agent.brains.rules.page import condition_in_words, spoken, stated
from agent.brains.rules.talk import answer as answer_from_faq
from agent.brief import Brief
from agent.cards import money, title_of
from agent.memory import Looked
from agent.settle import fits
from agent.suggest import history_of
from agent.vision.reading import OF_THE_PHOTO, PhotoAnswer, Thing
from retrieval.describer_words import SPOKEN
from retrieval.documents import Language, Product

SHOWN_AT_MOST = 4
SURE_OF_PHOTO, HALF_SURE_OF_PHOTO = 0.9, 0.6  # an answer of less confidence is not given


def found(situation: Situation) -> Act:
    """The products that fit, or what stands in the way and what is nearest."""
    brief, words = situation.brief, situation.words
    if brief.need.unknown_reference:
        return Say(words("unknown_reference", count=len(brief.memory.shown)))
    if brief.need.suggest_by or brief.need.photo:
        return _suggested(situation) if brief.need.suggest_by else _seen(situation)
    if not (brief.need.query or brief.need.filters):
        return Say(words("ask_what") + words("choice_capabilities"))
    hits = brief.evidence.products.hits[:SHOWN_AT_MOST]
    if not fits(brief):
        return Say(words("nothing_found") + words("choice_person"))
    return Say(_introduction(situation, len(hits)) + _notes(situation) + marks("product", [hit.id for hit in hits]))


def _suggested(situation: Situation) -> Act:
    """What is like the product that they mean, or fits what they looked at."""
    brief, words = situation.brief, situation.words
    found = brief.evidence.suggested[:SHOWN_AT_MOST]
    by_product = brief.need.suggest_by == "product"
    if by_product and not brief.evidence.pointed:
        return Say(words("which_product") + words("choice_person"))
    if not found and not by_product and not history_of(brief.conversation, brief.memory):
        return Say(words("ask_taste"))
    if not found:
        return Say(words("nothing_found") + words("choice_person"))
    best = found[0].product
    told = {"title": title_of(best, words.language), "price": _price(best), "count": len(found)}
    if by_product:
        told["asked"] = title_of(brief.evidence.pointed[0], words.language)
    return Say(words("similar" if by_product else "recommended", **told) + marks("product", [s.id for s in found]))


def _introduction(situation: Situation, count: int) -> str:
    brief, words = situation.brief, situation.words
    language = words.language
    best = brief.evidence.products.hits[0].document
    assert isinstance(best, Product)
    title, price = title_of(best, language), _price(best)
    if brief.evidence.dropped:
        dropped = [condition_in_words(c, language, best.currency) for c in brief.evidence.dropped]
        every = len(dropped) == len(brief.need.filters.conditions)
        return words("relaxed", dropped=dropped, every=every, title=title, price=price, count=count)
    if not brief.evidence.products.answered and not brief.need.filters:
        return words("unsure_products", count=count)
    if _another_than_asked(brief):
        name = title_of(brief.evidence.pointed[0], language).split(",", 1)[0]
        return words("another", asked=name, title=title, price=price, count=count)
    wanted = [
        condition_in_words(c, language, best.currency) for c in brief.need.filters.conditions if c.field == "price"
    ]
    name = "cheapest" if brief.need.cheapest else "found"
    return words(name, count=count, title=title, price=price, wanted=wanted)


def _price(product: Product) -> str:
    """The price, with the version that has it where only one is meant: "€18.90 (27 cm)"."""
    version = " / ".join(product.variants[0].options.values()) if len(product.variants) == 1 else ""
    return money(product.price, product.currency) + f" ({version})" * bool(version)


def _another_than_asked(brief: Brief) -> bool:
    """Whether a product was followed up, such as in another colour, and none of what was found is of its range."""
    asked = brief.evidence.pointed[0].group if brief.evidence.pointed else ""
    groups = {h.document.group for h in brief.evidence.products.hits if isinstance(h.document, Product)}
    return brief.need.intent == "refine" and bool(asked) and asked not in groups


def _notes(situation: Situation) -> str:
    """What an honest clerk adds: that the best is not there to buy, another currency, a colour that the shop does not
    have by that name.
    """
    need, words = situation.brief.need, situation.words
    best = situation.brief.evidence.products.hits[0].document
    notes = [_not_in_stock(best, words)] if isinstance(best, Product) and best.availability != "in stock" else []
    if need.foreign_currency and isinstance(best, Product):
        notes.append(words("other_currency", asked=need.foreign_currency, own=best.currency))
    for surface, nearest in need.unlisted:
        notes.append(words("nearest_colour", asked=surface, nearest=spoken(nearest, words.language)))
    return "".join(f" {note}" for note in notes)


def _not_in_stock(product: Product, words: Words) -> str:
    title = title_of(product, words.language)
    return words("states_stock", title=title, availability=product.availability, stock=product.stock)


def _seen(situation: Situation) -> Act:
    """What is sure about the photo, then what matches it."""
    brief, words = situation.brief, situation.words
    language = words.language
    hits = brief.evidence.products.hits[:SHOWN_AT_MOST]
    named = any(seen.reading.named for seen in brief.seen)
    caption = " ".join(s.reading.caption_zh if language == "zh" else s.reading.caption for s in brief.seen)
    pointing = marks("product", [hit.id for hit in hits])
    if things := [thing for seen in brief.seen for thing in seen.reading.things]:
        return Say(f"{caption} {words('photo_which')}" + _choices(things, language))
    if not hits:
        return Say(f"{caption} {words('photo_nothing')}" + words("choice_person"))
    if brief.evidence.dropped:
        return Say(f"{caption} {_introduction(situation, len(hits))}" + pointing)
    if not named and not brief.evidence.products.answered:
        return Say(f"{caption} {words('photo_unnamed', count=len(hits))}" + pointing)
    best = hits[0].document
    assert isinstance(best, Product)
    answered, by_photo_alone = brief.evidence.products.answered, not brief.need.filters
    found_words = words(
        "photo_found",
        sure=answered and by_photo_alone,
        doubted=not answered and by_photo_alone,
        title=title_of(best, language),
        price=money(best.price, best.currency),
        count=len(hits),
    )
    note = f" {_not_in_stock(best, words)}" if best.availability != "in stock" else ""
    return Say(f"{caption} {found_words}{note}" + pointing)


def _choices(things: Sequence[Thing], language: Language) -> str:
    """Quick replies that name one of several things that a photo shows."""
    names = [(thing.caption_zh if language == "zh" else thing.caption).rstrip(".。") for thing in things]
    return "".join(f"[[choice:{name}|{name}]]" for name in dict.fromkeys(names))


def about(situation: Situation) -> Act:  # noqa: PLR0911 - one return a source of the answer
    """What the product's own page says about what was asked; if it says nothing, say so."""
    brief, words = situation.brief, situation.words
    if brief.need.unknown_reference:
        return Say(words("unknown_reference", count=len(brief.memory.shown)))
    if brief.need.attribute == "cart":
        return _to_cart(situation)
    from_photo = _answered_by_photo(situation)
    if from_photo and (not brief.evidence.pointed or brief.need.asks_photo in OF_THE_PHOTO):
        return Say(from_photo)
    if not brief.evidence.pointed:
        return Say(words("which_product") + words("choice_person"))
    product = brief.evidence.pointed[0]
    told = stated(product, brief.need.attribute, brief.need.words, words, brief.evidence.alike)
    if told and brief.need.asks_photo:
        told = f"{words('answers_from_page', title=title_of(product, words.language))} {told}"
    if told:
        alike = [p.id for p in brief.evidence.alike] if brief.need.attribute == "colours" else []
        return Say(told + marks("product", [product.id, *alike][: SHOWN_AT_MOST + 2]))
    if from_photo:
        silent = words("page_is_silent", title=title_of(product, words.language))
        return Say(f"{silent} {from_photo}" + marks("product", [product.id]))
    if brief.evidence.faq.answered:
        return answer_from_faq(situation)
    return Say(
        words("not_stated", title=title_of(product, words.language))
        + marks("product", [product.id])
        + words("choice_person")
    )


def _to_cart(situation: Situation) -> Act:
    """That nothing is bought in the chat, with the card that leads to the product's page."""
    pointed, words = situation.brief.evidence.pointed[:1], situation.words
    titles = [title_of(product, words.language) for product in pointed]
    return Say(words("cart", titles=titles) + marks("product", [product.id for product in pointed]))


def _answered_by_photo(situation: Situation) -> str:
    """What the photos themselves say to the question, hedged by how sure they are; "" where none was asked."""
    brief, words = situation.brief, situation.words
    answers = [seen.answer for seen in brief.seen if seen.answer is not None]
    if brief.need.asks_photo and not brief.seen:
        kept = [one for one in brief.memory.looked if one.question == brief.need.asks_photo]
        answers = [_recalled(one) for one in kept] or [PhotoAnswer(brief.need.asks_photo)]
    return " ".join(_hedged(answer, words) for answer in answers)


def _recalled(looked: Looked) -> PhotoAnswer:
    en, zh = SPOKEN.get((looked.question, looked.value), (looked.value, ""))
    return PhotoAnswer(looked.question, looked.value, looked.confidence, en, zh)


def _hedged(answer: PhotoAnswer, words: Words) -> str:
    value = answer.en if words.language == "en" else answer.zh or spoken(answer.value, "zh")
    if not value or answer.confidence < HALF_SURE_OF_PHOTO:
        return words("photo_cannot_tell", question=answer.question)
    sure = answer.confidence >= SURE_OF_PHOTO
    return words("photo_says", question=answer.question, value=value, sure=sure)
