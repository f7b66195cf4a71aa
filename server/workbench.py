"""Does the work that commands ask for, in the process that owns the index."""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agent.blocks import plain_text
from agent.conversation import Conversation, Message
from agent.events import IdentityProven, MessageSaid, PhotoDescribed, ToolRan, TurnEnded
from agent.turn import Turn
from agent.vision.reading import Photo
from retrieval.documents import Product, Query
from retrieval.filters import parse_filters
from retrieval.ingest.faq import read_faq
from retrieval.ingest.products import read_products
from retrieval.roles import PatchEncoder, language_of
from retrieval.search import as_json
from server.explanation import draw
from server.pictures import with_addresses
from server.uploads import PhotoWorkshop
from server.work import AskOnce, ImportFile, Outcome, SearchFor, Work

if TYPE_CHECKING:
    from server.parts import Knowledge


class Workbench:
    """A `Worker`: call it with a piece of work. `learn` is told the products after every import."""

    def __init__(
        self,
        *,
        knowledge: Knowledge,
        turn: Turn,
        learn: Callable[[Iterable[Product]], None],
        megapixels: float,
        allow_image_urls: bool = False,
    ) -> None:
        self._knowledge = knowledge
        self._turn = turn
        self._learn = learn
        self._megapixels = megapixels
        self._allow_image_urls = allow_image_urls
        self._workshop: PhotoWorkshop | None = None

    async def __call__(self, work: Work) -> Outcome:
        """Do it; failures are the package's own errors, worded for the person at the keyboard."""
        match work:
            case ImportFile():
                return await asyncio.to_thread(self._import, work)
            case SearchFor():
                return await self._search(work)
            case AskOnce():
                return await self._ask(work)

    def close(self) -> None:
        if self._workshop is not None:
            self._workshop.close()

    def _import(self, work: ImportFile) -> Outcome:
        catalogue = self._knowledge.catalogue
        if work.kind == "product":
            parsed = read_products(work.path, allow_urls=self._allow_image_urls)
            report = catalogue.import_products(parsed, keep=work.keep)
        else:
            report = catalogue.import_faq(read_faq(work.path), keep=work.keep)
        synced = self._knowledge.index.sync(catalogue)
        self._learn(catalogue.products())
        return {
            "added": len(report.added),
            "changed": len(report.changed),
            "removed": len(report.removed),
            "unchanged": report.unchanged,
            "problems": [asdict(problem) for problem in report.problems],
            "index": str(synced),
        }

    async def _search(self, work: SearchFor) -> Outcome:
        clean = await self._cleaned(work.photo) if work.photo else None
        photo, patches = (None, None) if clean is None else await asyncio.to_thread(self._encode, clean)
        query = Query(
            text=work.text,
            kind=work.kind,
            language=language_of(work.text),
            filters=parse_filters(work.where),
            photo=photo,
            patches=patches,
            limit=work.limit,
            explain=work.explain,
        )
        findings = await self._knowledge.searcher.search(query)
        if work.drawing is not None:
            await asyncio.to_thread(draw, findings, work.text, clean, work.drawing)
        return as_json(work.text, findings)

    async def _ask(self, work: AskOnce) -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            photos: tuple[Photo, ...] = ()
            if work.photo is not None:
                path = Path(folder) / "photo.jpg"
                clean = await self._decoder().sanitise(await asyncio.to_thread(work.photo.read_bytes))
                path.write_bytes(clean.jpeg)
                photos = (Photo(id="photo", path=path),)
            message = Message(id="ask", text=work.text, photos=photos)
            outcome: dict[str, Any] = {"reply": "", "blocks": [], "photos": [], "tools": [], "timings": {}}
            async with aclosing(self._turn.run(Conversation(id="ask"), (message,))) as events:
                async for event in events:
                    match with_addresses(event):
                        case MessageSaid(_, blocks):
                            outcome["reply"] = plain_text(blocks)
                            outcome["blocks"] = [block.model_dump(mode="json") for block in blocks]
                        case PhotoDescribed() as described:
                            outcome["photos"].append({"caption": described.caption, "named": described.named})
                        case ToolRan() as ran:
                            outcome["tools"].append({"name": ran.name, "outcome": ran.outcome})
                        case IdentityProven(scope):
                            outcome["assurance"] = scope.assurance.name.lower()
                        case TurnEnded() as ended:
                            outcome["timings"] = {k: round(v, 1) for k, v in ended.timings.items()}
                            outcome["outcome"] = ended.outcome
            return outcome

    async def _cleaned(self, path: Path) -> Image.Image:
        clean = await self._decoder().sanitise(await asyncio.to_thread(path.read_bytes))
        with Image.open(io.BytesIO(clean.jpeg)) as picture:
            return picture.convert("RGB")

    def _encode(self, picture: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """The photo's vector, and its patches where the encoder tells them apart."""
        encoder = self._knowledge.encoders.pictures
        if isinstance(encoder, PatchEncoder):
            vectors, patches = encoder.encode_patches([picture])
            return vectors[0], patches[0]
        return encoder.encode([picture])[0], None

    def _decoder(self) -> PhotoWorkshop:
        """The decoder process, started when the first photo comes."""
        if self._workshop is None:
            self._workshop = PhotoWorkshop(self._megapixels)
        return self._workshop
