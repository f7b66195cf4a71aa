"""The language that a reply is in: that of the newest words, or the conversation's where there are none."""

from __future__ import annotations

import re

from retrieval.documents import Language
from retrieval.roles import language_of

# An address, a link or a code says nothing of the language of who sends it.
_WORDLESS = re.compile(r"\S+@\S+|https?://\S+|#?\b[A-Za-z]{0,4}-?\d[A-Za-z0-9_-]*")


def reply_language(text: str, before: Language | None) -> Language:
    """By the words of a message; a photo, a number or an e-mail address alone goes by what was spoken before."""
    words = _WORDLESS.sub(" ", text)
    return language_of(words) if re.search(r"[^\W\d_]", words) else before or "en"
