"""What of a document is indexed: the passages that get a vector each, and the words for lexical search."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.documents import Faq, Language, Product
from retrieval.roles import language_of

TITLE_ATTRIBUTE = "title_"  # `title_zh` is the title in another language, a passage of its own
# Attributes that say nothing a customer would describe a product by.
_SILENT_ATTRIBUTES = frozenset({"sku", "mpn", "gtin", "barcode", "dimensions", "condition", "tags", "weight"})
_BODY_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that stands for a document; `key` is its id in the vector store.

    A body is what the document says (an answer, a description); the others are ways to ask for it.
    """

    document: str
    number: int
    text: str
    language: Language
    body: bool = False

    @property
    def key(self) -> str:
        return f"{self.number}:{self.document}"

    @property
    def digest(self) -> str:
        """Changes with the text and with nothing else."""
        return hashlib.blake2b(self.text.encode(), digest_size=12).hexdigest()


def passages_of(document: Product | Faq) -> Iterator[Passage]:
    """Every way to ask a FAQ and its answer; a product's titles, the first with its attributes, and its description."""
    match document:
        case Faq():
            ways = [document.question, *document.variants]
            body = document.answer[:_BODY_CHARACTERS]
            languages = [document.language] * (len(ways) + 1)
        case Product():
            ways = [_headline(document)]
            ways += [value for name, value in document.attributes.items() if name.startswith(TITLE_ATTRIBUTE)]
            body = f"{document.title}. {document.description[:_BODY_CHARACTERS]}" if document.description else ""
            languages = [language_of(text) for text in (*ways, body)]
    for number, text in enumerate(ways):
        yield Passage(document.id, number, text, languages[number])
    if body:
        yield Passage(document.id, len(ways), body, languages[-1], body=True)


def _headline(product: Product) -> str:
    return ". ".join(part for part in (product.title, ", ".join(_traits(product)), product.category) if part)


def _traits(product: Product) -> Iterator[str]:
    """The attributes as a customer would say them: `blue`, `stoneware`, `dishwasher safe`."""
    for name, value in product.attributes.items():
        if name in _SILENT_ATTRIBUTES or name.startswith(TITLE_ATTRIBUTE) or len(value) > 60:
            continue
        if value == "yes":
            yield name.replace("_", " ")
        elif value != "no":
            yield value


def words_of(document: Product | Faq) -> str:
    """All the words by which a document may be found."""
    match document:
        case Faq():
            return "\n".join((document.question, *document.variants, document.category, document.answer))
        case Product():
            options = (value for variant in document.variants for value in variant.options.values())
            titles = (value for name, value in document.attributes.items() if name.startswith(TITLE_ATTRIBUTE))
            head = (document.title, *titles, *_traits(document), document.category, document.brand)
            return "\n".join((*head, *dict.fromkeys(options), document.description, document.id))
