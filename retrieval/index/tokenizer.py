"""Text as the words and codes that lexical search counts, in English and Chinese."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

import Stemmer

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<word>[^\W_{HAN}]+(?:[-_./'’][^\W_{HAN}]+)*)")
_PARTS = re.compile(r"[^\W\d_]+|\d+")
_SEPARATORS = re.compile(r"[-_./'’]")
# Words that carry the grammar, not the matter; without them BM25 need not walk half the catalogue.
_STOP = frozenset(
    """
    a an and are as at be been but by can could d did do does doesn don for from had has have i if in is it its ll m me
    my of on or our re s shall she should so t than that the their them then there these they this to us ve was we were
    will with would you your
    """.split()  # noqa: SIM905
)
_thread = threading.local()


def normalised(text: str) -> str:
    """NFKC, lower case: full-width letters and digits become the plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def tokens(text: str) -> list[str]:
    """English stems, codes whole and in their parts, Chinese characters and pairs of them."""
    found: list[str] = []
    for match in _RUN.finditer(normalised(text)):
        if match["han"]:
            found.extend(_han(match["han"]))
        else:
            found.extend(_word(match["word"]))
    return found


def words_in(text: str) -> list[str]:
    """The words that matter as they stand in the text, each once: English words and codes, Chinese characters."""
    found: list[str] = []
    for match in _RUN.finditer(text):
        found.extend(match["han"] or [match["word"]])
    return [word for word in dict.fromkeys(found) if word.lower() not in _STOP]


def _han(run: str) -> Iterator[str]:
    yield from run
    for left, right in pairwise(run):
        yield left + right


def _word(run: str) -> Iterator[str]:
    parts = [piece for part in _SEPARATORS.split(run) for piece in _PARTS.findall(part)]
    if len(parts) > 1 and any(part.isdigit() for part in parts):
        yield _SEPARATORS.sub("", run)
    for part in parts:
        if part not in _STOP:
            yield _stem(part)


def _stem(word: str) -> str:
    stemmer = getattr(_thread, "stemmer", None)
    if stemmer is None:  # a stemmer must not be shared between threads
        stemmer = _thread.stemmer = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(word))
