"""The index of a shop in one folder: made from the catalogue, healed from it, and never more than a cache of it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from retrieval.catalogue import Catalogue
from retrieval.documents import Faq, Kind, Product
from retrieval.errors import IndexUnavailable
from retrieval.index.chroma import ChromaIndex
from retrieval.index.ledger import Ledger
from retrieval.index.passages import Passage, passages_of
from retrieval.index.shelf import Shelf, shelve
from retrieval.index.space import Content, Encoded, Progress, Space, Wanted
from retrieval.roles import PatchEncoder, PictureEncoder, TextEncoder

MAX_PIXELS = 64_000_000
PICTURE_SIDE = 1024
_FOLDERS = ("chroma", "tokens")


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What it took to make the index equal to the catalogue: passages and pictures, not documents."""

    encoded: int
    removed: int
    healed: int
    unreadable: tuple[str, ...]

    def __str__(self) -> str:
        words = f"{self.encoded} encoded, {self.removed} removed, {self.healed} healed"
        return f"{words}, {len(self.unreadable)} pictures could not be read" if self.unreadable else words


class ShopIndex:
    """Use `open`. Searches may run on any thread while one `sync` runs on another; they see the state before it."""

    @classmethod
    def open(cls, folder: Path, encoder: TextEncoder, pictures: PictureEncoder | None = None) -> ShopIndex:
        """Open or make the index in a folder.

        Raises `IndexUnavailable` where another process has it open or it is damaged, and `IndexMismatch` where other
        encoders made it. Nothing is found until the first `sync`.
        """
        index = cls(folder, encoder, pictures, _locked(folder))
        try:
            index._open()
        except BaseException:
            index.close()
            raise
        return index

    @staticmethod
    def discard(folder: Path) -> None:
        """Delete an index, whoever made it; the next `open` and `sync` make it anew from the catalogue."""
        with _locked(folder):
            for name in _FOLDERS:
                shutil.rmtree(folder / name, ignore_errors=True)

    def __init__(self, folder: Path, encoder: TextEncoder, pictures: PictureEncoder | None, lock: IO[str]) -> None:
        self._lock = lock
        self._encoder = encoder
        self._pictures = pictures
        self._folder = folder / "tokens"
        self._chroma = ChromaIndex(folder / "chroma")
        self._ledger = Ledger(self._folder / "ledger.sqlite3")
        self._syncing = threading.Lock()
        self._text: dict[Kind, Space[Passage]] = {}
        self._images: Space[Path] | None = None
        self._shelves: Mapping[Kind, Shelf] = {}

    def _open(self) -> None:
        self._text["faq"] = self._space("faq_text", self._encoder, self._encode_passages)
        self._text["product"] = self._space("product_text", self._encoder, self._encode_passages)
        if self._pictures is not None:
            self._images = self._space("product_image", self._pictures, self._encode_pictures)

    def _space(
        self, name: str, encoder: TextEncoder | PictureEncoder, encode: Callable[[Sequence[Content]], Encoded]
    ) -> Space[Content]:
        return Space(
            name, encoder.name, encoder.dimensions, encode,
            folder=self._folder, ledger=self._ledger, chroma=self._chroma,
        )  # fmt: skip

    def shelf(self, kind: Kind) -> Shelf:
        """What a search of one kind reads; the same object for the whole of the search."""
        shelf = self._shelves.get(kind)
        if shelf is None:
            raise IndexUnavailable("the index has not been made from the catalogue yet")
        return shelf

    def nearest_texts(self, kind: Kind, vector: NDArray[np.float32], count: int) -> list[str]:
        """Keys of the passages nearest to a vector, by Chroma."""
        return self._text[kind].nearest(vector, count)

    def nearest_pictures(self, vector: NDArray[np.float32], count: int) -> list[str]:
        """Ids of the products whose pictures are nearest to a photo's vector, by Chroma."""
        return [] if self._images is None else self._images.nearest(vector, count)

    def sync(self, catalogue: Catalogue, progress: Progress = lambda space, done, all_: None) -> SyncReport:
        """Make the index equal to the catalogue and show that to searches; also mends what Chroma lost."""
        with self._syncing:
            products, faqs = catalogue.products(), catalogue.faqs()
            outcomes = [
                self._text["faq"].sync(_wanted_passages(faqs), progress),
                self._text["product"].sync(_wanted_passages(products), progress),
            ]
            if self._images is not None:
                outcomes.append(self._images.sync(_wanted_pictures(products), progress))
            self._show(products, faqs)
        encoded, removed, healed, unreadable = zip(*outcomes, strict=True)
        return SyncReport(sum(encoded), sum(removed), sum(healed), tuple(key for keys in unreadable for key in keys))

    def _show(self, products: Sequence[Product], faqs: Sequence[Faq]) -> None:
        pictures = None if self._images is None else self._images.stored()
        self._shelves = {
            "faq": shelve("faq", faqs, self._text["faq"].stored(), None),
            "product": shelve("product", products, self._text["product"].stored(), pictures),
        }

    def probe(self, sample: int = 200, seed: int = 0) -> dict[str, list[str]]:
        """By space, which of a sample of keys Chroma does not find by their own vector; all lists empty when well."""
        return {space.name: space.probe(sample, seed) for space in self._spaces()}

    def rebuild(self) -> None:
        """Make Chroma's collections and the files anew from the vectors on file; encodes nothing."""
        with self._syncing:
            for space in self._spaces():
                space.renew()

    def close(self) -> None:
        """Close everything and let another process open the folder."""
        self._chroma.close()
        self._ledger.close()
        self._lock.close()

    def _spaces(self) -> list[Space[Passage] | Space[Path]]:
        return [*self._text.values(), *([] if self._images is None else [self._images])]

    def _encode_passages(self, passages: Sequence[Passage]) -> Encoded:
        texts = [passage.text for passage in passages]
        return Encoded(self._encoder.encode(texts), self._encoder.encode_tokens(texts))

    def _encode_pictures(self, paths: Sequence[Path]) -> Encoded:
        assert self._pictures is not None
        opened = [_picture(path) for path in paths]
        readable = [picture for picture in opened if picture is not None]
        missing = frozenset(i for i, picture in enumerate(opened) if picture is None)
        if not readable:
            return Encoded(np.empty((0, self._pictures.dimensions), np.float32), (), missing)
        if isinstance(self._pictures, PatchEncoder):
            vectors, patches = self._pictures.encode_patches(readable)
            return Encoded(vectors, patches, missing)
        return Encoded(self._pictures.encode(readable), (), missing)


def _locked(folder: Path) -> IO[str]:
    """The lock of a folder's only writer; the system lets go of it when the process ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "index.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise IndexUnavailable(
            f"the index in {folder} is open in another process (number {holder}), and only one may write it: "
            "stop that process, or give the file to the running server with `vitrine import`"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _wanted_passages(documents: Sequence[Product | Faq]) -> dict[str, Wanted[Passage]]:
    return {p.key: Wanted(p.digest, p) for document in documents for p in passages_of(document)}


def _wanted_pictures(products: Sequence[Product]) -> dict[str, Wanted[Path]]:
    """Pictures on disk by product id; the digest changes when the file does. Pictures at URLs are not fetched."""
    wanted = {}
    for product in products:
        path = Path(product.image)
        if not product.image or product.image.startswith(("http://", "https://")) or not path.is_file():
            continue
        about = path.stat()
        digest = hashlib.blake2b(f"{path}|{about.st_size}|{about.st_mtime_ns}".encode(), digest_size=12).hexdigest()
        wanted[product.id] = Wanted(digest, path)
    return wanted


def _picture(path: Path) -> Image.Image | None:
    """The picture upright, in colour and not larger than an encoder needs; None where the file is no picture."""
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            picture.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    upright.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    return upright
