"""The search as a LangChain retriever, for chains and agents that are not ours."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from retrieval.documents import Faq, Findings, Hit, Kind, Product, Query
from retrieval.filters import Filters
from retrieval.roles import language_of
from retrieval.search import HybridSearch


class ShopRetriever(BaseRetriever):
    """Gives the shop's answers or products as documents, best first.

    The metadata hold the id, the score, the calibrated probability, why it was found, and `answered`: whether the
    service itself would answer with it. With `only_answers` nothing is given where it would not.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    searcher: HybridSearch
    kind: Kind = "faq"
    limit: int = 6
    filters: Filters = Filters()
    only_answers: bool = False

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return self._documents(self.searcher.find(self._query(query)))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        return self._documents(await self.searcher.search(self._query(query)))

    def _query(self, text: str) -> Query:
        return Query(text, self.kind, language_of(text), self.filters, limit=self.limit)

    def _documents(self, findings: Findings) -> list[Document]:
        if self.only_answers and not findings.answered:
            return []
        return [_document(hit, answered=findings.answered) for hit in findings.hits]


def _document(hit: Hit, *, answered: bool) -> Document:
    about: dict[str, Any] = {
        "id": hit.id,
        "score": hit.score,
        "probability": hit.probability,
        "why": hit.why,
        "answered": answered,
    }
    match hit.document:
        case Faq(question=question, answer=answer, language=language):
            return Document(page_content=f"{question}\n{answer}", metadata={**about, "language": language})
        case Product() as product:
            words = f"{product.title}\n{product.description}".strip()
            price = {"price": str(product.price), "currency": product.currency, "url": product.url}
            return Document(page_content=words, metadata={**about, **price})
