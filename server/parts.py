"""What a server is made of, as values; `server/bootstrap.py` fills them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.turn import Turn
    from agent.vision.ocr import PrintedText
    from agent.vision.reading import Describer
    from prompts import Prompts
    from retrieval.catalogue import Catalogue
    from retrieval.embedders.bilingual import Bilingual
    from retrieval.embedders.photo import PhotoEncoder
    from retrieval.index.shop import ShopIndex
    from retrieval.recommend import Recommender
    from retrieval.roles import PictureEncoder, TextEncoder
    from retrieval.search import HybridSearch
    from server.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Encoders:
    """Who encodes what. `bilingual` and `photo` are ours, which the trained heads read; `texts`, `queries` and
    `pictures` make and search the index, and are the same ones unless the settings name models of a hub.
    """

    bilingual: Bilingual
    photo: PhotoEncoder
    texts: TextEncoder
    queries: TextEncoder
    pictures: PictureEncoder


@dataclass(frozen=True, slots=True)
class Models:
    """What is slow to load and knows nothing of a shop: several shops may have it in common."""

    encoders: Encoders
    eyes: Describer
    prompts: Prompts


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the shop knows and how it is found; `close` lets another process open it."""

    catalogue: Catalogue
    encoders: Encoders
    index: ShopIndex
    searcher: HybridSearch
    recommender: Recommender

    def close(self) -> None:
        self.searcher.close()
        self.recommender.close()
        self.index.close()
        self.catalogue.close()


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that answers customers, and the work that commands ask for."""

    knowledge: Knowledge
    eyes: Describer
    reader: PrintedText
    turn: Turn
    work: Workbench

    def close(self) -> None:
        self.work.close()
        self.eyes.close()
        self.reader.close()
        self.knowledge.close()
