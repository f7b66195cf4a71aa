"""Uploaded photos as the chat reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A sanitised photo on disk; sizes in pixels, addresses as pages load them."""

    id: str
    path: Path
    width: int
    height: int
    url: str
    thumbnail_url: str


class UploadLookup(Protocol):
    """Finds photos that were uploaded."""

    def find(self, upload_id: str, owner: str) -> StoredPhoto | None:
        """The photo, if this visitor sent it; someone else's looks like none."""
        ...


class NoUploads:
    """The lookup for where photos are not taken."""

    def find(self, upload_id: str, owner: str) -> StoredPhoto | None:
        return None
