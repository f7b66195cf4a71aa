"""What a product's own page says, as sentences."""

from __future__ import annotations

import re
from decimal import Decimal

from agent.brains.rules.acts import Words
from agent.cards import money, title_of
from agent.speak import cut
from agent.understand.vocabulary import is_made_of
from agent.understand.vocabulary import words as general_words
from retrieval.documents import Language, Product
from retrieval.filters import EITHER, Condition

_STEM = re.compile(r"[a-z]{3,}")
_ASKED = "the and for with this that does can you are how what which have has will would from your not"
_COMMON = frozenset(_ASKED.split())


def stated(  # noqa: PLR0911 - one return a kind of question
    product: Product, attribute: str, asked: str, words: Words, alike: tuple[Product, ...] = ()
) -> str:
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
    best = max(cut(product.description, last=True)[0], key=lambda s: len(wanted & _stems(s)), default="")
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
    if EITHER in value:
        return (" or " if language == "en" else "或").join(spoken(each, language) for each in _told_apart(value))
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


def _told_apart(value: str) -> list[str]:
    """The alternatives of a condition, without those that another one of them names already."""
    every = value.split(EITHER)
    return [each for each in every if not any(each != other and is_made_of(each, other) for other in every)]


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
