"""E-mail addresses as people type them."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field


def normalise(text: str) -> str:
    """The address without spaces and full-width letters, as phones leave them; `ValueError` where it is none."""
    text = "".join(unicodedata.normalize("NFKC", text).split())
    local, at, host = text.rpartition("@")
    if not (local and at and "." in host.strip(".")) or "@" in local:
        raise ValueError("an e-mail address looks like name@example.com")
    return text


EmailAddress = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(normalise)]
