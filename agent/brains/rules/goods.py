"""Products: what was found, what a photo shows, and what a product's own page says about it."""

from __future__ import annotations

import re
from decimal import Decimal

from agent.brains.rules.acts import Act, Say, Situation, Words, marks
from agent.brains.rules.talk import answer as answer_from_faq
from agent.brains.rules.talk import hand_over
from agent.cards import money, title_of
from agent.settle import missed
from agent.understand.vocabulary import words as general_words
from retrieval.documents import Language, Product
from retrieval.filters import Condition

SHOWN_AT_MOST = 4
SURE_PHOTO = 0.6
_SENTENCE = re.compile(r"[^.!?]+[.!?]?")
_STEM = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "this",
        "that",
        "does",
        "can",
        "you",
        "are",
        "how",
        "what",
        "which",
        "have",
        "has",
        "will",
        "would",
        "from",
        "your",
        "not",
        "its",
        "is",
        "it",
    ]
)


def found(situation: Situation) -> Act:
    """The products that fit, or what stands in the way and what is nearest."""
    brief, words = situation.brief, situation.words
    if brief.need.unknown_reference:
        return Say(words("unknown_reference", count=len(brief.memory.shown)))
    if brief.need.photo:
        return _seen(situation)
    if not (brief.need.query or brief.need.filters):
        return Say(words("ask_what") + words("choice_capabilities"))
    hits = brief.evidence.products.hits[:SHOWN_AT_MOST]
    if not hits:
        if brief.memory.misses >= 2 and missed(brief):
            return hand_over(situation, "repeated")
        return Say(words("nothing_found") + words("choice_person"))
    return Say(_introduction(situation, len(hits)) + _notes(situation) + marks("product", [hit.id for hit in hits]))


def _introduction(situation: Situation, count: int) -> str:
    brief, words = situation.brief, situation.words
    language = words.language
    best = brief.evidence.products.hits[0].document
    assert isinstance(best, Product)
    title, price = title_of(best, language), money(best.price, best.currency)
    if brief.evidence.dropped:
        dropped = [condition_in_words(c, language, best.currency) for c in brief.evidence.dropped]
        every = len(dropped) == len(brief.need.filters.conditions)
        return words("relaxed", dropped=dropped, every=every, title=title, price=price, count=count)
    if not brief.evidence.products.answered and not brief.need.filters:
        return words("unsure_products", count=count)
    wanted = [
        condition_in_words(c, language, best.currency) for c in brief.need.filters.conditions if c.field == "price"
    ]
    name = "cheapest" if brief.need.cheapest else "found"
    return words(name, count=count, title=title, price=price, wanted=wanted)


def _notes(situation: Situation) -> str:
    """What an honest clerk adds: another currency, a colour that the shop does not have by that name."""
    need, words = situation.brief.need, situation.words
    notes = []
    best = situation.brief.evidence.products.hits[0].document
    if need.foreign_currency and isinstance(best, Product):
        notes.append(words("other_currency", asked=need.foreign_currency, own=best.currency))
    for surface, nearest in need.unlisted:
        notes.append(words("nearest_colour", asked=surface, nearest=spoken(nearest, words.language)))
    return "".join(f" {note}" for note in notes)


def _seen(situation: Situation) -> Act:
    """What is sure about the photo, then what matches it."""
    brief, words = situation.brief, situation.words
    language = words.language
    hits = brief.evidence.products.hits[:SHOWN_AT_MOST]
    named = any(seen.reading.named for seen in brief.seen)
    caption = " ".join(s.reading.caption_zh if language == "zh" else s.reading.caption for s in brief.seen)
    text = words("photo_seen", caption=caption, named=named)
    pointing = marks("product", [hit.id for hit in hits])
    if not hits:
        return Say(f"{text} {words('photo_nothing')}" + words("choice_person"))
    if brief.evidence.dropped:
        return Say(f"{text} {_introduction(situation, len(hits))}" + pointing)
    if not named and not brief.evidence.products.answered:
        return Say(f"{text} {words('photo_unnamed', count=len(hits))}" + pointing)
    best = hits[0].document
    assert isinstance(best, Product)
    sure = hits[0].probability >= SURE_PHOTO and not brief.need.filters
    found_words = words(
        "photo_found",
        sure=sure,
        title=title_of(best, language),
        price=money(best.price, best.currency),
        count=len(hits),
    )
    return Say(f"{text} {found_words}" + pointing)


def about(situation: Situation) -> Act:
    """What the product's own page says about what was asked; if it says nothing, say so."""
    brief, words = situation.brief, situation.words
    if brief.need.unknown_reference:
        return Say(words("unknown_reference", count=len(brief.memory.shown)))
    if not brief.evidence.pointed:
        return Say(words("which_product") + words("choice_person"))
    product = brief.evidence.pointed[0]
    told = stated(product, brief.need.attribute, brief.need.words, words, brief.evidence.alike)
    if told:
        alike = [p.id for p in brief.evidence.alike] if brief.need.attribute == "colours" else []
        return Say(told + marks("product", [product.id, *alike][: SHOWN_AT_MOST + 2]))
    if brief.evidence.faq.answered:
        return answer_from_faq(situation)
    return Say(
        words("not_stated", title=title_of(product, words.language))
        + marks("product", [product.id])
        + words("choice_person")
    )


def stated(product: Product, attribute: str, asked: str, words: Words, alike: tuple[Product, ...] = ()) -> str:
    """A sentence on the attribute from the product's record, or "" where it says nothing."""
    language = words.language
    title = title_of(product, language)
    match attribute:
        case "price":
            variants = [
                f"{' / '.join(v.options.values())}: {money(v.price, product.currency)}" for v in product.variants
            ]
            return words("states_price", title=title, price=money(product.price, product.currency), variants=variants)
        case "stock":
            return words("states_stock", title=title, availability=product.availability, stock=product.stock)
        case "variants" | "size" if product.variants:
            options = [
                f"{' / '.join(v.options.values())} ({money(v.price, product.currency)})" for v in product.variants
            ]
            return words("states_variants", title=title, options=options)
        case "colours":
            colours = [_colour(p, language) for p in (product, *alike)]
            return words("states_colours", title=title, colours=[c for c in dict.fromkeys(colours) if c])
        case "brand" if product.brand:
            return words("states_value", title=title, label=label("brand", language), value=product.brand)
        case "description":
            return words("states_description", title=title, description=product.description)
    name = {"size": "dimensions"}.get(attribute, attribute)
    value = product.attributes.get(name, "")
    if value.casefold() in ("yes", "no", "true", "false"):
        yes = value.casefold() in ("yes", "true")
        return words("states_yes_no", title=title, label=label(name, language), yes=yes)
    if value:
        return words("states_value", title=title, label=label(name, language), value=spoken(value, language))
    return _sentence_about(product, asked, words)


def _sentence_about(product: Product, asked: str, words: Words) -> str:
    """The sentence of the description that shares most words with the question; two at least."""
    if words.language != "en":
        return ""
    wanted = _stems(asked)
    best = max(_SENTENCE.findall(product.description), key=lambda s: len(wanted & _stems(s)), default="")
    if len(wanted & _stems(best)) < 2:
        return ""
    return words("states_sentence", title=title_of(product, words.language), sentence=best.strip())


def _stems(text: str) -> set[str]:
    return {word[:5] for word in _STEM.findall(text.casefold()) if word not in _COMMON}


def _colour(product: Product, language: Language) -> str:
    value = product.attributes.get("shade") or product.attributes.get("colour") or product.attributes.get("color", "")
    return spoken(value, language)


def label(name: str, language: Language) -> str:
    """An attribute's name as people say it."""
    known = general_words()["labels"].get(name)
    return known[0 if language == "en" else 1] if known else name.replace("_", " ")


def spoken(value: str, language: Language) -> str:
    """A value of the catalogue in the customer's language, where the general words know it."""
    if language == "en":
        return value
    table = general_words()
    if value in table["values_zh"]:
        return str(table["values_zh"][value])
    for shades in table["colours"].values():
        if value in shades:
            return str(shades[value][-1] if value in table["colours"] else shades[value][0])
    for words_of in ("materials", "patterns", "types"):
        if value in table[words_of]:
            return str(table[words_of][value][0])
    return value


def condition_in_words(condition: Condition, language: Language, currency: str) -> str:
    """ "under €20", "blue", "in stock", "20欧以内"."""
    if condition.field != "price":
        return ("not " if language == "en" else "非") * (condition.operator == "!=") + spoken(condition.value, language)
    sign = {
        "<": ("under", "低于"),
        "<=": ("up to", "不超过"),
        ">": ("over", "高于"),
        ">=": ("from", "不低于"),
        "=": ("", ""),
    }
    english, chinese = sign.get(condition.operator, ("not", "不是"))
    amount = money_of(condition.value, currency)
    return f"{english} {amount}".strip() if language == "en" else f"{chinese}{amount}"


def money_of(value: str, currency: str) -> str:
    return money(Decimal(value), currency).replace(".00", "")
